"""A tiny but complete Kaldi model for vosk: real native loading, feeding, finishing and lattices without any weights.

Random linear "sounds" over MFCC frames, words of two or three sounds, a loop over them all. What it writes is nonsense, but it
is decoded by the real decoder from real audio: words, times and confidences are Kaldi's own. Formats: Kaldi's text form of a
transition model and an nnet3 network, OpenFst's binary form of a graph.
"""

import struct
from pathlib import Path

import numpy as np

_SOUNDS = 24
_CEPSTRA = 13
_WORDS = "市民反映小区供暖停水停电噪音垃圾清运公交地铁马路积水电梯故障物业漏水违建占道经营树木路灯井盖污水异味"
_MEAN = np.array([75.0, -5.0, -5.0, 0.0, -8.0, -5.0, -8.0, -4.0, -4.0, -3.0, -2.0, -2.0, -1.0])
_SPREAD = np.array([14.0, 14.0, 13.0, 13.0, 14.0, 13.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 7.0])
_FST_MAGIC = 2125659606


def build_toy_model(folder: Path, sample_rate: int = 16000) -> Path:
    """Writes the model; returns its folder."""
    files = {
        "am/final.mdl": _transition_model() + _network(),
        "conf/mfcc.conf": f"--sample-frequency={sample_rate}\n--use-energy=false\n--num-ceps={_CEPSTRA}\n--dither=0\n",
        "conf/model.conf": (
            "--min-active=200\n--max-active=3000\n--beam=10.0\n--lattice-beam=4.0\n--acoustic-scale=0.3\n"
            "--frame-subsampling-factor=1\n--endpoint.silence-phones=1\n"
            "--endpoint.rule2.min-trailing-silence=0.5\n--endpoint.rule3.min-trailing-silence=1.0\n"
            "--endpoint.rule4.min-trailing-silence=2.0\n"
        ),
        "graph/words.txt": "".join(f"{word} {number}\n" for number, word in enumerate(["<eps>", *_words()])),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "graph" / "HCLG.fst").write_bytes(_graph())
    return folder


def _words() -> list[str]:
    return [_WORDS[at : at + 2] for at in range(0, len(_WORDS), 2)]


def _transition_model() -> str:
    """One state a sound, with a loop: transition 2k-1 is the loop of sound k, 2k leaves it. Sound 1 is silence."""
    phones = " ".join(str(phone) for phone in range(1, _SOUNDS + 1))
    tuples = "\n".join(f"{phone} 0 {phone - 1}" for phone in range(1, _SOUNDS + 1))
    logs = " ".join(["0"] + ["-0.6931472"] * (2 * _SOUNDS))
    return (
        "<TransitionModel>\n<Topology>\n<TopologyEntry>\n<ForPhones>\n"
        f"{phones}\n</ForPhones>\n<State> 0 <PdfClass> 0 <Transition> 0 0.5 <Transition> 1 0.5 </State>\n<State> 1 </State>\n"
        f"</TopologyEntry>\n</Topology>\n<Triples> {_SOUNDS}\n{tuples}\n</Triples>\n"
        f"<LogProbs>\n [ {logs} ]\n</LogProbs>\n</TransitionModel>\n"
    )


def _network() -> str:
    random = np.random.default_rng(12345)
    weights = random.normal(0, 1.2, (_SOUNDS, _CEPSTRA))
    weights[0] = 0
    weights[0, 0] = -3  # silence is what has little energy
    scaled = weights / _SPREAD
    bias = -(scaled @ _MEAN) - 0.5 * (weights**2).sum(1) / _CEPSTRA
    bias[0] -= 4
    rows = "\n".join("  " + " ".join(f"{value:.6f}" for value in row) for row in scaled)
    offsets = " ".join(f"{value:.6f}" for value in bias)
    return (
        "<Nnet3> \n"
        f"input-node name=input dim={_CEPSTRA}\n"
        "component-node name=sounds component=sounds input=input\n"
        "component-node name=scores component=scores input=sounds\n"
        "output-node name=output input=scores objective=linear\n"
        "\n<NumComponents> 2\n"
        f"<ComponentName> sounds <FixedAffineComponent> <LinearParams>  [\n{rows} ]\n<BiasParams>  [ {offsets} ]\n"
        "</FixedAffineComponent>\n"
        f"<ComponentName> scores <LogSoftmaxComponent> <Dim> {_SOUNDS} <ValueAvg>  [ ]\n<DerivAvg>  [ ]\n<Count> 0 "
        "<OderivRms>  [ ]\n<OderivCount> 0 </LogSoftmaxComponent>\n"
        "</Nnet3> <LeftContext> 0 <RightContext> 0 <Priors>  [ ]\n"
    )


def _graph() -> bytes:
    """State 0 is the hub; each word is a chain of its sounds, each sound a state with a loop."""
    random = np.random.default_rng(54321)
    arcs: list[list[tuple[int, int, float, int]]] = [[]]

    def chain(sounds: list[int], word: int, cost: float) -> None:
        at = 0
        for place, sound in enumerate(sounds):
            arcs.append([])
            state = len(arcs) - 1
            first = place == 0
            arcs[at].append((2 * sound, word if first else 0, cost if first else 0.0, state))
            arcs[state].append((2 * sound - 1, 0, 0.7, state))
            at = state
        arcs[at].append((0, 0, 0.0, 0))

    chain([1], 0, 1.0)
    for number in range(1, len(_words()) + 1):
        sounds = random.integers(2, _SOUNDS + 1, random.integers(2, 4)).tolist()
        chain(sounds, number, float(random.uniform(2, 4)))
    body = b""
    for state, leaving in enumerate(arcs):
        body += struct.pack("<fq", 0.0 if state == 0 else float("inf"), len(leaving))
        body += b"".join(struct.pack("<iifi", *arc) for arc in leaving)
    return _fst_header(len(arcs), sum(map(len, arcs))) + body


def _fst_header(states: int, arcs: int) -> bytes:
    expanded_and_mutable = 3
    kinds = b"".join(struct.pack("<i", len(word)) + word for word in (b"vector", b"standard"))
    return struct.pack("<i", _FST_MAGIC) + kinds + struct.pack("<iiQqqq", 2, 0, expanded_and_mutable, 0, states, arcs)
