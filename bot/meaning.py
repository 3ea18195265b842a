"""What sentences mean, as vectors (bot/sentence_model.py).

Vectors of the community's own texts are kept beside the models, so that a text is computed once. What residents write is
never kept.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache

import numpy as np

from bot.sentence_model import Floats, model
from community.settings import settings

ALL_CORES = os.cpu_count() or 1
logger = logging.getLogger(__name__)
BATCH = 16
LONGEST = 90  # characters; what matters in a message or an answer stands before that


def vectors(texts: list[str]) -> Floats:
    """Unit vectors, shape (len(texts), size of the model), computed now."""
    return model().vectors([text[:LONGEST] or " " for text in texts])


@lru_cache(maxsize=1024)
def of_message(text: str) -> Floats:
    """The vector of what a resident writes, shape (size,): a message is looked at several times while it is answered."""
    return vectors([text])[0]


@contextmanager
def _kept() -> Iterator[sqlite3.Connection]:
    folder = settings().models_dir
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / "meanings.db", timeout=30)
    try:
        with connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (model TEXT, text TEXT, vector BLOB NOT NULL, PRIMARY KEY (model, text))"
            )
            yield connection
    finally:
        connection.close()


def kept(texts: list[str]) -> dict[str, Floats]:
    """The vectors that are kept of `texts`; fewer than asked for if some were never computed, none if the file is unreadable."""
    found: dict[str, Floats] = {}
    try:
        with _kept() as connection:
            for start in range(0, len(texts), 500):
                some = texts[start : start + 500]
                rows = connection.execute(
                    f"SELECT text, vector FROM vectors WHERE model = ? AND text IN ({','.join('?' * len(some))})", [model().name, *some]
                )
                found |= {text: np.frombuffer(blob, dtype=np.float16).astype(np.float32) for text, blob in rows}
    except sqlite3.Error:
        logger.exception("cannot read the kept vectors; they are computed anew")
    return found


def _each(batches: list[list[str]], threads: int) -> Iterator[Floats]:
    """The vectors of batches, in order."""
    if threads == 1:
        yield from map(vectors, batches)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(vectors, batches)


def compute(texts: list[str], threads: int = 1) -> None:
    """Compute and keep the vectors of `texts`, a batch at a time."""
    name = model().name
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    for some, found in zip(batches, _each(batches, threads), strict=True):
        blobs = [row.astype(np.float16).tobytes() for row in found]
        with _kept() as connection:
            rows = zip([name] * len(some), some, blobs, strict=True)
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)


def of_texts(texts: list[str], threads: int = 1) -> dict[str, Floats]:
    """The vectors of texts of ours, each shape (size,), computed and kept where they are not yet; by more threads where nobody waits."""
    wanted = list(dict.fromkeys(texts))
    found = kept(wanted)
    compute([text for text in wanted if text not in found], threads)
    return kept(wanted)
