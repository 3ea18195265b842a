"""Pipeline component: the meaning of a message as features for the classifier, with each name replaced by a word for its kind.

"拜新同有伐" and "格华止有伐" both become "某药有吗", so what was learned with one name holds for every other.
"""

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
from bot.sentence_model import Floats
from bot.tokenizer import PLACEHOLDER
from bot.word_index import essence

# Of the kinds of the tokenizer's placeholders.
WORDS = {"medicine": "某药", "category": "某类药", "place": "某处", "service": "某服务", "project": "某地块", "stage": "某阶段", "address": "某小区",
         "guide": "某事", "activity": "某活动", "contact": "某单位", "time": "某时"}  # fmt: skip
_WORD_OF = {PLACEHOLDER[kind]: word for kind, word in WORDS.items()}
SCALE = 10.0  # unit vectors have entries of about 0.05; the classifier's penalty wants them larger


def masked(message: Message) -> str:
    """What is said, with a word for the kind in place of each name; never empty."""
    text = "".join(_WORD_OF.get(token.text, token.text) for token in message.get("text_tokens") or [])
    return essence(text) or text or "空"


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
        vectors = meaning.of_texts([masked(example) for example in examples], meaning.ALL_CORES)
        for example in examples:
            _add(example, vectors[masked(example)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT):
                _add(message, meaning.of_message(masked(message)))
        return messages


def _add(message: Message, vector: Floats) -> None:
    message.add_features(Features(vector.reshape(1, -1) * SCALE, FEATURE_TYPE_SENTENCE, TEXT, "MeaningFeaturizer"))
