"""The codes of the other validators, without importing any of them.

They are read from the source text of the installed packages: importing NWB Inspector takes
seconds, and who misspells a code wants to know at once.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OtherValidator:
    """Another validator, and the codes that it reports.

    Attributes
    ----------
    prefix
        How its codes begin, before the dot.
    name
        What people call it.
    engine
        The engine that runs it.
    codes
        Returns every code that the installed version has; none where that is unknown.
    """

    prefix: str
    name: str
    engine: str
    codes: Callable[[], frozenset[str]]


def validator_of(code: str) -> OtherValidator | None:
    """Return whose a code is, by its prefix in any case; ``None`` for posecheck's own."""
    return _BY_PREFIX.get(code.split(".", 1)[0].casefold())


@functools.cache
def _inspector_codes() -> frozenset[str]:
    """Return the checks of NWB Inspector, and what is reported where one or all cannot run."""
    checks = {
        f"NWBI.{node.name}"
        for tree in _trees("nwbinspector", "checks/*.py")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any(map(_registers, node.decorator_list))
    }
    return frozenset(checks | {"NWBI.check-failed", "NWBI.unreadable"} if checks else ())


@functools.cache
def _schema_codes() -> frozenset[str]:
    """Return the kinds of errors of hdmf's validator, and dandi's name for a file without any."""
    kinds = {
        f"pynwb.{node.name}"
        for tree in _trees("hdmf", "validate/errors.py")
        for node in tree.body
        if isinstance(node, ast.ClassDef) and (node.bases or node.name == "Error")
    }
    return frozenset(kinds | {"pynwb.GENERIC"} if kinds else ())


@functools.cache
def _layout_codes() -> frozenset[str]:
    """Return the codes of dandi's check of names and folders, and of how deep a store may be."""
    named = frozenset(
        keyword.value.value
        for tree in _trees("dandi", "organize.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "id"
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
        and keyword.value.value.startswith("DANDI.")
    )
    return frozenset(named | {"DANDI.TREE_DEPTH_EXCEEDED"} if named else ())


def _registers(decorator: ast.expr) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(function, ast.Name) and function.id == "register_check"


def _trees(package: str, pattern: str) -> Iterator[ast.Module]:
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        for path in sorted(Path(folder).glob(pattern)):
            yield ast.parse(path.read_bytes())


OTHER_VALIDATORS = (
    OtherValidator("NWBI", "NWB Inspector", "inspector", _inspector_codes),
    OtherValidator("pynwb", "pynwb", "schema", _schema_codes),
    OtherValidator("DANDI", "dandi", "layout", _layout_codes),
)

_BY_PREFIX = {validator.prefix.casefold(): validator for validator in OTHER_VALIDATORS}
