"""From the paths that a user names to the NWB files to check, in a stable order.

A file is taken as it is named, whatever its suffix. A folder is searched for ``*.nwb`` in any case,
as file systems that ignore case do. Not entered are hidden folders (``.git``, ``.datalad``,
``.dandi``) and folders that are links, as ``dandi upload`` enters neither. A folder named ``*.nwb``
or ``*.nwb.zarr`` is a Zarr store, which is one file to NWB. A link without a target counts as a
file: that is what git-annex leaves of content that was not fetched.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from posecheck.archive.dandi_address import is_dandi_address
from posecheck.files.outward_links import committed_way_out
from posecheck.files.walk import is_hidden, is_linked_folder, walk
from posecheck.model.errors import UsageError
from posecheck.model.progress import ProgressListener
from posecheck.sources.local_source import LocalSource
from posecheck.sources.remote_access import RemoteAccess, is_address, path_of_url, redacted
from posecheck.sources.source import Source

_LISTED = 5
_SUFFIXES = (".nwb", ".nwb.zarr", ".nwb.zarr.zip")

_TABLES = "NeuroConv, dlc2nwb or movement for the tables of DeepLabCut and Lightning Pose"
_CONVERTERS = {
    ".slp": "sleap-io for SLEAP projects",
    ".h5": _TABLES,
    ".csv": _TABLES,
    ".mat": "MatNWB for MATLAB files",
}
"""What writes NWB from the files with an extension."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file to check, or a place that could not be searched.

    Attributes
    ----------
    source
        The file. It is printed relative to the current folder where it lies inside, otherwise as
        typed.
    obstacle
        Why it cannot be checked, for a folder that cannot be listed or what is no file at all;
        otherwise empty.
    """

    source: Source
    obstacle: str = ""

    @property
    def path(self) -> Path:
        """Where it lies on this machine.

        Raises
        ------
        ValueError
            If it lies elsewhere.
        """
        return self.source.path

    @property
    def display_path(self) -> str:
        """The path as it is printed."""
        return self.source.display_path


OnLinkedFolder = Callable[[Found], None]
"""Called with a linked folder that is not entered."""


def discover(
    paths: Sequence[str],
    *,
    access: RemoteAccess | None = None,
    on_linked_folder: OnLinkedFolder | None = None,
    progress: ProgressListener | None = None,
) -> tuple[Found, ...]:
    """Find the files to check: in the order of ``paths``, and naturally sorted in each folder.

    A file that is found twice is taken once, in its first spelling. Two links to one content are
    two files: each has its own place in a dandiset.

    Parameters
    ----------
    paths
        Files, folders and addresses, as typed.
    access
        What is allowed of files elsewhere; ``None`` where none can be taken.
    on_linked_folder
        Called with each linked folder that is not entered.
    progress
        Receives what is listed elsewhere.

    Raises
    ------
    UsageError
        If a path is not there, or if there is nothing to check.
    """
    addresses = [text for text in paths if is_address(text)]
    named = [Path(path_of_url(text)) for text in paths or (".",) if not is_address(text)]
    missing = [str(path) for path in named if not os.path.lexists(path)]
    if missing:
        listed = ", ".join(repr(text) for text in missing)
        raise UsageError(f"no such file or folder: {listed}; nothing was checked")
    unique: dict[str, Found] = {}
    linked: list[Found] = []
    for path in named:
        for identity, found in _search(path, linked):
            unique.setdefault(identity, found)
    for source in _elsewhere(addresses, access, progress or ProgressListener()):
        unique.setdefault(source.address, Found(source))
    if not unique:
        if not named:
            listed = ", ".join(map(redacted, addresses))
            raise UsageError(f"nothing to check: no *.nwb file at {listed}")
        places = ", ".join(repr(str(path)) for path in named)
        raise UsageError(
            f"nothing to check: no *.nwb file in {places}{_what_lies_there(named)}"
            f"{_what_is_linked(linked)}"
        )
    if on_linked_folder is not None:
        for folder in linked:
            on_linked_folder(folder)
    return tuple(unique.values())


def _elsewhere(
    addresses: Sequence[str], access: RemoteAccess | None, progress: ProgressListener
) -> Iterator[Source]:
    if not addresses:
        return
    if access is None:
        text = redacted(addresses[0])
        raise UsageError(f"{text} is not on this machine, where files are wanted here")
    from posecheck.engine.archive_discovery import ArchiveSearch  # noqa: PLC0415 - only for addresses
    from posecheck.engine.remote_discovery import find_remote  # noqa: PLC0415

    archives = ArchiveSearch(access, progress)
    for address in addresses:
        if is_dandi_address(address):
            yield from archives.find(address)
        else:
            progress.begin(f"Looking up {redacted(address)}")
            yield from find_remote(address, access)


def without_ways_out(
    found: Sequence[Found], named: Sequence[str], linked_from: Sequence[Path] = ()
) -> tuple[Found, ...]:
    """Give an obstacle to each file that is a link of a git commit out of its repository.

    Parameters
    ----------
    found
        Files.
    named
        Paths as typed. A file among them is trusted, and links may lead into a folder among them.
    linked_from
        More folders to which links may lead.
    """
    trusted = {Path(text) for text in named if not is_address(text)}
    allowed = (*(path for path in trusted if path.is_dir()), *linked_from)
    return tuple(
        item
        if item.obstacle or not item.source.has_path or item.path in trusted
        else _guarded(item, allowed)
        for item in found
    )


def _guarded(item: Found, allowed: Sequence[Path]) -> Found:
    # No folder that is a link is searched, so that the file alone can lead elsewhere.
    way_out = committed_way_out(item.path, allowed) if item.path.is_symlink() else None
    if way_out is None:
        return item
    return replace(
        item,
        obstacle=f"it is a link out of the git repository, to {way_out}, and is not followed",
    )


def _what_lies_there(folders: Sequence[Path]) -> str:
    """Say what the folders hold of which NWB could be written."""
    counts: Counter[str] = Counter()
    for folder in folders:
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            counts.update(Path(entry.name).suffix.lower() for entry in entries)
    held = [f"{counts[suffix]:,} {suffix}" for suffix in _CONVERTERS if counts[suffix]]
    if not held:
        return ""
    names = dict.fromkeys(_CONVERTERS[suffix] for suffix in _CONVERTERS if counts[suffix])
    return (
        f" ({', '.join(held)}). posecheck checks the NWB files that a converter writes from these: "
        f"{'; '.join(names)}"
    )


def _what_is_linked(folders: Sequence[Found]) -> str:
    """Say which linked folders were not entered."""
    if not folders:
        return ""
    listed = ", ".join(repr(folder.display_path) for folder in folders[:_LISTED])
    more = len(folders) - _LISTED
    rest = f" and {more:,} more" if more > 0 else ""
    return f". Links to folders are not followed: name {listed}{rest} to enter"


def _search(path: Path, linked: list[Found]) -> Iterator[tuple[str, Found]]:
    display_path = _relative_to_cwd(path)
    if not path.is_dir() or _is_nwb(path.name):
        parent = os.path.realpath(path.parent)
        yield (
            _identity(parent, path.name),
            Found(LocalSource.at(path, display_path), _obstacle(path)),
        )
        return
    # The real path is asked for once: below it no link is followed.
    yield from _search_folder(str(path), display_path, os.path.realpath(path), linked)


def _search_folder(
    folder: str, display_path: str, real: str, linked: list[Found]
) -> Iterator[tuple[str, Found]]:
    for found in walk(
        folder,
        enters=lambda name: not is_hidden(name) and not _is_nwb(name),
        wants=lambda entry: (
            not is_hidden(entry.name) and (_is_nwb(entry.name) or is_linked_folder(entry))
        ),
        files_first=False,
    ):
        name = _joined(display_path, found.relative) if found.relative else display_path
        source = LocalSource(found.path, name)
        if found.entry is not None and not _is_nwb(found.entry.name):
            linked.append(Found(source))
            continue
        # The same place by another way is the same file; below the folder no link is followed.
        identity = os.path.normcase(os.path.join(real, found.relative))  # noqa: PTH118 - thousands
        reason = f"the folder cannot be listed: {found.error}" if found.error else ""
        yield identity, Found(source, reason or _obstacle(source.path))


def _is_nwb(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


def _obstacle(path: Path) -> str:
    if path.is_file() or path.is_dir() or path.is_symlink():
        return ""
    return "it is neither a file nor a folder"


def _identity(parent: str, name: str) -> str:
    return os.path.normcase(os.path.join(parent, name))  # noqa: PTH118 - joins text


def _relative_to_cwd(path: Path) -> str:
    if path.is_absolute():
        try:
            return str(path.relative_to(Path.cwd()))
        except ValueError:
            return str(path)
    return str(path)


def _joined(display_path: str, name: str) -> str:
    return name if display_path == "." else os.path.join(display_path, name)  # noqa: PTH118 - joins text
