"""Pipeline component: which FAQs a message is near to, read live from the table.

How many of the rarer words and characters a message shares with a question or similar question (a cosine), and how much
of the message the whole FAQ speaks of, its answer included. Adds `faq_ranking`: [{"id", "question", "score"}], best first, at most five.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix
from sqlalchemy.exc import SQLAlchemyError

from bot.gazetteer import LOOK_AGAIN_SECONDS
from bot.normalizer import LEXICON, plain
from bot.segmenter import segmenter
from bot.tokenizer import fillers
from community import catalog, clock, lookups
from community.database import reading

RANKING = "faq_ranking"
SHOWN = 5
_PARTICLES = re.compile(r"[吗呢啊呀吧嘛哦噢哈的了伐么]|一下|可以|能不能|能|我们|我|您|你|请|要|是|有没有|怎么办")


def essence(text: str) -> str:
    """A normalised text without openings, politeness and marks."""
    return re.sub(r"[^\w]+", " ", fillers().sub(" ", text)).strip()


def _terms(text: str) -> set[str]:
    """Words, pairs of characters, and single characters (marked) of a normalised text, particles left out."""
    bare = _PARTICLES.sub(" ", text)
    runs = (bare if bare.strip() else text).split()
    words = {word for run in runs for word in segmenter().cut(run) if len(word) > 1}
    pairs = {run[i : i + 2] for run in runs for i in range(len(run) - 1)}
    return words | pairs | {"." + char for run in runs for char in run}


@lru_cache(maxsize=1)
def asking_words() -> frozenset[str]:
    """Words that ask rather than name (data/lexicon/question_words.txt)."""
    lines = (LEXICON / "question_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _share(term: str) -> float:
    """How much a term counts beside its rarity."""
    return (SINGLE_WEIGHT if term.startswith(".") else 1.0) * (ASKING_WEIGHT if term.lstrip(".") in asking_words() else 1.0)


SINGLE_WEIGHT = 0.35  # of a character by itself, beside words and pairs
ASKING_WEIGHT = 0.2  # of a word that asks rather than names
UNKNOWN_SHARE = 0.5  # of a word that is in no FAQ
BODY_SHARE = 0.3  # of the score: how much of the message the whole FAQ, answer included, speaks of


class FaqIndex:
    """An immutable index over FAQs: rows of (faq_id, question, spellings, answer)."""

    def __init__(self, rows: list[tuple[str, str, list[str], str]]) -> None:
        self._rows = rows
        if not rows:
            return
        spellings = [(n, essence(plain(text))) for n, row in enumerate(rows) for text in row[2]]
        self._owner = np.array([n for n, _ in spellings])
        self._exact = {text.replace(" ", ""): n for n, text in reversed(spellings)}
        terms = [_terms(text) for _, text in spellings]
        whole = [
            _terms(plain(row[3])).union(*(t for t, (n, _) in zip(terms, spellings, strict=True) if n == i)) for i, row in enumerate(rows)
        ]
        self._columns = {term: i for i, term in enumerate(sorted(set().union(*whole)))}
        seen = np.zeros(len(self._columns))
        for found in whole:
            seen[[self._columns[term] for term in found]] += 1
        rarity = np.log(1 + len(rows) / seen)
        self._weights = rarity * np.array([_share(term) for term in self._columns])
        self._unseen = float(np.log(1 + len(rows)))
        self._spellings = self._matrix(terms)
        self._whole = self._matrix(whole)
        self._mass = np.maximum(self._spellings.T @ self._weights, 1e-9)

    def _matrix(self, documents: list[set[str]]) -> csr_matrix:
        """Terms by documents, 1 where a document has the term."""
        pairs = [(self._columns[term], n) for n, found in enumerate(documents) for term in found]
        rows, columns = zip(*pairs, strict=True)
        return csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(self._columns), len(documents)))

    def rank(self, text: str) -> list[dict[str, Any]]:
        """The nearest FAQs to a normalised text; scores from 0 to 1 (1: the very words)."""
        wanted = essence(text)
        if not self._rows or not wanted:
            return []
        terms = _terms(wanted)
        known = [self._columns[term] for term in terms if term in self._columns]
        if not known:
            return []
        weights = self._weights[known]
        unknown = sum(UNKNOWN_SHARE * self._unseen * _share(term) for term in terms if term not in self._columns)
        mass = float(weights.sum()) + unknown
        near = (self._spellings[known].T @ weights) / np.sqrt(mass * self._mass)
        covered = (self._whole[known].T @ weights) / mass
        best = np.zeros(len(self._rows))
        np.maximum.at(best, self._owner, near)
        scores = (1 - BODY_SHARE) * best + BODY_SHARE * covered
        same = self._exact.get(wanted.replace(" ", ""))
        if same is not None:
            scores[same] = 1.0
        order = np.argsort(-scores)[:SHOWN]
        return [{"id": self._rows[i][0], "question": self._rows[i][1], "score": round(float(scores[i]), 4)} for i in order if scores[i] > 0]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FaqRetriever(GraphComponent):
    """See the module."""

    def __init__(self) -> None:
        self._index = FaqIndex([])
        self._built_for: tuple[int, Any] = (-1, None)
        self._looked = 0.0

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> FaqRetriever:
        return cls()

    def _refresh(self) -> None:
        today = clock.today()
        if time.monotonic() - self._looked < LOOK_AGAIN_SECONDS and self._built_for[1] == today:
            return
        try:
            with reading() as session:
                current = (catalog.version(session), today)
                if current != self._built_for:
                    faqs = lookups.valid_faqs(session, today)
                    self._index = FaqIndex([(f.faq_id, f.question, [f.question, *f.similar], f.answer) for f in faqs])
                    self._built_for = current
        except SQLAlchemyError:
            pass  # the last known FAQs stay until the database answers again
        self._looked = time.monotonic()

    def process(self, messages: list[Message]) -> list[Message]:
        self._refresh()
        for message in messages:
            message.set(RANKING, self._index.rank(message.get(TEXT) or ""), add_to_output=True)
        return messages
