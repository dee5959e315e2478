"""A plan as a person sees it: every file and reference, or how many there are more."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from posecheck.model.stamp import Stamp
from posecheck.model.string_change import StringChange
from posecheck.organize.plan.values import (
    Conflict,
    ConflictKind,
    FileMode,
    OrganizePlan,
    PlannedMedia,
    PlannedRecording,
)
from posecheck.report.console import open_console
from posecheck.report.organize import PlanReport, place, question, total
from posecheck.transaction.steps import TransferMode

ROOT = Path("/lab")
DEVICE = ROOT.parent.stat().st_dev
"""No folder of that name is needed: what counts is the nearest above it that there is."""


@pytest.fixture(autouse=True)
def _stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def shown(plan: OrganizePlan, *, verbose: bool = False, quiet: bool = False) -> str:
    stream = io.StringIO()
    PlanReport(open_console(stream), verbose=verbose, quiet=quiet).print(plan)
    return stream.getvalue()


def stamp(size: int) -> Stamp:
    return Stamp(size=size, modified_ns=0, identity=f"{DEVICE}:2")


def video_target(number: int) -> tuple[str, ...]:
    return ("sub-a", f"sub-a_ses-{number}_behavior", f"sub-a_ses-{number}_top.mp4")


def recording(number: int, *rewrites: StringChange, **changes: object) -> PlannedRecording:
    values: dict[str, object] = {
        "source": str(ROOT / f"s{number}.nwb"),
        "stamp": stamp(2_000_000),
        "target": ("sub-a", f"sub-a_ses-{number}_behavior.nwb"),
        "rewrites": rewrites or (rewrite(number),),
        "media": (video_target(number),),
    }
    return PlannedRecording(**(values | changes))  # type: ignore[arg-type]


def rewrite(number: int, dataset: str = "/acquisition/top/external_file") -> StringChange:
    folder, name = video_target(number)[1:]
    return StringChange(dataset=dataset, index=0, old="v\\top.MP4", new=f"{folder}/{name}")


def media(number: int, **changes: object) -> PlannedMedia:
    values: dict[str, object] = {
        "source": str(ROOT / "v" / "top.MP4"),
        "stamp": stamp(30_000_000),
        "target": video_target(number),
    }
    return PlannedMedia(**(values | changes))  # type: ignore[arg-type]


def plan(*numbers: int, **changes: object) -> OrganizePlan:
    values: dict[str, object] = {
        "dandiset": str(ROOT / "000123"),
        "recordings": tuple(recording(number) for number in numbers),
        "media": tuple(media(number) for number in numbers),
    }
    return OrganizePlan(**(values | changes))  # type: ignore[arg-type]


def missing(number: int, source: str = "") -> Conflict:
    return Conflict(
        kind=ConflictKind.MISSING_VIDEO,
        source=source or f"s{number}.nwb",
        location="/acquisition/top external_file[0]",
        reason=f"'v{number}.mp4' leads to no file.",
        remedy="Put the file there.",
    )


def test_old_and_new_stand_side_by_side() -> None:
    target = place(ROOT / "000123", "sub-a", "sub-a_ses-1_behavior.nwb")
    assert shown(plan(1)).splitlines() == [
        f"{place(ROOT / 's1.nwb')} → {target}  copied, 2.0 MB",
        "└─ v\\top.MP4 → sub-a_ses-1_behavior/sub-a_ses-1_top.mp4  "
        "shared, else hard-linked, 30.0 MB",
        "   /acquisition/top/external_file[0]",
        "",
        f"1 recording and 1 video (32.0 MB) into {place(ROOT / '000123')}; 1 reference rewritten.",
    ]


def test_places_that_refer_to_one_video_share_its_line() -> None:
    both = recording(1, rewrite(1), rewrite(1, "/processing/behavior/Pose/original_videos"))
    text = shown(plan(recordings=(both,), media=(media(1),)))
    assert text.count("top.MP4") == 1
    assert "/acquisition/top/external_file[0], /processing/behavior/Pose/original_videos[0]" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": TransferMode.MOVE}, "moved"),
        ({"mode": TransferMode.COPY}, "copied"),
        ({"mode": TransferMode.HARDLINK}, "hard-linked"),
        ({"mode": TransferMode.SYMLINK}, "linked"),
        ({"mode": TransferMode.REFLINK}, "shared"),
        ({"remux": True}, "put into MP4"),
        ({"remux": True, "mode": TransferMode.MOVE}, "put into MP4, source deleted"),
        ({}, "shared, else hard-linked"),
        ({"annexed": True}, "shared, else copied, from git-annex"),
        ({"stamp": Stamp(size=30_000_000, modified_ns=0, identity="far:2")}, "copied"),
    ],
)
def test_the_way_of_a_video_is_reported(changes: dict[str, object], words: str) -> None:
    assert f"_top.mp4  {words}, 30.0 MB\n" in shown(plan(1, media=(media(1, **changes),)))


def test_a_video_that_is_not_brought_stays() -> None:
    text = shown(plan(recordings=(recording(1, media=()),), media=()))
    assert "_top.mp4  stays where it is\n" in text


def test_a_file_in_its_place_is_rewritten_there() -> None:
    inside = recording(
        1,
        source=str(ROOT / "000123" / "sub-a" / "sub-a_ses-1_behavior.nwb"),
        mode=FileMode.MOVE,
    )
    first, *_ = shown(plan(recordings=(inside,))).splitlines()
    assert first.endswith("sub-a_ses-1_behavior.nwb  rewritten in place, 2.0 MB")
    assert "→" not in first


def test_a_video_whose_reference_stays_is_shown_too() -> None:
    kept = recording(1, rewrites=())
    assert f"{place(ROOT / 'v' / 'top.MP4')} → sub-a" in shown(plan(1, recordings=(kept,)))


def test_notes_are_shown() -> None:
    noted = recording(1, notes=("https://example.org/a.mp4 is a URL, and stays.",))
    assert "└─ https://example.org/a.mp4 is a URL, and stays.\n" in shown(plan(recordings=(noted,)))


@pytest.mark.slow
def test_three_thousand_recordings_are_folded() -> None:
    many = plan(*range(3_000))
    text = shown(many)
    assert len(text.splitlines()) < 100
    assert "… and 2,980 more recordings with 2,980 videos; --verbose lists them" in text
    assert "3,000 recordings and 3,000 videos (96.0 GB)" in text
    assert all(f"_ses-{number}_behavior.nwb" in shown(many, verbose=True) for number in (0, 2_999))


def test_a_thousand_references_of_one_file_are_folded() -> None:
    rewrites = [
        StringChange(
            dataset=f"/acquisition/v{number}/external_file", index=0, old=f"{number}", new="x"
        )
        for number in range(1_000)
    ]
    long = plan(recordings=(recording(1, *rewrites),))
    assert "└─ … and 988 more references; --verbose lists them" in shown(long)
    assert "/acquisition/v999/external_file[0]" in shown(long, verbose=True)


def test_a_thousand_notes_of_one_file_are_folded() -> None:
    noted = plan(recordings=(recording(1, notes=tuple(f"note {n}." for n in range(1_000))),))
    assert "└─ … and 988 more notes; --verbose lists them" in shown(noted)
    assert "└─ note 999.\n" in shown(noted, verbose=True)


def test_conflicts_are_grouped_with_their_remedy() -> None:
    text = shown(plan(conflicts=tuple(missing(number) for number in range(3_000))))
    assert "3,000 conflicts: nothing is touched\n" in text
    assert "\nNothing is placed in " in text
    assert "  missing-video × 3,000\n" in text
    assert "… and 2,995 more; --verbose lists them" in text
    assert text.count("→ Put the file there.") == 1
    assert len(text.splitlines()) < 20


def test_that_others_can_be_brought_is_reported() -> None:
    assert "→ --skip-conflicts organizes the other recordings" in shown(
        plan(1, conflicts=(missing(2),))
    )


def test_nothing_is_promised_that_skipping_cannot_do() -> None:
    everything = missing(1, source=str(ROOT / "s1.nwb"))
    assert "--skip-conflicts" not in shown(plan(1, conflicts=(everything,)))
    whole = Conflict(kind=ConflictKind.NO_SPACE, source="", reason="It is full.", remedy="Tidy up.")
    assert "--skip-conflicts" not in shown(plan(1, conflicts=(whole, missing(2))))


def test_what_is_left_out_is_no_reason_to_stop() -> None:
    text = shown(plan(1, conflicts=(missing(2, "s2.nwb"),), left_out=("s2.nwb",)))
    assert "1 recording left out\n" in text
    assert "nothing is touched" not in text
    assert "'v2.mp4' leads to no file." in text


def test_text_from_files_is_spelled_out() -> None:
    hostile = "\x1b[2K\u202eevil\nline"
    evil = recording(
        1,
        StringChange(
            dataset=f"/acquisition/{hostile}", index=None, old=hostile, new=f"{hostile}.mp4"
        ),
        source=str(ROOT / hostile),
        notes=(hostile,),
    )
    conflict = Conflict(
        kind=ConflictKind.UNREADABLE,
        source=hostile,
        location=hostile,
        reason=hostile,
        remedy=hostile,
    )
    for verbose in (False, True):
        text = shown(plan(recordings=(evil,), conflicts=(conflict,)), verbose=verbose)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\nline" not in text


def test_nothing_to_do_is_said() -> None:
    text = shown(plan(settled=("a.nwb", "b.nwb")))
    assert text == (
        f"Nothing to do in {place(ROOT / '000123')}; 2 recordings already where they belong.\n"
    )


def test_what_concerns_the_whole_plan_is_said_last() -> None:
    text = shown(plan(settled=("a.nwb",), notes=("\x1b[2Ka.nwb stays.",)), quiet=True)
    assert text.splitlines()[-1] == "\\x1b[2Ka.nwb stays."


def test_quiet_leaves_the_tree_out() -> None:
    text = shown(plan(1, conflicts=(missing(2),)), quiet=True)
    assert "top.MP4" not in text
    assert "missing-video" in text
    assert "1 recording and 1 video" in text


def test_a_new_dandiset_is_announced() -> None:
    assert "a new dandiset.yaml (000123)" in shown(plan(1, new_identifier="000123"))
    blocked = plan(1, conflicts=(missing(2),), new_identifier="000123")
    assert "dandiset.yaml" not in shown(blocked)


def test_in_the_dandiset_itself_its_folder_is_reported_in_words(tmp_path: Path) -> None:
    here = {"dandiset": str(tmp_path)}
    assert "Nothing to do in the current folder.\n" in shown(plan(recordings=(), media=(), **here))
    assert "(32.0 MB) into the current folder;" in shown(plan(1, **here))
    assert "into the current folder" in question(plan(1, **here))


def test_videos_and_images_are_distinguished() -> None:
    still = media(2, target=("sub-a", "sub-a_ses-2_behavior", "first.png"))
    both = plan(1, media=(media(1), still))
    assert "1 recording, 1 video and 1 image (62.0 MB) into" in shown(both)
    assert total(both).media == "1 video and 1 image"
    assert total(plan(1)).media == "1 video"


def test_the_question_says_how_much_and_where() -> None:
    where = place(ROOT / "000123")
    copied = tuple(media(number, mode=TransferMode.COPY) for number in (1, 2))
    bringing = f"Place 2 recordings and 2 videos (64.0 MB) into {where}"
    assert question(plan(1, 2, media=copied)) == f"{bringing}?"
    assert question(plan(1, 2)) == f"{bringing}, hard-linked where blocks cannot be shared?"
    moved = plan(1, recordings=(recording(1, mode=FileMode.MOVE),), media=copied[:1])
    assert question(moved) == f"Move 1 recording and 1 video (32.0 MB) into {where}?"
    assert question(plan(new_identifier="000123")) == f"Write a dandiset.yaml into {where}?"


def test_a_place_near_by_is_distinguished_from_here(tmp_path: Path) -> None:
    assert place(tmp_path / "raw" / "a.nwb") == str(Path("raw") / "a.nwb")
    assert place(tmp_path.anchor) == tmp_path.anchor


def test_a_blocked_recording_is_marked_where_it_has_a_place_and_where_it_has_none() -> None:
    placed = recording(1)
    blocking = tuple(
        replace(missing(0), source=source, kind=kind)
        for source, kind in (
            (placed.source, ConflictKind.MISSING_VIDEO),
            (placed.source, ConflictKind.MISSING_VIDEO),
            (placed.source, ConflictKind.STRING_FIXED),
            ("/lab/raw/b.nwb", ConflictKind.UNREADABLE),
        )
    )
    text = shown(plan(recordings=(placed,), conflicts=blocking))
    marked = [line.partition("  blocked: ")[2] for line in text.splitlines() if "blocked" in line]
    assert marked == ["missing-video, string-fixed", "unreadable"]
    assert "blocked" not in shown(
        plan(recordings=(placed,), conflicts=blocking[3:], left_out=("/lab/raw/b.nwb",))
    )


@pytest.mark.parametrize("verbose", [False, True])
def test_a_long_reason_is_never_cut_at_its_end(verbose: bool) -> None:
    reason = f"'{'x' * 2_000}' leads to no file: there is no /{'y' * 2_000}. The end."
    text = shown(plan(conflicts=(replace(missing(0), reason=reason),)), verbose=verbose)
    assert "leads to no file: there is no /y" in text
    assert "yyy. The end.\n" in text
    assert ("…" in text) is not verbose
