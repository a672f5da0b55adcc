"""Makes the trained base of a taxonomy and the judge of danger, which the product loads at start. Set-up runs it; it takes
about a minute.

python -m classifier.build            makes what there is not yet for this taxonomy and these sentences
python -m classifier.build --fit      fits the blend anew on held-out sentences first (minutes), and writes blend.json
python -m classifier.build --calibrate  fits only how true its scores are, on the calls kept for that, and writes blend.json
python -m classifier.build --limits     measures the judge's limits on held-out sentences first, and writes danger_limits.json
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from classifier.blend import Blend
from classifier.clean import plain_text
from classifier.corpus import Corpus, Labelled, corpus_of
from classifier.danger import Limits
from classifier.danger_corpus import FOLDER, LEXICON, danger_corpus
from classifier.danger_stored import METHOD as DANGER_METHOD
from classifier.danger_stored import judge_path, save_judge
from classifier.hazards import load_hazards
from classifier.model import MatterModel
from classifier.stored import Card, Stored, save
from classifier.taxonomy import Taxonomy, load_taxonomy
from classifier.versions import BASE, METHOD, base_path

CITY: Final = Path(__file__).resolve().parent.parent / "config" / "taxonomy"
BLEND: Final = Path(__file__).with_name("blend.json")
"""The blend of the base, as it was fitted on held-out sentences of the city's taxonomy."""
LIMITS: Final = Path(__file__).with_name("danger_limits.json")
"""The limits of the judge of danger, as they were measured on held-out sentences."""
SMALL_TALK: Final = Path(__file__).with_name("small_talk.txt")

CALLS: Final = Path(__file__).with_name("calibration_calls.tsv")


def small_talk() -> list[str]:
    """Cleaned sentences that are about no matter."""
    return [plain for line in SMALL_TALK.read_text("utf-8").splitlines() if (plain := plain_text(line))]


def calibration_calls() -> list[Labelled]:
    """Calls written from the leaves' names and definitions, apart from the examples and from every test; none is trained on."""
    rows = [line.split("\t") for line in CALLS.read_text("utf-8").splitlines()]
    return [Labelled(text, code) for code, text in rows]


def build_base(taxonomy: Taxonomy) -> Path:
    """Train the levels on the taxonomy's texts, take the blend that was fitted before, and keep both."""
    from classifier.training import make  # noqa: PLC0415 - brings scikit-learn, which most callers do without

    corpus = corpus_of(taxonomy)
    return _keep(taxonomy, corpus, replace(make(corpus), blend=_written_blend()))


def calibrate_base(taxonomy: Taxonomy) -> Path:
    """The same with scores made true anew, which is written down; the order of the candidates stays."""
    from classifier.training import calibrated, make  # noqa: PLC0415

    corpus = corpus_of(taxonomy)
    model = calibrated(replace(make(corpus), blend=_written_blend()), calibration_calls())
    _write_blend(model.blend)
    return _keep(taxonomy, corpus, model)


def fit_base(taxonomy: Taxonomy) -> Path:
    """The same with a blend fitted on the taxonomy's own sentences, which is written down."""
    from classifier.training import train  # noqa: PLC0415

    corpus = corpus_of(taxonomy)
    model = train(corpus, small_talk(), lambda step: print(step, file=sys.stderr, flush=True), calibration_calls())
    _write_blend(model.blend)
    return _keep(taxonomy, corpus, model)


def build_judge(taxonomy: Taxonomy) -> Path:
    """Train the judge of danger on the sentences of `config/danger/` and the taxonomy, and keep it."""
    from classifier.danger_training import train_danger  # noqa: PLC0415

    path, limits = judge_path(taxonomy), Limits(**json.loads(LIMITS.read_text("utf-8")))
    save_judge(train_danger(danger_corpus(taxonomy), load_hazards(FOLDER / LEXICON), limits), path)
    _forget_older(path, DANGER_METHOD)
    return path


def measure_limits(taxonomy: Taxonomy) -> None:
    """The judge's limits, on sentences held out of it; they are written down."""
    from classifier.danger_training import measured_limits  # noqa: PLC0415

    limits = measured_limits(danger_corpus(taxonomy), load_hazards(FOLDER / LEXICON))
    LIMITS.write_text(json.dumps(asdict(limits), indent=1) + "\n", "utf-8")


def _written_blend() -> Blend:
    return Blend.from_json(json.loads(BLEND.read_text("utf-8")))


def _write_blend(blend: Blend) -> None:
    BLEND.write_text(json.dumps(blend.to_json(), indent=1) + "\n", "utf-8")


def _keep(taxonomy: Taxonomy, corpus: Corpus, model: MatterModel) -> Path:
    path = base_path(taxonomy)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    save(path, Stored(Card(BASE, taxonomy.version, made_at, len(corpus.codes), len(corpus.texts), 0), model))
    _forget_older(path, METHOD)
    return path


def _forget_older(path: Path, method: str) -> None:
    for old in path.parent.glob(f"{method.split('-', maxsplit=1)[0]}-*.npz"):
        if old != path:
            old.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--fit", action="store_true", help="fit the blend anew")
    parser.add_argument("--calibrate", action="store_true", help="fit anew only how true the scores are")
    parser.add_argument("--limits", action="store_true", help="measure the judge's limits anew")
    options = parser.parse_args(arguments)
    taxonomy = load_taxonomy(CITY)
    if options.fit:
        fit_base(taxonomy)
    elif options.calibrate:
        calibrate_base(taxonomy)
    elif not base_path(taxonomy).exists():
        build_base(taxonomy)
    if options.limits:
        measure_limits(taxonomy)
    if options.limits or not judge_path(taxonomy).exists():
        build_judge(taxonomy)
    return 0


if __name__ == "__main__":
    sys.exit(main())
