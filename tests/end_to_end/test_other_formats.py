"""Who names what is no NWB hears what it is, and what writes NWB from it."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest
from tests.end_to_end.command import posecheck, validate
from tests.recordings.sessions import write_still
from tests.recordings.written import write_video

pytestmark = pytest.mark.slow

HDF5 = {
    "labels.slp": ("metadata", "frames", "instances", "points", "pred_points", "tracks_json"),
    "labels.analysis.h5": ("tracks", "track_occupancy", "track_names", "node_names"),
    "topDLC_resnet50.h5": ("df_with_missing",),
    "mouse_pose_est_v5.h5": ("poseest",),
    "counts.h5": ("counts",),
}
WANTED = {
    "labels.slp": ("FIL002", "this is a SLEAP project, not an NWB file", "sleap_io.save_nwb("),
    "labels.analysis.h5": ("FIL002", "this is an analysis export of SLEAP", "(.slp)"),
    "topDLC_resnet50.h5": ("FIL002", "this is a table of DeepLabCut", "convert_h5_to_nwb("),
    "mouse_pose_est_v5.h5": ("FIL002", "this is a pose file of JABS", "JABS exports NWB"),
    "counts.h5": ("FIL002", "the file opens, but is not NWB", "pynwb or MatNWB"),
    "top.mp4": ("FIL001", "this is a video, not an NWB file", "Name the NWB file"),
    "still.png": ("FIL001", "this is an image, not an NWB file", "Name the NWB file"),
    "topDLC.csv": ("FIL001", "this is a table of text, not an NWB file", "NeuroConv"),
    "dlc.nwb": ("FIL001", "this is a table of text, not an NWB file", "NeuroConv"),
    "tracks.mat": ("FIL001", "this is a MATLAB file, not an NWB file", "MatNWB"),
    "large.mat": ("FIL002", "this is a MATLAB file, not an NWB file", "MatNWB"),
    "page.nwb": ("FIL001", "this is a web page, not an NWB file", "download button"),
    "noise.nwb": ("FIL001", "the file cannot be read: it is not an HDF5 file", "Compare size"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    for name, members in HDF5.items():
        with h5py.File(folder / name, "w") as file:
            for member in members:
                file.create_group(member)
    write_video(folder / "top.mp4")
    write_still(folder / "still.png")
    for name in ("topDLC.csv", "dlc.nwb"):
        (folder / name).write_text("scorer,DLC,DLC\nbodyparts,nose,nose\ncoords,x,y\n0,1.5,2.5\n")
    (folder / "tracks.mat").write_bytes(b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(600))
    with h5py.File(folder / "large.mat", "w", userblock_size=512) as file:
        file.create_group("tracks")
    with (folder / "large.mat").open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64")
    (folder / "page.nwb").write_text("<html>404</html>")
    (folder / "noise.nwb").write_bytes(bytes(range(1, 200)))
    return folder


def test_each_is_called_what_it_is(folder: Path) -> None:
    outcome = validate(*WANTED, cwd=folder)
    assert outcome.code == 1
    found = {finding["file"]: finding for finding in outcome.report["findings"]}
    assert len(outcome.report["findings"]) == len(found) == len(WANTED)
    for name, (code, message, remedy) in WANTED.items():
        assert (found[name]["code"], found[name]["severity"]) == (code, "error")
        assert message in found[name]["message"]
        assert remedy in found[name]["remedy"], name


def test_a_folder_without_nwb_shows_what_could_become_nwb(tmp_path: Path) -> None:
    for name in ("a.slp", "b.SLP", "c.csv", "d.txt"):
        (tmp_path / name).touch()
    outcome = posecheck("validate", ".", cwd=tmp_path)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "nothing to check: no *.nwb file in '.' (2 .slp, 1 .csv)" in outcome.stderr
    assert "sleap-io for SLEAP projects; NeuroConv, dlc2nwb or movement" in outcome.stderr


def test_an_empty_folder_is_said_to_hold_nothing(tmp_path: Path) -> None:
    outcome = posecheck("validate", cwd=tmp_path)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr == "posecheck: nothing to check: no *.nwb file in '.'\n"


def test_without_a_command_the_commands_are_listed(tmp_path: Path) -> None:
    outcome = posecheck(cwd=tmp_path)
    assert outcome.code == 2
    for command in ("validate", "organize", "upload", "rules", "explain", "info", "demo"):
        assert f" {command} " in outcome.stdout + outcome.stderr
