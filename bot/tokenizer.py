"""Pipeline component: words by jieba with the community's dictionary; a name or time counts as one word, its kind.

"拜新同有伐" and "格华止有伐" give the same features, so what was learned with one name holds for every other.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.gazetteer import KINDS
from bot.normalizer import LEXICON, plain
from bot.segmenter import segmenter

# What a stretch of each kind is replaced by; must be word characters for the featurizer.
PLACEHOLDER = {kind: kind.upper() for kind in (*KINDS, "address", "time")} | {"estate": "ADDRESS"}
ORDER = {kind: position for position, kind in enumerate((*KINDS, "address", "time"))}


@lru_cache(maxsize=1)
def fillers() -> re.Pattern[str]:
    """Openings and politeness that carry no wish, one regular expression a line (data/lexicon/fillers.txt)."""
    lines = (LEXICON / "fillers.txt").read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(sorted((line for line in lines if line and not line.startswith("#")), key=len, reverse=True)))


def words(text: str, entities: list[dict[str, Any]]) -> list[Token]:
    """Tokens of a text: jieba's words between the names, and each name as its placeholder."""
    spans: list[dict[str, Any]] = []
    for entity in sorted(entities, key=lambda e: (e["start"], ORDER.get(e["entity"], 99))):
        if entity["entity"] in PLACEHOLDER and (not spans or entity["start"] >= spans[-1]["end"]):
            spans.append(entity)
    tokens: list[Token] = []
    last = 0
    for span in [*spans, {"start": len(text), "end": len(text)}]:
        gap = fillers().sub(lambda match: " " * len(match.group()), text[last : span["start"]])
        for word, start, _ in segmenter().tokenize(gap):
            if word.strip() and any(char.isalnum() for char in word):
                tokens.append(Token(plain(word) or word, last + start))
        if "entity" in span:
            tokens.append(Token(PLACEHOLDER[span["entity"]], span["start"], span["end"]))
        last = span["end"]
    return tokens or [Token("空", 0)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class CommunityTokenizer(Tokenizer):
    """See the module. Training keeps the words that the training data uses, to tell unknown words later."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource, seen: set[str]) -> None:
        super().__init__(config)
        self._storage, self._resource, self.seen = storage, resource, seen

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None, "prefix_separator_symbol": None}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> CommunityTokenizer:
        return cls(config, model_storage, resource, set())

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CommunityTokenizer:
        with model_storage.read_from(resource) as folder:
            seen = set(json.loads((folder / "words.json").read_text(encoding="utf-8")))
        return cls(config, model_storage, resource, seen)

    def train(self, training_data: TrainingData) -> Resource:
        for example in training_data.training_examples:
            if example.get(TEXT):
                self.seen |= {token.text for token in _as_spoken(example)}
        with self._storage.write_to(self._resource) as folder:
            (folder / "words.json").write_text(json.dumps(sorted(self.seen), ensure_ascii=False), encoding="utf-8")
        return self._resource

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = message.get(attribute) or ""
        if attribute != TEXT:
            return [Token(text, 0)]
        return words(text, message.get(ENTITIES) or [])

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for example in training_data.training_examples:
            if example.get(TEXT):
                example.set("text_tokens", _as_spoken(example))
            if example.get(INTENT):
                example.set("intent_tokens", [Token(example.get(INTENT), 0)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        messages = super().process(messages)
        for message in messages:
            unseen = [
                (token.text, token.start)
                for token in message.get("text_tokens") or []
                if token.text not in self.seen and not token.text.isascii()
            ]
            message.set("unseen_words", unseen)
        return messages


def _as_spoken(example: Message) -> list[Token]:
    """Training text may be written in dialect too: between the names it is normalised like a resident's message."""
    tokens = words(example.get(TEXT), example.get(ENTITIES) or [])
    return [t if t.text in PLACEHOLDER.values() else Token(plain(t.text) or t.text, t.start) for t in tokens]
