"""What may stand in place of a path: what fsspec opens, and file objects."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, TypeGuard, cast

from posecheck.api.arguments import AnyPath
from posecheck.sources.source import Source


class OpenFile(Protocol):
    """What `fsspec.open` returns, as far as it matters here."""

    fs: Any
    path: str
    compression: str | None


AnyFile = AnyPath | IO[bytes] | OpenFile
"""A path, an address, what `fsspec.open` returns, or a file object open for reading bytes."""


@contextlib.contextmanager
def separated(
    files: AnyFile | Iterable[AnyFile],
) -> Iterator[tuple[AnyPath | Iterable[AnyPath], tuple[Source, ...]]]:
    """Separate paths from files that are open already, and make sources of these.

    File objects are copied, so that workers can open them; the copies are there until the end.

    Parameters
    ----------
    files
        What a caller handed over: one, or several.

    Raises
    ------
    UsageError
        If a file object cannot be read.
    """
    if _is_opened(files):
        several: tuple[AnyFile, ...] = (files,)
    elif isinstance(files, list | tuple):
        several = tuple(files)
    else:
        yield cast("AnyPath | Iterable[AnyPath]", files), ()
        return
    opened = [each for each in several if _is_opened(each)]
    if not opened:
        yield cast("Iterable[AnyPath]", several), ()
        return
    from posecheck.sources.opened_source import CopiedSource, OpenFileSource  # noqa: PLC0415 - heavy

    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="posecheck-", ignore_cleanup_errors=True)
            )
        )
        sources: list[Source] = []
        for number, each in enumerate(opened):
            if _is_open_file(each) and each.compression is None:
                sources.append(OpenFileSource.of(each))
                continue
            stream = stack.enter_context(each) if _is_open_file(each) else each
            sources.append(CopiedSource.of(stream, folder, number))
        named = [cast("AnyPath", each) for each in several if not _is_opened(each)]
        yield named, tuple(sources)


def _is_opened(file: object) -> TypeGuard[Any]:
    return _is_open_file(file) or callable(getattr(file, "read", None))


def _is_open_file(file: object) -> bool:
    # Whoever hands one over has imported fsspec.
    module = sys.modules.get("fsspec.core")
    return module is not None and isinstance(file, module.OpenFile)
