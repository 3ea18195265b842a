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
