"""What is in a folder before and after: files, bytes, and where every reference leads."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import h5py
from tests.end_to_end.command import Outcome, posecheck, validate

from posecheck.model.reference import ReferenceKind, parse_reference

ARCHIVE_PATH = re.compile(r"([A-z0-9(),&\s#+~_=-]?/?\.?[A-z0-9(),&\s#+~_=-])+", re.ASCII)
"""What the archive takes as a path (dandi-archive, models/asset.py)."""

_LISTS = ("external_file", "original_videos", "labeled_videos")


def start_dandiset(folder: Path, identifier: str = "000123") -> Path:
    """Make a folder a dandiset without a file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dandiset.yaml").write_text(
        f"identifier: DANDI:{identifier}\nname: Mice in an open field\n", encoding="utf-8"
    )
    return folder


def organize(*arguments: str | Path, cwd: Path, seconds: float = 120) -> Outcome:
    """Run ``posecheck organize``; a failure of posecheck itself is never what a test expects."""
    outcome = posecheck("organize", *arguments, cwd=cwd, seconds=seconds)
    assert "Traceback" not in outcome.stderr
    assert outcome.code in {0, 1, 2}, outcome.stderr
    return outcome


def bring(raw: Path, dandiset: Path, *arguments: str | Path) -> Outcome:
    """Organize a folder into a dandiset, which must succeed."""
    outcome = organize(raw, "-d", dandiset, "--yes", *arguments, cwd=raw.parent)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    return outcome


def recordings(dandiset: Path) -> dict[str, Path]:
    """The NWB files, by their path in the dandiset."""
    return {path.relative_to(dandiset).as_posix(): path for path in sorted(dandiset.rglob("*.nwb"))}


def references(path: Path) -> dict[str, str]:
    """Every reference of an NWB file, by the place where it is stored."""
    found: dict[str, str] = {}
    with h5py.File(path, "r") as file:

        def look(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if not isinstance(item, h5py.Dataset):
                return
            if name.rpartition("/")[2] in _LISTS:
                for index, text in enumerate(item.asstr()[()]):
                    found[f"/{name}[{index}]"] = text
            elif item.attrs.get("neurodata_type") == "ExternalImage":
                found[f"/{name}"] = item.asstr()[()]

        file.visititems(look)
    return found


def lead(path: Path, reference: str) -> Path:
    """Where a reference of an NWB file leads, as any reader would follow it."""
    return Path(os.path.normpath(path.parent / reference))


def assert_all_resolve(dandiset: Path) -> None:
    """Every reference is relative and POSIX, stays inside, is a file, and has a name for DANDI."""
    assert recordings(dandiset)
    for path in recordings(dandiset).values():
        for place, reference in references(path).items():
            if parse_reference(reference).kind is ReferenceKind.URL:
                continue
            assert "\\" not in reference, (path, place, reference)
            assert not Path(reference).is_absolute(), (path, place, reference)
            target = lead(path, reference)
            assert target.is_relative_to(dandiset), (path, place, reference)
            assert target.is_file(), (path, place, reference)
            assert ARCHIVE_PATH.fullmatch(target.relative_to(dandiset).as_posix()), target


def assert_valid(dandiset: Path, *ignored: str) -> None:
    """Nothing is an error to posecheck, and nothing is said about names, places or references."""
    outcome = validate(dandiset)
    reported = [
        f"{finding['file']} {finding['code']} {finding['location']}: {finding['message']}"
        for finding in outcome.report["findings"]
        if finding["code"] not in ignored
        and (finding["severity"] == "error" or finding["code"][:3] in {"LAY", "VID", "FIL"})
    ]
    assert reported == []


def snapshot(folder: Path) -> dict[str, str]:
    """Everything in a folder but posecheck's own notes: bytes, links, times and permissions."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if ".posecheck" in name:
            continue
        status = path.lstat()
        if path.is_symlink():
            found[name] = f"→ {path.readlink()}"
        elif path.is_dir():
            found[name] = "folder"
        else:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name] = f"{digest} {status.st_mtime_ns} {status.st_mode:o}"
    return found


def contents(folder: Path) -> dict[str, str]:
    """The bytes of every file in a folder but posecheck's own notes."""
    return {name: value.split()[0] for name, value in snapshot(folder).items() if value != "folder"}
