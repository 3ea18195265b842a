"""Pipeline component: is this a present emergency, and of which kind? Learned from `data/lexicon/alarms.csv`, by meaning and by words.

Patterns (`safety`) find the plain signs; this finds those that no pattern foresees, and tells an alarm from a lecture about falls.
Adds `alarm`: {"kind", "score"}, score the chance of any emergency (the mean of what meaning and words say).
"""

from __future__ import annotations

import csv
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from bot import meaning
from bot.meaning_featurizer import SCALE
from bot.normalizer import LEXICON, plain
from bot.word_index import heard

ALARM = "alarm"
NONE = "none"
KEPT = "alarms.joblib"


def _examples(training_data: TrainingData) -> list[tuple[str, str]]:
    """(what is compared, kind): the alarms and near-misses, and all else that residents say as no alarm."""
    with (LEXICON / "alarms.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["text"], row["kind"]) for row in csv.DictReader(file)]
    rows += [(line, NONE) for line in (LEXICON / "ordinary.txt").read_text(encoding="utf-8").splitlines()]
    spoken = [example for example in training_data.intent_examples if example.get(INTENT) != "emergency" and example.get(TEXT)]
    rows += [(example.get(TEXT), NONE) for example in spoken]
    return [(heard(plain(text)), kind) for text, kind in rows]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class AlarmClassifier(GraphComponent):
    """See the module. `by_meaning` tells the kinds apart, from vectors; `by_words` alarms from the rest, from runs of 1 to 3 characters."""

    def __init__(self, storage: ModelStorage, resource: Resource, by_meaning: LogisticRegression, by_words: Pipeline) -> None:
        self._storage, self._resource = storage, resource
        self._by_meaning, self._by_words = by_meaning, by_words

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> AlarmClassifier:
        characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
        by_words = make_pipeline(characters, LogisticRegression(C=20.0, max_iter=1000))
        return cls(model_storage, resource, LogisticRegression(C=3.0, max_iter=1000), by_words)

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> AlarmClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, *joblib.load(folder / KEPT))

    def train(self, training_data: TrainingData) -> Resource:
        rows = _examples(training_data)
        vectors = meaning.of_texts([text for text, _ in rows], meaning.ALL_CORES)
        self._by_meaning.fit(np.stack([vectors[text] for text, _ in rows]) * SCALE, [kind for _, kind in rows])
        self._by_words.fit([text for text, _ in rows], [kind != NONE for _, kind in rows])
        with self._storage.write_to(self._resource) as folder:
            joblib.dump((self._by_meaning, self._by_words), folder / KEPT)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = heard(message.get(TEXT) or "")
            chances = dict(
                zip(self._by_meaning.classes_, self._by_meaning.predict_proba([meaning.of_message(text) * SCALE])[0], strict=True)
            )
            meant = 1.0 - float(chances.pop(NONE))
            worded = float(self._by_words.predict_proba([text])[0, 1])
            message.set(ALARM, {"kind": max(chances, key=chances.__getitem__), "score": round((meant + worded) / 2, 4)}, add_to_output=True)
        return messages
