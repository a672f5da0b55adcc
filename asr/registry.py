"""Which engines there are, and which one this machine uses."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from asr.catalogue import DEFAULT_MODEL, rank
from asr.contract import AsrEngine, EnginePlan
from asr.layout import Layout
from config.errors import SettingsError
from config.loading import load


@dataclass(frozen=True, slots=True)
class EngineRow:
    engine: str
    """Dotted path of the class; it is called with an EnginePlan."""
    layout: str = ""
    """Dotted path of the layout of its model folder; empty: the engine needs no model."""
    is_product: bool = False
    """Whether `auto` may take it."""


ENGINES: dict[str, EngineRow] = {
    "vosk": EngineRow("asr.engines.vosk:VoskEngine", "asr.engines.vosk:LAYOUT", is_product=True),
    "sherpa": EngineRow("asr.engines.sherpa:SherpaEngine", "asr.engines.sherpa:LAYOUT", is_product=True),
    "sherpa-offline": EngineRow(
        "asr.engines.sherpa_offline:SherpaOfflineEngine", "asr.engines.sherpa_offline:LAYOUT", is_product=True
    ),
    "whisper": EngineRow("asr.engines.whisper:WhisperEngine", "asr.engines.whisper:LAYOUT", is_product=True),
    "pocketsphinx": EngineRow("asr.engines.pocketsphinx:PocketsphinxEngine", "asr.engines.pocketsphinx:LAYOUT"),
    "scripted": EngineRow("asr.engines.scripted:ScriptedEngine"),
    "none": EngineRow("asr.engines.none:SilentEngine"),
}

SILENT = "none"
AUTO = "auto"
_INTRO = "未启用语音识别：来电照常录音、登记，由话务员听录音填单。"
_FIX = f"flask models pull {DEFAULT_MODEL}"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """`name` is a row of ENGINES; `why` says, in Chinese and English, why it is `none`, else it is empty."""

    name: str
    model: Path | None
    why: str = ""

    @property
    def plan(self) -> EnginePlan:
        return EnginePlan(self.name, self.model)


def choose_engine(asked: str, folders: Sequence[Path]) -> EngineChoice:
    """`asked`: `auto`, an engine, or `engine:model`. `folders` are searched for models in their order.

    Raises SettingsError for a name that is no engine. An engine without a usable model becomes `none`.
    """
    name, _, wanted = asked.partition(":")
    if name == AUTO:
        return _best_product_engine(folders)
    if name not in ENGINES:
        near = get_close_matches(name, [AUTO, *ENGINES], n=1, cutoff=0.4)
        raise SettingsError(f"HOTLINE_ASR__ENGINE: there is no engine {name}; write {near[0] if near else AUTO}")
    if not ENGINES[name].layout:
        return EngineChoice(name, None, _chosen_silence() if name == SILENT else "")
    return _with_model(name, wanted, folders)


def make_engine(plan: EnginePlan) -> AsrEngine:
    """Loads the engine: seconds, and native code. Raises EngineUnusable."""
    engine: AsrEngine = load(ENGINES[plan.name].engine)(plan)
    return engine


def layout_of(name: str) -> Layout:
    layout: Layout = load(ENGINES[name].layout)
    return layout


def silence(zh: str, en: str) -> str:
    """Why nothing is recognised, for people."""
    return f"{_INTRO}{zh}\nCalls are recorded, but nothing is recognised: {en}"


def _best_product_engine(folders: Sequence[Path]) -> EngineChoice:
    found = [_with_model(name, "", folders) for name, row in ENGINES.items() if row.is_product]
    usable = next((choice for choice in found if choice.name != SILENT), None)
    return usable or found[0]


def _with_model(name: str, wanted: str, folders: Sequence[Path]) -> EngineChoice:
    layout = layout_of(name)
    candidates = [path for path in _subfolders(folders) if layout.claims(path) and wanted in ("", path.name)]
    for model in sorted(candidates, key=lambda path: rank(path.name)):
        if not layout.missing(model):
            return EngineChoice(name, model)
    return EngineChoice(SILENT, None, _why_no_model(name, wanted, candidates, layout))


def _why_no_model(name: str, wanted: str, candidates: list[Path], layout: Layout) -> str:
    fix = f"flask models pull {wanted}" if wanted else _FIX
    if candidates:
        damaged = candidates[0]
        lacking = ", ".join(layout.missing(damaged))
        return silence(
            f"模型 {damaged.name} 不完整，缺少 {lacking}。请在服务器上运行：{fix}",
            f"the model {damaged.name} lacks {lacking}. Fix: {fix}",
        )
    what = wanted or name
    return silence(
        f"尚未安装 {what} 的语音模型。请在服务器上运行：{fix}", f"no speech model for {what} is installed. Fix: {fix}"
    )


def _chosen_silence() -> str:
    return silence("设置 HOTLINE_ASR__ENGINE=none 关闭了识别。", "HOTLINE_ASR__ENGINE=none switches recognition off.")


def _subfolders(folders: Sequence[Path]) -> list[Path]:
    return [
        path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.is_dir() and path.name[0] != "."
    ]
