"""Which dandiset, which NWB files, and from where videos may come."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from posecheck.dandi_layout.markers import BIDS_FILE, DANDISET_FILE, is_identifier
from posecheck.engine.discovery import Found, OnLinkedFolder, discover
from posecheck.files.dataset_roots import find_dandiset
from posecheck.model.errors import Argument, UsageError
from posecheck.organize.collect.nwb_files import absolute
from posecheck.organize.collect.resolution import ReferenceResolver
from posecheck.organize.plan.values import FileMode
from posecheck.organize.settings import OrganizeSettings
from posecheck.transaction.steps import TransferMode


def check_choices(settings: OrganizeSettings) -> None:
    """Refuse what makes no sense together.

    Raises
    ------
    UsageError
        If sources are to be copied or linked and none are named, a folder to search is not there,
        or a new dandiset's identifier has not six digits.
    """
    identifier = settings.new_dandiset
    if identifier is not None and not is_identifier(identifier):
        raise UsageError(
            f"{identifier!r} is no dandiset's identifier, which has six digits, such as 000123; "
            "correct ",
            Argument("new_dandiset"),
        )
    missing = [folder for folder in settings.find_videos if not folder.is_dir()]
    if missing:
        raise UsageError(f"no such folder: {str(missing[0])!r}; correct ", Argument("find_videos"))
    if settings.paths:
        return
    if settings.files is FileMode.COPY or settings.videos not in {None, TransferMode.MOVE}:
        raise UsageError(
            "without paths, the dandiset is organized in place, and what is in it is moved; "
            "name the sources to copy or link them"
        )


def locate_dandiset(settings: OrganizeSettings) -> Path:
    """Return the dandiset's absolute folder.

    Raises
    ------
    UsageError
        If there is none, if one is to be started where one is, or if it is a BIDS dataset.
    """
    dandiset = _named_or_found(settings)
    if dandiset.is_symlink() and not dandiset.exists():
        raise UsageError(f"{str(dandiset)!r} is a link to nothing; name the dandiset's folder")
    if dandiset.exists() and not dandiset.is_dir():
        raise UsageError(f"{str(dandiset)!r} is no folder; name the dandiset's folder")
    has_file = os.path.lexists(dandiset / DANDISET_FILE)
    if settings.new_dandiset is not None:
        if has_file:
            raise UsageError(
                f"there is a {DANDISET_FILE} in {str(dandiset)!r}; leave out ",
                Argument("new_dandiset"),
            )
        around = find_dandiset(dandiset.parent)
        if around is not None:
            raise UsageError(
                f"{str(dandiset)!r} lies in the dandiset {str(around)!r}, and dandisets do not "
                f"nest; choose another folder"
            )
    elif not has_file:
        raise UsageError(
            f"there is no {DANDISET_FILE} in {str(dandiset)!r}; name a dandiset with ",
            Argument("dandiset", "DIR"),
            ", or start one there with ",
            Argument("new_dandiset", "ID"),
        )
    if (dandiset / BIDS_FILE).is_file():
        raise UsageError(
            f"{str(dandiset)!r} is a BIDS dataset ({BIDS_FILE}), to which DANDI's layout does not "
            f"apply; organize it with a tool for BIDS"
        )
    return dandiset


def _named_or_found(settings: OrganizeSettings) -> Path:
    if settings.dandiset is not None:
        return absolute(settings.dandiset)
    starts = [absolute(Path()), *(absolute(Path(text)) for text in settings.paths)]
    found = next(filter(None, (find_dandiset(start) for start in starts)), None)
    if found is not None:
        return found
    if settings.new_dandiset is not None:
        return absolute(Path())
    raise UsageError(
        f"no {DANDISET_FILE} was found from here upwards; name a dandiset with ",
        Argument("dandiset", "DIR"),
        ", or start one there with ",
        Argument("new_dandiset", "ID"),
    )


def offered_folders(settings: OrganizeSettings, dandiset: Path) -> Iterator[Path]:
    """Yield the folders whose content may be used."""
    yield dandiset
    for text in settings.paths:
        path = absolute(Path(text))
        if path.is_dir():
            yield path
        else:
            yield path.parent
            # Whoever names a link means what it leads to, with what lies beside that.
            yield Path(os.path.realpath(path)).parent


def find_sources(
    settings: OrganizeSettings,
    dandiset: Path,
    resolver: ReferenceResolver,
    on_linked_folder: OnLinkedFolder | None = None,
) -> list[Found]:
    """Find the NWB files: in place all of the dandiset, otherwise none that a search meets in it.

    Parameters
    ----------
    settings
        What the user asked for.
    dandiset
        The dandiset's absolute folder.
    resolver
        Knows what lies in the dandiset.
    on_linked_folder
        Receives each linked folder that is not entered.

    Raises
    ------
    UsageError
        If a path is not there, or there is nothing to organize.
    """
    if not settings.paths:
        return _discovered((_as_typed(dandiset),), on_linked_folder)
    meant = [resolver.inside(absolute(Path(text)) / "_") for text in settings.paths]
    within = any(folders for folders in meant) or any(
        resolver.inside(absolute(Path(text))) for text in settings.paths
    )
    found = _discovered(settings.paths, on_linked_folder)
    if within:
        return found
    outside = [item for item in found if not resolver.inside(absolute(item.path))]
    if not outside:
        raise UsageError(
            "nothing to organize: all NWB files that were found lie in the dandiset; leave out the "
            "paths to organize it in place"
        )
    return outside


def _discovered(paths: Sequence[str], on_linked_folder: OnLinkedFolder | None) -> list[Found]:
    try:
        return list(discover(paths, on_linked_folder=on_linked_folder))
    except UsageError as error:
        raise UsageError(str(error).replace("nothing to check", "nothing to organize")) from error


def _as_typed(dandiset: Path) -> str:
    return "." if dandiset == absolute(Path()) else str(dandiset)
