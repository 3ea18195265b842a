"""Pipeline component: which matters (FAQs, procedures, activities, phone numbers, places, services, kinds of medicine) a message is near to.

Read live from the tables; compared by words (`word_index`) and by meaning (`meaning`). Adds `matters` to the result:
[{"kind", "id", "title", "score"}], best first. The score is the chance (0 to 1) that this is what was meant.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy.orm import Session

from bot import meaning
from bot.live import Live
from bot.normalizer import plain
from bot.sentence_model import Floats
from bot.word_index import TEXTS_KEPT, WordIndex, essence
from community import clock
from community.database import reading
from community.matters import Matter, matters

RANKING = "matters"
# In a message's metadata: the resident's last message, {"text", "intent"}
BEFORE = "before"
TOGETHER = "matters_together"  # the ranking by both questions
LEANS = 22  # characters of a message that may lean on the question before it
SHOWN = 6
MEAN_SHARE = 0.5  # of all spellings of a matter, beside the nearest one
BODY_SHARE = 0.5  # of what its row says
WORD_SHARE = 0.8  # of the words shared
NAMED = 0.15  # for a matter that the gazetteer found by its name in the message
AT_ONCE = 48  # so many new texts are computed while the resident waits (about half a second); more in the background
ALL_LOOKED_AT = 2000  # matters; of more, only the spellings of these many, by what all their spellings and the row say:
LOOKED_AT = 300
RIVALS = 25  # the matters behind the first ones, whose mean tells how near anything is to such a message
ANSWERED_BY = {"faq": "faq", "guide": "ask_guide", "activity": "ask_activity"}  # the intent that a matter answers
# Matters that answer a question, and matters that are only what one asks about, are each compared among themselves.
GROUPS = (set(ANSWERED_BY), {"contact", "place", "service", "category"})


@dataclass(frozen=True)
class Features:
    """What the chance is computed from, each of shape (matters,): nearness, lead over the best rival, lead over the field, words shared."""

    near: Floats
    lead: Floats
    field: Floats
    words: Floats


@lru_cache(maxsize=TEXTS_KEPT)
def _essence(text: str) -> str:
    return essence(plain(text))


def _texts(found: list[Matter]) -> tuple[list[tuple[int, str]], list[str]]:
    """The spellings of matters, each with the number of its matter; and what their rows say."""
    spellings = [(n, _essence(text)) for n, matter in enumerate(found) for text in matter.spellings]
    return spellings, [_essence(f"{matter.title} {matter.body}")[: meaning.LONGEST] for matter in found]


def compared(found: list[Matter]) -> list[str]:
    """The texts whose vectors are needed to compare by meaning, each once."""
    spellings, bodies = _texts(found)
    return list(dict.fromkeys([*(text for _, text in spellings), *bodies]))


class MatterIndex:
    """An immutable index over matters. `vectors` holds those of the texts that are computed; with any missing, words alone count."""

    def __init__(self, found: list[Matter], vectors: dict[str, Floats]) -> None:
        self.matters = found
        self._spellings, self._bodies = _texts(found)
        self._words = WordIndex(self._spellings, [_essence(matter.body) for matter in found])
        self._exact = {text.replace(" ", ""): n for n, text in reversed(self._spellings)}
        self._number = {(matter.kind, matter.id): n for n, matter in enumerate(found)}
        self._groups = [np.array([n for n, m in enumerate(found) if m.kind in group], dtype=int) for group in GROUPS]
        texts = [text for _, text in self._spellings]
        self.by_meaning = bool(found) and all(text in vectors for text in (*texts, *self._bodies))
        if self.by_meaning:
            near, said = (np.stack([vectors[text] for text in some]) for some in (texts, self._bodies))
            # All sentences of such a model point much the same way; what they share tells nothing.
            self._shared = np.concatenate([near, said]).mean(axis=0)
            self._near = self._told_apart(near)
            count = np.bincount(self._words.owner, minlength=len(found))[:, None]
            mean = np.add.reduceat(self._near, self._words.starts) / count
            self._around = MEAN_SHARE * mean + BODY_SHARE * self._told_apart(said)

    def _told_apart(self, vectors: Floats) -> Floats:
        apart = vectors - self._shared
        return apart / np.linalg.norm(apart, axis=-1, keepdims=True)

    def features(self, wanted: str, named: set[tuple[str, str]] = frozenset()) -> Features:  # type: ignore[assignment]
        """How near every matter is to an essence; `named` are the (kind, id) that were found by name."""
        words = self._words.scores(wanted)
        near = words.copy()
        if self.by_meaning:
            vector = self._told_apart(meaning.of_message(wanted))
            around = self._around @ vector + WORD_SHARE * words
            near = around + self._nearest_spelling(vector, around)
        for key in named & self._number.keys():
            near[self._number[key]] += NAMED
        lead, field = np.zeros(len(near)), np.zeros(len(near))
        for group in self._groups:
            if len(group):
                ordered = np.sort(near[group])[::-1]
                first, second = ordered[0], ordered[min(1, len(ordered) - 1)]
                lead[group] = np.where(near[group] == first, first - second, near[group] - first)
                field[group] = near[group] - ordered[3 : 3 + RIVALS].mean() if len(ordered) > 3 else 0.2
        return Features(near, lead, field, words)

    def _nearest_spelling(self, vector: Floats, around: Floats) -> Floats:
        """How near the nearest spelling of each matter is, shape (matters,); of many matters, only for those that may be the nearest."""
        if len(self.matters) <= ALL_LOOKED_AT:
            return self._words.best(self._near @ vector)
        chosen = np.sort(np.argpartition(-around, LOOKED_AT)[:LOOKED_AT])
        rows = np.flatnonzero(np.isin(self._words.owner, chosen))
        best = np.full(len(around), -1.0)
        np.maximum.at(best, self._words.owner[rows], self._near[rows] @ vector)
        return best

    def rank(self, text: str, named: set[tuple[str, str]] = frozenset()) -> list[dict[str, Any]]:  # type: ignore[assignment]
        """The nearest matters of each group to a normalised text, best first (score 1: the very words)."""
        return self.best(self.scores(text, named))

    def best(self, scores: Floats) -> list[dict[str, Any]]:
        """The matters with the highest scores of each group, best first; none for no scores."""
        if not scores.any():
            return []
        chosen = [n for group in self._groups for n in group[np.argsort(-scores[group])[:SHOWN]]]
        rows = [
            {"kind": self.matters[n].kind, "id": self.matters[n].id, "title": self.matters[n].title, "score": round(float(scores[n]), 4)}
            for n in chosen
        ]
        return sorted(rows, key=lambda row: -row["score"])

    def scores(self, text: str, named: set[tuple[str, str]]) -> Floats:
        """The chance of each matter that a normalised text means it, shape (matters,); zeros for a text without words."""
        wanted = essence(text)
        if not self.matters or not wanted:
            return np.zeros(len(self.matters))
        features = self.features(wanted, named)
        scores = np.zeros(len(self.matters))
        for group, weights in zip(self._groups, BY_MEANING, strict=True):
            scores[group] = chance(features, weights if self.by_meaning else BY_WORDS)[group]
        same = self._exact.get(wanted.replace(" ", ""))
        if same is not None:
            scores[same] = 1.0
        return scores


# Logistic weights (fitted as docs/understanding.md tells) of (nearness, lead, lead over the field, words shared) and the intercept:
# of the matters that answer a question and of those that one asks about; and without meaning.
BY_MEANING = (((1.6, 5.6, 2.6, -2.8), -2.8), ((4.6, 3.9, 1.0, -8.0), -4.6))
BY_WORDS = ((5.0, 6.0, 4.0, 0.0), -4.0)


def chance(features: Features, weights: tuple[tuple[float, float, float, float], float]) -> Floats:
    """The chance of each matter that it is what was meant; shape (matters,)."""
    (near, lead, field, words), intercept = weights
    total = near * features.near + lead * features.lead + field * features.field + words * features.words + intercept
    return 1.0 / (1.0 + np.exp(-total))


class LiveMatters(Live):
    """The index over the running community's matters. What takes longer than a moment is made by a thread that ends by itself."""

    daily = True

    def __init__(self) -> None:
        super().__init__()
        self.index = MatterIndex([], {})
        self._vectors: dict[str, Floats] = {}
        self._building: threading.Thread | None = None

    def read(self, session: Session) -> bool:
        if self._building and self._building.is_alive():
            return False
        found = matters(session, clock.today())
        if found != self.index.matters:
            self._build(found)
        return True

    def _build(self, found: list[Matter]) -> None:
        """A new index: in a moment where little is new; else by a thread that ends by itself, and until then the old one or words alone."""
        texts = compared(found)
        self._vectors = {text: self._vectors[text] for text in texts if text in self._vectors}
        self._vectors |= meaning.kept([text for text in texts if text not in self._vectors])
        missing = [text for text in texts if text not in self._vectors]
        if len(missing) <= AT_ONCE and (len(found) <= ALL_LOOKED_AT or not self.index.matters):
            self._finish(found, missing)
            return
        if len(found) <= ALL_LOOKED_AT or not self.index.matters:
            self.index = MatterIndex(found, {})
        self._building = threading.Thread(target=self._finish, args=(found, missing), name="matters", daemon=True)
        self._building.start()

    def _finish(self, found: list[Matter], missing: list[str]) -> None:
        self._vectors |= meaning.of_texts(missing)
        self.index = MatterIndex(found, self._vectors)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class MatterRetriever(GraphComponent):
    """See the module."""

    def __init__(self) -> None:
        self._live = LiveMatters()
        self._live.refresh()  # so that the first message need not wait

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> MatterRetriever:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        self._live.refresh()
        index = self._live.index
        for message in messages:
            named = {(entity["entity"], one) for entity in message.get(ENTITIES) or [] for one in str(entity["value"]).split("|")}
            text = message.get(TEXT) or ""
            scores = index.scores(text, named)
            message.set(RANKING, index.best(scores), add_to_output=True)
            before = (message.get("metadata") or {}).get(BEFORE)
            if before and before["intent"] in ANSWERED_BY.values() and len(text) <= LEANS:
                # Near to both: the geometric mean of the chances alone and together.
                together = np.sqrt(scores * index.scores(f"{plain(before['text'])}，{text}", named))
                message.set(TOGETHER, index.best(together))
        return messages


def prepare() -> None:
    """Have the vectors of the community's present content computed and kept."""
    with reading() as session:
        meaning.of_texts(compared(matters(session, clock.today())), meaning.ALL_CORES)
