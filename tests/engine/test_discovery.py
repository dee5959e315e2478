from __future__ import annotations

import os
from pathlib import Path

import pytest

from posecheck.engine.discovery import discover
from posecheck.model.errors import UsageError


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def plant(*paths: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()


def shown(*paths: str) -> list[str]:
    return [Path(found.display_path).as_posix() for found in discover(paths)]


def test_a_folder_is_searched_in_natural_order() -> None:
    plant("d/sub-10/a.nwb", "d/sub-2/b.nwb", "d/sub-2/a.NWB", "d/sub-1.nwb", "d/notes.txt")
    assert shown("d") == ["d/sub-1.nwb", "d/sub-2/a.NWB", "d/sub-2/b.nwb", "d/sub-10/a.nwb"]


def test_no_path_stands_for_the_current_folder() -> None:
    plant("b.nwb", "s/a.nwb")
    assert shown() == shown(".") == ["b.nwb", "s/a.nwb"]


def test_a_named_file_is_taken_whatever_its_suffix() -> None:
    plant("recording.h5", ".hidden.nwb")
    assert shown("./recording.h5", ".hidden.nwb") == ["recording.h5", ".hidden.nwb"]


def test_hidden_files_and_folders_are_passed_over_unless_named() -> None:
    plant(".git/annex/a.nwb", "d/.dandi/b.nwb", "d/._c.nwb", "d/c.nwb")
    assert shown(".") == ["d/c.nwb"]
    assert shown(".git") == [".git/annex/a.nwb"]


def test_paths_are_shown_from_where_the_user_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant("here/a.nwb", "there/b.nwb")
    monkeypatch.chdir(tmp_path / "here")
    assert shown(str(tmp_path / "here")) == ["a.nwb"]
    assert shown("../there") == ["../there/b.nwb"]
    assert shown(str(tmp_path / "there")) == [(tmp_path / "there" / "b.nwb").as_posix()]


def test_a_file_that_is_found_twice_is_taken_in_its_first_spelling(tmp_path: Path) -> None:
    plant("d/a.nwb", "d/b.nwb")
    assert shown("d/../d/b.nwb", "d", str(tmp_path)) == ["d/../d/b.nwb", "d/a.nwb"]


def test_a_linked_folder_is_not_entered_unless_named() -> None:
    plant("real/a.nwb", "d/b.nwb")
    Path("d/loop").symlink_to(Path.cwd(), target_is_directory=True)
    Path("link").symlink_to("real", target_is_directory=True)
    assert shown("d") == ["d/b.nwb"]
    assert shown("link") == ["link/a.nwb"]
    assert shown("link", "real") == ["link/a.nwb"]


def test_linked_files_are_files_with_or_without_a_target() -> None:
    plant("d/a.nwb")
    Path("d/b.nwb").symlink_to("a.nwb")
    Path("d/c.nwb").symlink_to("../.git/annex/objects/XX/key")
    assert shown("d") == ["d/a.nwb", "d/b.nwb", "d/c.nwb"]
    assert shown("d/c.nwb") == ["d/c.nwb"]
    assert not any(found.obstacle for found in discover(("d",)))


def test_a_zarr_folder_is_one_file() -> None:
    plant("d/a.nwb/acquisition/0.nwb", "d/b.nwb.zarr/.zgroup", "d/c.zarr/x.nwb")
    assert shown("d") == ["d/a.nwb", "d/b.nwb.zarr", "d/c.zarr/x.nwb"]
    assert shown("d/a.nwb") == ["d/a.nwb"]


def test_missing_paths_are_named_all_at_once() -> None:
    plant("a.nwb")
    with pytest.raises(UsageError) as caught:
        discover(("a.nwb", "b.nwb", "c"))
    assert str(caught.value) == "no such file or folder: 'b.nwb', 'c'; nothing was checked"


def test_nothing_to_check_is_an_error() -> None:
    plant("d/a.txt")
    with pytest.raises(UsageError, match=r"nothing to check: no \*\.nwb file in 'd'"):
        discover(("d",))


if hasattr(os, "mkfifo"):  # Windows has nothing of the kind

    def test_what_is_no_file_is_reported_and_never_opened() -> None:
        os.mkfifo("pipe.nwb")
        (found,) = discover((".",))
        assert found.obstacle == "it is neither a file nor a folder"


def test_a_folder_that_cannot_be_listed_is_reported_and_the_rest_is_found(tmp_path: Path) -> None:
    # Permissions do not bind an administrator; a path that is too long binds everyone.
    plant("d/a.nwb", "d/z.nwb")
    os.chdir("d")
    for _ in range(30):
        Path("n" * 200).mkdir()
        os.chdir("n" * 200)
    os.chdir(tmp_path)
    first, lost, last = discover(("d",))
    assert (Path(first.display_path).as_posix(), Path(last.display_path).as_posix()) == (
        "d/a.nwb",
        "d/z.nwb",
    )
    assert lost.display_path.startswith(str(Path("d", "n" * 200)))
    assert lost.obstacle == "the folder cannot be listed: File name too long"


def test_a_tree_deeper_than_python_recurses_is_searched(tmp_path: Path) -> None:
    depth = 1200
    for _ in range(depth):
        Path("n").mkdir()
        os.chdir("n")
    plant("a.nwb")
    try:
        os.chdir(tmp_path)
        (found,) = discover((".",))
        assert Path(found.display_path).parts == ("n",) * depth + ("a.nwb",)
    finally:  # what clears temporary folders away would recurse
        os.chdir(Path(*("n",) * depth))
        Path("a.nwb").unlink()
        for _ in range(depth):
            os.chdir("..")
            Path("n").rmdir()
