"""jieba with the community's own words."""

from __future__ import annotations

from functools import lru_cache

import jieba

from bot.normalizer import LEXICON


@lru_cache(maxsize=1)
def segmenter() -> jieba.Tokenizer:
    """jieba with its own dictionary and the community's (data/lexicon/words.txt)."""
    jieba.setLogLevel("WARNING")
    tokenizer = jieba.Tokenizer()
    tokenizer.load_userdict(str(LEXICON / "words.txt"))
    return tokenizer


@lru_cache(maxsize=1)
def asking_words() -> frozenset[str]:
    """Words that ask rather than name (data/lexicon/question_words.txt)."""
    lines = (LEXICON / "question_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
