"""Draw the layers of the package from the import contract, and say what each package is for."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
FILE = Path("_generated") / "layers.md"
"""What ``explanation/architecture.md`` includes."""

_WIDTH, _ROW, _GAP, _MARGIN = 720, 34, 10, 12
"""In pixels: the drawing, the height of a layer, between two, and around all."""


def write_layers(app: Any) -> None:
    """Write the drawing and the table, for the page that includes them."""
    layers = read_layers(CHECKOUT / "pyproject.toml")
    path = Path(app.srcdir) / FILE
    content = f"{drawing(layers)}\n{table(layers)}"
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != content:
        path.write_text(content, encoding="utf-8")


def read_layers(project: Path) -> list[list[str]]:
    """Return the packages of each layer, the uppermost first.

    Raises
    ------
    LookupError
        If the project has no contract of layers.
    """
    settings = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["importlinter"]
    for contract in settings["contracts"]:
        if contract["type"] == "layers":
            return [layer.split(" | ") for layer in contract["layers"]]
    raise LookupError(f"{project} has no contract of layers")


def drawing(layers: Sequence[Sequence[str]]) -> str:
    """Return an SVG element: a row for each layer, a box for each package."""
    height = 2 * _MARGIN + len(layers) * (_ROW + _GAP) - _GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        'role="img" font-family="sans-serif" font-size="14">',
        "<title>The layers of posecheck, the uppermost first</title>",
    ]
    for row, packages in enumerate(layers):
        top = _MARGIN + row * (_ROW + _GAP)
        width = (_WIDTH - 2 * _MARGIN - (len(packages) - 1) * _GAP) / len(packages)
        for column, package in enumerate(packages):
            left = _MARGIN + column * (width + _GAP)
            lines += [
                f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_ROW}" rx="5" '
                'fill="#eef3fb" stroke="#4a6fa5"/>',
                f'<text x="{left + width / 2:.1f}" y="{top + _ROW / 2 + 5:.0f}" '
                f'text-anchor="middle" fill="#1c2b40">{escape(package)}</text>',
            ]
    return "\n".join([*lines, "</svg>", ""])


def table(layers: Sequence[Sequence[str]]) -> str:
    """Return what each package is for, in Markdown, as its docstring begins."""
    rows = [f"| `{package}` | {purpose(package)} |" for layer in layers for package in layer]
    return "\n".join(["| package | what it holds |", "|---|---|", *rows, ""])


def purpose(package: str) -> str:
    """Return the first sentence of a package's docstring.

    Raises
    ------
    LookupError
        If the package has none.
    """
    docstring = importlib.import_module(f"posecheck.{package}").__doc__
    if not docstring:
        raise LookupError(f"posecheck.{package} does not say what it is for")
    return " ".join(first_paragraph(docstring)).replace("``", "`")


def first_paragraph(docstring: str) -> Iterator[str]:
    """Yield the lines up to the first that is empty."""
    for line in docstring.splitlines():
        if not line.strip():
            return
        yield line.strip()


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", write_layers)
    return {"parallel_read_safe": True}
