"""A mutation that is fixed equals the clean original, but where nobody can know what that was."""

from __future__ import annotations

import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.executing import Contents, apply_lines, changed_between, contents_of
from tests.mutations.change import Change, write_change
from tests.mutations.editing import Values, describe
from tests.mutations.evaluation import evaluate_file
from tests.mutations.fixable import FIXABLE
from tests.mutations.kinds import Clean, Kind
from tests.mutations.table import MUTATIONS
from tests.recordings.edits import Edit, replace
from tests.recordings.written import CAMERA_VIDEO, FRAMES, NODES, POSE, RATE, SKELETON, VIDEO

import posecheck
from posecheck.model.edit import distinct
from posecheck.model.h5py_lines import h5py_lines

pytestmark = pytest.mark.slow

_CLOCK = ("*/starting_time*", "*/timestamps*")
"""The clean recording has a rate, the changed one timestamps; they are held against the rate."""

UNLIKE_CLEAN: dict[tuple[str, str], tuple[str, ...]] = {
    # The mutation writes values of its own; the fix describes them, and leaves them.
    ("CNF001", "one peak above 1"): ("*/nose/confidence", "*/nose/confidence@definition"),
    ("CNF001", "slightly below 0"): ("*/nose/confidence", "*/nose/confidence@definition"),
    # The mutation writes percent of its own, without regard to what was there.
    ("CNF007", "percent"): ("*/nose/confidence",),
    # The mutation makes the video, and the positions in it, ten times as large.
    ("UNI006", "pixels of a large video called meters"): ("*/dimension", "*/data"),
    # What a sentinel overwrote is lost, as is the confidence that the mutation lowers or takes.
    ("NOD019", "zero for missing"): ("*/nose/confidence", "*/nose/data"),
    ("NOD019", "-1 for missing, no confidence"): ("*/confidence*", "*/nose/data"),
    # The module that held the container stays, empty: somebody may have described it.
    ("NOD022", "another module"): ("/processing/pose_estimation*",),
    ("TIM006", "frame numbers as timestamps"): _CLOCK,
    # The rows that the mutation leaves out are lost.
    ("TIM006", "frame numbers with rows left out"): (*_CLOCK, "*/data", "*/confidence"),
    ("TIM007", "a copy for each series"): _CLOCK,
    ("TIM012", "milliseconds"): _CLOCK,
    ("TIM012", "frame number times rate"): _CLOCK,
    # The text says what is usual, not in the words that stood there.
    ("REF001", "a placeholder"): ("*/reference_frame",),
    ("REF001", "blank"): ("*/reference_frame",),
    ("REF004", "zero at the bottom left"): ("*/reference_frame",),
    # The mutation writes positions of its own.
    ("REF006", "x and y exchanged"): ("*/data",),
    # The mutation moves the video, or puts another one in its place.
    ("VID003", "an absolute path, and the file beside"): ("*/external_file",),
    ("PRV010", "an absolute path, and the file beside"): ("*/original_videos",),
    ("VID018", "in a smaller video"): ("*/dimension",),
    ("VID018", "smaller"): ("*/dimension",),
    ("VID018", "turned by its metadata"): ("*/dimension",),
    # The mutation adds what the clean recording does not have.
    ("VID026", "a still behind a backslash"): ("/acquisition/stills*",),
    ("VID019", "stated by the container alone"): ("*/dimensions",),
    ("VID032", "starting_frame of no file"): ("/stimulus/presentation/film*",),
    ("PRV012", "64 for 320"): ("*/dimension", "*/dimensions"),
    ("PRV012", "height first"): ("*/dimension", "*/dimensions"),
    # A home folder hides where the file was, and which text stood there.
    ("PRV011", "a home folder"): ("*/description",),
    ("PRV011", "a home folder on Windows"): ("*/original_videos",),
    # Nothing tells which edges an empty list had.
    ("FIL012", "an empty list of edges"): ("*/edges",),
}
"""What is not as it was, by rule and mutation."""

_BY_COMMAND = frozenset(
    {"an edge backwards", "px", "a copy for each series", "format mp4", "a placeholder"}
    | {"percent", "zero for missing", "video unlinked", "flat edges"}
)


def _repeated_edge(file: h5py.File) -> None:
    edges = file[f"{SKELETON}/edges"][...]
    replace(f"{SKELETON}/edges", np.vstack((edges, edges[:1, ::-1])))(file)


def _looped_edge(file: h5py.File) -> None:
    edges = file[f"{SKELETON}/edges"][...]
    loop = np.array([[1, 1]], edges.dtype)
    replace(f"{SKELETON}/edges", np.vstack((edges, loop)))(file)


def _percent(file: h5py.File) -> None:
    for node in NODES:
        confidence = file[f"{POSE}/{node}/confidence"]
        confidence[...] = confidence[...] * 100


def _unit(file: h5py.File) -> None:
    for node in NODES:
        file[f"{POSE}/{node}/data"].attrs["unit"] = "px"


def _backslashes(file: h5py.File) -> None:
    entries = file[f"{CAMERA_VIDEO}/external_file"]
    entries[0] = VIDEO.replace("/", chr(92))


def _no_dimension(file: h5py.File) -> None:
    file[f"{CAMERA_VIDEO}/dimension"][...] = 0


def _no_count(file: h5py.File) -> None:
    del file[f"{CAMERA_VIDEO}/num_samples"]


def _format(file: h5py.File) -> None:
    replace(f"{CAMERA_VIDEO}/format", "mp4")(file)


_DEFECTS: dict[str, Edit] = {
    "repeated edge": _repeated_edge,
    "looped edge": _looped_edge,
    "percent": _percent,
    "unit": _unit,
    "backslashes": _backslashes,
    "no dimension": _no_dimension,
    "no count": _no_count,
    "format": _format,
    "reference frame": describe("unknown"),
}

_TRIED = tuple(change for change in MUTATIONS if change.code in FIXABLE and not change.together)


@pytest.mark.parametrize("code", sorted(FIXABLE))
def test_what_a_rule_is_about_is_again_as_it_was(
    kinds: dict[Kind, Clean], tmp_path: Path, code: str
) -> None:
    tried = [change for change in _TRIED if change.code == code]
    fixed = [
        change
        for number, change in enumerate(tried)
        if _is_fixed(kinds[change.kind], tmp_path / str(number), change)
    ]
    assert fixed


def test_a_second_fix_plans_nothing(kinds: dict[Kind, Clean], tmp_path: Path) -> None:
    """One mutation of each family, through the functions that the command uses."""
    first = {change.code[:3]: change for change in reversed(_TRIED) if change.id in _BY_COMMAND}
    for family, change in first.items():
        write_change(kinds[change.kind], tmp_path / family, change)
    codes = {change.code for change in first.values()}
    plan = posecheck.plan_fix(tmp_path, unsafe_fixes=True, engines=["pose"])
    assert codes <= {fix.code for file in plan.files for fix in file.fixes}
    assert not plan.untouched
    posecheck.apply(plan)
    again = posecheck.plan_fix(tmp_path, unsafe_fixes=True, engines=["pose"])
    assert again.files == ()
    assert again.untouched == ()


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(sorted(_DEFECTS)), unique=True, min_size=2))
def test_any_defects_together_in_any_order_are_fixed(
    kinds: dict[Kind, Clean], names: list[str]
) -> None:
    def edit(file: h5py.File) -> None:
        for name in names:
            _DEFECTS[name](file)

    clean = kinds[Kind.VIDEO]
    with tempfile.TemporaryDirectory() as folder:
        path = write_change(clean, Path(folder) / "changed", Change("several", "", edit))
        rounds = 0
        while found := next((item for item in evaluate_file(path)[0] if item.edits), None):
            apply_lines(path, h5py_lines(found.edits))
            rounds += 1
            assert rounds < 40, found
        assert evaluate_file(path)[0] == ()
        original, fixed = contents_of(clean.path), contents_of(path)
    unlike = {key for key in changed_between(original, fixed) if not _equal(original, fixed, key)}
    allowed = "*/reference_frame" if "reference frame" in names else ""
    assert all(fnmatchcase(key, allowed) for key in unlike), unlike


def _is_fixed(clean: Clean, folder: Path, change: Change) -> bool:
    """Fix what a rule says of a mutation, and compare with the clean recording."""
    path = write_change(clean, folder, change)
    edits = distinct(
        edit for item in evaluate_file(path)[0] if item.code == change.code for edit in item.edits
    )
    if not edits:
        return False
    apply_lines(path, h5py_lines(edits))
    again = {item.location for item in evaluate_file(path)[0] if item.code == change.code}
    assert not again
    original, found = contents_of(clean.path), contents_of(path)
    unlike = {key for key in changed_between(original, found) if not _equal(original, found, key)}
    known = UNLIKE_CLEAN.get((change.code, change.id), ())
    unknown = {key for key in unlike if not any(fnmatchcase(key, one) for one in known)}
    assert not unknown, (change.id, sorted(unknown))
    if _CLOCK[1] in known and change.code != "TIM007":
        # Of timestamps that several series share, all but one are links.
        stored = (_numbers(found[f"{POSE}/{node}/timestamps"]) for node in NODES)
        (frames,) = (each for each in stored if each is not None)
        expected = np.arange(FRAMES) / RATE
        assert np.allclose(frames, expected if len(frames) == FRAMES else _nearest(frames))
    unused = [one for one in known if not any(fnmatchcase(key, one) for key in unlike)]
    assert not unused, (change.id, unused)
    return True


def _equal(original: Contents, found: Contents, key: str) -> bool:
    """Compare numbers by value: dividing is not exact, and 32 bits do for a small integer."""
    one, other = _numbers(original.get(key)), _numbers(found.get(key))
    if one is None or other is None or one.dtype.kind != other.dtype.kind:
        return False
    if one.shape != other.shape:
        return False
    return bool(np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True))


def _nearest(seconds: Values) -> Values:
    return np.rint(seconds * RATE) / RATE


def _numbers(stored: object) -> Values | None:
    match stored:
        case (str(dtype), tuple(shape), bytes(value)) if not dtype.startswith("string"):
            kind = np.dtype(dtype)
            return np.frombuffer(value, kind).reshape(shape) if kind.kind in "biuf" else None
    return None
