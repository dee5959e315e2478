"""A report file is there in full, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from posecheck.cli.output_file import check_output_file, write_output_file
from posecheck.model.errors import UsageError


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    for text in ("first", "…second…\udc80"):
        check_output_file(target)
        write_output_file(target, text)
    assert target.read_text(encoding="utf-8") == "…second…\\udc80"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_file_is_as_readable_as_any_other_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    write_output_file(tmp_path / "report.json", "{}")
    assert (tmp_path / "report.json").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("kept")
    (tmp_path / "report.json").symlink_to(kept)
    write_output_file(tmp_path / "report.json", "{}")
    assert kept.read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("folder", "is a folder"),
        ("recording.nwb", "named like a recording"),
        ("RECORDING.NWB", "named like a recording"),
        ("missing/report.json", "there is no folder"),
    ],
)
def test_a_place_where_no_report_belongs_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=reason):
        check_output_file(tmp_path / name)


def test_a_device_is_not_replaced() -> None:
    with pytest.raises(UsageError, match="no ordinary file"):
        check_output_file(Path(os.devnull))


def test_what_the_system_refuses_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "report.json").mkdir()  # came into being after it was checked for
    with pytest.raises(UsageError, match="cannot be written"):
        write_output_file(tmp_path / "report.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]
