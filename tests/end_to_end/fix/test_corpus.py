"""Files that other programs wrote: fixed, they are read as before, and undone they are the same."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import h5py
import pytest
from pynwb import NWBHDF5IO
from tests.corpus.folder import find_corpus
from tests.end_to_end.fix.faulty import fix
from tests.end_to_end.organize.dandisets import snapshot

pytestmark = pytest.mark.slow


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    found = find_corpus()
    assert found is not None
    for source in found.rglob("*"):
        if source.is_file():
            target = tmp_path / "corpus" / source.relative_to(found)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            target.chmod(0o644)
    return tmp_path / "corpus"


def readable(folder: Path) -> set[str]:
    """The recordings that pynwb reads."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.nwb") if is_read(path)}


def is_read(path: Path) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"), NWBHDF5IO(path, "r") as io:
            io.read()
    except Exception:  # noqa: BLE001 - whatever pynwb raises, it does not read the file
        return False
    return True


@pytest.fixture(scope="module")
def readable_before() -> set[str]:
    """Those of the corpus as it is."""
    found = find_corpus()
    assert found is not None
    return readable(found)


def datasets(folder: Path) -> dict[str, bytes]:
    """The bytes of every dataset of numbers that lies at its first place."""
    found: dict[str, bytes] = {}
    for path in folder.rglob("*.nwb"):
        if not h5py.is_hdf5(path):
            continue
        with h5py.File(path, "r") as file:

            def look(name: str, item: h5py.Group | h5py.Dataset, path: Path = path) -> None:
                if isinstance(item, h5py.Dataset) and item.dtype.kind in "iuf":
                    found[f"{path.relative_to(folder)}:/{name}"] = item[()].tobytes()

            file.visititems(look)
    return found


@pytest.mark.parametrize("way", [(), ("--unsafe-fixes",)], ids=str)
def test_what_was_read_before_is_read_and_all_is_undone(
    corpus: Path, readable_before: set[str], way: tuple[str, ...]
) -> None:
    before = snapshot(corpus)
    numbers = datasets(corpus)
    outcome = fix("corpus", "--yes", *way, cwd=corpus.parent, seconds=300)
    assert outcome.code == 0, outcome.stdout + outcome.stderr
    assert "is again what it was" not in outcome.stdout
    assert snapshot(corpus) != before
    assert readable(corpus) >= readable_before
    if not way:
        # a safe fix adds values, and puts links in place of copies; it changes no number
        now = datasets(corpus)
        assert {place: now[place] for place in numbers if place in now} == {
            place: value for place, value in numbers.items() if place in now
        }
    again = fix("corpus", "--yes", *way, cwd=corpus.parent, seconds=300)
    assert again.code == 0
    assert "Nothing to fix" in again.stdout
    assert fix("--undo", "corpus", cwd=corpus.parent).code == 0
    assert snapshot(corpus) == before
