"""How another validator's messages become findings: short, on one line, and nothing besides."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from hdmf.build.builders import BaseBuilder
from hdmf.build.errors import ConstructError

from posecheck.execution.start_up import without_gc
from posecheck.validators.arguments import fast_arguments

_LONGEST = 600

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_CONSTRUCTOR = re.compile(r"[\w.<>]+\.__init__: ")


@contextmanager
def quiet_and_fast() -> Iterator[None]:
    """Run another validator without warnings in the user's terminal, and without delays.

    The delays are those of the garbage collector (`without_gc`), and those of hdmf's checks of
    arguments (`fast_arguments`).
    """
    with without_gc(), fast_arguments(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def one_line(text: str) -> str:
    """Return a message on one line, cut where a value of the file would make it endless."""
    line = " ".join(text[: 4 * _LONGEST].split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def reason_of(error: Exception) -> str:
    """Return what an exception says: no dump of the file, no addresses, no names of internals."""
    if isinstance(error, RecursionError):
        return "its links lead in a circle, or its groups are nested too deeply"
    text = str(error.args[-1] if isinstance(error, ConstructError | KeyError) else error)
    plain = _CONSTRUCTOR.sub("", _ADDRESS.sub("", one_line(text)))
    if isinstance(error, ConstructError | ValueError | OSError) and plain:
        return plain
    return f"{type(error).__name__}: {plain}" if plain else type(error).__name__


def place_of(error: Exception) -> str:
    """Return the path of the object that an exception is about, empty where it does not say."""
    if isinstance(error, ConstructError) and error.args:
        return path_of(error.args[0])
    return ""


def path_of(builder: BaseBuilder | None) -> str:
    """Return the path in the file of what a builder was read from."""
    location = getattr(builder, "location", None)
    if builder is None or location is None or (builder.name == "root" and builder.parent is None):
        return "/"
    return f"{location.rstrip('/')}/{builder.name}"
