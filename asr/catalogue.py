"""The speech models that we know: where they come from and what they are. They live in `var/models/NAME`.

Sizes and checksums were compared in at least three independent public repositories that pin them; None where they differ or
are not to be found. Error rates are those that were published, never ours; docs/speech.md says which were run.
"""

from asr.catalogue_entry import CatalogueModel, Live, ModelFile
from asr.contract import SpeechError

DEFAULT_MODEL = "vosk-model-small-cn-0.22"


class UnknownModel(SpeechError):
    code = "unknown_model"


_VOSK = "https://alphacephei.com/vosk/models/"
_K2 = "https://github.com/k2-fsa/sherpa-onnx/releases/download/asr-models/"
_WHISPER = "https://huggingface.co/Systran/"
_NONE = "none published that we know of"
_FUNAUDIO = "FunAudioLLM report (arXiv 2407.04051), table 6"
_ALPHACEPHEI = "alphacephei.com/vosk/models"
_FUNASR = "FunASR model licence 1.1 (the model's name and source must be named)"
_K2_LICENCE = "Apache-2.0 (the project's; the weights name none)"
_TOKENIZER = "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"
_VOCABULARY = "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"


def _vosk(name: str, *, about_mb: int, memory_mb: int, error_rates: str, advice: str, **known: object) -> CatalogueModel:
    return CatalogueModel(
        name=name, engine="vosk", live=Live.streaming, address=f"{_VOSK}{name}.zip", about_mb=about_mb, licence="Apache-2.0",
        memory_mb=memory_mb, cores=1 if memory_mb < 1000 else 4, error_rates=error_rates, source=_ALPHACEPHEI, advice=advice,
        **known,  # type: ignore[arg-type]  # size and sha256, where they are known
    )  # fmt: skip


def _sherpa(
    name: str, live: Live, size: int, sha256: str, *, memory_mb: int, cores: int, licence: str, advice: str,
    error_rates: str = _NONE, source: str = "",
) -> CatalogueModel:  # fmt: skip
    return CatalogueModel(
        name=name, engine="sherpa" if live is Live.streaming else "sherpa-offline", live=live,
        address=f"{_K2}{name}.tar.bz2", size=size, about_mb=size >> 20, sha256=sha256, licence=licence, memory_mb=memory_mb,
        cores=cores, error_rates=error_rates, source=source, advice=advice,
    )  # fmt: skip


def _whisper(
    kind: str, revision: str, weights: tuple[int, str], config: tuple[int, str], *, memory_mb: int, cores: int, advice: str,
    error_rates: str = _NONE, source: str = "", others: tuple[tuple[str, int, str], ...] = (), tried: bool = False,
) -> CatalogueModel:  # fmt: skip
    name = f"faster-whisper-{kind}"
    tokens = others or (("tokenizer.json", 2_203_239, _TOKENIZER), ("vocabulary.txt", 459_861, _VOCABULARY))
    address = f"{_WHISPER}{name}/resolve/{revision}"
    found = (("model.bin", *weights), ("config.json", *config), *tokens)
    return CatalogueModel(
        name=name, engine="whisper", live=Live.recordings, address=address, size=sum(size for _, size, _ in found),
        about_mb=weights[0] >> 20, licence="MIT", memory_mb=memory_mb, cores=cores, error_rates=error_rates, source=source,
        advice=advice, tried=tried,
        files=tuple(ModelFile(file, f"{address}/{file}", size, sha256) for file, size, sha256 in found),
    )  # fmt: skip


# Best first: `auto` takes the first that is installed, one for live text before one for recordings.
CATALOGUE: tuple[CatalogueModel, ...] = (
    _sherpa(
        "sherpa-onnx-streaming-zipformer-zh-int8-2025-06-30", Live.streaming, 132_634_597,
        "5a2832047ea1f97dd0dc595b816c230c4bafad65cfc0341fa57517cadc50afd0", memory_mb=600, cores=2, licence=_K2_LICENCE,
        advice="live text on a server of any size; takes hot words",
    ),
    _vosk(
        "vosk-model-cn-0.22", about_mb=1300, memory_mb=16000,
        error_rates="13.98 SpeechIO-02, 27.30 SpeechIO-06, 7.43 THCHS", advice="servers with 16 GB and more",
    ),
    _sherpa(
        "sherpa-onnx-streaming-paraformer-bilingual-zh-en", Live.streaming, 1_047_319_737,
        "5462a1fce42693deae572af1e8c4687124b12aa85fe61ff4d3168bb5280e205f", memory_mb=900, cores=2, licence=_FUNASR,
        advice="live text where callers mix in English; no word times, no confidences",
    ),
    _sherpa(
        "sherpa-onnx-streaming-zipformer-bilingual-zh-en-2023-02-20", Live.streaming, 511_274_346,
        "27ffbd9ee24ad186d99acc2f6354d7992b27bcab490812510665fa8f9389c5f8", memory_mb=700, cores=2, licence=_K2_LICENCE,
        advice="live text where callers mix in English; takes hot words",
    ),
    _vosk(
        "vosk-model-cn-kaldi-multicn-0.15", about_mb=1500, memory_mb=16000,
        error_rates="17.44 SpeechIO-02, 9.56 THCHS", advice="older than cn-0.22, kept for comparison",
    ),
    _vosk(
        DEFAULT_MODEL, about_mb=42, memory_mb=300, size=43_898_754,
        sha256="3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
        error_rates="23.54 SpeechIO-02, 38.29 SpeechIO-06, 17.15 THCHS", advice="the default: any machine",
    ),
    _sherpa(
        "sherpa-onnx-streaming-zipformer-zh-14M-2023-02-23", Live.streaming, 74_004_050,
        "2cbd71b640d9c37d3784f29367333a4577b0398b62e9deeed418170b081cba8b", memory_mb=250, cores=1, licence=_K2_LICENCE,
        advice="live text for many callers on few cores; takes hot words",
    ),
    CatalogueModel(
        name="sherpa-onnx-fire-red-asr-large-zh_en-2025-02-16", engine="sherpa-offline", live=Live.recordings,
        address=f"{_K2}sherpa-onnx-fire-red-asr-large-zh_en-2025-02-16.tar.bz2", about_mb=1660, licence="Apache-2.0",
        memory_mb=4000, cores=8, error_rates="0.55 AISHELL-1, 2.52 AISHELL-2, 4.88 WenetSpeech net, 4.76 meeting",
        source="huggingface.co/FireRedTeam/FireRedASR-AED-L (before the reduction to 8 bits)",
        advice="recordings, where time does not matter; no word times",
    ),
    _sherpa(
        "sherpa-onnx-zipformer-ctc-zh-int8-2025-07-03", Live.recordings, 301_377_906,
        "f3ad1814fea34c407eab0cc3df6f6b625419ac9a60d8aebd8efe772a8e85ef67", memory_mb=900, cores=2, licence=_K2_LICENCE,
        error_rates="1.74 AISHELL, 5.92 WenetSpeech net, 7.75 meeting",
        source="k2-fsa.github.io/sherpa/onnx/pretrained_models/offline-ctc/icefall/zipformer.html",
        advice="the second pass and recordings",
    ),
    _sherpa(
        "sherpa-onnx-paraformer-zh-2023-09-14", Live.recordings, 234_051_698,
        "9c49fd9c6fb63de8e18c1054cf3d100f804741b7e608e187923cd8ff09fa9f03", memory_mb=700, cores=2, licence=_FUNASR,
        error_rates="1.95 AISHELL-1, 6.74 WenetSpeech net, 6.97 meeting", source=_FUNAUDIO,
        advice="the second pass and recordings",
    ),
    _sherpa(
        "sherpa-onnx-sense-voice-zh-en-ja-ko-yue-int8-2024-07-17", Live.recordings, 163_002_883,
        "7d1efa2138a65b0b488df37f8b89e3d91a60676e416f515b952358d83dfd347e", memory_mb=700, cores=2, licence=_FUNASR,
        error_rates="2.96 AISHELL-1, 3.80 AISHELL-2, 7.84 WenetSpeech net, 7.44 meeting",
        source=_FUNAUDIO, advice="the second pass: the fastest of its class",
    ),
    _whisper(
        "large-v3", "edaa852ec7e145841d8ffdb056a99866b5f0a478",
        (3_087_284_237, "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1"),
        (2_394, "a9306624f5ec14270a014b647e5c316b6e03a662c369758d1b90697a7b0655b9"), memory_mb=4000, cores=8,
        error_rates="8.09 AISHELL-1, 5.48 AISHELL-2, 11.72 WenetSpeech net, 20.15 meeting",
        source="huggingface.co/BELLE-2/Belle-whisper-large-v3-zh", advice="recordings in several languages",
        others=(
            ("preprocessor_config.json", 340, "7ccc62c6f2765af1f3b46c00c9b5894426835a05021c8b9c01eecb6dfb542711"),
            ("tokenizer.json", 2_480_617, "6d8cbd7cd0d8d5815e478dac67b85a26bbe77c1f5e0c6d76d1ce2abc0e5f21ca"),
            ("vocabulary.json", 1_068_114, "c69260f2ab26d659b7c398f9a2b2b48ed0df16c3b47d7326782fd9cba71690c1"),
        ),
    ),
    _whisper(
        "medium", "08e178d48790749d25932bbc082711ddcfdfbc4f",
        (1_527_906_378, "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae"),
        (2_257, "3622a2ddc41ec0e0fd4e68c13c6830f03b90c38d89aaad184de02c8c642cf807"), memory_mb=2500, cores=8,
        advice="recordings in several languages",
    ),
    _whisper(
        "small", "536b0662742c02347bc0e980a01041f333bce120",
        (483_546_902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671"),
        (2_370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828"), memory_mb=1000, cores=4,
        advice="recordings in several languages",
    ),
    _whisper(
        "base", "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
        (145_217_532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"),
        (2_309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"), memory_mb=500, cores=2, tried=True,
        advice="trials: too weak for Mandarin",
    ),
    _whisper(
        "tiny", "d90ca5fe260221311c53c58e660288d3deb8d356",
        (75_538_270, "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1"),
        (2_249, "a73a28cdfe1c43ccc7202fa333d1f89c202477271407ae9a7f19afa52039cac8"), memory_mb=300, cores=1,
        advice="trials: too weak for Mandarin",
    ),
)  # fmt: skip


def find(name: str, models: tuple[CatalogueModel, ...] = CATALOGUE) -> CatalogueModel:
    """Raises UnknownModel with the names that there are."""
    for model in models:
        if model.name == name:
            return model
    raise UnknownModel(f"{name} is not in the catalogue: choose one of {', '.join(model.name for model in models)}")


def rank(name: str) -> int:
    """Place in the catalogue, best first; a city's own model stands before all of ours."""
    return next((place for place, model in enumerate(CATALOGUE) if model.name == name), -1)
