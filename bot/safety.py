"""Emergencies and wishes for medical advice, found by patterns that are data (data/lexicon/*.yml).

They come before every other decision: a learned classifier may be wrong, and these must not be missed.
"""

from __future__ import annotations

import re
from functools import lru_cache

import yaml

from bot.normalizer import LEXICON


@lru_cache(maxsize=1)
def _emergencies() -> tuple[re.Pattern[str], list[tuple[str, re.Pattern[str]]]]:
    data = yaml.safe_load((LEXICON / "emergencies.yml").read_text(encoding="utf-8"))
    kinds = [(kind, re.compile("|".join(patterns))) for kind, patterns in data["kinds"].items()]
    return re.compile("|".join(data["near_misses"])), kinds


@lru_cache(maxsize=1)
def _advice() -> re.Pattern[str]:
    data = yaml.safe_load((LEXICON / "medical_advice.yml").read_text(encoding="utf-8"))
    return re.compile("|".join(data["patterns"]))


def emergency(text: str) -> str | None:
    """The kind of emergency that a normalised text tells of, or None.

    A near-miss only excuses its own stretch: the signs are looked for in what is left.
    """
    near_misses, kinds = _emergencies()
    rest = near_misses.sub("，", text)
    return next((kind for kind, pattern in kinds if pattern.search(rest)), None)


def medical_advice(text: str) -> bool:
    """Whether a normalised text asks for a dose, a diagnosis or advice on a medicine."""
    return bool(_advice().search(text))
