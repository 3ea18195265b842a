"""jieba with the community's own words."""

from __future__ import annotations

from functools import lru_cache

import jieba

from bot.normalizer import LEXICON

# Verbs, conjunctions, prepositions, pronouns, adverbs, measures, …
NO_NAME = {"v", "c", "p", "r", "d", "m", "q", "f", "u", "ud", "uj", "ul", "y", "zg"}


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


@lru_cache(maxsize=1)
def no_names() -> frozenset[str]:
    """Words that no name ends in, by their part of speech in jieba's dictionary (jieba.posseg would keep all of it, 170 MB)."""
    with jieba.get_dict_file() as file:
        lines = (line.decode("utf-8").split() for line in file)
        return frozenset(word for word, _, part in lines if part in NO_NAME)
