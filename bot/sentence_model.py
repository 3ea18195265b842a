"""The sentence model: an ONNX file and its tokenizer, run by ONNX Runtime on the CPU (docs/decisions/0006).

The one that comes along is written by `bot/built_in_model.py`. An operator may name another (JMK_SENTENCE_MODEL): a folder with
`model.onnx` and `tokenizer.json`, as Hugging Face's Optimum exports them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from community.settings import settings

Floats: TypeAlias = NDArray[Any]
MODEL, TOKENIZER = "model.onnx", "tokenizer.json"


class SentenceModel:
    """A loaded model. Raises FileNotFoundError or RuntimeError naming what is missing or unreadable."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        for name in (MODEL, TOKENIZER):
            if not (folder / name).exists():
                raise FileNotFoundError(f"{folder / name}: a sentence model is a folder with {MODEL} and {TOKENIZER}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # two wait for each other, and on busy cores that costs seconds
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_setting(folder / "sentence_bert_config.json", "max_seq_length") or 512)
        prompts = _setting(folder / "config_sentence_transformers.json", "prompts") or {}
        self._prompt = prompts.get("query", "")
        self._first_token = bool(_setting(folder / "1_Pooling" / "config.json", "pooling_mode_cls_token"))
        with (folder / MODEL).open("rb") as file:
            self.name = f"{folder.name}-{file_digest(file, 'sha256').hexdigest()[:8]}-{self._prompt}"
        self.size = int(self.vectors(["大"]).shape[1])

    def vectors(self, texts: list[str]) -> Floats:
        """Unit vectors, shape (len(texts), size)."""
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch([self._prompt + text for text in texts])]
        ids = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)], mask[number, : len(row)] = row, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        out = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        if out.ndim == 3:  # of each token
            out = out[:, 0] if self._first_token else (out * mask[:, :, None]).sum(axis=1)
        return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _setting(file: Path, name: str) -> Any:
    """A value of one of the files that sentence-transformers keeps beside a model; None without it."""
    return json.loads(file.read_text(encoding="utf-8")).get(name) if file.exists() else None


@lru_cache(maxsize=2)
def _loaded(folder: Path) -> SentenceModel:
    return SentenceModel(folder)


def model() -> SentenceModel:
    """The model of the settings; the one that comes along is written first if it is not there yet (some seconds)."""
    if settings().sentence_model:
        return _loaded(Path(settings().sentence_model).expanduser())
    from bot import built_in_model

    folder = settings().models_dir / built_in_model.NAME
    if not (folder / MODEL).exists():
        built_in_model.write(folder)
    return _loaded(folder)
