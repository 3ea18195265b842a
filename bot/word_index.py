"""How near a message is to each matter by its words alone.

How many of the rarer words and characters it shares with a spelling (a cosine), and how much of it the whole row speaks of.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from scipy.sparse import csr_matrix

from bot.segmenter import asking_words, segmenter
from bot.sentence_model import Floats
from bot.tokenizer import fillers

_PARTICLES = re.compile(r"[吗呢啊呀吧嘛哦噢哈的了伐么]|一下|可以|能不能|能|我们|我|您|你|请|要|是|有没有|怎么办")


def essence(text: str) -> str:
    """A normalised text without openings, politeness and marks."""
    return re.sub(r"[^\w]+", " ", fillers().sub(" ", text)).strip()


@lru_cache(maxsize=20000)
def _terms(text: str) -> frozenset[str]:
    """Words, pairs of characters, and single characters (marked) of a normalised text, particles left out."""
    bare = _PARTICLES.sub(" ", text)
    runs = (bare if bare.strip() else text).split()
    words = {word for run in runs for word in segmenter().cut(run) if len(word) > 1}
    pairs = {run[i : i + 2] for run in runs for i in range(len(run) - 1)}
    return frozenset(words | pairs | {"." + char for run in runs for char in run})


def _share(term: str) -> float:
    """How much a term counts beside its rarity."""
    return (SINGLE_WEIGHT if term.startswith(".") else 1.0) * (ASKING_WEIGHT if term.lstrip(".") in asking_words() else 1.0)


SINGLE_WEIGHT = 0.35  # of a character by itself, beside words and pairs
ASKING_WEIGHT = 0.2  # of a word that asks rather than names
UNKNOWN_SHARE = 0.5  # of a word that is in no document
BODY_SHARE = 0.3  # of the score: how much of the message the whole document speaks of


class WordIndex:
    """An immutable index over documents: their spellings (normalised, each with the number of its document) and bodies."""

    def __init__(self, spellings: list[tuple[int, str]], bodies: list[str]) -> None:
        self._count = len(bodies)
        self.owner = np.array([n for n, _ in spellings], dtype=int)
        terms = [_terms(text) for _, text in spellings]
        whole = [_terms(body) for body in bodies]
        for found, (n, _) in zip(terms, spellings, strict=True):
            whole[n] = whole[n] | found
        self._columns = {term: i for i, term in enumerate(sorted(set().union(*whole)))}
        seen = np.zeros(len(self._columns))
        for found in whole:
            seen[[self._columns[term] for term in found]] += 1
        rarity = np.log(1 + len(bodies) / np.maximum(seen, 1))
        self._weights = rarity * np.array([_share(term) for term in self._columns])
        self._unseen = float(np.log(1 + len(bodies)))
        self._spellings = self._matrix(terms)
        self._whole = self._matrix(whole)
        self._mass = np.maximum(self._spellings.T @ self._weights, 1e-9)

    def _matrix(self, documents: list[frozenset[str]]) -> csr_matrix:
        """Terms by documents, 1 where a document has the term."""
        pairs = [(self._columns[term], n) for n, found in enumerate(documents) for term in found]
        rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
        return csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(self._columns), len(documents)))

    def scores(self, wanted: str) -> Floats:
        """How near each document is to an essence, from 0 to 1; shape (documents,)."""
        terms = _terms(wanted)
        known = [self._columns[term] for term in terms if term in self._columns]
        if not known:
            return np.zeros(self._count)
        weights = self._weights[known]
        unknown = sum(UNKNOWN_SHARE * self._unseen * _share(term) for term in terms if term not in self._columns)
        mass = float(weights.sum()) + unknown
        near = (self._spellings[known].T @ weights) / np.sqrt(mass * self._mass)
        covered = (self._whole[known].T @ weights) / mass
        best = np.zeros(self._count)
        np.maximum.at(best, self.owner, near)
        return (1 - BODY_SHARE) * best + BODY_SHARE * covered
