"""Write a result to a file: all of it, or nothing."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from posecheck.model.errors import UsageError


def check_output_file(path: Path, option: str = "--output") -> None:
    """Refuse, before the work is done, a place where a result cannot or must not be written.

    Parameters
    ----------
    path
        As typed.
    option
        After which option, for the message.

    Raises
    ------
    UsageError
        If it is a folder or a device, would replace a recording, or lies in no folder.
    """
    if path.is_dir():
        raise UsageError(f"{option}: {path} is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise UsageError(f"{option}: {path} is no ordinary file, and is left alone")
    if path.suffix.lower() == ".nwb":
        raise UsageError(f"{option}: {path} is named like a recording, and is left alone")
    if not path.parent.is_dir():
        raise UsageError(f"{option}: there is no folder {path.parent}")


class OutputFile:
    """A file that is written bit by bit and takes its place when it is whole.

    Readers see the old content or the new, never a part. It is a context manager: what has not
    taken its place when the block ends is removed.

    Parameters
    ----------
    path
        A file that may exist; it is replaced, and so is a link, but never what the link leads to.
    option
        After which option the path was typed, for messages.

    Attributes
    ----------
    stream
        The text to write, which is stored as UTF-8. Write it within `writing`.

    Raises
    ------
    UsageError
        If the system does not let it be written; so do the methods.
    """

    def __init__(self, path: Path, option: str = "--output") -> None:
        self.path = path
        self._option = option
        self._beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        with self.writing():
            self.stream = self._beside.open(
                "x", encoding="utf-8", errors="backslashreplace", newline="\n"
            )

    def __enter__(self) -> OutputFile:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self.stream.close()
        self._beside.unlink(missing_ok=True)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Say which file cannot be written, where the system says no."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or error
            raise UsageError(f"{self._option}: {self.path} cannot be written: {reason}") from error

    def finish(self) -> None:
        """Let the file take its place."""
        with self.writing():
            self.stream.close()
            self._beside.replace(self.path)


def write_output_file(path: Path, content: str | bytes, option: str = "--output") -> None:
    """Write a file in one step.

    Parameters
    ----------
    path, option
        As of `OutputFile`.
    content
        Bytes, or a text, which is stored as UTF-8.

    Raises
    ------
    UsageError
        If the system does not let it be written.
    """
    if isinstance(content, str):
        content = content.encode("utf-8", "backslashreplace")
    with OutputFile(path, option) as file:
        with file.writing():
            file.stream.buffer.write(content)
        file.finish()


def check_new_file(path: Path, option: str) -> None:
    """Refuse, before the work is done, a place where no new file can be written.

    Raises
    ------
    UsageError
        If something is there already, or it lies in no folder.
    """
    check_output_file(path, option)
    if path.exists() or path.is_symlink():
        raise UsageError(f"{option}: {path} is there already, and nothing is overwritten")


def write_new_file(path: Path, content: str, option: str) -> None:
    """Write a file that was not there: all of it, or nothing.

    Parameters
    ----------
    path
        Where; also a link that leads nowhere is left alone.
    content
        An ASCII text.
    option
        After which option the path was typed, for the message.

    Raises
    ------
    UsageError
        If something is there by now, or the system does not let it be written.
    """
    try:
        file = path.open("x", encoding="ascii", newline="\n")
    except OSError as error:
        raise UsageError(
            f"{option}: {path} cannot be written: {error.strerror or error}"
        ) from error
    try:
        with file:
            file.write(content)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UsageError(
                f"{option}: {path} cannot be written: {error.strerror or error}"
            ) from error
        raise
