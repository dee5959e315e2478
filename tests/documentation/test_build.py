"""What the documentation generates, and what it becomes where it is rendered."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest
import typer
import typer.main
from tests.documentation.documents import CHECKOUT, tracked_files

from posecheck.catalog import load_catalog
from posecheck.cli.app import app

pytestmark = pytest.mark.slow

COMMANDS = (
    *("validate", "fix", "organize", "upload", "report", "config"),
    *("rules", "explain", "info", "demo", "cache info", "cache clear"),
)


def extension(name: str) -> ModuleType:
    path = CHECKOUT / "docs" / "_extensions" / f"{name}.py"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_reference_describes_every_command_and_every_option() -> None:
    text = extension("command_reference").reference(app)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert sorted(headings) == sorted(f"## posecheck {command}" for command in COMMANDS)
    group = typer.main.get_command(app)
    commands: dict[str, typer.core.TyperCommand] = dict(vars(group)["commands"])
    within = vars(commands.pop("cache"))["commands"]
    commands |= {f"cache {name}": command for name, command in within.items()}
    for name, command in commands.items():
        section = text.split(f"## posecheck {name}\n")[1].split("\n## ")[0]
        assert f"posecheck {name} [OPTIONS]" in section
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else ():
                assert option in section, (name, option)


def test_a_reference_without_commands_is_an_error() -> None:
    with pytest.raises(LookupError, match="no command"):
        extension("command_reference").reference(typer.Typer(callback=lambda: None))


def test_a_command_that_cannot_be_described_is_an_error() -> None:
    silent = typer.Typer(callback=lambda: None)
    silent.command("silent")(lambda: None)
    with pytest.raises(LookupError, match="silent"):
        extension("command_reference").reference(silent)


@pytest.mark.parametrize(
    ("link", "document", "page"),
    [
        ("../../rules/file/FIL006.toml", "reference/validators", "/reference/rules/FIL006.md"),
        ("../rules/file/FIL006.toml", "tutorial", "/reference/rules/FIL006.md"),
        ("../../../rules/", "reference/rules/index", "/reference/rules/index.md"),
        ("rules/index.md", "reference/validators", "rules/index.md"),
        ("../report.schema.json", "reference/report", "../report.schema.json"),
    ],
)
def test_a_link_to_a_declaration_leads_to_its_page(link: str, document: str, page: str) -> None:
    assert extension("rule_pages").page_of(link, document) == page


class _Page(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and tag == "a" and value:
                self.links.append(value)
            if name == "id" and value:
                self.anchors.add(value)


@pytest.mark.tools
@pytest.mark.skipif(importlib.util.find_spec("sphinx") is None, reason="Sphinx is not installed")
def test_it_builds_without_warnings_and_its_links_hold(tmp_path: Path) -> None:
    # a checkout of its own: the build writes pages into the sources
    for tracked in tracked_files():
        if tracked.parts[0] in {"docs", "rules", "CHANGELOG.md", "pyproject.toml"}:
            copy = tmp_path / "checkout" / tracked
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / tracked, copy)
    site = tmp_path / "site"
    build = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    done = subprocess.run(
        [*build, "-b", "html", tmp_path / "checkout" / "docs", site],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), (path, link)
            if parts.fragment and target in pages:
                assert parts.fragment in pages[target].anchors, (path, link)

    commands = pages[site / "reference" / "commands.html"]
    assert {f"posecheck-{each.replace(' ', '-')}" for each in COMMANDS} <= commands.anchors
    catalogue = set(pages[site / "reference" / "rules" / "index.html"].links)
    assert {f"{rule.code}.html" for rule in load_catalog()} <= catalogue
    assert "rules/FIL006.html" in pages[site / "reference" / "validators.html"].links
