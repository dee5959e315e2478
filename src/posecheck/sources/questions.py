"""What a check asks of the file system, and what the answer is now.

A question is a kind, the address of the file that it is about (empty for the file that is checked)
and what else it names. Its answer is a short text: equal answers mean equal things.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from posecheck.model.reference import parse_reference
from posecheck.sources.local_source import LocalSource, LocalSurroundings
from posecheck.sources.source import FileStatus

Question = tuple[str, ...]
"""Kind, address, and what else the question names."""

Answers = dict[Question, str]
"""Everything that a check asked, with what it learned."""

_LONGEST = 200
_YES = "1"


class Ask(StrEnum):
    """What is asked."""

    STATUS = "status"
    """What is at an address; for its content, too, which changes along with it."""
    KEY = "key"
    SIZE_CONFLICT = "size-conflict"
    WAY_OUT = "way-out"
    USE = "use"
    IS_THERE = "is-there"
    AROUND = "around"
    LOCATE = "locate"
    LEAVES = "leaves"
    LOOK_UP = "look-up"
    NAMES = "names"


def answer_text(value: object) -> str:
    """Return a text that is equal for equal plain values, and tuples and records of them."""
    text = repr(value)
    if len(text) <= _LONGEST:
        return text
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def status_text(status: FileStatus | Exception) -> str:
    """Return a text that is equal as long as a file is what it was."""
    if isinstance(status, OSError):
        return f"{type(status).__name__} {status.errno}"
    if isinstance(status, Exception):
        return type(status).__name__
    stamp = status.stamp
    times = f"{stamp.modified_ns} {status.changed_ns}"
    return f"{status.kind} {stamp.size} {times} {stamp.identity} {status.tree}"


def around_text(around: LocalSurroundings) -> str:
    """Return a text that is equal as long as the same dandiset or folder holds a file."""
    return answer_text((str(around.root), around.folder, around.dandiset))


def yes_or_no(value: bool) -> str:
    """Return how an answer is kept that is yes or no."""
    return _YES if value else "0"


class Asker:
    """Asks again what a check of a file asked.

    Parameters
    ----------
    source
        The file.
    linked_from
        Folders outside its dandiset to which linked folders may lead.
    """

    def __init__(self, source: LocalSource, linked_from: Sequence[Path] = ()) -> None:
        self._source = source
        self._linked_from = tuple(linked_from)
        self._around: LocalSurroundings | None = None

    def answers(self, known: Answers) -> bool:
        """Return whether everything that was asked has the same answer still."""
        try:
            return all(self.answer(*question) == answer for question, answer in known.items())
        except (OSError, ValueError, TypeError):  # what nobody could have asked
            return False

    def answer(self, kind: str, address: str, *named: str) -> str:  # noqa: C901 - kinds
        """Return the answer to a question.

        Raises
        ------
        TypeError, ValueError
            If it is no question.
        """
        source = self._source if not address else LocalSource.at(Path(address))
        match Ask(kind), named:
            case Ask.STATUS, ():
                return status_text(status_of(source))
            case Ask.KEY, ():
                return answer_text(source.unfetched_key())
            case Ask.SIZE_CONFLICT, (size,):
                return answer_text(source.size_conflict(int(size)))
            case Ask.WAY_OUT, ():
                return answer_text(source.way_out(self._linked_from))
            case Ask.USE, ():
                return source.use().value
            case Ask.IS_THERE, (path,):
                return yes_or_no(source.is_there(path))
            case Ask.AROUND, ():
                return around_text(self._surroundings())
            case Ask.LOCATE, (text,):
                return answer_text(self._surroundings().locate(parse_reference(text)))
            case Ask.LEAVES, place:
                return yes_or_no(self._surroundings().leaves_repository(place))
            case Ask.LOOK_UP, (bounded, *place):
                target = self._surroundings().look_up(tuple(place), bounded=bounded == _YES)
                return answer_text(target)
            case Ask.NAMES, folder:
                return answer_text(self._surroundings().names_in(folder))
        raise ValueError(f"nobody asks {kind} of {named}")

    def _surroundings(self) -> LocalSurroundings:
        if self._around is None:
            self._around = LocalSurroundings(Path(self._source.address), self._linked_from)
        return self._around


def status_of(source: LocalSource) -> FileStatus | Exception:
    """Return what is at an address, or why nobody knows."""
    try:
        return source.status()
    except (OSError, ValueError) as error:  # ValueError: a zero byte or a lone surrogate
        return error


def absolute(address: str) -> str:
    """Return an address that holds in every folder; the system goes the same way to both."""
    return os.path.join(os.getcwd(), address)  # noqa: PTH109, PTH118 - resolving would go another
