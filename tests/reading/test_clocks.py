"""Clocks as exporters write them: what is said of them does not depend on how they are stored."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.mutations.evaluation import evaluate_file
from tests.recordings.timed import Clocks, Film, Session, Times, Tracked, write_session

FRAMES = 300
FPS = 30.0
_JITTER = np.random.default_rng(3).uniform(-0.45, 0.45, FRAMES) / FPS


def said(path: Path, *codes: str) -> dict[str, str]:
    """Return the severity of what is said of clocks, by code."""
    findings, _ = evaluate_file(path)
    wanted = codes or ("TIM", "NOD010")
    return {
        item.code: str(item.severity)
        for item in findings
        if item.code.startswith(wanted) and item.code not in {"TIM007", "TIM011"}
    }


def kept(seed: int, share: float = 0.85) -> Times:
    """Frame numbers of which some are missing."""
    return np.flatnonzero(np.random.default_rng(seed).random(FRAMES) < share).astype(np.float64)


GAPS = {"shoulder": kept(1), "tail": kept(2, 0.5)}


@pytest.mark.slow
@pytest.mark.parametrize("order", list(itertools.permutations(("nose", "shoulder", "tail"))))
@pytest.mark.parametrize("complete", ["rate", "timestamps", "nobody"])
@pytest.mark.parametrize("start", [0.0, 12.5])
def test_rows_left_out_are_a_warning_in_any_order(
    tmp_path: Path, order: tuple[str, ...], complete: str, start: float
) -> None:
    clocks: dict[str, Times | tuple[int, float, float]] = {
        node: start + frames / FPS for node, frames in GAPS.items()
    }
    if complete == "rate":
        clocks["nose"] = (FRAMES, FPS, start)
    elif complete == "timestamps":
        clocks["nose"] = start + np.arange(FRAMES) / FPS
    else:
        clocks["nose"] = start + kept(3) / FPS
    names = dict(zip("abc", order, strict=True))
    ordered = {letter: clocks[node] for letter, node in names.items()}
    path = write_session(tmp_path / "a.nwb", Session(tracked=[Tracked(clocks=ordered)]))
    assert said(path) == {"TIM002": "warning"}


@pytest.mark.parametrize("complete_first", [True, False])
@pytest.mark.parametrize("complete", ["rate", "timestamps"])
def test_jitter_below_half_a_frame_is_no_other_clock(
    tmp_path: Path, *, complete_first: bool, complete: str
) -> None:
    times = 10 + np.arange(FRAMES) / FPS + _JITTER
    rows = times[kept(4).astype(int)]
    whole: Times | tuple[int, float, float] = (FRAMES, FPS, 10.0) if complete == "rate" else times
    clocks: Clocks = {"a": whole, "b": rows} if complete_first else {"a": rows, "b": whole}
    path = write_session(tmp_path / "a.nwb", Session(tracked=[Tracked(clocks=clocks)]))
    assert said(path) == {"TIM002": "warning"}


def test_a_rate_that_starts_later_says_which_frames(tmp_path: Path) -> None:
    clocks = {"nose": (FRAMES, FPS, 0.0), "tail": (240, FPS, 2.0)}
    path = write_session(tmp_path / "a.nwb", Session(tracked=[Tracked(clocks=clocks)]))
    assert said(path) == {"TIM002": "warning"}


@pytest.mark.parametrize(("by_sleap_io", "expected"), [(False, "NOD010"), (True, "TIM002")])
def test_one_rate_and_one_start_say_it_only_of_who_writes_timestamps_else(
    tmp_path: Path, *, by_sleap_io: bool, expected: str
) -> None:
    clocks = {"nose": (FRAMES, FPS, 0.0), "tail": (240, FPS, 0.0)}
    tracked = Tracked(clocks=clocks, by_sleap_io=by_sleap_io)
    path = write_session(tmp_path / "a.nwb", Session(tracked=[tracked]))
    assert said(path) == {expected: "error" if expected == "NOD010" else "warning"}


def test_a_rate_cut_to_whole_hertz_is_another_clock(tmp_path: Path) -> None:
    clocks: Clocks = {"nose": (FRAMES, 29.0, 0.0), "tail": GAPS["tail"] / 29.97}
    path = write_session(
        tmp_path / "a.nwb", Session(tracked=[Tracked(clocks=clocks, by_sleap_io=True)])
    )
    assert said(path) == {"NOD010": "error"}


@pytest.mark.parametrize("step", [1.0, 60.0])
@pytest.mark.parametrize("linked", [True, False], ids=["linked", "beside"])
def test_sparse_times_that_cover_the_video_are_seconds(
    tmp_path: Path, step: float, linked: bool
) -> None:
    samples = 12
    film = Film(frames=int(samples * step * FPS), rate=FPS)
    mouse = Tracked(clocks={"nose": (film.frames or 0, FPS, 0.0)}, linked=linked)
    dish = Tracked(clocks={"dish": np.arange(float(samples)) * step}, linked=linked)
    path = write_session(tmp_path / "a.nwb", Session(tracked=[mouse, dish], film=film))
    assert said(path) == {}


@pytest.mark.parametrize(
    ("times", "film", "severity"),
    [
        (np.arange(300.0), Film(frames=300, rate=FPS), "error"),
        (kept(5), Film(frames=300, rate=FPS), "error"),
        (np.arange(300.0), Film(frames=300, rate=FPS, start=1000.0), "error"),
        (np.arange(300.0), Film(frames=300, rate=1.0), None),
        (np.arange(10.0), Film(frames=300, rate=FPS), None),
        (np.arange(100.0), Film(frames=30_000, rate=FPS), "warning"),
        (np.arange(300.0), Film(frames=None, rate=FPS), "warning"),
        (np.arange(300.0), None, "warning"),
    ],
    ids=[
        *("as many", "rows left out", "another clock", "a frame a second", "sparse"),
        *("a part", "length unknown", "no video"),
    ],
)
def test_the_span_shows_frame_numbers_from_seconds(
    tmp_path: Path, times: Times, film: Film | None, severity: str | None
) -> None:
    tracked = Tracked(clocks={"nose": times}, linked=film is not None)
    path = write_session(tmp_path / "a.nwb", Session(tracked=[tracked], film=film))
    assert said(path, "TIM006").get("TIM006") == severity


def test_frame_number_times_rate_of_sleap_io_is_named(tmp_path: Path) -> None:
    clocks: Clocks = {"nose": (FRAMES, FPS, 0.0), "tail": GAPS["tail"] * FPS}
    path = write_session(
        tmp_path / "a.nwb", Session(tracked=[Tracked(clocks=clocks, by_sleap_io=True)])
    )
    with h5py.File(path, "r+") as file:  # sleap-io writes what pynwb warns of
        file["/processing/behavior/pose_0/nose/starting_time"].attrs["rate"] = 0.0
    findings, _ = evaluate_file(path)
    messages = {item.code: item.message for item in findings}
    assert "sleap-io multiplies the frame number" in messages["TIM008"]
    assert "the median step is 30 s: sleap-io multiplies" in messages["TIM012"]


UNIX = datetime(2024, 1, 2, 9, 30, 10, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("first", "reference", "severity"),
    [
        (UNIX, None, "error"),
        (UNIX, datetime(1970, 1, 1, tzinfo=UTC), None),
        (UNIX * 1000, None, "error"),
        (3e5, None, "warning"),
        (3e5, datetime(2023, 12, 29, 22, 10, tzinfo=UTC), None),
        (3600.0, None, None),
    ],
    ids=["Unix", "Unix as promised", "milliseconds", "uptime", "one for the week", "an hour"],
)
def test_a_clock_of_another_epoch_is_one_finding(
    tmp_path: Path, first: float, reference: datetime | None, severity: str | None
) -> None:
    film = Film(frames=FRAMES, rate=FPS, start=first)
    clocks: Clocks = {"nose": (FRAMES, FPS, first), "tail": first + np.arange(FRAMES) / FPS}
    session = Session(tracked=[Tracked(clocks=clocks, linked=True)], film=film, reference=reference)
    findings, _ = evaluate_file(write_session(tmp_path / "a.nwb", session))
    found = [item for item in findings if item.code == "TIM014"]
    assert [str(item.severity) for item in found] == ([severity] if severity else [])
    if severity == "error":
        assert "it is 2024-01-02T09:30:10+00:00" in found[0].message
    assert not [item for item in findings if item.code in {"TIM009", "TIM002"}]
