"""Pipeline component: Rasa's logistic regression, on the meaning of a message and on how it is said around the names in it.

"拜新同有伐" and "格华止有伐" are both said as "某药有吗", so what was learned with one name holds for every other.
Kept by joblib: Rasa's skops looks through every module loaded (3 s of the start).
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
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.tokenizer import PLACEHOLDER
from bot.word_index import essence

KEPT = "intents.joblib"
SAID_SCALE = 5.0  # beside the vector of the meaning (bot/meaning_featurizer.py); docs/understanding.md tells how it was chosen
# Of the kinds of the tokenizer's placeholders.
WORDS = {"medicine": "某药", "category": "某类药", "place": "某处", "service": "某服务", "project": "某地块", "stage": "某阶段", "address": "某小区",
         "guide": "某事", "activity": "某活动", "contact": "某单位", "time": "某时"}  # fmt: skip
_WORD_OF = {PLACEHOLDER[kind]: word for kind, word in WORDS.items()}


def said(message: Message) -> str:
    """What is said, with a word for the kind in place of each name."""
    return essence("".join(_WORD_OF.get(token.text, token.text) for token in message.get("text_tokens") or []))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(LogisticRegressionClassifier):  # type: ignore[misc]
    """See the module."""

    _said = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True)

    def _create_X(self, messages: list[Message]) -> csr_matrix:
        """The features of messages, shape (messages, size of the sentence model + runs of characters)."""
        meant = [message.get_dense_features(attribute=TEXT)[1].features for message in messages]
        return hstack([np.concatenate(meant), self._said.transform(map(said, messages)) * SAID_SCALE], format="csr")

    def train(self, training_data: TrainingData) -> Resource:
        self._said = clone(self._said).fit(said(example) for example in training_data.intent_examples)
        return super().train(training_data)

    def persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump((self.clf, self._said), folder / KEPT)

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext, **kwargs: Any
    ) -> IntentClassifier:
        component = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.clf, component._said = joblib.load(folder / KEPT)
        return component
