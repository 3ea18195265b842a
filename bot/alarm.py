"""Pipeline component: is this a present emergency, and of which kind? Learned from `data/lexicon/alarms.csv`, by meaning.

Patterns (`safety`) find the plain signs, whatever is around them; this finds those that no pattern foresees, and tells an alarm
from a lecture about falls. Adds `alarm`: {"kind", "score"}, score the chance of any emergency.
"""

from __future__ import annotations

import csv
import json
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot import meaning
from bot.meaning import Floats
from bot.meaning_featurizer import SCALE
from bot.normalizer import LEXICON, plain
from bot.word_index import essence

ALARM = "alarm"
NONE = "none"


def heard(text: str) -> str:
    """What of a normalised text is compared."""
    return essence(text) or text or "空"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class AlarmClassifier(GraphComponent):
    """See the module. Weights are kept as JSON: (kinds, features), and one bias a kind."""

    def __init__(self, storage: ModelStorage, resource: Resource, kinds: list[str], weights: Floats, biases: Floats) -> None:
        self._storage, self._resource = storage, resource
        self._kinds, self._weights, self._biases = kinds, weights, biases

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> AlarmClassifier:
        return cls(model_storage, resource, [NONE], np.zeros((1, meaning.SIZE)), np.zeros(1))

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> AlarmClassifier:
        with model_storage.read_from(resource) as folder:
            kept = json.loads((folder / "alarms.json").read_text(encoding="utf-8"))
        return cls(model_storage, resource, kept["kinds"], np.array(kept["weights"]), np.array(kept["biases"]))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the alarms, and from everything else that residents say as no alarm."""
        with (LEXICON / "alarms.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = [(heard(plain(row["text"])), row["kind"]) for row in csv.DictReader(file)]
        ordinary = [example for example in training_data.intent_examples if example.get(INTENT) != "emergency" and example.get(TEXT)]
        rows += [(heard(plain(example.get(TEXT))), NONE) for example in ordinary]
        vectors = meaning.of_texts([text for text, _ in rows])
        model = LogisticRegression(C=3.0, max_iter=1000).fit(
            np.stack([vectors[text] for text, _ in rows]) * SCALE, [kind for _, kind in rows]
        )
        self._kinds, self._weights, self._biases = list(model.classes_), model.coef_, model.intercept_
        kept = {"kinds": self._kinds, "weights": self._weights.round(5).tolist(), "biases": self._biases.round(5).tolist()}
        with self._storage.write_to(self._resource) as folder:
            (folder / "alarms.json").write_text(json.dumps(kept), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            totals = self._weights @ (meaning.of_message(heard(message.get(TEXT) or "")) * SCALE) + self._biases
            chances = np.exp(totals - totals.max())
            chances /= chances.sum()
            by_kind = {kind: float(chance) for kind, chance in zip(self._kinds, chances, strict=True) if kind != NONE}
            kind = max(by_kind, key=by_kind.__getitem__, default=NONE)
            message.set(ALARM, {"kind": kind, "score": round(sum(by_kind.values()), 4)}, add_to_output=True)
        return messages
