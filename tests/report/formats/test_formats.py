"""Every format: what it writes, and when."""

from __future__ import annotations

import io
import json

import pytest
from tests.report.formats.snapshot import FOLDER, sample, snapshot_of, written

from posecheck.report.formats import FORMATS, open_reporter
from posecheck.report.reporter import Context

STREAMING = {"full", "concise", "json-lines", "dandi-jsonl", "csv"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_writes_what_its_snapshot_holds(name: str) -> None:
    assert written(name) == snapshot_of(name).read_text(encoding="utf-8")


def test_every_snapshot_is_of_a_format() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_that_streams_writes_a_file_at_once_and_any_other_at_the_end(name: str) -> None:
    report, stream = sample(), io.StringIO()
    reporter = open_reporter(name, stream, Context())
    reporter.begin(len(report.files))
    before = stream.tell()
    reporter.add(report.files[0])
    assert reporter.streams == (name in STREAMING)
    assert (stream.tell() > before) == reporter.streams


def test_a_dandiset_is_written_once_and_as_one() -> None:
    lines = [json.loads(line) for line in written("json-lines").splitlines()]
    assert [line["type"] for line in lines] == ["file", "file", "file", "dandiset", "summary"]


@pytest.mark.parametrize("name", sorted(STREAMING - {"full"}))
def test_nothing_is_kept_of_a_file_that_was_written(name: str) -> None:
    """What a format writes of a file does not follow from the files before it."""
    report = sample()
    texts = []
    (first, *_) = report.files
    for files in ((first,), (first, first)):
        stream = io.StringIO()
        reporter = open_reporter(name, stream, Context())
        reporter.begin(len(files))
        for file in files:
            before = stream.tell()
            reporter.add(file)
        texts.append(stream.getvalue()[before:])
    assert texts[0] == texts[1]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError, match="sarif2"):
        open_reporter("sarif2", io.StringIO(), Context())
