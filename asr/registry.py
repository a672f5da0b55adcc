"""Which engines there are, and which one this machine uses."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from asr.catalogue import CATALOGUE, DEFAULT_MODEL, rank
from asr.contract import AsrEngine, EnginePlan
from asr.layout import Layout
from config.errors import SettingsError
from config.loading import load


class Argument(StrEnum):
    model = "model"
    server = "server"
    engines = "engines"


@dataclass(frozen=True, slots=True)
class EngineRow:
    engine: str
    """Dotted path of the class; it is called with an EnginePlan."""
    layout: str = ""
    """Dotted path of the layout of its model folder; empty: the engine needs no model."""
    is_product: bool = False
    """Whether `auto` may take it."""
    is_live: bool = True
    """Text comes while the caller speaks. False: `auto` takes it only where there is nothing else."""
    argument: Argument = Argument.model
    """What stands behind the colon of the setting."""


ENGINES: dict[str, EngineRow] = {
    "vosk": EngineRow("asr.engines.vosk:VoskEngine", "asr.engines.vosk:LAYOUT", is_product=True),
    "sherpa": EngineRow("asr.engines.sherpa:SherpaEngine", "asr.engines.sherpa:LAYOUT", is_product=True),
    "sherpa-offline": EngineRow(
        "asr.engines.sherpa_offline:SherpaOfflineEngine", "asr.engines.sherpa_offline:LAYOUT", is_product=True, is_live=False
    ),
    "whisper": EngineRow("asr.engines.whisper:WhisperEngine", "asr.engines.whisper:LAYOUT", is_product=True, is_live=False),
    "remote": EngineRow("asr.engines.remote:RemoteEngine", argument=Argument.server),
    "fallback": EngineRow("asr.engines.fallback:FallbackEngine", argument=Argument.engines),
    "pocketsphinx": EngineRow("asr.engines.pocketsphinx:PocketsphinxEngine", "asr.engines.pocketsphinx:LAYOUT"),
    "scripted": EngineRow("asr.engines.scripted:ScriptedEngine"),
    "none": EngineRow("asr.engines.none:SilentEngine"),
}

SILENT = "none"
AUTO = "auto"
_INTRO = "未启用语音识别：来电照常录音、登记，由话务员听录音填单。"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """`name` is a row of ENGINES; `why` says, in Chinese and English, why it is `none`, else it is empty."""

    name: str
    model: Path | None
    why: str = ""
    is_damaged: bool = False
    """A model is there and lacks a file."""
    server: str = ""
    parts: tuple["EngineChoice", ...] = ()

    @property
    def plan(self) -> EnginePlan:
        return self.plan_with(None, 1)

    def plan_with(self, hot_words: Path | None, threads: int) -> EnginePlan:
        parts = tuple(part.plan_with(hot_words, threads) for part in self.parts)
        return EnginePlan(self.name, self.model, self.server, parts, hot_words, threads)


def choose_engine(asked: str, folders: Sequence[Path]) -> EngineChoice:
    """`asked`: `auto`, an engine, `engine:model`, `remote:ADDRESS`, or `fallback:` and such choices with `,` between them.
    `folders` are searched for models in their order.

    Raises SettingsError for a name that is no engine. An engine without a usable model becomes `none`.
    """
    name, _, wanted = asked.strip().partition(":")
    if name == AUTO:
        return _best_product_engine(folders)
    if name not in ENGINES:
        near = get_close_matches(name, [AUTO, *ENGINES], n=1, cutoff=0.4)
        raise SettingsError(f"HOTLINE_ASR__ENGINE: there is no engine {name}; write {near[0] if near else AUTO}")
    match ENGINES[name].argument:
        case Argument.server:
            return _with_server(name, wanted)
        case Argument.engines:
            return _with_parts(name, wanted, folders)
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
    """Of all engines' models the best; one of the city's own before those of the catalogue, live text before recordings."""
    found = [_with_model(name, "", folders) for name, row in ENGINES.items() if row.is_product and row.layout]
    usable = [choice for choice in found if choice.name != SILENT]
    damaged = (choice for choice in found if choice.is_damaged)
    return min(usable, key=_merit, default=next(damaged, found[0]))


def _merit(choice: EngineChoice) -> tuple[bool, int]:
    """Less is better."""
    return not ENGINES[choice.name].is_live, rank(choice.model.name if choice.model else "")


def _with_server(name: str, address: str) -> EngineChoice:
    if "://" not in address:
        raise SettingsError(f"HOTLINE_ASR__ENGINE: write {name}: and the server's address, e.g. {name}:vosk+ws://10.0.0.5:2700")
    return EngineChoice(name, None, server=address)


def _with_parts(name: str, wanted: str, folders: Sequence[Path]) -> EngineChoice:
    """Parts without a usable model are left out; without any, nothing is recognised."""
    asked = [part for part in wanted.split(",") if part.strip()]
    if not asked or any(part.strip().startswith(name) for part in asked):
        raise SettingsError(f"HOTLINE_ASR__ENGINE: write {name}: and engines, e.g. {name}:remote:vosk+ws://10.0.0.5:2700,vosk")
    found = [choose_engine(part, folders) for part in asked]
    usable = tuple(choice for choice in found if choice.name != SILENT)
    return EngineChoice(name, None, parts=usable) if usable else found[0]


def _with_model(name: str, wanted: str, folders: Sequence[Path]) -> EngineChoice:
    layout = layout_of(name)
    candidates = [path for path in _subfolders(folders) if layout.claims(path) and wanted in ("", path.name)]
    for model in sorted(candidates, key=lambda path: rank(path.name)):
        if not layout.missing(model):
            return EngineChoice(name, model)
    return EngineChoice(SILENT, None, _why_no_model(name, wanted, candidates, layout), is_damaged=bool(candidates))


def _why_no_model(name: str, wanted: str, candidates: list[Path], layout: Layout) -> str:
    fix = f"flask models pull {_model_to_pull(name, wanted, candidates)}"
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


def _model_to_pull(name: str, wanted: str, candidates: list[Path]) -> str:
    known = [path.name for path in candidates if rank(path.name) >= 0]
    of_engine = [model.name for model in CATALOGUE if model.engine == name]
    default = [DEFAULT_MODEL] if name == "vosk" else []
    return next(iter([*([wanted] if wanted else []), *known, *default, *of_engine]), DEFAULT_MODEL)


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
