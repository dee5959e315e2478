"""Texts in a Zarr store are changed chunk by chunk, however they are stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.model.string_change import StringChange
from posecheck.storage.store import StorageError
from posecheck.storage.zarr_texts import (
    chunks_of,
    describe_texts,
    edited_members,
    open_array,
    opened_store,
)

TEXTS = ["videos/top 1.mp4", "", "ä/ö.mp4", "C:\\videos\\b.avi", "last.mp4"]
ZLIB = {"id": "zlib", "level": 1}
OBJECTS: list[dict[str, Any]] = [
    {"id": "vlen-utf8"},
    {"id": "vlen-bytes"},
    numcodecs.JSON().get_config(),
    numcodecs.Pickle().get_config(),
]


def write_array(
    store: Path,
    texts: list[str],
    *,
    codec: dict[str, Any] | None,
    dtype: str = "|O",
    rows: int = 2,
    compressor: dict[str, Any] | None = ZLIB,
    stored_type: str = "object",
) -> Path:
    """Write a store with one array of texts, ``/texts``."""
    array = store / "texts"
    array.mkdir(parents=True)
    (store / ".zgroup").write_text('{"zarr_format": 2}')
    (array / ".zattrs").write_text(json.dumps({"zarr_dtype": stored_type}))
    header = {
        "zarr_format": 2,
        "shape": [len(texts)],
        "chunks": [rows],
        "dtype": dtype,
        "compressor": compressor,
        "filters": [codec] if codec else None,
        "fill_value": "" if dtype == "|O" else None,
        "order": "C",
    }
    (array / ".zarray").write_text(json.dumps(header))
    for number, start in enumerate(range(0, len(texts), rows)):
        part: list[Any] = texts[start : start + rows]
        part = [*part, *([""] * (rows - len(part)))]
        if dtype.startswith("|S") or (codec and codec["id"] == "vlen-bytes"):
            part = [text.encode() for text in part]
        if codec:
            values = np.empty(rows, dtype=object)
            values[:] = part
            content = numcodecs.get_codec(dict(codec)).encode(values)
        else:
            content = np.array(part, dtype).tobytes()
        if compressor:
            content = numcodecs.get_codec(dict(compressor)).encode(content)
        (array / str(number)).write_bytes(bytes(content))
    return store


def texts_of(store: Path) -> list[str]:
    with opened_store(store) as opened:
        return list(open_array(opened, "/texts").value())


def change(index: int | None, old: str, new: str) -> StringChange:
    return StringChange(dataset="/texts", index=index, old=old, new=new)


@pytest.mark.parametrize("codec", OBJECTS, ids=lambda codec: codec["id"])
@pytest.mark.parametrize("compressor", [ZLIB, None], ids=["packed", "plain"])
def test_one_chunk_changes_and_the_rest_stays(
    tmp_path: Path, codec: dict[str, Any], compressor: dict[str, Any] | None
) -> None:
    store = write_array(tmp_path / "s.nwb.zarr", TEXTS, codec=codec, compressor=compressor)
    edited = edited_members(store, [change(2, TEXTS[2], "sub-1/ü.mp4")])
    assert list(edited) == ["texts/1"]
    (store / "texts/1").write_bytes(edited["texts/1"])
    assert texts_of(store) == [*TEXTS[:2], "sub-1/ü.mp4", *TEXTS[3:]]


@given(
    texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=9),
    new=st.text(st.characters(codec="utf-8"), max_size=60),
    rows=st.integers(1, 10),
    codec=st.sampled_from(OBJECTS),
    place=st.integers(0, 8),
)
def test_any_text_can_be_written(  # noqa: PLR0917 - hypothesis names them
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str],
    new: str,
    rows: int,
    codec: dict[str, Any],
    place: int,
) -> None:
    index = place % len(texts)
    folder = tmp_path_factory.mktemp("any")
    store = write_array(folder / "s.nwb.zarr", texts, codec=codec, rows=rows)
    for name, content in edited_members(store, [change(index, texts[index], new)]).items():
        (store / name).write_bytes(content)
    assert texts_of(store) == [*texts[:index], new, *texts[index + 1 :]]


@pytest.mark.parametrize(
    ("dtype", "fits", "refused"),
    [
        ("|S20", "ü" * 10, "its texts have 20 bytes at most, and the new one needs 21"),
        ("<U20", "ü" * 20, "its texts have 20 characters at most, and the new one needs 21"),
    ],
)
def test_a_type_of_fixed_length_takes_what_fits(
    tmp_path: Path, dtype: str, fits: str, refused: str
) -> None:
    texts = ["a.mp4", "b.mp4", "c.mp4"]
    store = write_array(tmp_path / "s.nwb.zarr", texts, codec=None, dtype=dtype)
    (store / "texts/1").write_bytes(edited_members(store, [change(2, "c.mp4", fits)])["texts/1"])
    assert texts_of(store) == ["a.mp4", "b.mp4", fits]
    with pytest.raises(StorageError, match=refused):
        edited_members(store, [change(0, "a.mp4", "x" * 21)])
    with opened_store(store) as opened:
        described = describe_texts(open_array(opened, "/texts"))
    assert described.refuses("x" * 21) == refused
    assert described.refuses(fits) == ""


def test_a_scalar_has_no_index(tmp_path: Path) -> None:
    store = write_array(
        tmp_path / "s.nwb.zarr", ["a.png"], codec=OBJECTS[0], rows=1, stored_type="scalar"
    )
    with opened_store(store) as opened:
        assert describe_texts(open_array(opened, "/texts")).shape == ()
        assert list(chunks_of(open_array(opened, "/texts"))) == ["texts/0"]
    assert list(edited_members(store, [change(None, "a.png", "b.png")])) == ["texts/0"]
    with pytest.raises(StorageError, match="it has no text at 0"):
        edited_members(store, [change(0, "a.png", "b.png")])


@pytest.mark.parametrize("index", [-1, 5, None])
def test_a_place_that_is_not_there_is_refused(tmp_path: Path, index: int | None) -> None:
    store = write_array(tmp_path / "s.nwb.zarr", TEXTS, codec=OBJECTS[0])
    with pytest.raises(StorageError, match="it has no text at"):
        edited_members(store, [change(index, "last.mp4", "new.mp4")])


def test_another_text_than_was_planned_is_refused(tmp_path: Path) -> None:
    store = write_array(tmp_path / "s.nwb.zarr", TEXTS, codec=OBJECTS[3])
    with pytest.raises(StorageError, match=r"it says 'last.mp4', where 'first.mp4' was"):
        edited_members(store, [change(4, "first.mp4", "new.mp4")])


def test_what_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    store = write_array(tmp_path / "s.nwb.zarr", TEXTS, codec=OBJECTS[0])
    header = json.loads((store / "texts/.zarray").read_text())
    numbers = header | {"dtype": "<f8", "filters": None, "fill_value": 0}
    (store / "texts/1").unlink()
    with pytest.raises(StorageError, match="the chunk texts/1 is not there"):
        edited_members(store, [change(2, TEXTS[2], "new.mp4")])
    (store / "texts/.zarray").write_text(json.dumps(numbers))
    with pytest.raises(StorageError, match="it holds no texts"):
        edited_members(store, [change(2, TEXTS[2], "new.mp4")])
    with pytest.raises(StorageError, match="nothing is there"):
        edited_members(store, [StringChange(dataset="/gone", index=0, old="", new="x")])
