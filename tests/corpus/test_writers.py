"""The programs that wrote the files of the corpus are found."""

from __future__ import annotations

import pytest
from tests.corpus.folder import find_corpus
from tests.local_files import read_path

from posecheck.catalog import load_writers
from posecheck.model.rule import Need
from posecheck.model.writer import writers_of

pytestmark = pytest.mark.slow

WRITTEN_BY = {
    "dlc2nwb-0.3": "dlc2nwb",
    "dlc2nwb-repository": "dlc2nwb",
    "movement-0.15.0": "movement",
    "neuroconv-0.10.2": "neuroconv",
    "neuroconv-0.6.1": "neuroconv",
    "ndx-pose-0.1.1": None,
    "ndx-pose-0.2.0": None,
    "ndx-pose-0.3.0": None,
    "ndx-pose-0.4.0": None,
    "ndx-pose-back-compat": None,
    "sleap-io-0.1.10": "sleap-io",
    "sleap-io-0.9.5": "sleap-io",
    "stac-mjx": None,
}
"""The folders of the corpus, and the writer that is found; the examples are of nobody's program."""


@pytest.mark.parametrize("folder", WRITTEN_BY)
def test_the_writer_of_real_files_is_found(folder: str) -> None:
    corpus = find_corpus()
    assert corpus is not None
    paths = sorted((corpus / folder).rglob("*.nwb"))
    assert paths
    for path in paths:
        recording = read_path(path, needs=frozenset({Need.TARGETS}))
        found = [writer.name for writer in writers_of(recording, load_writers())]
        first = next((name for name in found if name != "sleap"), None)
        assert first == WRITTEN_BY[folder], path
