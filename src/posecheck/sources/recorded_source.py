"""A file on this machine whose check is written down: everything that is asked, and each answer.

Whoever reads a file through the source layer asks a source, or its surroundings. So the record is
complete because there is no other way, and not because somebody kept a list.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from posecheck.files.file_lock import FileUse
from posecheck.model.external_file import Target
from posecheck.model.reference import Reference
from posecheck.sources.local_source import LocalSource, LocalSurroundings, has_rested
from posecheck.sources.questions import (
    Ask,
    absolute,
    answer_text,
    around_text,
    status_of,
    status_text,
    yes_or_no,
)
from posecheck.sources.recorder import RecordedFile, RecordedStoreFiles, Recorder
from posecheck.sources.source import FileKind, FileStatus


@dataclass(frozen=True, slots=True)
class RecordedSource(LocalSource):
    """A path; what is asked of it is taken down.

    Attributes
    ----------
    recorder
        Takes it down.
    is_main
        Whether it is the file that is checked, and no neighbour.
    """

    recorder: Recorder = field(default_factory=Recorder, repr=False, compare=False)
    is_main: bool = True

    @property
    def name(self) -> str:
        """The last part of the path."""
        return Path(self.address).name

    @property
    def path(self) -> Path:
        """Where it lies; whoever knows may read what is there."""
        self._record_access()
        return Path(self.address)

    def status(self) -> FileStatus:
        """Look up what the path leads to.

        Raises
        ------
        OSError
            If nothing is there.
        """
        status = status_of(self._plain)
        self._record_status(status)
        if isinstance(status, Exception):
            raise status
        return status

    def open(self) -> io.FileIO:
        """Open it; a pipe, which would wait for ever, does not.

        Raises
        ------
        OSError
            If that fails.
        """
        self._record_status(status_of(self._plain))
        try:
            return RecordedFile(self.address, self.recorder)
        except OSError:
            self.recorder.distrust()  # permissions are not asked again
            raise

    def open_store(self) -> RecordedStoreFiles:
        """Open the Zarr store that lies here; its status tells of every change of a member."""
        self._record_access()
        return RecordedStoreFiles(Path(self.address), self.recorder)

    def unfetched_key(self) -> str | None:
        """Return the key of content that is not here; ``None`` if the file is what it seems."""
        key = self._plain.unfetched_key()
        self._record(Ask.KEY, answer_text(key))
        return key

    def size_conflict(self, size: int) -> str:
        """Say that its content is not what git-annex keeps, if its key states another size."""
        conflict = self._plain.size_conflict(size)
        self._record(Ask.SIZE_CONFLICT, answer_text(conflict), str(size))
        return conflict

    def way_out(self, linked_from: Sequence[Path] = ()) -> str:
        """Say where it is linked to if git holds a link out of the repository; else nothing."""
        way_out = self._plain.way_out(linked_from)
        self._record(Ask.WAY_OUT, answer_text(way_out))
        return way_out

    def use(self) -> FileUse:
        """Return who else has it open."""
        use = self._plain.use()
        self._record(Ask.USE, use.value)
        return use

    def is_there(self, path: str) -> bool:
        """Return whether anything lies at a path relative to its folder, links followed."""
        found = self._plain.is_there(path)
        self._record(Ask.IS_THERE, yes_or_no(found), path)
        return found

    @property
    def is_settled(self) -> bool:
        """Whether it last changed so long ago that another change would show in its status."""
        return self._plain.is_settled

    def distrust(self) -> None:
        """Take note that what is said of it now may be otherwise in a moment."""
        self.recorder.distrust()

    def surroundings(self, linked_from: Sequence[Path] = ()) -> RecordedSurroundings:
        """Return the dandiset or the folder around it; links are not followed to find it."""
        around = RecordedSurroundings(Path(self.address), linked_from)
        around.recorder = self.recorder
        if not self.is_main:
            self.recorder.distrust()  # the questions are about the checked file's surroundings
        self.recorder.add(Ask.AROUND, "", (), around_text(around))
        return around

    @property
    def _plain(self) -> LocalSource:
        return LocalSource(self.address, self.display_path)

    def _record(self, kind: Ask, answer: str, *named: str) -> None:
        self.recorder.add(kind, "" if self.is_main else absolute(self.address), named, answer)

    def _record_access(self) -> None:
        """Take down the status, for which the whole of a store is walked through: once.

        The check looks it up before it reads, and after.
        """
        is_asked = self.is_main and self.recorder.has_asked(Ask.STATUS, "")
        if not (is_asked and self.is_store()):
            self._record_status(status_of(self._plain))

    def _record_status(self, status: FileStatus | Exception) -> None:
        if isinstance(status, FileStatus):
            match status.kind:
                case FileKind.FILE:
                    is_known = has_rested(status)
                case FileKind.STORE:
                    is_known = bool(status.tree) and has_rested(status)
                case _:  # what lies in a folder changes without its status
                    is_known = not self.is_main
            if not is_known:
                self.recorder.distrust()
        self._record(Ask.STATUS, status_text(status))


class RecordedSurroundings(LocalSurroundings):
    """The dandiset or folder around a file; what is asked of it is taken down."""

    recorder: Recorder

    def locate(self, reference: Reference) -> tuple[str, ...]:
        """Return the place to which an absolute reference leads; nothing if it leads elsewhere."""
        place = super().locate(reference)
        self.recorder.add(Ask.LOCATE, "", (reference.text,), answer_text(place))
        return place

    def leaves_repository(self, place: tuple[str, ...]) -> bool:
        """Whether git holds the file, and a place lies outside of its repository."""
        leaves = super().leaves_repository(place)
        self.recorder.add(Ask.LEAVES, "", place, yes_or_no(leaves))
        return leaves

    def look_up(self, place: tuple[str, ...], *, bounded: bool = True) -> Target:
        """Return what is at a place, without opening it."""
        target = super().look_up(place, bounded=bounded)
        named = (yes_or_no(bounded), *place)
        self.recorder.add(Ask.LOOK_UP, "", named, answer_text(target))
        return target

    def names_in(self, folder: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names in a folder; none if it cannot be listed."""
        names = super().names_in(folder)
        self.recorder.add(Ask.NAMES, "", folder, answer_text(names))
        return names

    def source_at(self, place: tuple[str, ...]) -> RecordedSource:
        """Return the file at a place, which need not be there."""
        plain = super().source_at(place)
        return RecordedSource(plain.address, plain.display_path, self.recorder, is_main=False)
