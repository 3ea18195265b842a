"""All spellings of all names, found in a text: exactly (spaCy PhraseMatcher), by sound (pypinyin), and with one slip.

Digits and numerals never count as a slip or a homophone: "3号地块" is not "4号地块". A slip is only a guess: two
medicines may differ in one character, so the bot asks before it answers (docs/understanding.md).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import spacy
from pypinyin import Style, lazy_pinyin
from rapidfuzz.distance import DamerauLevenshtein
from spacy.matcher import PhraseMatcher

from bot.normalizer import plain
from community.catalog import Name

NUMERALS = set("0123456789一二三四五六七八九十两百千ⅰⅱⅲ")
LONGEST = 24
SHORTEST_BY_SOUND = 3
SHORTEST_WITH_SLIP = 4
SHORTEST_PINYIN = 5

_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"))


@dataclass(frozen=True)
class Found:
    """A stretch of the text that names things: `how` is exact, sound or slip; ids by kind."""

    start: int
    end: int
    how: str
    names: tuple[Name, ...]


def tight(text: str) -> tuple[str, list[int]]:
    """The text without spaces, marks and 的 ("就业服务的窗口"), and where each kept character stands."""
    places = [i for i, char in enumerate(text) if char.isalnum() and char != "的"]
    return "".join(text[i] for i in places), places


@lru_cache(maxsize=20000)
def _sound(char: str) -> str:
    """A character's syllable without tone, folded as Shanghai ears fold it (zh/z, ing/in, n/l)."""
    if not "一" <= char <= "鿿":
        return char
    syllable: str = lazy_pinyin(char, style=Style.NORMAL)[0]
    for long, short in _FOLDS:
        if long in ("zh", "ch", "sh"):
            syllable = short + syllable[2:] if syllable.startswith(long) else syllable
        elif syllable.endswith(long):
            syllable = syllable[: -len(long)] + short
    return "l" + syllable[1:] if syllable.startswith("n") else syllable


def sounds(text: str) -> tuple[str, ...]:
    return tuple(_sound(char) for char in text)


class NameIndex:
    """An immutable index over names. Building takes about 60 µs a name, finding does not grow with their number."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._nlp = spacy.blank("zh")  # its default segmenter: one token a character
        self._matcher = PhraseMatcher(self._nlp.vocab)
        self._exact: dict[str, list[Name]] = defaultdict(list)
        self._by_sound: dict[tuple[str, ...], set[str]] = defaultdict(set)
        self._by_deletion: dict[str, set[str]] = defaultdict(set)
        self._by_pinyin: dict[str, set[str]] = defaultdict(set)
        for name in names:
            key = tight(plain(name.text))[0]
            if key and name not in self._exact[key]:
                self._exact[key].append(name)
        for key, named in self._exact.items():
            if key == "":
                continue
            self._matcher.add(key, [self._nlp.make_doc(key)])
            if len(key) >= SHORTEST_BY_SOUND:
                self._by_sound[sounds(key)].add(key)
            if len(key) >= 2:
                self._by_pinyin["".join(lazy_pinyin(key, style=Style.NORMAL))].add(key)
            if len(key) >= SHORTEST_WITH_SLIP and any(name.kind not in ("stage", "service", "category") for name in named):
                for shorter in _deletions(key):
                    self._by_deletion[shorter].add(key)

    def find(self, text: str) -> list[Found]:
        """What `text` (normalised) names, left to right, not overlapping; the longest wins, exact before sound."""
        packed, places = tight(text)
        candidates = [*self._exactly(packed), *self._pinyin(text), *self._sounding(packed)]
        chosen = _longest(candidates)
        taken = [(start, end) for start, end, _, _ in chosen]
        slips = [c for c in self._slipping(packed) if not any(a < c[1] and c[0] < b for a, b in taken)]
        chosen += _longest(slips)
        found = []
        for start, end, how, keys in sorted(chosen):
            names = tuple(dict.fromkeys(name for key in sorted(keys) for name in self._exact[key]))
            found.append(Found(places[start], places[end - 1] + 1, how, names))
        return found

    def _exactly(self, packed: str) -> list[tuple[int, int, str, set[str]]]:
        doc = self._nlp.make_doc(packed)
        found = []
        for _, start, end in self._matcher(doc):
            span = doc[start:end]
            word = _cuts_a_word(packed, span.start_char, span.end_char)
            if not word:
                found.append((span.start_char, span.end_char, "exact", {span.text}))
        return found

    def _pinyin(self, text: str) -> list[tuple[int, int, str, set[str]]]:
        """Names spelled out: "baixintong", "bai xin tong", "you luohuoxi fa"."""
        syllables = list(re.finditer(r"[a-z]+", text))
        kept = tight(text)[1]
        found = []
        for first in range(len(syllables)):
            joined = ""
            for last in range(first, min(first + 8, len(syllables))):
                joined += syllables[last].group()
                keys = self._by_pinyin.get(joined) if len(joined) >= SHORTEST_PINYIN else None
                if keys:
                    found.append((kept.index(syllables[first].start()), kept.index(syllables[last].end() - 1) + 1, "sound", keys))
        return found

    def _sounding(self, packed: str) -> list[tuple[int, int, str, set[str]]]:
        heard = sounds(packed)
        found = []
        for start in range(len(heard)):
            for end in range(start + SHORTEST_BY_SOUND, min(start + LONGEST, len(heard)) + 1):
                keys = self._by_sound.get(heard[start:end])
                if keys:
                    found.append((start, end, "sound", keys))
        return found

    def _slipping(self, packed: str) -> list[tuple[int, int, str, set[str]]]:
        found = []
        for start in range(len(packed)):
            for end in range(start + SHORTEST_WITH_SLIP - 1, min(start + LONGEST, len(packed)) + 1):
                window = packed[start:end]
                keys = {key for shorter in (window, *_deletions(window)) for key in self._by_deletion.get(shorter, ())}
                if len(window) >= SHORTEST_WITH_SLIP and window in self._exact:
                    continue
                near = {key for key in keys if _one_slip(window, key)}
                if near:
                    found.append((start, end, "slip", near))
        return found


def _cuts_a_word(packed: str, start: int, end: int) -> bool:
    """A name that begins or ends in the middle of a number or a Latin word is not that name ("12号" in "112号")."""
    for before, after in ((start - 1, start), (end - 1, end)):
        if before >= 0 and after < len(packed):
            pair = packed[before], packed[after]
            if all(c.isascii() and c.isdigit() for c in pair) or all(c.isascii() and c.isalpha() for c in pair):
                return True
    return False


def _deletions(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


def _one_slip(written: str, meant: str) -> bool:
    """One character wrong, missing, too many or two swapped; never a numeral, never the first and only a tail."""
    if [c for c in written if c in NUMERALS] != [c for c in meant if c in NUMERALS]:
        return False
    if written[0] != meant[0] and written[-1] != meant[-1]:
        return False
    return DamerauLevenshtein.distance(written, meant, score_cutoff=1) == 1


def _longest(candidates: list[tuple[int, int, str, set[str]]]) -> list[tuple[int, int, str, set[str]]]:
    """Not overlapping, the longest first, exact before sound at the same length."""
    chosen: list[tuple[int, int, str, set[str]]] = []
    for candidate in sorted(candidates, key=lambda c: (c[0] - c[1], c[2] != "exact", c[0])):
        if all(candidate[1] <= start or end <= candidate[0] for start, end, _, _ in chosen):
            chosen.append(candidate)
    return chosen
