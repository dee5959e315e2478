"""Whatever a lab's files look like, all of them arrive in one run, and every reference holds."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import h5py
import numpy as np
import numpy.typing as npt
import pytest
from tests.end_to_end.command import Outcome, validate
from tests.end_to_end.organize.cases import CAMERA, CASES, ORIGINAL, Case
from tests.end_to_end.organize.dandisets import (
    assert_all_resolve,
    contents,
    lead,
    organize,
    recordings,
    references,
    snapshot,
    start_dandiset,
)
from tests.recordings.sessions import FRAMES

pytestmark = pytest.mark.slow

BY_ID = {case.id: case for case in CASES}
EXPECTED = [case for case in CASES if case.expected]

REPORTED_TOGETHER = {case: {("VID014", "/acquisition/camera")} for case in ("common", "sibling")}
"""That two sessions have one video is reported within a dandiset only, and of one of the two."""

FOR_DANDI = ("remuxed", "nested", "still", "sibling")
"""Those whose files dandi checks, too: it takes most of a second for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organized:
    """All cases, brought by one run."""

    raw: Path
    dandiset: Path
    before: dict[str, str]
    outcome: Outcome

    def files(self, case: str) -> list[Path]:
        """The recordings of a case, in the order of their names."""
        return sorted((self.dandiset / f"sub-{case}").glob("*.nwb"))


@pytest.fixture(scope="module")
def organized(tmp_path_factory: pytest.TempPathFactory) -> Organized:
    folder = tmp_path_factory.mktemp("cases")
    for case in CASES:
        case.write(folder / "raw" / case.id, case.id)
    before = snapshot(folder / "raw")
    dandiset = start_dandiset(folder / "dandiset")
    outcome = organize("raw", "-d", "dandiset", "--remux", "--yes", cwd=folder)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    return Organized(raw=folder / "raw", dandiset=dandiset, before=before, outcome=outcome)


@pytest.mark.slow
def test_all_arrive(organized: Organized) -> None:
    counts = {case.id: len(organized.files(case.id)) for case in CASES}
    assert counts == {case.id: case.recordings for case in CASES}
    assert len(recordings(organized.dandiset)) == sum(counts.values())


def test_every_reference_resolves(organized: Organized) -> None:
    assert_all_resolve(organized.dandiset)


@pytest.mark.slow
def test_posecheck_finds_nothing_that_was_not_there_before(organized: Organized) -> None:
    before = said_of(organized.raw)
    after = said_of(organized.dandiset)
    assert set(after) == set(before)
    case_of = {identifier_of(path): case.id for case in CASES for path in organized.files(case.id)}
    new = [(case_of[name], after[name] - before[name]) for name in after]
    assert sorted((case, said) for case, said in new if said) == sorted(REPORTED_TOGETHER.items())
    errors = {finding["code"] for finding in validate(organized.dandiset).errors}
    assert errors == {"FIL012"}  # `edges` has none, in a shape that is none


def said_of(folder: Path) -> dict[str, set[tuple[str, str]]]:
    """The findings on every recording, by what the recording calls itself."""
    names = {path.as_posix(): identifier_of(path) for path in folder.rglob("*.nwb")}
    reported: dict[str, set[tuple[str, str]]] = {name: set() for name in names.values()}
    for finding in validate(folder).report["findings"]:
        name = names[Path(finding["file"]).absolute().as_posix()]
        reported[name].add((finding["code"], finding["location"]))
    return reported


@pytest.mark.slow
def test_dandi_has_nothing_to_say(organized: Organized) -> None:
    paths = [path for case in FOR_DANDI for path in organized.files(case)]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("dandi")), "validate", *map(str, paths)],
        cwd=organized.dandiset,
        env=os.environ | {"DANDI_NO_ET": "1", "DANDI_CACHE": "ignore"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "No errors found" in done.stdout + done.stderr, done.stdout + done.stderr
    assert done.returncode == 0


def test_sources_are_untouched(organized: Organized) -> None:
    assert snapshot(organized.raw) == organized.before


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: case.id)
def test_references_say_what_they_should(organized: Organized, case: Case) -> None:
    (path,) = organized.files(case.id)
    stem = path.stem
    name = stem.rpartition("_")[0]
    assert references(path) == {
        place: reference.format(stem=stem, name=name) for place, reference in case.expected.items()
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_references_lead_to_the_videos_that_were_meant(organized: Organized, case: Case) -> None:
    for path in organized.files(case.id):
        found = references(path)
        for place, source in case.means.items():
            original = organized.raw / case.id / source
            assert lead(path, found[place]).read_bytes() == original.read_bytes(), place


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_nothing_else_of_the_file_changed(organized: Organized, case: Case) -> None:
    sources = sorted((organized.raw / case.id).rglob("*.nwb"))
    targets = organized.files(case.id)
    by_identifier = {identifier_of(path): path for path in targets}
    assert len(by_identifier) == len(sources)
    for source in sources:
        target = by_identifier[identifier_of(source)]
        differing = {place.partition("[")[0] for place in references(source)}
        assert dump(target, differing) == dump(source, differing)


def identifier_of(path: Path) -> str:
    with h5py.File(path, "r") as file:
        return str(file["identifier"].asstr()[()])


def dump(path: Path, without: set[str]) -> dict[str, object]:
    """Everything in a file but the values of some datasets."""
    found: dict[str, object] = {}
    with h5py.File(path, "r") as file:

        def look(name: str, item: h5py.Group | h5py.Dataset) -> None:
            attributes = {key: repr(value) for key, value in item.attrs.items()}
            content: object = None
            if isinstance(item, h5py.Dataset):
                is_reference = h5py.check_ref_dtype(item.dtype) is not None
                content = (item.shape, item.chunks, item.compression)
                if f"/{name}" not in without and not is_reference:
                    content = (*content, str(item.dtype), np.asarray(item[()]).tobytes())
                    if item.dtype.kind == "O":
                        content = (*content[:-1], repr(item[()]))
            found[name] = (attributes, content)

        file.visititems(look)
    return {name: repr(value) for name, value in found.items() if "object reference" not in name}


def test_one_video_is_brought_once(organized: Organized) -> None:
    for case, videos in (("shared", 1), ("common", 1), ("sibling", 1), ("original", 3)):
        folder = organized.dandiset / f"sub-{case}"
        digests = [digest for name, digest in contents(folder).items() if not name.endswith(".nwb")]
        assert len(digests) == videos, case
        assert len(set(digests)) == videos, case


def test_remuxed_video_holds_the_same_pictures(organized: Organized) -> None:
    (path,) = organized.files("remuxed")
    source = decode(organized.raw / "remuxed" / "a.mpg")
    target = decode(lead(path, references(path)[CAMERA + "[0]"]))
    assert len(source) == len(target) == FRAMES
    assert all(np.array_equal(old, new) for old, new in zip(source, target, strict=True))


def decode(path: Path) -> list[npt.NDArray[Any]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def test_a_url_is_left_as_it_is_and_noted(organized: Organized) -> None:
    (path,) = organized.files("url")
    assert references(path)[ORIGINAL + "[0]"] == "https://example.org/videos/uncut.mp4"


def test_two_midnights_are_two_sessions(organized: Organized) -> None:
    names = [path.name for path in organized.files("midnight")]
    assert len(names) == 2
    assert any("20240102" in name for name in names)
    assert any("20240103" in name for name in names)


def test_times_and_permissions_of_videos_are_kept(organized: Organized) -> None:
    source = (organized.raw / "nested" / "top.mp4").stat()
    (path,) = organized.files("nested")
    target = lead(path, references(path)[CAMERA + "[0]"]).stat()
    assert (target.st_mtime_ns, target.st_mode) == (source.st_mtime_ns, source.st_mode)


def test_the_run_says_how_much_it_brought(organized: Organized) -> None:
    assert f"{sum(case.recordings for case in CASES)} recordings" in organized.outcome.stdout
    assert organized.outcome.stderr == ""


@pytest.mark.slow
def test_again_there_is_nothing_to_do(organized: Organized) -> None:
    before = snapshot(organized.dandiset)
    for arguments in (("raw", "-d", "dandiset", "--remux"), ("-d", "dandiset")):
        outcome = organize(*arguments, "--yes", cwd=organized.dandiset.parent)
        assert outcome.code == 0, outcome.stdout
        assert "Nothing to do" in outcome.stdout
    assert snapshot(organized.dandiset) == before
