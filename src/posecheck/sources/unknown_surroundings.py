"""Around a file that was handed over, or named by an id: nobody knows what lies there."""

from __future__ import annotations

from collections.abc import Sequence

from posecheck.model.external_file import Target, TargetState
from posecheck.model.reference import Reference, join
from posecheck.sources.source import Source, Surroundings


class UnknownSurroundings(Surroundings):
    """The surroundings of a file of which nothing else is known.

    Parameters
    ----------
    path
        The file's path, wherever it counts from.
    file
        The file.
    """

    def __init__(self, path: str, file: Source) -> None:
        *folder, self.file_name = path.split("/")
        self.folder = tuple(folder)
        self.dandiset = None
        self._file = file

    def resolve(self, reference: Reference) -> tuple[str, ...] | None:
        """Return the place to which a relative reference leads; ``None`` outside the dandiset."""
        return join(self.folder, reference)

    def locate(self, reference: Reference) -> tuple[str, ...]:
        """Return nothing: an absolute reference leads to the disk of whoever wrote it."""
        return ()

    def look_up(self, place: tuple[str, ...], *, bounded: bool = True) -> Target:
        """Return that nobody knows."""
        return Target(state=TargetState.UNKNOWN, path=place)

    def names_in(self, folder: tuple[str, ...]) -> Sequence[str]:
        """Return nothing."""
        return ()

    def source_at(self, place: tuple[str, ...]) -> Source:
        """Return the file itself, the only one there is."""
        return self._file
