"""What a program hands over is checked, and a wrong argument is named by its keyword."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import posecheck
from posecheck.cli.error_handling import spell
from posecheck.model.errors import Argument, PosecheckError, PublicFunction, UsageError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"select": ["VID999"]}, "select: no rule has the code, prefix or name 'VID999'"),
        ({"select": "VID999"}, "select: no rule has"),
        ({"select": 5}, "select: wanted codes, got 5"),
        ({"select": ["VID", 5]}, "select: wanted codes such as"),
        ({"select": "NWBI.check_keywords"}, "name the engine: engines='inspector'"),
        ({"extend_select": ["LAY007"]}, "extend_select: 'LAY007' is about what an archive"),
        ({"ignore": ["NWBI.check_typo"]}, "ignore: NWB Inspector has no 'NWBI.check_typo'"),
        ({"ignore": ""}, "ignore: no rule has the code, prefix or name ''"),
        ({"per_file_ignores": [("*", "VID999")]}, "per_file_ignores: no rule has"),
        ({"per_file_ignores": [("*", "nwbi.x")]}, "per_file_ignores: NWB Inspector has no"),
        ({"per_file_ignores": [("[z-a]", "VID")]}, "per_file_ignores: "),
        ({"per_file_ignores": {"*": "VID"}}, "per_file_ignores: wanted pairs such as"),
        ({"per_file_ignores": [("*", 5)]}, "per_file_ignores: wanted pairs such as"),
        ({"jobs": 0}, "jobs: wanted a whole number above 0, got 0"),
        ({"jobs": True}, "jobs: wanted"),
        ({"jobs": "4"}, "jobs: wanted a whole number above 0, got '4'"),
        ({"file_timeout": 0}, "file_timeout: wanted seconds from"),
        ({"file_timeout": float("nan")}, "file_timeout: wanted seconds from"),
        ({"video_timeout": "90"}, "video_timeout: wanted seconds from"),
        ({"file_memory": 1000}, "give file_memory 64 MB or more"),
        ({"file_memory": "4GB"}, "file_memory: wanted a whole number"),
        ({"file_memory": 2**63}, "file_memory: wanted bytes, at most"),
        ({"engines": ["poses"]}, "engines: wanted one of pose, "),
        ({"engines": []}, "engines: wanted some of pose"),
        ({"engines": 5}, "engines: wanted a list, got 5"),
        ({"decode": "all"}, "decode: wanted one of packets, full, none, got 'all'"),
        ({"config": "a.toml", "isolated": True}, "config names a file and isolated asks for none"),
        ({"config": 5}, "config: wanted paths, got 5"),
        ({"paths": 5}, "paths: wanted paths, got 5"),
        ({"paths": [b"a.nwb"]}, "paths: wanted paths, got b'a.nwb'"),
    ],
    ids=str,
)
def test_validate_names_the_keyword(
    arguments: dict[str, Any], message: str, tmp_path: Path
) -> None:
    (tmp_path / "a.nwb").touch()
    wanted: dict[str, Any] = {"paths": tmp_path, "isolated": "config" not in arguments} | arguments
    with pytest.raises(UsageError) as caught:
        posecheck.validate(**wanted)
    assert message in str(caught.value)
    assert "--" not in str(caught.value)


def organize(**choices: Any) -> object:
    return posecheck.plan_organize(**({"paths": "."} | choices))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (organize, "name a dandiset with dandiset=DIR, or start one there with new_"),
        (lambda: organize(new_dandiset="000123"), "; leave out new_dandiset"),
        (lambda: organize(find_videos="no"), "no such folder: 'no'; correct find_videos"),
        (lambda: organize(video_names="mine"), "video_names: wanted one of series, object-id, got"),
        (lambda: organize(videos="steal"), "videos: wanted one of auto, "),
        (lambda: organize(jobs=-1), "jobs: wanted a whole number above 0"),
        (posecheck.resume_organize, "name the dandiset's with dandiset=DIR"),
        (lambda: posecheck.undo_organize(".."), "'..' is not in a dandiset: correct dandiset"),
        (lambda: posecheck.plan_upload("."), "or name its folder with dandiset."),
        (lambda: posecheck.plan_upload(existing="keep"), "existing: wanted one of "),
        (lambda: posecheck.plan_upload(allow="VID002"), "allow needs because: "),
        (lambda: posecheck.plan_upload(because="May"), "because says why allow was given, and "),
        (lambda: posecheck.plan_upload(allow="X", because="May"), "allow: no rule has"),
    ],
)
def test_the_other_functions_name_the_keyword(
    call: Callable[[], object], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.nwb").touch()
    if (
        "dandiset=DIR" not in message
        and "a dandiset:" not in message
        and "dandiset." not in message
    ):
        (tmp_path / "dandiset.yaml").write_text("identifier: '000123'\n", encoding="utf-8")
    with pytest.raises(PosecheckError) as caught:
        call()
    assert message in str(caught.value)
    assert "--" not in str(caught.value)


def test_what_is_given_as_text_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.nwb").touch()
    report = posecheck.validate(
        tmp_path, select="vid, fil001", engines="pose", decode="none", isolated=True
    )
    assert {finding.code for finding in report.findings} == {"FIL001"}


def test_one_message_is_worded_for_a_program_and_for_the_command_line() -> None:
    inner = UsageError("correct ", Argument("find_videos", "DIR"))
    error = UsageError(
        inner, "; or ", Argument("videos", "copy"), " with ", Argument("per_file_ignores"), ", ",
        Argument("engines"), ", then ", PublicFunction("undo_organize"),
    )  # fmt: skip
    assert str(error) == (
        "correct find_videos=DIR; or videos='copy' with per_file_ignores, engines, "
        "then posecheck.undo_organize()"
    )
    assert error.worded(spell) == (
        "correct --find-videos DIR; or --videos copy with --per-file-ignores, --engine, "
        "then `posecheck organize --undo`"
    )
    assert pickle.loads(pickle.dumps(error)).worded(spell) == error.worded(spell)  # noqa: S301


def test_every_argument_and_function_that_a_message_names_exists() -> None:
    source = Path(posecheck.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in source.rglob("*.py")]
    functions = set(re.findall(r'PublicFunction\("(\w+)"\)', "".join(texts)))
    of_operations = re.findall(r'PublicFunction\(f"(\w+)_\{self.name\}"\)', "".join(texts))
    commands = ("organize", "fix")
    functions |= {f"{verb}_{command}" for verb in of_operations for command in commands}
    assert len(functions) >= 6
    for name in functions:
        assert callable(getattr(posecheck, name))
        assert spell(PublicFunction(name)).startswith(f"`posecheck {name.partition('_')[2]} --")
    keywords = set(re.findall(r'Argument\(\s*"(\w+)"', "".join(texts)))
    options = "".join(text for text in texts if "typer.Option(" in text)
    assert len(keywords) >= 12
    for keyword in keywords:
        assert f'"{spell(Argument(keyword))}"' in options, keyword
