"""Tiny but complete ONNX models for sherpa-onnx: real native loading, features, decoding and errors without any weights.

A random linear layer over real filter-bank frames stands where the network would. What comes out is nonsense, but it depends on
the audio, and inputs, outputs and metadata are those that the library reads in the published models.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

Shape = list[str | int]
Metadata = dict[str, str | int]
_Floats = NDArray[np.float32]

_CHARACTERS = "市民反映小区供暖停水停电噪音垃圾清运公交地铁马路积水电梯故障物业漏水违建占道经营树木路灯井盖污水异味"
_BANDS = 80
_WINDOW, _SHIFT = 7, 6
"""Frames that the low-frame-rate models stack, and by how many they go on."""
_MIDDLE = 8.0
"""What lifts the logarithms of speech's bands, of samples in [-1, 1], to about 0."""
_WIDTH = 16
"""Of the toy network's only layer."""
_STATES: dict[str, Shape] = {
    "cached_key": [4, "N", 8],
    "cached_nonlin_attn": [1, "N", 4, 12],
    "cached_val1": [4, "N", 8],
    "cached_val2": [4, "N", 8],
    "cached_conv1": ["N", 16, 2],
    "cached_conv2": ["N", 16, 2],
    "embed_states": ["N", 128, 3, 19],
}


def build_toy_sense_voice(folder: Path) -> Path:
    """An offline SenseVoice; returns its folder."""
    tokens = ["<blank>", "<|zh|>", "<|NEUTRAL|>", "<|Speech|>", "<|woitn|>", *sorted(set(_CHARACTERS))]
    metadata: Metadata = {
        "model_type": "sense_voice_ctc", "vocab_size": len(tokens), "normalize_samples": 0, **_stacking(),
        "lang_auto": 0, "lang_zh": 3, "lang_en": 4, "lang_ja": 11, "lang_ko": 12, "lang_yue": 7,
        "with_itn": 14, "without_itn": 15,
    }  # fmt: skip
    prefix = np.full((1, 4, len(tokens)), -20, np.float32)
    prefix[0, range(4), range(1, 5)] = 20
    nodes = [
        helper.make_node("MatMul", ["x", "weights"], ["spread"]),
        helper.make_node("Add", ["spread", "bias"], ["scores"]),
        helper.make_node("Shape", ["x"], ["size"]),
        helper.make_node("Gather", ["size", "zero"], ["batch"]),
        helper.make_node("Concat", ["batch", "tail"], ["whole"], axis=0),
        helper.make_node("Expand", ["prefix", "whole"], ["prefixes"]),
        helper.make_node("Concat", ["prefixes", "scores"], ["all"], axis=1),
        helper.make_node("LogSoftmax", ["all"], ["logits"], axis=2),
    ]
    constants = {
        "weights": _mixing(_BANDS * _WINDOW, len(tokens), forbidden=range(1, 5)),
        "bias": _leaning(len(tokens), forbidden=range(1, 5)),
        "prefix": prefix, "zero": np.array([0]), "tail": np.array([4, len(tokens)]),
    }  # fmt: skip
    lengths: dict[str, Shape] = {name: ["N"] for name in ("x_length", "language", "text_norm")}
    model = _model(
        nodes, constants, {"x": ["N", "T", _BANDS * _WINDOW]}, {"logits": ["N", "L", len(tokens)]}, metadata, whole=lengths
    )
    return _write(folder, {"model.int8.onnx": model}, tokens)


def build_toy_offline_ctc(folder: Path) -> Path:
    """An offline zipformer with a CTC head."""
    tokens = ["<blk>", *sorted(set(_CHARACTERS))]
    nodes = [
        *_every_fourth("x"),
        helper.make_node("Add", ["frames", "middle"], ["centred"]),
        helper.make_node("MatMul", ["centred", "weights"], ["spread"]),
        helper.make_node("Add", ["spread", "bias"], ["scores"]),
        helper.make_node("LogSoftmax", ["scores"], ["log_probs"], axis=2),
        helper.make_node("Div", ["x_lens", "four"], ["log_probs_len"]),
    ]
    constants = {
        "weights": _mixing(_BANDS, len(tokens)), "bias": _leaning(len(tokens)), **_FOURS,
    }  # fmt: skip
    model = _model(
        nodes, constants, {"x": ["N", "T", _BANDS]}, {"log_probs": ["N", "L", len(tokens)]},
        {"model_type": "zipformer2_ctc", "vocab_size": len(tokens)}, counts={"x_lens": ["N"]}, counted={"log_probs_len": ["N"]},
    )  # fmt: skip
    return _write(folder, {"model.int8.onnx": model}, tokens)


def build_toy_zipformer(folder: Path) -> Path:
    """A streaming zipformer transducer: encoder, decoder and joiner, with the states that the library carries along."""
    tokens = ["<blk>", "<sos/eos>", "<unk>", *sorted(set(_CHARACTERS))]
    models = {
        "encoder-epoch-99-avg-1.onnx": _encoder(),
        "decoder-epoch-99-avg-1.onnx": _decoder(len(tokens)),
        "joiner-epoch-99-avg-1.onnx": _joiner(len(tokens)),
    }
    return _write(folder, models, tokens)


def build_toy_paraformer(folder: Path) -> Path:
    """An offline paraformer with word times: each frame that holds a sound is a character."""
    tokens = ["<blank>", "<s>", "</s>", *sorted(set(_CHARACTERS))]
    nodes = [
        *_sounding("x"),
        helper.make_node("Compress", ["x", "sounds"], ["kept"], axis=1),
        helper.make_node("MatMul", ["kept", "weights"], ["spread"]),
        helper.make_node("Add", ["spread", "bias"], ["logits"]),
        helper.make_node("Identity", ["x_length"], ["token_num"]),
        helper.make_node("Cast", ["sounds"], ["peaks"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["peaks", "column"], ["tall"]),
        helper.make_node("Pad", ["tall", "thrice"], ["wide"]),
        helper.make_node("Reshape", ["wide", "row"], ["us_alphas"]),
        helper.make_node("Concat", ["us_alphas", "last"], ["us_cif_peak"], axis=1),
    ]
    constants: dict[str, NDArray[Any]] = {
        "weights": _mixing(_BANDS * _WINDOW, len(tokens), 0, 1, 2), "bias": _leaning(len(tokens), (0, 1, 2)),
        "column": np.array([-1, 1]), "thrice": np.array([0, 0, 0, 2]), "row": np.array([1, -1]),
        "last": np.ones((1, 1), np.float32), "quiet": np.array(-2, np.float32),
    }  # fmt: skip
    metadata: Metadata = {"model_type": "paraformer", "vocab_size": len(tokens), **_stacking()}
    outputs: dict[str, Shape] = {"logits": ["N", "K", len(tokens)]}
    peaks: dict[str, Shape] = {"us_alphas": ["N", "U"], "us_cif_peak": ["N", "P"]}
    model = _model(nodes, constants, {"x": ["N", "T", _BANDS * _WINDOW]}, outputs, metadata, whole={"x_length": ["N"]})
    model.graph.output.extend(_described({"token_num": ["N"]}, TensorProto.INT32))
    model.graph.output.extend(_described(peaks, TensorProto.FLOAT))
    return _write(folder, {"model.int8.onnx": model}, tokens)


def build_toy_streaming_paraformer(folder: Path) -> Path:
    """Encoder and decoder, with the one state of the decoder that the library carries along."""
    tokens = ["<blank>", "<s>", "</s>", *sorted(set(_CHARACTERS))]
    width = _BANDS * _WINDOW
    encoder = _model(
        [
            *_sounding("speech"),
            helper.make_node("MatMul", ["speech", "weights"], ["enc"]),
            helper.make_node("Identity", ["speech_lengths"], ["enc_len"]),
            helper.make_node("Cast", ["sounds"], ["loud"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["loud", "often"], ["chance"]),
            helper.make_node("Reshape", ["chance", "row"], ["alphas"]),
        ],
        {"weights": _mixing(width, _WIDTH), "quiet": np.array(-8, np.float32), "often": np.array(0.4, np.float32),
         "row": np.array([1, -1])},
        {"speech": ["N", "T", width]}, {"enc": ["N", "T", _WIDTH], "alphas": ["N", "A"]},
        {"model_type": "paraformer", "vocab_size": len(tokens), "encoder_output_size": _WIDTH, "decoder_num_blocks": 1,
         "decoder_kernel_size": 3, **_stacking()},
        whole={"speech_lengths": ["N"]},
    )  # fmt: skip
    encoder.graph.output.insert(1, _described({"enc_len": ["N"]}, TensorProto.INT32)[0])
    decoder = _model(
        [
            helper.make_node("MatMul", ["acoustic_embeds", "weights"], ["spread"]),
            helper.make_node("Add", ["spread", "bias"], ["logits"]),
            helper.make_node("ArgMax", ["logits"], ["sample_ids"], axis=2, keepdims=0),
            helper.make_node("Identity", ["in_cache_0"], ["out_cache_0"]),
        ],
        {"weights": _mixing(_WIDTH, len(tokens), 0, 1, 2), "bias": _leaning(len(tokens), (0, 1, 2))}, {},
        {"logits": ["N", "K", len(tokens)]}, {},
    )  # fmt: skip
    described: dict[str, Shape] = {
        "enc": ["N", "T", _WIDTH],
        "acoustic_embeds": ["N", "K", _WIDTH],
        "in_cache_0": ["N", _WIDTH, 2],
    }
    lengths: dict[str, Shape] = {"enc_len": ["N"], "acoustic_embeds_len": ["N"]}
    floats = {name: _described({name: shape}, TensorProto.FLOAT)[0] for name, shape in described.items()}
    counts = {name: _described({name: shape}, TensorProto.INT32)[0] for name, shape in lengths.items()}
    decoder.graph.input.extend(
        [floats["enc"], counts["enc_len"], floats["acoustic_embeds"], counts["acoustic_embeds_len"], floats["in_cache_0"]]
    )
    decoder.graph.output.extend(_described({"sample_ids": ["N", "K"]}, TensorProto.INT64))
    decoder.graph.output.extend(_described({"out_cache_0": ["N", _WIDTH, 2]}, TensorProto.FLOAT))
    return _write(folder, {"encoder.int8.onnx": encoder, "decoder.int8.onnx": decoder}, tokens)


def build_toy_fire_red(folder: Path) -> Path:
    """Encoder and decoder of an attention model: the n-th character stands for the n-th sixth of a second."""
    tokens = ["<blank>", "<unk>", "<pad>", "<sos>", "<eos>", *sorted(set(_CHARACTERS))]
    layers: dict[str, Shape] = {"n_layer_cross_k": [1, "N", "T", _BANDS], "n_layer_cross_v": [1, "N", "T", _BANDS]}
    metadata: Metadata = {
        "model_type": "fire-red-asr-aed", "num_decoder_layers": 1, "num_head": 1, "head_dim": 4, "sos": 3, "eos": 4,
        "max_len": 448,
        "cmvn_mean": ",".join(["10"] * _BANDS), "cmvn_inv_stddev": ",".join(["0.3"] * _BANDS),
    }  # fmt: skip
    encoder = _model(
        [helper.make_node("Unsqueeze", ["x", "first"], [name]) for name in layers], {"first": np.array([0])},
        {"x": ["N", "T", _BANDS]}, layers, metadata, counts={"x_lens": ["N"]},
    )  # fmt: skip
    nodes = [
        helper.make_node("Shape", ["n_layer_cross_k"], ["extent"]),
        helper.make_node("Gather", ["extent", "third"], ["frames"]),
        helper.make_node("Sub", ["frames", "one"], ["latest"]),
        helper.make_node("Mul", ["offset", "step"], ["place"]),
        helper.make_node("Min", ["place", "latest"], ["within"]),
        helper.make_node("Gather", ["n_layer_cross_k", "within"], ["frame"], axis=2),
        helper.make_node("Squeeze", ["frame", "first"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["spread"]),
        helper.make_node("ReduceMean", ["n_layer_cross_k"], ["loudness"], axes=[0, 1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["loudness", "ending"], ["end"]),
        helper.make_node("Add", ["spread", "end"], ["more"]),
        helper.make_node("Add", ["more", "bias"], ["logits"]),
        *(helper.make_node("Identity", [f"in_{name}"], [f"out_{name}"]) for name in ("k", "v")),
    ]
    ending = np.zeros(len(tokens), np.float32)
    ending[4] = -20  # a whole of silence ends at once
    bias = _leaning(len(tokens), (0, 1, 2, 3, 4))
    bias[4] = -100
    constants: dict[str, NDArray[Any]] = {
        "third": np.array([2]), "one": np.array([1]), "step": np.array([16]), "first": np.array([0]), "ending": ending,
        "weights": _mixing(_BANDS, len(tokens), 0, 1, 2, 3, 4), "bias": bias,
    }  # fmt: skip
    cache: Shape = ["L", "B", "S", "H", "D"]
    decoder = _model(
        nodes, constants, {"in_k": cache, "in_v": cache, **layers},
        {"logits": ["N", 1, len(tokens)], "out_k": cache, "out_v": cache}, {}, counts={"offset": ["N"]},
    )  # fmt: skip
    decoder.graph.input.insert(0, _described({"tokens": ["N", 1]}, TensorProto.INT64)[0])
    return _write(folder, {"encoder.int8.onnx": encoder, "decoder.int8.onnx": decoder}, tokens)


def _sounding(source: str) -> list[onnx.NodeProto]:
    """`sounds`: for each frame of the first caller, whether it is louder than `quiet`."""
    return [
        helper.make_node("ReduceMean", [source], ["loudness"], axes=[0, 2], keepdims=0),
        helper.make_node("Greater", ["loudness", "quiet"], ["sounds"]),
    ]


def _encoder() -> ModelProto:
    nodes = [
        helper.make_node("Slice", ["x", "from", "until", "along"], ["chunk"]),
        *_every_fourth("chunk"),
        helper.make_node("Add", ["frames", "middle"], ["centred"]),
        helper.make_node("MatMul", ["centred", "weights"], ["encoder_out"]),
        *(helper.make_node("Identity", [name], [f"new_{name}"]) for name in _STATES),
        helper.make_node("Add", ["processed_lens", "shift"], ["new_processed_lens"]),
    ]
    constants = {
        "weights": _mixing(_BANDS, _WIDTH), "from": np.array([6]), "until": np.array([38]), "along": np.array([1]),
        "shift": np.array([16]), **_FOURS,
    }  # fmt: skip
    metadata: Metadata = {
        "model_type": "zipformer2", "version": "1", "model_author": "k2-fsa", "T": 45, "decode_chunk_len": 32,
        "encoder_dims": "16", "query_head_dims": "4", "value_head_dims": "4", "num_heads": "2", "num_encoder_layers": "1",
        "cnn_module_kernels": "5", "left_context_len": "4",
    }  # fmt: skip
    return _model(
        nodes, constants, {"x": ["N", 45, _BANDS], **_STATES},
        {"encoder_out": ["N", 8, _WIDTH], **{f"new_{name}": shape for name, shape in _STATES.items()}}, metadata,
        counts={"processed_lens": ["N"]}, counted={"new_processed_lens": ["N"]},
    )  # fmt: skip


def _decoder(vocabulary: int) -> ModelProto:
    nodes = [
        helper.make_node("Gather", ["embedding", "y"], ["both"], axis=0),
        helper.make_node("ReduceMean", ["both"], ["decoder_out"], axes=[1], keepdims=0),
    ]
    embedding = np.random.default_rng(3).normal(0, 0.3, (vocabulary, _WIDTH)).astype(np.float32)
    outputs: dict[str, Shape] = {"decoder_out": ["N", _WIDTH]}
    metadata: Metadata = {"vocab_size": vocabulary, "context_size": 2}
    return _model(nodes, {"embedding": embedding}, {}, outputs, metadata, counts={"y": ["N", 2]})


def _joiner(vocabulary: int) -> ModelProto:
    nodes = [
        helper.make_node("Add", ["encoder_out", "decoder_out"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["bent"]),
        helper.make_node("MatMul", ["bent", "weights"], ["spread"]),
        helper.make_node("Add", ["spread", "bias"], ["logit"]),
    ]
    weights = _mixing(_WIDTH, vocabulary, 1, 2) * 2
    weights[0], weights[0, 0] = 0, 12
    constants = {"weights": weights, "bias": _leaning(vocabulary, (1, 2), 5)}
    inputs: dict[str, Shape] = {"encoder_out": ["N", _WIDTH], "decoder_out": ["N", _WIDTH]}
    return _model(nodes, constants, inputs, {"logit": ["N", vocabulary]}, {"joiner_dim": _WIDTH})


_FOURS: dict[str, NDArray[Any]] = {
    "four": np.array([4]), "grouped": np.array([0, -1, 4, _BANDS]), "begin": np.array([0]), "second": np.array([1]),
    "middle": np.array([_MIDDLE], np.float32),
}  # fmt: skip


def _every_fourth(source: str) -> list[onnx.NodeProto]:
    """The mean of each four frames, as `frames`; what does not fill a four is left out."""
    return [
        helper.make_node("Shape", [source], ["extent"]),
        helper.make_node("Gather", ["extent", "second"], ["length"]),
        helper.make_node("Div", ["length", "four"], ["fours"]),
        helper.make_node("Mul", ["fours", "four"], ["even"]),
        helper.make_node("Slice", [source, "begin", "even", "second"], ["cut"]),
        helper.make_node("Reshape", ["cut", "grouped"], ["groups"]),
        helper.make_node("ReduceMean", ["groups"], ["frames"], axes=[2], keepdims=0),
    ]


def _mixing(inputs: int, outputs: int, *no: int, forbidden: range = range(0)) -> _Floats:
    weights = np.random.default_rng(outputs * 1000 + inputs).normal(0, 2 / np.sqrt(inputs), (inputs, outputs))
    weights[:, [*no, *forbidden]] = 0
    weights[:, 0] = -3 / inputs  # silence is what has little energy: the blank
    return weights.astype(np.float32)


def _leaning(vocabulary: int, forbidden: range | tuple[int, ...] = (), lean: float = 4) -> _Floats:
    """Towards the blank, so that not every frame brings a character."""
    bias = np.zeros(vocabulary, np.float32)
    bias[0] = lean
    bias[list(forbidden)] = -50
    return bias


def _stacking() -> Metadata:
    bands = _BANDS * _WINDOW
    return {
        "lfr_window_size": _WINDOW, "lfr_window_shift": _SHIFT,
        "neg_mean": ",".join(["-10"] * bands), "inv_stddev": ",".join(["0.3"] * bands),
    }  # fmt: skip


def _model(
    nodes: list[onnx.NodeProto],
    constants: Mapping[str, NDArray[Any]],
    inputs: dict[str, Shape],
    outputs: dict[str, Shape],
    metadata: Metadata,
    *,
    whole: dict[str, Shape] | None = None,
    counts: dict[str, Shape] | None = None,
    counted: dict[str, Shape] | None = None,
) -> ModelProto:
    """`whole`: inputs of 32 bits; `counts`, `counted`: inputs and outputs of 64 bits."""
    graph = helper.make_graph(
        nodes, "toy",
        [*_described(inputs, TensorProto.FLOAT), *_described(whole, TensorProto.INT32), *_described(counts, TensorProto.INT64)],
        [*_described(outputs, TensorProto.FLOAT), *_described(counted, TensorProto.INT64)],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    for name, value in metadata.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = name, str(value)
    return model


def _described(shapes: dict[str, Shape] | None, kind: int) -> list[onnx.ValueInfoProto]:
    return [helper.make_tensor_value_info(name, kind, shape) for name, shape in (shapes or {}).items()]


def _write(folder: Path, models: dict[str, ModelProto], tokens: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in models.items():
        (folder / name).write_bytes(model.SerializeToString())
    lines = "".join(f"{token} {number}\n" for number, token in enumerate(tokens))
    (folder / "tokens.txt").write_text(lines, "utf-8")
    return folder
