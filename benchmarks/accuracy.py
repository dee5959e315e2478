"""How often the rules are right: on mutations and near misses, and on files of other programs.

Run as ``python -m benchmarks.accuracy [--corpus DIR] [--failures]``.

For each rule: how many of its mutations it reports (recall), on how many of its near misses it
reports (false positives), and how many other changes give a finding of it that their declaration
does not name (strays). Then the errors that each file of the corpus gives, against what
``tests/corpus/expected.toml`` says it must. Exits 1 unless every mutation is reported and no error
is false.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import tomllib
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutations.change import Change
from tests.mutations.evaluation import CATALOG, ChangeResult, evaluate_file, try_change
from tests.mutations.kinds import Clean, Kind, write_kinds
from tests.mutations.table import MUTATIONS, NEAR_MISSES

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
EXPECTED = Path(__file__).parents[1] / "tests" / "corpus" / "expected.toml"


@dataclass
class Score:
    """What became of the changes of one rule."""

    mutations: int = 0
    reported: int = 0
    near_misses: int = 0
    false: int = 0
    strays: int = 0


def main() -> int:
    options = _options()
    warnings.simplefilter("ignore")  # ndx-pose is older than the pynwb that runs it
    with tempfile.TemporaryDirectory() as name:
        kinds = write_kinds(Path(name) / "clean")
        mutations = tuple(_try_all(kinds, MUTATIONS, Path(name) / "mutations"))
        near_misses = tuple(_try_all(kinds, NEAR_MISSES, Path(name) / "near-misses"))
    scores = _score(mutations, near_misses)
    _print_scores(scores)
    if options.failures:
        _print_failures(mutations, near_misses)
    reported = sum(score.reported for score in scores.values())
    false = sum(score.false + score.strays for score in scores.values())
    print(
        f"\n{len(scores)} rules: recall {reported / len(mutations):.1%} of {len(mutations)} "
        f"mutations, {false} false positives on them and on {len(near_misses)} near misses"
    )
    wrong = _print_corpus(options.corpus)
    return int(reported < len(mutations) or false > 0 or wrong > 0)


def _try_all(
    kinds: dict[Kind, Clean], changes: Sequence[Change], folder: Path
) -> Iterator[ChangeResult]:
    for number, change in enumerate(changes):
        if sys.stderr.isatty():
            print(f"\r{folder.name}: {number + 1} of {len(changes)}", end="", file=sys.stderr)
        yield try_change(kinds[change.kind], folder / str(number), change)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)


def _score(
    mutations: Sequence[ChangeResult], near_misses: Sequence[ChangeResult]
) -> dict[str, Score]:
    scores: dict[str, Score] = defaultdict(Score, {code: Score() for code in CATALOG})
    for result in mutations:
        score = scores[result.change.code]
        score.mutations += 1
        score.reported += result.is_reported
    for result in near_misses:
        score = scores[result.change.code]
        score.near_misses += 1
        score.false += not result.is_silent
    for result in (*mutations, *near_misses):
        for code in {finding.code for finding in result.undeclared}:
            scores[code].strays += 1
    return scores


def _print_scores(scores: dict[str, Score]) -> None:
    print(f"{'rule':8}{'name':40}{'recall':>14}{'false positives':>18}{'strays':>8}")
    for code, score in sorted(scores.items()):
        name = CATALOG[code].name if code in CATALOG else ""
        recall = f"{score.reported} of {score.mutations}"
        false = f"{score.false} of {score.near_misses}"
        print(f"{code:8}{name:40}{recall:>14}{false:>18}{score.strays:>8}")


def _print_failures(mutations: Sequence[ChangeResult], near_misses: Sequence[ChangeResult]) -> None:
    for result in mutations:
        if not result.is_reported or result.undeclared:
            print(f"\nmutation {result.change.code} {result.change.id}\n{result}")
    for result in near_misses:
        if not result.is_silent or result.undeclared:
            print(f"\nnear miss {result.change.code} {result.change.id}\n{result}")


def _print_corpus(corpus: Path) -> int:
    """Compare the errors of real files with those expected, and count what differs."""
    if not (corpus / "INDEX.md").is_file():
        print(f"corpus: NOT COMPARED, it is not at {corpus}")
        return 0
    entries = tomllib.loads(EXPECTED.read_text(encoding="utf-8"))["file"]
    expected = {entry["path"]: set(entry["errors"]) & set(CATALOG) for entry in entries}
    stored = {str(path.relative_to(corpus).as_posix()) for path in corpus.rglob("*.nwb")}
    missed = false = right = 0
    for path in sorted(stored | set(expected)):
        if path not in stored:
            print(f"corpus {path}: it is expected, and not there")
            missed += 1
            continue
        findings, _ = evaluate_file(corpus / path)
        errors = {finding.code for finding in findings if finding.severity == "error"}
        wanted = expected.get(path, set())
        right += len(errors & wanted)
        missed += len(wanted - errors)
        false += len(errors - wanted)
        if errors != wanted:
            print(
                f"corpus {path}: missing {_named(wanted - errors)}, false {_named(errors - wanted)}"
            )
    print(
        f"corpus: {len(stored)} files, {right} of {right + missed} expected errors, "
        f"{false} false errors"
    )
    return missed + false


def _named(codes: set[str]) -> str:
    return ", ".join(sorted(codes)) or "none"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--corpus", type=Path, default=Path(os.environ.get("POSECHECK_CORPUS", CORPUS))
    )
    parser.add_argument("--failures", action="store_true", help="show what was said of each")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
