"""What is private in other packages and used all the same: it is listed, there, and behaves."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import h5py
import pytest
from tests.recordings.written import write_recording

from posecheck.sources.local_source import LocalSource
from posecheck.validators import containers, flat_metadata
from posecheck.validators.containers import open_container, try_reading
from posecheck.validators.private_names import (
    PRIVATE_NAMES,
    TESTED,
    PrivateName,
    missing,
    obstacle,
    untested,
)
from posecheck.validators.protocol import FileToValidate
from posecheck.validators.registered.metadata import MetadataValidator
from posecheck.validators.registered.schema import PynwbValidator
from posecheck.validators.schema_validation import SchemaValidator, try_validation
from posecheck.validators.tiny_file import IDENTIFIER, tiny_file

SOURCES = Path(containers.__file__).parents[1]
GONE = PrivateName("hdmf", "hdmf.validate:Gone.away", "nothing")


def test_every_name_is_there_and_its_version_was_tested() -> None:
    assert missing(PRIVATE_NAMES) == ""
    assert untested(PRIVATE_NAMES) == ""


def test_what_is_replaced_in_other_packages_is_listed() -> None:
    listed = {each.place for each in PRIVATE_NAMES}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "replaced":
                module, name = ast.unparse(node.args[0]), ast.literal_eval(node.args[1])
                assert f"{module}:{name}" in listed, path
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                module, _, name = ast.unparse(node.targets[0]).rpartition(".")
                if module.startswith(("dandi.", "hdmf.", "pynwb.", "nwbinspector.")):
                    assert f"{module}:{name}" in listed, path


def test_the_fast_way_gives_what_the_public_way_gives() -> None:
    assert try_reading() == ""
    assert try_validation() == ""


def test_a_name_that_is_gone_is_an_obstacle() -> None:
    assert obstacle((GONE,), str).endswith("has no hdmf.validate:Gone.away")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("", ""), ("the errors differ", "with hdmf"), (ValueError("no"), "ValueError: no")],
)
def test_a_version_that_was_not_tested_is_tried(
    monkeypatch: pytest.MonkeyPatch, answer: str | Exception, reason: str
) -> None:
    monkeypatch.setitem(TESTED, "hdmf", ("1.0", "1.1"))

    def try_out() -> str:
        if isinstance(answer, Exception):
            raise answer
        return answer

    names = tuple(each for each in PRIVATE_NAMES if each.package == "hdmf")
    assert untested(names).startswith("hdmf ")
    assert reason in obstacle(names, try_out)
    assert bool(obstacle(names, try_out)) is bool(reason)


def test_where_a_name_is_gone_the_public_way_says_the_same_and_the_report_notes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tiny_file(is_broken=True) as handle:
        path = Path(handle.filename)
        fast = SchemaValidator().validate(handle, "a.nwb", path)
        monkeypatch.setattr(containers, "READING", (GONE,))
        file = FileToValidate(source=LocalSource.at(path, "a.nwb"), handle=handle)
        slow = PynwbValidator().validate(file, 60.0)
        assert [found.code for found in fast] == ["pynwb.MissingError"]
        assert slow.findings == fast
        assert slow.note.startswith("pynwb's own reader was used, which is slower: hdmf ")
    with tiny_file() as handle:
        assert open_container(handle, path).container.identifier == IDENTIFIER
        assert handle.attrs["neurodata_type"] == "NWBFile"  # it is still open


def test_no_other_private_attribute_is_used() -> None:
    listed = {each.place.rpartition(":")[2].rpartition(".")[2] for each in PRIVATE_NAMES}
    own = {"_exit", "_Popen"}  # of Python's library
    used: dict[str, str] = {}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(attr=name, ctx=ast.Load()):
                    used[name] = f"{path.name}:{node.lineno}"
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    own.add(name)
                case ast.AsyncFunctionDef(name=name):
                    own.add(name)
                case ast.Attribute(attr=name) | ast.Name(id=name, ctx=ast.Store()):
                    own.add(name)
                case ast.arg(arg=name):
                    own.add(name)
    foreign = {name: place for name, place in used.items() if name not in own | listed}
    assert {name: foreign[name] for name in foreign if re.match("_(?!_)", name)} == {}


@pytest.mark.filterwarnings("ignore")  # of an older hdmf, while the recording is written
def test_where_dandis_names_are_gone_its_own_way_says_the_same_and_the_report_notes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_recording(tmp_path / "dandiset")
    with h5py.File(path, "r+") as handle:
        del handle["general/subject/species"]
        handle["general/subject/species"] = "a bat"
    with path.open("rb") as stream, h5py.File(stream, "r") as handle:
        file = FileToValidate(
            source=LocalSource.at(path, "a.nwb"), dandiset=tmp_path / "dandiset", handle=handle
        )
        fast = MetadataValidator(describes=True).validate(file, 60.0)
        monkeypatch.setattr(flat_metadata, "METADATA", (GONE,))
        slow = MetadataValidator(describes=True).validate(file, 60.0)
    assert [each.values["field"] for each in fast.problems] == ["species"]
    assert slow.problems == fast.problems
    assert fast.note == ""
    assert slow.note.startswith("dandi's own extraction was used, which is slower: hdmf ")
    assert slow.asset_metadata is None  # an upload extracts it by itself


def test_dandis_own_way_gives_what_the_fast_way_gives() -> None:
    assert flat_metadata.try_metadata() == ""
