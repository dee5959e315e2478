"""What the check of a file asks, taken down; and what is read of it, where a failure counts."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from posecheck.sources.local_source import open_at_once
from posecheck.sources.local_store import LocalStoreFiles
from posecheck.sources.questions import Answers, Ask
from posecheck.sources.store_files import MemberError, MemberTrouble

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Recorder:
    """Takes down what the check of one file asks."""

    def __init__(self) -> None:
        self._answers: Answers = {}
        self._is_settled = True

    def add(self, kind: Ask, address: str, named: Sequence[str], answer: str) -> None:
        """Take down a question and its answer; with two answers, nobody knows which one counted."""
        question = (kind.value, address, *named)
        if self._answers.setdefault(question, answer) != answer:
            self._is_settled = False

    def has_asked(self, kind: Ask, address: str, *named: str) -> bool:
        """Whether a question was asked before."""
        return (kind.value, address, *named) in self._answers

    def distrust(self) -> None:
        """Take note that something may be otherwise in a moment, and not show."""
        self._is_settled = False

    def answers(self) -> Answers | None:
        """Return everything that was asked; ``None`` if that does not tell whether it holds."""
        return dict(self._answers) if self._is_settled else None


class RecordedFile(io.FileIO):
    """An opened file; a disk that fails once may not fail the next time.

    Parameters
    ----------
    address
        Its path.
    recorder
        Takes note of a failure.
    """

    def __init__(self, address: str, recorder: Recorder) -> None:
        super().__init__(address, opener=open_at_once)
        self._recorder = recorder

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Read into a buffer.

        Raises
        ------
        OSError
            If that fails.
        """
        try:
            return super().readinto(buffer)
        except OSError:
            self._recorder.distrust()
            raise

    def read(self, size: int | None = -1, /) -> bytes | None:  # type: ignore[override]
        """Read so many bytes, or all.

        Raises
        ------
        OSError
            If that fails.
        """
        try:
            return super().read(-1 if size is None else size)
        except OSError:
            self._recorder.distrust()
            raise


class RecordedStoreFiles(LocalStoreFiles):
    """The members of a store; a disk that fails once may not fail the next time.

    Parameters
    ----------
    path
        The folder.
    recorder
        Takes note of a failure.
    """

    def __init__(self, path: Path, recorder: Recorder) -> None:
        super().__init__(path)
        self._recorder = recorder

    def names_in(self, folder: str) -> tuple[str, ...]:
        """Return the names in a folder of the store."""
        with self._noticing_failures():
            return super().names_in(folder)

    def read(self, name: str, most: int) -> bytes | None:
        """Return the content of a member."""
        with self._noticing_failures():
            return super().read(name, most)

    @contextlib.contextmanager
    def _noticing_failures(self) -> Iterator[None]:
        try:
            yield
        except MemberError as error:
            if error.trouble is MemberTrouble.UNREADABLE:  # permissions are not asked again
                self._recorder.distrust()
            raise
