"""Count the rules whose remedies are carried out, by how: ``python -m benchmarks.remedies``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.mutations.kinds import write_kinds
from tests.mutations.table import MUTATIONS
from tests.remedies.table import TREATMENTS, UNTREATABLE
from tests.remedies.test_remedies import spoil

from posecheck.catalog import load_catalog


def main() -> None:
    """Print the counts, the rules of each kind, and why some cannot be treated."""
    every = sorted(rule.code for rule in load_catalog())
    by_lines = set()
    with tempfile.TemporaryDirectory() as folder:
        kinds = write_kinds(Path(folder) / "clean")
        for number, change in enumerate(MUTATIONS):
            if change.code in UNTREATABLE or change.together:
                continue
            situation = spoil(kinds, Path(folder) / str(number), change)
            by_lines |= {item.code for item in situation.findings if item.edits}
    by_hand = {treatment.code for treatment in TREATMENTS}
    print(f"{len(every)} rules: {len(by_lines)} fixed by the lines that are printed, ")
    print(f"{len(by_hand)} by hand as the remedy says ({len(TREATMENTS)} remedies), ")
    print(f"{len(by_lines & by_hand)} of them both ways; {len(UNTREATABLE)} cannot be treated:")
    for code, reason in UNTREATABLE.items():
        print(f"  {code}: {reason}")
    print("by lines:", *sorted(by_lines))
    print("by hand: ", *sorted(by_hand))


if __name__ == "__main__":
    main()
