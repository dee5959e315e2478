"""Every recipe was tried: a file has the finding, and once its code was carried out it has not."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.corpus.folder import find_corpus
from tests.writers.table import TRIALS
from tests.writers.trial import Trial, findings_of, follow, inside

from posecheck.catalog import load_writers

pytestmark = pytest.mark.slow

WRITERS = {writer.name: writer for writer in load_writers()}


@pytest.mark.parametrize(
    ("name", "trial"),
    [
        pytest.param(name, trial, id=f"{name}-{trial.code}")
        for name, tried in TRIALS.items()
        for trial in tried
        if find_corpus() or not trial.needs_corpus
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_recipe_removes_the_finding(name: str, trial: Trial, tmp_path: Path) -> None:
    writer = WRITERS[name]
    with inside(tmp_path):
        names = trial.before()
        found = findings_of(trial)
        assert found
        (recipe,) = {writer.recipe(finding.code, finding.variant) for finding in found}
        assert recipe is not None
        assert {finding.remedy for finding in found} == {f"{writer.title}: {recipe.remedy}"}
        follow(recipe.remedy, names)
        assert findings_of(trial) == []
