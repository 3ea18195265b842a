"""Pipeline component: the meaning of a message, a vector, as features for the classifier."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import meaning
from bot.normalizer import plain
from bot.sentence_model import Floats
from bot.word_index import heard

SCALE = 10.0  # unit vectors have entries of about 0.05; the classifiers' penalty wants them larger


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MeaningFeaturizer(DenseFeaturizer, GraphComponent):  # type: ignore[misc]
    """See the module."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> MeaningFeaturizer:
        return cls(execution_context.node_name, config)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """There is nothing to set."""

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        examples = [example for example in training_data.training_examples if example.get(TEXT)]
        texts = [heard(plain(example.get(TEXT))) for example in examples]
        vectors = meaning.of_texts(texts, meaning.ALL_CORES)
        for example, text in zip(examples, texts, strict=True):
            _add(example, vectors[text])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT):
                _add(message, meaning.of_message(heard(message.get(TEXT))))
        return messages


def _add(message: Message, vector: Floats) -> None:
    message.add_features(Features(vector.reshape(1, -1) * SCALE, FEATURE_TYPE_SENTENCE, TEXT, "MeaningFeaturizer"))
