"""Probe a video once per run, however many files of however many workers refer to it.

Workers share a folder that lives as long as the run. A worker that wants to know a video takes its
lock, which the system gives back even if the worker dies, and finds the facts there or writes them.
A mark that someone began, without facts beside it, says that the video killed a worker or used up
the time of its file: nobody tries it a second time.
"""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from posecheck.model.video_file import Decode, VideoFacts, VideoFault
from posecheck.sources.source import Source
from posecheck.video.probe import DEFAULT_SECONDS, probe, probe_sequence

_PASSING = frozenset({VideoFault.TIMEOUT, VideoFault.CRASHED, VideoFault.UNREADABLE})
"""What may be otherwise the next time, though the video is the same."""


@dataclass(frozen=True, slots=True)
class _Probed:
    """What is known of some files, and whether they had last changed long before that."""

    facts: tuple[VideoFacts, ...]
    is_settled: bool


@dataclass(slots=True)
class Probes:
    """The videos of a run.

    Attributes
    ----------
    decode, seconds
        As `posecheck.video.probe` takes them.
    folder
        Where the workers of a run leave what they learned: private to the user, since it is
        trusted; ``None`` for a run of one process.
    """

    decode: Decode = Decode.PACKETS
    seconds: float = DEFAULT_SECONDS
    folder: Path | None = None
    _known: dict[str, _Probed] = field(default_factory=dict)

    def facts_of(self, source: Source) -> VideoFacts:
        """Return the facts of a video, probing it if nobody has."""
        key = self._key(source)
        if key is None:
            source.distrust()
            return VideoFacts(fault=VideoFault.UNREADABLE, detail="it cannot be opened")

        def look() -> tuple[VideoFacts, ...]:
            return (probe(source, decode=self.decode, seconds=self.seconds),)

        return self._once(key, (source,), look)[0]

    def facts_of_sequence(self, sources: Sequence[Source]) -> tuple[VideoFacts, ...]:
        """Return the facts of the images of a sequence, which are probed together."""
        keys = [self._key(source) or source.address for source in sources]
        key = hashlib.sha256("\n".join(keys).encode("utf-8", "surrogateescape")).hexdigest()

        def look() -> tuple[VideoFacts, ...]:
            return probe_sequence(sources, decode=self.decode, seconds=self.seconds)

        return self._once(key, sources, look)

    def _once(
        self, key: str, sources: Sequence[Source], look: Callable[[], tuple[VideoFacts, ...]]
    ) -> tuple[VideoFacts, ...]:
        def look_once() -> _Probed:
            is_settled = all(source.is_settled for source in sources)
            return _Probed(look(), is_settled)

        if key not in self._known:
            self._known[key] = (
                look_once()
                if self.folder is None
                else _share(self.folder / key, len(sources), look_once)
            )
        known = self._known[key]
        if not known.is_settled or any(facts.fault in _PASSING for facts in known.facts):
            for source in sources:
                source.distrust()
        return known.facts

    def _key(self, source: Source) -> str | None:
        try:
            status = source.status()
        except (OSError, ValueError):  # ValueError: a zero byte or a lone surrogate in the name
            return None
        stamp = status.stamp
        # Elsewhere, nothing but the address is known to tell two files apart.
        place = "" if source.is_local else source.address
        what = (
            place,
            stamp.identity,
            stamp.size,
            stamp.modified_ns,
            status.changed_ns,
            source.suffix,
        )
        return hashlib.sha256(repr(what).encode("utf-8", "surrogateescape")).hexdigest()


def _share(place: Path, count: int, look: Callable[[], _Probed]) -> _Probed:
    facts_file, mark = place.with_suffix(".facts"), place.with_suffix(".begun")
    with _locked(place.with_suffix(".lock")):
        known = _load(facts_file)
        if known is not None:
            return known
        if mark.exists():
            detail = "another file's check did not survive it"
            return _Probed((VideoFacts(fault=VideoFault.CRASHED, detail=detail),) * count, False)
        mark.touch()
        probed = look()
        # Whole or not at all: a worker may be ended while it writes.
        partial = facts_file.with_suffix(".partial")
        partial.write_bytes(pickle.dumps(probed))
        partial.replace(facts_file)
        return probed


def _load(path: Path) -> _Probed | None:
    try:
        known: _Probed = pickle.loads(path.read_bytes())  # noqa: S301 - the run's own folder
    except FileNotFoundError:
        return None
    return known


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that the system takes back when the process ends, however it ends."""
    with path.open("ab") as file:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows alone has it

            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:
                    continue  # it waits ten seconds at a time
        else:
            import fcntl  # noqa: PLC0415 - POSIX alone has it

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
