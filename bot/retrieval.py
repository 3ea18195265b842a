"""Pipeline component: which FAQs a message is near to, read live from the table.

Similarity of words and characters (TF-IDF, cosine) between what is left of the message without openings and every
question and similar question. Adds `faq_ranking`: [{"id", "question", "score"}], best first, at most five.
"""

from __future__ import annotations

import re
import time
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sqlalchemy.exc import SQLAlchemyError

from bot.gazetteer import LOOK_AGAIN_SECONDS
from bot.normalizer import plain
from bot.tokenizer import fillers, segmenter
from community import catalog, clock, lookups
from community.database import reading

RANKING = "faq_ranking"
SHOWN = 5
_PARTICLES = re.compile(r"[吗呢啊呀吧嘛哦噢哈的了伐么]|一下|可以|能不能|能|我们|我|您|你|请|要|是|有没有|怎么办")


def essence(text: str) -> str:
    """A normalised text without openings, politeness and marks."""
    return re.sub(r"[^\w]+", " ", fillers().sub(" ", text)).strip()


def _characters(text: str) -> list[str]:
    """Character pairs and single characters, particles left out."""
    bare = _PARTICLES.sub("", text).replace(" ", "") or text
    return [*bare, *(bare[i : i + 2] for i in range(len(bare) - 1))]


def _words(text: str) -> list[str]:
    bare = _PARTICLES.sub(" ", text) or text
    return [word for word in segmenter().cut(bare) if word.strip()]


class FaqIndex:
    """An immutable index over FAQs: `rows` of (faq_id, question, spelling)."""

    def __init__(self, rows: list[tuple[str, str, str]]) -> None:
        self._rows = rows
        if not rows:
            return
        spellings = [essence(plain(spelling)) for _, _, spelling in rows]
        self._exact = {spelling.replace(" ", ""): i for i, spelling in reversed(list(enumerate(spellings)))}
        self._vectorizers = [TfidfVectorizer(analyzer=analyzer, sublinear_tf=True) for analyzer in (_characters, _words)]
        parts = [vectorizer.fit_transform(spellings) for vectorizer in self._vectorizers]
        self._matrix: csr_matrix = hstack(parts).tocsr().T.tocsr()

    def rank(self, text: str) -> list[dict[str, Any]]:
        """The nearest FAQs to a normalised text; scores from 0 to 1 (1: the very words)."""
        wanted = essence(text)
        if not self._rows or not wanted:
            return []
        query = hstack([vectorizer.transform([wanted]) for vectorizer in self._vectorizers]).tocsr()
        scores = (query @ self._matrix).toarray()[0] / len(self._vectorizers)
        same = self._exact.get(wanted.replace(" ", ""))
        if same is not None:
            scores[same] = 1.0
        best: dict[str, dict[str, Any]] = {}
        for i in np.argsort(-scores)[: SHOWN * 6]:
            ident, question, _ = self._rows[i]
            if scores[i] > 0 and ident not in best:
                best[ident] = {"id": ident, "question": question, "score": round(float(scores[i]), 4)}
        return list(best.values())[:SHOWN]


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
                    self._index = FaqIndex([(f.faq_id, f.question, s) for f in faqs for s in (f.question, *f.similar)])
                    self._built_for = current
        except SQLAlchemyError:
            pass  # the last known FAQs stay until the database answers again
        self._looked = time.monotonic()

    def process(self, messages: list[Message]) -> list[Message]:
        self._refresh()
        for message in messages:
            message.set(RANKING, self._index.rank(message.get(TEXT) or ""), add_to_output=True)
        return messages
