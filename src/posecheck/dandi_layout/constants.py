"""Constants of the installed dandi: looked up, so that they are never out of date."""

from __future__ import annotations

import functools
import importlib

from posecheck.model.errors import InternalError
from posecheck.model.values import Value


def video_extensions() -> tuple[str, ...]:
    """Return the extensions of videos that ``dandi upload`` selects, in lower case, with dots."""
    return _extensions("VIDEO_FILE_EXTENSIONS")


def media_extensions() -> tuple[str, ...]:
    """Return the same of videos and images."""
    return (*video_extensions(), *_extensions("IMAGE_FILE_EXTENSIONS"))


@functools.cache
def constant_of(source: str) -> Value:
    """Look up a constant of dandi's: ``dandi.consts:VIDEO_FILE_EXTENSIONS``.

    Raises
    ------
    InternalError
        If it is not dandi's, or the installed dandi does not have it.
    """
    module, _, name = source.partition(":")
    if not module.startswith("dandi."):
        raise InternalError(f"a rule's parameter may come from dandi alone, not from {source!r}")
    try:
        value = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InternalError(
            f"the installed dandi has no {source!r}: install the dandi that posecheck asks for"
        ) from error
    return _plain(value)


def _extensions(name: str) -> tuple[str, ...]:
    listed = constant_of(f"dandi.consts:{name}")
    extensions = listed if isinstance(listed, tuple) else (listed,)
    return tuple(str(extension).lower() for extension in extensions)


def _plain(value: object) -> Value:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, set | frozenset | dict):
        return tuple(sorted(str(item) for item in value))
    return str(value)
