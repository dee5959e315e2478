"""What is private in other packages and used all the same: it is listed, there, and behaves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from posecheck.validators import containers
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
        file = FileToValidate(path=path, display_path="a.nwb", handle=handle)
        slow = PynwbValidator().validate(file, 60.0)
        assert [found.code for found in fast] == ["pynwb.MissingError"]
        assert slow.findings == fast
        assert slow.note.startswith("pynwb's own reader was used, which is slower: hdmf ")
    with tiny_file() as handle:
        assert open_container(handle, path).container.identifier == IDENTIFIER
        assert handle.attrs["neurodata_type"] == "NWBFile"  # it is still open
