"""What is installed under the name that the documents print, and what comes with it."""

from __future__ import annotations

import importlib.util
import json
import re
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import pytest
from tests.distribution.conftest import CHECKOUT, Environment

import posecheck
from posecheck.catalog import load_catalog

pytestmark = pytest.mark.slow

DISTRIBUTION = "nwb-posecheck"
DOCUMENTS = [CHECKOUT / "README.md", CHECKOUT / "CHANGELOG.md"]
# What is generated from the catalogue prints what it prints.
DOCUMENTS += [
    path
    for path in CHECKOUT.glob("docs/**/*.md")
    if path.parent.name not in {"_build", "_generated", "rules"}
]
INSTALL = re.compile(r"pip install(?: +(?!#)[^\s`&|]+)+")

CONSUMER = """\
import posecheck

report = posecheck.validate("raw", select=["VID"])
reveal_type(report.findings[0].severity)
reveal_type(posecheck.plan_organize("raw", dandiset="000123").is_blocked)
posecheck.validate(jobs="four")
"""


def printed_commands() -> dict[str, set[str]]:
    """The commands that install something from an index, each with the documents that print it."""
    found: dict[str, set[str]] = {}
    for document in DOCUMENTS:
        for command in INSTALL.findall(document.read_text(encoding="utf-8")):
            requirements = [word for word in command.split()[2:] if not word.startswith("-")]
            if not all(word.strip("'\"").startswith(".") for word in requirements):
                found.setdefault(command, set()).add(document.name)
    return found


def test_the_documents_install_it_from_the_index() -> None:
    assert {"install.md", "gate.md", "README.md"} <= set().union(*printed_commands().values())


@pytest.mark.parametrize("command", sorted(printed_commands()))
def test_a_printed_command_installs_it_from_the_wheel(
    command: str, environment: Environment
) -> None:
    done = environment.run(command)
    assert done.returncode == 0, done.stderr
    environment.lend()
    assert environment.run("posecheck --version").stdout == f"posecheck {posecheck.__version__}\n"
    where = environment.run("python -c 'import posecheck; print(posecheck.__file__)'").stdout
    assert Path(where).is_relative_to(environment.folder)

    listed = environment.run("posecheck rules --output json")
    assert listed.returncode == 0, listed.stderr
    codes = [rule["code"] for rule in json.loads(listed.stdout)["rules"]]
    assert codes == [rule.code for rule in load_catalog()]
    assert environment.run("posecheck explain VID002").stdout.startswith("VID002  ")


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        information = f"nwb_posecheck-{posecheck.__version__}.dist-info"
        metadata = HeaderParser().parsestr(archive.read(f"{information}/METADATA").decode())
        scripts = archive.read(f"{information}/entry_points.txt").decode()
    assert (metadata["Name"], metadata["Version"]) == (DISTRIBUTION, posecheck.__version__)
    assert "posecheck = posecheck.cli:main" in scripts
    assert f"{information}/licenses/LICENSE" in names
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"posecheck", information}


def test_the_wheel_says_that_it_is_typed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert "posecheck/py.typed" in archive.namelist()


@pytest.mark.tools
@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy is not installed")
def test_who_embeds_it_is_checked_against_its_types(environment: Environment) -> None:
    assert environment.run(f"pip install {DISTRIBUTION}").returncode == 0
    environment.lend()
    (environment.folder / "consumer.py").write_text(CONSUMER, encoding="utf-8")
    checked = environment.run("python -m mypy --strict consumer.py")
    assert '"posecheck.model.finding.Severity"' in checked.stdout, checked
    assert 'bool"' in checked.stdout
    faults = [line for line in checked.stdout.splitlines() if ": error:" in line]
    assert len(faults) == 1, checked.stdout
    assert 'incompatible type "str"' in faults[0]
