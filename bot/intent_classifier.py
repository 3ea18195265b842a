"""Pipeline component: Rasa's logistic regression, on dense features as they are, kept by joblib.

Rasa's own turns each vector into a sparse matrix (1 ms a message) and reads the model by skops, which looks through every module
loaded (3 s of the start).
"""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.sentence_model import Floats

KEPT = "intents.joblib"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(LogisticRegressionClassifier):  # type: ignore[misc]
    """See the module."""

    def _create_X(self, messages: list[Message]) -> Floats:
        """The sentence features of messages, shape (messages, size)."""
        return np.concatenate([message.get_dense_features(attribute=TEXT)[1].features for message in messages])

    def persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(self.clf, folder / KEPT)

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> IntentClassifier:
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.clf = joblib.load(folder / KEPT)
        return component
