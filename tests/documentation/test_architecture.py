"""The architecture page is true: the walks, the drawing, and the layers that it is made from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast
from xml.etree import ElementTree as ET

import pytest
from tests.documentation.documents import CHECKOUT
from tests.documentation.test_build import extension

if TYPE_CHECKING:
    import grimp

PAGE = CHECKOUT / "docs" / "explanation" / "architecture.md"
LONGEST_WALK = 12
_STEP = re.compile(r"^\d+\. `([\w.]+)`", re.MULTILINE)
_WALKS = PAGE.read_text(encoding="utf-8").split("\n## ")[1].split("\n### ")[1:]
WALKS = {walk.partition("\n")[0]: tuple(_STEP.findall(walk)) for walk in _WALKS}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    installed = pytest.importorskip("grimp", reason="import-linter is not installed")
    return cast("grimp.ImportGraph", installed.build_graph("posecheck"))


def test_there_are_five_walks() -> None:
    assert len(WALKS) == 5


@pytest.mark.tools
@pytest.mark.parametrize("modules", WALKS.values(), ids=WALKS)
def test_a_walk_never_goes_back_up(modules: tuple[str, ...], graph: grimp.ImportGraph) -> None:
    assert 2 < len(modules) <= LONGEST_WALK
    ours = [module for module in modules if module.startswith("posecheck")]
    for module in set(modules).difference(ours):
        assert (CHECKOUT / module.replace(".", "/")).with_suffix(".py").is_file(), module
    assert not set(ours) - graph.modules
    back = [
        (later, earlier)
        for position, earlier in enumerate(ours)
        for later in ours[position + 1 :]
        if graph.chain_exists(importer=later, imported=earlier)
    ]
    assert not back


def test_the_drawing_and_the_table_show_every_package() -> None:
    diagram = extension("layer_diagram")
    layers = diagram.read_layers(CHECKOUT / "pyproject.toml")
    packages = [package for layer in layers for package in layer]
    drawing = ET.fromstring(diagram.drawing(layers))  # noqa: S314 - made here
    boxes = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert boxes == packages
    rows = diagram.table(layers).splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == packages
    assert all(len(row.split("|")[2].strip()) > 10 for row in rows)
