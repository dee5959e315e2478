"""What a person sees of a run."""

from __future__ import annotations

import dataclasses
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.samples import NODES, file_report, finding, percent, report, typical
from tests.report.strategies import FILES

from posecheck.model.edit import AddGroup, Divide, Edit, FixSafety, MoveObject, SetAttribute
from posecheck.model.fail_on import ON_ERRORS, FailOn
from posecheck.model.finding import INTERNAL_ERROR, OUTSIDE_DANDISET, Finding, Severity, Skipped
from posecheck.model.report import FileReport, FileStatus, Report
from posecheck.report.console import open_console
from posecheck.report.terminal import TerminalReport


def shown(
    finished: Report,
    *,
    verbose: bool = False,
    quiet: bool = False,
    fail_on: FailOn = ON_ERRORS,
) -> str:
    stream = io.StringIO()
    printer = TerminalReport(
        open_console(stream, color=False), verbose=verbose, quiet=quiet, fail_on=fail_on
    )
    for file in finished.files:
        printer.add(file)
    printer.finish(finished)
    return stream.getvalue()


def test_a_typical_report_reads_like_this() -> None:
    assert shown(typical()) == (
        """\
sub-M01/sub-M01_ses-day1_behavior+image.nwb  13 errors, 1 warning, 1 hint
  error    VID002 external-file-missing
           videos/front.mp4 is referenced and is not there
           in /acquisition/front
           → Put the video where the reference points, or correct external_file.
  error    CNF007 confidence-not-a-probability × 12: nose, left_ear, right_ear, neck, spine1, \
spine2, … and 6 more
           e.g. confidence spans 1.5 to 99.25, which looks like percent; ndx-pose scales it to \
0 … 1
           in /processing/behavior/PoseEstimation
           → Divide by 100 at export. Missing values may stay NaN.
  warning  NOD008 skeleton-missing
           12 series and no skeleton; ndx-pose links one, with nodes and edges
           in /processing/behavior/PoseEstimation
           → Write a Skeleton and link it to the PoseEstimation.
  hint     VID022 camera-missing
           no Device is linked
           in /acquisition/front
           → Link the camera's Device.

sub-M02/sub-M02_ses-day1_behavior.nwb  unreadable  1 error
  error    FIL001 unreadable-file
           the file cannot be read: it is cut off, 1,048,576 of 3,407,872 bytes are there
           → Compare size and checksum with the original, and copy or write it again.

Checked 3 files in 2.4 s: 14 errors, 1 warning, 1 hint in 2 files; 1 clean.
Not checked in full: 1 unreadable.
Up to 104 rules run per file; 2 could not check everything (VID016, VID018); --verbose says why.
"""
    )


def fixable(
    node: str, *edits: Edit, fix: FixSafety = FixSafety.UNSAFE, file: str = "a.nwb"
) -> Finding:
    made = edits or (Divide(f"/pose/{node}/confidence", 100),)
    return dataclasses.replace(percent(0, 99, node), file=file, edits=made, fix=fix)


def test_edits_are_shown_as_lines_for_the_first_place_and_the_others_are_counted() -> None:
    findings = (fixable(node, file="it's.nwb") for node in NODES)
    text = shown(report(file_report(*findings, path="it's.nwb")))
    assert (
        """\
           → Divide by 100 at export. Missing values may stay NaN.
           fix with h5py, if you agree; keep a copy, file = h5py.File("it's.nwb", 'r+'):
           >>> data = file['/pose/nose/confidence']
           >>> data[...] = data[...] / 100
           … and the like for 11 more; --verbose lists them
"""
        in text
    )


def test_verbose_lists_all_lines_once_for_what_is_shared() -> None:
    shared = Divide("/pose/timestamps", 30)
    findings = (*map(fixable, NODES[:2]), *(fixable(node, shared) for node in NODES[2:]))
    text = shown(report(file_report(*findings, path="a.nwb")), verbose=True)
    assert text.count("file = h5py.File('a.nwb', 'r+')") == 1
    assert text.count(">>> data = file['/pose/nose/confidence']") == 1
    assert text.count(">>> data = file['/pose/left_ear/confidence']") == 1
    assert text.count(">>> data = file['/pose/timestamps']") == 1


def test_verbose_shows_an_edit_once_that_two_findings_share_in_part() -> None:
    group = AddGroup("/processing/behavior")
    findings = [
        fixable(node, group, MoveObject(f"/processing/x/{node}", f"/processing/behavior/{node}"))
        for node in NODES[:2]
    ]
    text = shown(report(file_report(*findings, path="a.nwb")), verbose=True)
    assert text.count(">>> file.require_group('/processing/behavior')") == 1
    assert text.count(">>> file.move(") == 2


def test_a_safe_fix_asks_nobody() -> None:
    edit = SetAttribute("/pose/nose/data", "unit", "pixels")
    text = shown(report(file_report(fixable("nose", edit, fix=FixSafety.SAFE), path="a.nwb")))
    assert "fix with h5py; keep a copy, file = h5py.File('a.nwb', 'r+'):\n" in text
    assert ">>> file['/pose/nose/data'].attrs['unit'] = 'pixels'\n" in text


def test_many_and_long_lines_are_shortened() -> None:
    edits = [SetAttribute(f"/{n}", "note", "long " * 200) for n in range(20)]
    finished = report(file_report(fixable("nose", *edits), path="a.nwb"))
    text = shown(finished)
    assert text.count(">>> ") == 8
    assert max(map(len, text.splitlines())) < 300
    assert "… and 12 more lines; --verbose lists them" in text
    assert shown(finished, verbose=True).count("long long") == 20 * 100


def test_lines_with_hostile_names_stay_one_line_each() -> None:
    edit = SetAttribute("/a\n\x1b[2J'\u3164", "note", "\u202e")
    text = shown(report(file_report(fixable("nose", edit), path="a.nwb")))
    (line,) = (line for line in text.splitlines() if ">>> " in line)
    assert line.strip() == r""">>> file["/a\n\x1b[2J'\u3164"].attrs['note'] = '\u202e'"""


def test_each_block_is_printed_as_its_file_is_done() -> None:
    stream = io.StringIO()
    printer = TerminalReport(open_console(stream, color=False))
    first, clean, second = typical().files
    printer.add(first)
    assert "VID002" in stream.getvalue()
    before = stream.getvalue()
    printer.add(clean)
    assert stream.getvalue() == before
    printer.add(second)
    assert "FIL001" in stream.getvalue().removeprefix(before)


def test_verbose_lists_every_finding_clean_files_and_reasons() -> None:
    text = shown(typical(), verbose=True)
    for number, node in enumerate(NODES):
        assert f"{node}: confidence spans {1.5 + number:g} to 99.25" in text
    assert "sub-M01/sub-M01_ses-day2_behavior+image.nwb  clean" in text
    assert "1 container, 12 series, 27,960 frames, 1 video, 104 rules, 0.2 s" in text
    assert "skipped  VID016: the video is not there (in /acquisition/front)" in text
    assert "--verbose" not in text


def test_quiet_leaves_out_files_that_do_not_fail_the_run() -> None:
    warned = file_report(finding(severity=Severity.WARNING), path="warned.nwb")
    failed = file_report(finding(), path="failed.nwb")
    broken = file_report(finding(INTERNAL_ERROR, Severity.WARNING), path="broken.nwb")
    finished = report(warned, failed, broken)
    blocks = ["warned.nwb  ", "failed.nwb  ", "broken.nwb  "]

    def printed(fail_on: Severity | None) -> list[bool]:
        text = shown(finished, quiet=True, fail_on=FailOn.of(fail_on))
        assert "Checked 3 files" in text
        return [block in text for block in blocks]

    assert printed(Severity.ERROR) == [False, True, True]
    assert printed(Severity.WARNING) == [True, True, True]
    assert printed(None) == [False, False, True]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (1, "Nothing to report: 1 file checked in 2.4 s, and it is clean.\n104 rules run, none"),
        (3000, "Nothing to report: 3,000 files checked in 2.4 s, and all are clean.\nUp to 104"),
    ],
)
def test_a_clean_run_gets_a_friendly_sentence(files: int, sentence: str) -> None:
    assert shown(report(*[file_report()] * files)).startswith(sentence)


def outside(code: str) -> Skipped:
    return Skipped(code, "", "/", OUTSIDE_DANDISET)


@pytest.mark.parametrize(
    ("skips", "lines"),
    [
        (
            [(outside("LAY001"), outside("LAY002"), outside("layout"))],
            "104 rules run.\nDANDI's layout was not checked: the file lies in no dandiset (a "
            "folder with a dandiset.yaml).\n",
        ),
        (
            [(outside("LAY001"),), (), (outside("LAY001"), Skipped("VID016", "", "/", "gone"))],
            "Up to 104 rules run per file; 1 could not check everything (VID016); --verbose says "
            "why.\nDANDI's layout was not checked: 2 files lie in no dandiset (a folder with a "
            "dandiset.yaml).\n",
        ),
    ],
)
def test_that_files_lie_in_no_dandiset_is_said_once_in_words(
    skips: list[tuple[Skipped, ...]], lines: str
) -> None:
    files = [
        file_report(path=f"{number}.nwb", skipped=skipped) for number, skipped in enumerate(skips)
    ]
    assert shown(report(*files)).endswith(f"\n{lines}")


def test_files_that_were_not_fetched_are_not_called_clean() -> None:
    text = shown(report(file_report(status=FileStatus.NOT_FETCHED)))
    assert "clean" not in text
    assert "Not checked in full: 1 not fetched." in text


def test_equal_messages_are_no_example() -> None:
    text = shown(report(file_report(*(percent(12, 99, node) for node in NODES))))
    assert "e.g." not in text
    assert text.count("confidence spans 12 to 99") == 1


def test_several_defects_of_one_object_are_reported_one_by_one() -> None:
    found = [finding(message=f"videos/{number}.mp4 is not there") for number in range(7)]
    text = shown(report(file_report(*found)))
    assert "external-file-missing × 7\n" in text
    assert [f"videos/{number}.mp4" in text for number in range(7)] == [True] * 5 + [False] * 2
    assert "… and 2 more; --verbose lists them" in text
    assert "videos/6.mp4" in shown(report(file_report(*found)), verbose=True)


def test_many_containers_are_cut_with_a_count() -> None:
    found = [
        percent(12, 99, node, f"/processing/behavior/track{track}")
        for track in range(27)
        for node in NODES
    ]
    text = shown(report(file_report(*found)))
    assert text.count("CNF007 confidence-not-a-probability × 12") == 5
    assert "… and 264 findings of CNF007 in 22 more places; --verbose lists them" in text
    assert "324 errors" in text


def test_a_remedy_is_reported_once_and_again_at_the_end_of_a_long_report() -> None:
    def files(number: int) -> Report:
        paths = [f"sub-{n:02}.nwb" for n in range(number)]
        return report(*(file_report(finding(file=path), path=path) for path in paths))

    remedy = "→ Put the video where the reference points"
    assert shown(files(3)).count(remedy) == 1
    long = shown(files(50))
    assert long.count(remedy) == 2
    assert "\nBy rule\n  error    VID002 external-file-missing: 50 findings in 50 files\n" in long
    assert "\nBy rule\n  error    VID002" in shown(files(50), quiet=True)


def test_lines_of_code_that_stand_above_are_only_named() -> None:
    recipe = "sleap-io: pass what it asks for:\n    save(labels, session)\n"
    first, second = (
        dataclasses.replace(finding(code, name="missing"), remedy=recipe)
        for code in ("NWBI.check_institution", "NWBI.check_keywords")
    )
    text = shown(report(file_report(first, second)))
    assert text.count("save(labels, session)") == 1
    assert "→ as for NWBI.check_institution above" in text


def test_the_summary_ranks_rules_by_severity_and_spread() -> None:
    common = finding("VID022", Severity.HINT, name="camera-missing")
    rare = finding("NOD004", name="edge-out-of-range")
    text = shown(report(*[file_report(common, finding())] * 5, file_report(common, rare)))
    _, _, summary = text.partition("By rule\n")
    codes = [line.split()[1] for line in summary.splitlines() if " in " in line and ":" in line]
    assert codes[:3] == ["VID002", "NOD004", "VID022"]


def test_names_from_a_file_are_shown_and_do_nothing() -> None:
    hostile = "\x1b[2J[bold]no\nse\u202e[/bold]\udcff"
    found = finding(hostile, message=hostile, location=f"/a/{hostile}", name=hostile)
    found = dataclasses.replace(found, remedy=hostile)
    skipped = (Skipped("VID016", "", f"/b/{hostile}", hostile),)
    text = shown(report(file_report(found, path=hostile, skipped=skipped)), verbose=True)
    assert r"\x1b[2J[bold]no\nse\u202e[/bold]\udcff" in text
    assert not set(text) & {"\x1b", "\u202e", "\udcff", "\r"}


def test_an_endless_message_is_cut_unless_everything_is_requested() -> None:
    found = finding(message="word " * 10_000)
    assert len(shown(report(file_report(found)))) < 2000
    assert "word " * 9999 in shown(report(file_report(found)), verbose=True)


@pytest.mark.slow
@settings(deadline=None)  # drawing a whole report is slow where a machine is busy
@given(st.lists(FILES, max_size=6), st.booleans(), st.booleans())
def test_no_report_fails_or_steers_the_terminal(
    files: list[FileReport], verbose: bool, quiet: bool
) -> None:
    text = shown(report(*files), verbose=verbose, quiet=quiet)
    assert text.replace("\n", "").isprintable()
    text.encode()


RECIPE = (
    "sleap-io: say so when you save:\n"
    "    import sleap_io\n    if labels:\n        save(labels, path=%s)"
)


def test_the_code_of_a_remedy_is_printed_as_it_stands() -> None:
    path = '"' + "folder/" * 30 + 'session.nwb"'
    text = shown(report(file_report(finding(remedy=RECIPE % path))))
    assert "           → sleap-io: say so when you save:\n" in text
    assert (
        "               import sleap_io\n"
        "               if labels:\n"
        f"                   save(labels, path={path})\n"
    ) in text
