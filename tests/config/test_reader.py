from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posecheck.api import configured_fail_on
from posecheck.catalog import load_catalog
from posecheck.config.ignores import IgnoreTerms
from posecheck.config.reader import load_configuration, read_configuration
from posecheck.config.schema import Configuration
from posecheck.config.source import ConfigurationSource, find_source, read_source
from posecheck.config.value_types import is_of_kind, parse_size
from posecheck.engine.run_plan import Plan, configuration_of, make_plan
from posecheck.engine.settings import Settings
from posecheck.model.errors import ConfigurationError, UsageError
from posecheck.model.fail_on import FailOn
from posecheck.model.finding import NEVER, Severity
from posecheck.model.rule import Parameter

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


def _found(paths: list[str]) -> str | None:
    source = find_source(paths)
    return None if source is None else source.name


def _plan(settings: Settings) -> Plan:
    return make_plan(settings, configuration_of(settings))


def test_a_configuration_can_come_from_elsewhere_than_a_file(tmp_path: Path) -> None:
    text = "[tool.posecheck]\njobs = 3\n"
    source = ConfigurationSource(
        name="HEAD:pyproject.toml", folder=tmp_path, text=text, is_shared=True
    )
    assert read_configuration(source, RULES).jobs == 3
    broken = replace(source, text=text.replace("3", "0"))
    with pytest.raises(ConfigurationError, match=r"^HEAD:pyproject\.toml: tool\.posecheck\.jobs: "):
        read_configuration(broken, RULES)


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_text(EVERYTHING)
    assert read_configuration(read_source(path), RULES) == Configuration(
        source=read_source(path),
        select=("CNF", "FIL"),
        extend_select=("unreadable-file",),
        ignore={"CNF003": IgnoreTerms("the tool does not say")},
        per_file_ignores={
            "raw/*": {"CNF007": IgnoreTerms()},
            "old/**": {"CNF007": IgnoreTerms("kept as it was published")},
        },
        fail_on=FailOn(Severity.WARNING),
        file_timeout=30.0,
        file_memory=512 * 1024**2,
        jobs=2,
        parameters={"CNF007": {"highest": 3}},
    )


def test_pyproject_says_the_same_in_its_table(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "lab"\n[tool.posecheck]\nignore = ["CNF"]\n')
    assert read_configuration(read_source(path), RULES) == Configuration(
        source=read_source(path), ignore={"CNF": IgnoreTerms()}
    )


def test_a_list_parameter_is_read(tmp_path: Path) -> None:
    path = tmp_path / "posecheck.toml"
    for code in ("VID007", "vid007"):
        path.write_text(f'[rules.{code}]\nextensions = [".mp4"]\n')
        assert read_configuration(read_source(path), RULES).parameters == {
            "VID007": {"extensions": (".mp4",)}
        }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("selekt = []", "selekt: unknown key; did you mean 'select'?"),
        ("per_file_ignores = {}", "unknown key; did you mean 'per-file-ignores'?"),
        ('select = "CNF"', "select: wanted a list of codes, got 'CNF'"),
        ("select = [7]", "select: wanted a list of codes, got [7]"),
        ('select = ["CNF077"]', "select: no rule has the code, prefix or name 'CNF077'; did you"),
        ('ignore = ["cnf077"]', "ignore: no rule has the code, prefix or name 'cnf077'; did you"),
        ("ignore = 7", "ignore: wanted a list of codes or a table of reasons, got 7"),
        ('ignore = { CNF003 = "" }', "ignore.CNF003: wanted the reason in words, got ''"),
        ("ignore = { CNF003 = true }", "ignore.CNF003: wanted the reason in words, got True"),
        ('ignore = { XYZ = "so" }', "ignore: no rule has the code, prefix or name 'XYZ'"),
        ("per-file-ignores = []", "per-file-ignores: wanted a table from globs to codes, got []"),
        ('per-file-ignores = { "*" = ["X1"] }', 'per-file-ignores."*": no rule has the code'),
        ('fail-on = "fatal"', "fail-on: wanted one of error, warning, hint, never, got"),
        ("file-timeout = 0", "file-timeout: wanted seconds from 0.001 to 10000000, got 0"),
        ("file-timeout = nan", "file-timeout: wanted seconds from 0.001 to 10000000, got nan"),
        ("file-timeout = inf", "file-timeout: wanted seconds from 0.001 to 10000000, got inf"),
        ("file-timeout = true", "file-timeout: wanted seconds from 0.001 to 10000000, got True"),
        (
            'file-memory = "much"',
            "wanted bytes (at most 2**62) or a size such as '4 GB', got 'much'",
        ),
        ("file-memory = -1", "wanted bytes (at most 2**62) or a size such as '4 GB', got -1"),
        ("file-memory = []", "wanted bytes (at most 2**62) or a size such as '4 GB', got []"),
        ("file-timeout = 1e-9", "wanted seconds from 0.001 to 10000000, got 1e-09"),
        ("video-timeout = 10_000_001", "wanted seconds from 0.001 to 10000000, got 10000001"),
        (f"file-timeout = 0x{'f' * 5000}", "got a number of thousands of digits"),
        (f"file-memory = {2**62 + 1}", "file-memory: wanted bytes (at most 2**62) or"),
        ('file-memory = "9999999 TB"', "file-memory: wanted bytes (at most 2**62) or"),
        (f"jobs = {'9' * 5000}", "holds a number of thousands of digits"),
        (f"jobs = [0x{'f' * 5000}]", "jobs: wanted a whole number above 0, got a number of"),
        (f"jobs = '{'9' * 5000}'", "jobs: wanted a whole number above 0, got '99"),
        ('per-file-ignores = { "[z-a]" = ["CNF"] }', """per-file-ignores."[z-a]": '[z-a]' holds"""),
        ('select = ["NWBI"]', "select: 'NWBI' is NWB Inspector's. Codes of other validators can"),
        ('ignore = ["NWBI.check_typo"]', "ignore: NWB Inspector has no 'NWBI.check_typo'; did you"),
        ('per-file-ignores."*" = ["pynwb.X"]', """per-file-ignores."*": pynwb has no 'pynwb.X'"""),
        ("jobs = 0", "jobs: wanted a whole number above 0, got 0"),
        ("jobs = 1.5", "jobs: wanted a whole number above 0, got 1.5"),
        ("rules = []", "rules: wanted a table for each rule, got []"),
        ("[rules.CNF077]", "rules.CNF077: no rule has this code; did you mean 'CNF007'?"),
        ("rules.CNF007 = 1", "rules.CNF007: wanted a table of parameters, got 1"),
        ("rules.CNF007.hihgest = 1", "CNF007 has no such parameter; did you mean 'highest'?"),
        ('rules.CNF007.highest = "2"', "rules.CNF007.highest: wanted a value such as 2.0, got '2'"),
        ("rules.CNF007.highest = true", "rules.CNF007.highest: wanted a value such as 2.0, got"),
        ("rules.CNF007.highest = nan", "rules.CNF007.highest: wanted a value such as 2.0, got nan"),
        ("rules.CNF007.highest = -inf", "rules.CNF007.highest: wanted a value such as 2.0, got"),
        (f"rules.CNF007.highest = 1{'0' * 400}", "rules.CNF007.highest: wanted a value such as"),
        ("rules.VID007.extensions = 1", "extensions: wanted a value such as a list of words, got"),
        ("rules.VID007.extensions = [1]", "extensions: wanted a value such as a list of words"),
        ("[rules.CNF007]\n[rules.cnf007]", "rules.cnf007: CNF007 has a table already"),
        ("select = [", "is not TOML"),
    ],
)
def test_what_is_not_understood_is_refused_in_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_text(text + "\n")
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(read_source(path), RULES)
    assert str(caught.value).startswith(f"{path}: ")
    assert sentence in str(caught.value)


def test_a_key_of_pyproject_is_named_in_full(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("[tool.posecheck]\njobs = 0\n")
    with pytest.raises(ConfigurationError, match=r"pyproject\.toml: tool\.posecheck\.jobs: wanted"):
        read_configuration(read_source(path), RULES)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x = " + b"[" * 5000])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="is not"):
        read_configuration(read_source(path), RULES)


def test_a_named_file_must_be_there_and_have_the_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_configuration(RULES, config=tmp_path / "none.toml")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(ConfigurationError, match=r"there is no \[tool.posecheck\] table"):
        load_configuration(RULES, config=tmp_path / "pyproject.toml")


def test_isolated_looks_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "posecheck.toml").write_text("not understood")
    monkeypatch.chdir(tmp_path)
    assert load_configuration(RULES, isolated=True) == Configuration()
    with pytest.raises(UsageError, match="isolated"):
        load_configuration(RULES, config=tmp_path / "posecheck.toml", isolated=True)


def test_the_nearest_file_above_what_is_checked_is_found(tmp_path: Path) -> None:
    for folder in ("a/x", "a/y", "b"):
        (tmp_path / folder).mkdir(parents=True)
    top, near = tmp_path / "posecheck.toml", tmp_path / "a" / "pyproject.toml"
    top.write_text("")
    near.write_text("[tool.posecheck]\n")
    (tmp_path / "a" / "x" / "pyproject.toml").write_text("[project]\n")
    file = tmp_path / "a" / "x" / "s.nwb"
    file.touch()
    assert _found([str(file)]) == str(near)
    assert _found([str(tmp_path / "a" / "x"), str(tmp_path / "a" / "y")]) == str(near)
    assert _found([str(tmp_path / "a"), str(tmp_path / "b")]) == str(top)
    own = tmp_path / "a" / "posecheck.toml"
    own.write_text("")
    assert _found([str(file)]) == str(own)


def test_a_pyproject_on_the_way_that_is_no_toml_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.posecheck\n")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        find_source([str(tmp_path)])


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


def test_a_list_holds_finite_numbers() -> None:
    parameter = Parameter(name="range", default=(0.0, 1.0), what="where it lies")
    assert is_of_kind(parameter, (0, 2.5))
    for odd in (math.nan, math.inf, -math.inf, 10**400):
        assert not is_of_kind(parameter, (0.0, odd))


def test_a_size_beyond_what_a_limit_can_say_is_refused() -> None:
    assert parse_size(str(2**60)) == 2**60
    with pytest.raises(ValueError, match="more than any machine holds"):
        parse_size("9999999 TB")


def test_a_run_can_be_set_never_to_fail(tmp_path: Path) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_text('fail-on = "never"\n')
    assert read_configuration(read_source(path), RULES).fail_on == FailOn(NEVER)
    assert configured_fail_on(config=path) == FailOn(NEVER)


@pytest.mark.parametrize("ignored", ["NWBI", "NWBI.check_keywords", "pynwb", "DANDI"])
def test_other_validators_can_be_ignored_for_some_files(tmp_path: Path, ignored: str) -> None:
    path = tmp_path / "posecheck.toml"
    path.write_text(f'[per-file-ignores]\n"*" = ["{ignored}"]\n"a" = {{ "{ignored}" = "so" }}\n')
    assert read_configuration(read_source(path), RULES).per_file_ignores == {
        "*": {ignored: IgnoreTerms()},
        "a": {ignored: IgnoreTerms("so")},
    }
    (tmp_path / "a.nwb").touch()
    file = str(tmp_path / "a.nwb")
    assert _plan(Settings(paths=(file,), config=path)).ignored == (frozenset({ignored}),)
    stated = Settings(paths=(file,), isolated=True, per_file_ignores=(("a.nwb", ignored),))
    assert _plan(stated).ignored == (frozenset({ignored}),)


def test_a_glob_that_means_nothing_is_refused_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "a.nwb").touch()
    with pytest.raises(UsageError, match=r"per_file_ignores: '\[z-a\]' holds a range"):
        _plan(Settings(paths=(str(tmp_path),), isolated=True, per_file_ignores=(("[z-a]", "CNF"),)))


def test_an_inspector_configuration_lies_inside_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "lab" / "posecheck.toml"
    (tmp_path / "lab" / "below").mkdir(parents=True)
    inside, secret = tmp_path / "lab" / "below" / "own.yaml", tmp_path / "secret.yaml"
    for file in (inside, secret):
        file.write_text("SKIP: []\n")
    (tmp_path / "lab" / "link.yaml").symlink_to(secret)
    (tmp_path / "lab" / "good.yaml").symlink_to(inside)

    def configured(value: str) -> object:
        path.write_text(f"inspector-config = {json.dumps(value)}\n")
        return read_configuration(read_source(path), RULES).inspector_config

    assert configured("dandi") == "dandi"
    for value in ("below/own.yaml", "below/../below/own.yaml", "good.yaml"):
        assert configured(value) == os.path.realpath(inside)
    for value in (str(secret), str(inside), "../secret.yaml", "link.yaml", "below/../../x"):
        with pytest.raises(ConfigurationError, match="leads out of the folder of this file"):
            configured(value)
    for value in ("absent.yaml", "below"):
        with pytest.raises(ConfigurationError, match="inspector-config: there is no file"):
            configured(value)
    with pytest.raises(ConfigurationError, match="is no path"):
        configured("a\0b")


def test_validate_reads_the_configuration_once(tmp_path: Path) -> None:
    (tmp_path / "posecheck.toml").write_text('fail-on = "never"\nignore = ["FIL"]\n')
    (tmp_path / "a.nwb").write_text("no HDF5")
    program = (
        "import os, sys\n"
        "opened = []\n"
        "def note(event, arguments):\n"
        "    if event == 'open' and str(arguments[0]).endswith('posecheck.toml'):\n"
        "        opened.append(arguments[0])\n"
        "sys.addaudithook(note)\n"
        "from posecheck.cli.app import run\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        "        run(['validate', 'a.nwb', '--engine', 'pose', '--quiet'])\n"
        "    finally:\n"
        "        print('opened', len(opened), file=sys.stderr, flush=True)\n"
    )
    (tmp_path / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines()[-1] == "opened 1", done.stderr
