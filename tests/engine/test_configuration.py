from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.catalog import load_catalog
from posecheck.engine.configuration import (
    Configuration,
    find_configuration,
    load_configuration,
    parse_size,
    read_configuration,
)
from posecheck.engine.settings import Settings
from posecheck.model.errors import ConfigurationError, UsageError
from posecheck.model.finding import Severity

RULES = load_catalog()
EVERYTHING = """\
select = ["CNF", "FIL"]
extend-select = ["unreadable-file"]
ignore = { CNF003 = "the tool does not say" }
fail-on = "warning"
file-timeout = 30
file-memory = "512 MB"
jobs = 2

[per-file-ignores]
"raw/*" = ["CNF007"]
"old/**" = { CNF007 = "kept as it was published" }

[rules.CNF007]
highest = 3
"""


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_text(EVERYTHING)
    assert read_configuration(path, RULES) == Configuration(
        source=path,
        select=("CNF", "FIL"),
        extend_select=("unreadable-file",),
        ignore={"CNF003": "the tool does not say"},
        per_file_ignores={
            "raw/*": {"CNF007": ""},
            "old/**": {"CNF007": "kept as it was published"},
        },
        fail_on=Severity.WARNING,
        file_timeout=30.0,
        file_memory=512 * 1024**2,
        jobs=2,
        parameters={"CNF007": {"highest": 3}},
    )


def test_pyproject_says_the_same_in_its_table(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "lab"\n[tool.posecheck]\nignore = ["CNF"]\n')
    assert read_configuration(path, RULES) == Configuration(source=path, ignore={"CNF": ""})


def test_a_list_parameter_is_read(tmp_path: Path) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_text('[rules.VID007]\nextensions = [".mp4"]\n')
    assert read_configuration(path, RULES).parameters == {"VID007": {"extensions": (".mp4",)}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("selekt = []", "selekt: unknown key; did you mean 'select'?"),
        ("per_file_ignores = {}", "unknown key; did you mean 'per-file-ignores'?"),
        ('select = "CNF"', "select: wanted a list of codes, got 'CNF'"),
        ("select = [7]", "select: wanted a list of codes, got [7]"),
        ('select = ["CNF077"]', "select: no rule has the code, prefix or name 'CNF077'; did you"),
        ('ignore = ["cnf007"]', "ignore: no rule has the code, prefix or name 'cnf007'; did you"),
        ("ignore = 7", "ignore: wanted a list of codes or a table of reasons, got 7"),
        ('ignore = { CNF003 = "" }', "ignore.CNF003: wanted the reason in words, got ''"),
        ("ignore = { CNF003 = true }", "ignore.CNF003: wanted the reason in words, got True"),
        ('ignore = { XYZ = "so" }', "ignore: no rule has the code, prefix or name 'XYZ'"),
        ("per-file-ignores = []", "per-file-ignores: wanted a table from globs to codes, got []"),
        ('per-file-ignores = { "*" = ["X1"] }', 'per-file-ignores."*": no rule has the code'),
        ('fail-on = "fatal"', "fail-on: wanted one of error, warning, hint, got 'fatal'"),
        ("file-timeout = 0", "file-timeout: wanted seconds above 0, got 0"),
        ("file-timeout = nan", "file-timeout: wanted seconds above 0, got nan"),
        ("file-timeout = inf", "file-timeout: wanted seconds above 0, got inf"),
        ("file-timeout = true", "file-timeout: wanted seconds above 0, got True"),
        ('file-memory = "much"', "file-memory: wanted bytes or a size such as '4 GB', got 'much'"),
        ("file-memory = -1", "file-memory: wanted bytes or a size such as '4 GB', got -1"),
        ("file-memory = []", "file-memory: wanted bytes or a size such as '4 GB', got []"),
        ("jobs = 0", "jobs: wanted a whole number above 0, got 0"),
        ("jobs = 1.5", "jobs: wanted a whole number above 0, got 1.5"),
        ("rules = []", "rules: wanted a table for each rule, got []"),
        ("[rules.CNF077]", "rules.CNF077: no rule has this code; did you mean 'CNF007'?"),
        ("rules.CNF007 = 1", "rules.CNF007: wanted a table of parameters, got 1"),
        ("rules.CNF007.hihgest = 1", "CNF007 has no such parameter; did you mean 'highest'?"),
        ('rules.CNF007.highest = "2"', "rules.CNF007.highest: wanted a value such as 2.0, got '2'"),
        ("rules.CNF007.highest = true", "rules.CNF007.highest: wanted a value such as 2.0, got"),
        ("rules.VID007.extensions = 1", "extensions: wanted a value such as a list of words, got"),
        ("rules.VID007.extensions = [1]", "extensions: wanted a value such as a list of words"),
        ("select = [", "is not TOML"),
    ],
)
def test_what_is_not_understood_is_refused_in_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_text(text + "\n")
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(path, RULES)
    assert str(caught.value).startswith(f"{path}: ")
    assert sentence in str(caught.value)


def test_a_key_of_pyproject_is_blamed_in_full(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.posecheck]\njobs = 0\n")
    with pytest.raises(ConfigurationError, match=r"pyproject\.toml: tool\.posecheck\.jobs: wanted"):
        read_configuration(path, RULES)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x = " + b"[" * 5000])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is not"):
        read_configuration(path, RULES)


def test_a_named_file_must_be_there_and_have_the_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_configuration(Settings(config=tmp_path / "none.toml"), RULES)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(ConfigurationError, match=r"there is no \[tool.posecheck\] table"):
        load_configuration(Settings(config=tmp_path / "pyproject.toml"), RULES)


def test_isolated_looks_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "posecheck.toml").write_text("not understood")
    monkeypatch.chdir(tmp_path)
    assert load_configuration(Settings(isolated=True), RULES) == Configuration()
    with pytest.raises(UsageError, match="--isolated"):
        load_configuration(Settings(isolated=True, config=tmp_path / "posecheck.toml"), RULES)


def test_the_nearest_file_above_what_is_checked_is_found(tmp_path: Path) -> None:
    for folder in ("a/x", "a/y", "b"):
        (tmp_path / folder).mkdir(parents=True)
    top, near = tmp_path / "posecheck.toml", tmp_path / "a" / "pyproject.toml"
    top.write_text("")
    near.write_text("[tool.posecheck]\n")
    (tmp_path / "a" / "x" / "pyproject.toml").write_text("[project]\n")
    file = tmp_path / "a" / "x" / "s.nwb"
    file.touch()
    assert find_configuration([str(file)]) == near
    assert find_configuration([str(tmp_path / "a" / "x"), str(tmp_path / "a" / "y")]) == near
    assert find_configuration([str(tmp_path / "a"), str(tmp_path / "b")]) == top
    own = tmp_path / "a" / "posecheck.toml"
    own.write_text("")
    assert find_configuration([str(file)]) == own


def test_a_pyproject_on_the_way_that_is_no_toml_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.posecheck\n")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        find_configuration([str(tmp_path)])


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GB", 4 * 1024**3),
        ("4 GiB", 4 * 1024**3),
        ("1.5 KB", 1536),
        ("1000000", 1_000_000),
        (" 7 B ", 7),
        ("2TB", 2 * 1024**4),
    ],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@given(st.text(alphabet="0123456789. KMGTiB-"))
def test_any_text_is_a_size_above_zero_or_refused(text: str) -> None:
    try:
        size = parse_size(text)
    except ValueError:
        size = 1
    assert size > 0
