"""How near a message is to each matter by its words alone.

How many of the rarer words and characters it shares with a spelling (a cosine), and how much of it the whole row speaks of.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.segmenter import asking_words, segmenter
from bot.sentence_model import Floats
from bot.tokenizer import fillers

SINGLE_WEIGHT = 0.35  # of a character by itself, beside words and pairs
ASKING_WEIGHT = 0.2  # of a word that asks rather than names
TEXTS_KEPT = 200_000  # texts of the community whose terms are kept, to make an index anew
UNKNOWN_SHARE = 0.5  # of a word that is in no document
BODY_SHARE = 0.3  # of the score: how much of the message the whole document speaks of
_PARTICLES = re.compile(r"[吗呢啊呀吧嘛哦噢哈的了伐么]|一下|可以|能不能|能|我们|我|您|你|请|要|是|有没有|怎么办")


def essence(text: str) -> str:
    """A normalised text without openings, politeness and marks."""
    return re.sub(r"[^\w]+", " ", fillers().sub(" ", text)).strip()


def heard(text: str) -> str:
    """What of a normalised text is compared by meaning; never empty."""
    return essence(text) or text or "空"


def _terms(text: str) -> frozenset[str]:
    """Words, pairs of characters, and single characters (marked) of a normalised text, particles left out."""
    bare = _PARTICLES.sub(" ", text)
    runs = (bare if bare.strip() else text).split()
    words = {word for run in runs for word in segmenter().cut(run) if len(word) > 1}
    pairs = {run[i : i + 2] for run in runs for i in range(len(run) - 1)}
    return frozenset(words | pairs | {"." + char for run in runs for char in run})


_columns: dict[str, int] = {}  # of every term of our own texts so far; an index made anew after a change finds them numbered

_numbering = threading.Lock()


@lru_cache(maxsize=TEXTS_KEPT)
def _numbered(text: str) -> NDArray[np.int32]:
    """The columns of the terms of a text of ours."""
    terms = _terms(text)
    with _numbering:
        return np.fromiter((_columns.setdefault(term, len(_columns)) for term in terms), dtype=np.int32)


def _share(term: str) -> float:
    """How much a term counts beside its rarity."""
    return (SINGLE_WEIGHT if term.startswith(".") else 1.0) * (ASKING_WEIGHT if term.lstrip(".") in asking_words() else 1.0)


class WordIndex:
    """An immutable index over documents: their spellings (normalised, each with the number of its document, rising) and bodies."""

    def __init__(self, spellings: list[tuple[int, str]], bodies: list[str]) -> None:
        self._count = len(bodies)
        self.owner = np.array([n for n, _ in spellings], dtype=int)
        self.starts = np.flatnonzero(np.diff(self.owner, prepend=-1))
        called = [_numbered(text) for _, text in spellings]
        told = [*called, *(_numbered(body) for body in bodies)]
        size = len(_columns)
        self._spellings = _matrix(called, range(len(called)), len(called), size)
        self._whole = _matrix(told, [*self.owner, *range(len(bodies))], len(bodies), size)
        seen = np.diff(self._whole.indptr)
        share = np.array([_share(term) for term in islice(_columns, size)])
        self._unseen = float(np.log(1 + len(bodies)))
        self._weights = np.log(1 + len(bodies) / np.maximum(seen, 1)) * share * (seen > 0)
        self._mass = np.maximum(self._spellings.T @ self._weights, 1e-9)

    def best(self, of_spellings: Floats) -> Floats:
        """The highest number among those of each document's spellings, shape (documents,)."""
        best = np.zeros(self._count, dtype=of_spellings.dtype)
        best[self.owner[self.starts]] = np.maximum.reduceat(of_spellings, self.starts)
        return best

    def scores(self, wanted: str) -> Floats:
        """How near each document is to an essence, from 0 to 1; shape (documents,)."""
        terms = _terms(wanted)
        columns = [_columns.get(term, -1) for term in terms]
        known = [column for column in columns if 0 <= column < len(self._weights) and self._weights[column]]
        if not known:
            return np.zeros(self._count)
        weights = self._weights[known]
        unknown = (
            self._unseen * UNKNOWN_SHARE * sum(_share(term) for term, column in zip(terms, columns, strict=True) if column not in known)
        )
        mass = float(weights.sum()) + unknown
        near = _sums(self._spellings, known, weights) / np.sqrt(mass * self._mass)
        covered = _sums(self._whole, known, weights) / mass
        return (1 - BODY_SHARE) * self.best(near) + BODY_SHARE * covered


def _matrix(documents: list[NDArray[np.int32]], numbers: Iterable[int], count: int, size: int) -> csr_matrix:
    """Terms by documents, 1 where a document (which may have several texts) has the term."""
    lengths = [len(document) for document in documents]
    rows = np.concatenate([*documents, np.zeros(0, dtype=np.int32)])
    columns = np.repeat(np.fromiter(numbers, dtype=np.int32), lengths)
    found = csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(size, count))
    found.data[:] = 1.0  # a term that two texts of a document have was counted twice
    return found


def _sums(matrix: csr_matrix, rows: list[int], weights: Floats) -> Floats:
    """The weighted sum of some rows of a matrix of ones, shape (columns,)."""
    bounds = matrix.indptr
    columns = np.concatenate([matrix.indices[bounds[row] : bounds[row + 1]] for row in rows])
    lengths = [bounds[row + 1] - bounds[row] for row in rows]
    return np.bincount(columns, weights=np.repeat(weights, lengths), minlength=matrix.shape[1])
