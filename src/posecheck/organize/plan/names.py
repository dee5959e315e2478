"""What videos and images are called, and which paths the archive stores."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import PurePath

from posecheck.dandi_layout.archive_path import LONGEST_PATH, refused_characters
from posecheck.dandi_layout.organized_path import is_subject_folder, stem_of
from posecheck.organize.plan.facts import Holder, Path, ReferenceFacts
from posecheck.organize.plan.values import VideoNames

_LONGEST_NAME = 255
_LONGEST_LABEL = 80
_UNWANTED = re.compile(r"[^A-Za-z0-9_+-]+")
_MODALITIES = re.compile(r"_[a-z]+(\+[a-z]+)*$")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_NAMELESS = "video"


def sanitize(name: str) -> str:
    """Write a name with what every file system, a URL and the archive's path pattern allow.

    Letters lose their accents; a run of anything but letters and digits of ASCII, ``_``, ``+`` and
    ``-`` becomes one hyphen.
    """
    plain = unicodedata.normalize("NFKD", name)
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    label = re.sub(r"-{2,}", "-", _UNWANTED.sub("-", bare)).strip("-")
    return label[:_LONGEST_LABEL].rstrip("-") or _NAMELESS


def without_modalities(stem: str) -> str:
    """Return an NWB file's stem up to what it says of its content: ``sub-1_ses-2``."""
    return _MODALITIES.sub("", stem)


def media_path(target: Path, reference: ReferenceFacts, suffix: str, scheme: VideoNames) -> Path:
    """Name a video or an image.

    Parameters
    ----------
    target
        Where its NWB file goes: ``("sub-1", "sub-1_ses-2_behavior.nwb")``.
    reference
        The reference that names it.
    suffix
        The extension that it is to have.
    scheme
        How it is named; without an object_id it is named after its owner.
    """
    *folders, name = target
    stem = stem_of(name)
    if scheme is VideoNames.OBJECT_ID and reference.owner_id:
        own = f"{sanitize(reference.owner_id)}_external_file_{reference.entry}"
    else:
        part = f"_part-{reference.entry + 1}" if reference.entries > 1 else ""
        extra = "_labeled" if reference.holder is Holder.LABELED else ""
        own = f"{without_modalities(stem)}_{sanitize(reference.owner)}{extra}{part}"
    return (*folders, stem, own + suffix)


def numbered(path: Path, number: int) -> Path:
    """Return a path whose name has a number, so that it differs from others of that name."""
    stem, dot, suffix = path[-1].rpartition(".")
    return (*path[:-1], f"{stem}_{number}{dot}{suffix}")


def is_numbered(path: Path, first: Path) -> bool:
    """Whether a path is this one, or this one with a number as `numbered` gives it."""
    if path[:-1] != first[:-1]:
        return False
    stem, dot, suffix = first[-1].rpartition(".")
    return bool(re.fullmatch(f"{re.escape(stem)}(_[0-9]+)?{re.escape(dot + suffix)}", path[-1]))


def folder_around(path: str, folders: Collection[str]) -> str:
    """Return the folder among some in which an absolute path lies; empty if it lies in none."""
    above = map(str, PurePath(path).parents)
    return next((folder for folder in above if folder in folders), "")


def claimed(path: Path) -> Path:
    """Return what is equal for recordings that may not lie beside each other.

    A file in HDF5 and a store in Zarr of one stem would share a folder of videos.
    """
    return folded((*path[:-1], stem_of(path[-1]))) if path else ()


def folded(path: Path) -> Path:
    """Return what is equal for paths that a file system which ignores case confuses."""
    return tuple(unicodedata.normalize("NFC", name).casefold() for name in path)


def why_refused(path: Sequence[str]) -> str:
    """Say why the archive, or a file system, takes no such path, as a clause; empty if it does."""
    text = "/".join(path)
    bad = refused_characters(path)
    if bad:
        listed = ", ".join(f"{character!r}" for character in bad)
        return f"the archive stores no path with {listed}"
    if any(".." in name or name.endswith(".") for name in path):
        return "the archive stores no name with a dot at its end or before another dot"
    if any(name.startswith(".") for name in path):
        return "dandi uploads nothing that is hidden"
    if any(_RESERVED.fullmatch(name) for name in path):
        return "Windows reserves such a name"
    if any("\\" in name or name != name.strip() for name in path):
        return "a file system may not keep such a name"
    if len(text) > LONGEST_PATH:
        return f"it has {len(text)} characters, and the archive stores {LONGEST_PATH}"
    if any(len(name) > _LONGEST_NAME for name in path):
        return f"file systems keep names of {_LONGEST_NAME} characters at most"
    return ""


def is_too_long(path: Sequence[str]) -> bool:
    """Whether a path, or a name in it, has more characters than the archive or a disk keeps."""
    return len("/".join(path)) > LONGEST_PATH or any(len(name) > _LONGEST_NAME for name in path)


def is_acceptable(path: Path, extensions: frozenset[str]) -> bool:
    """Whether a video may stay where it lies in the dandiset: dandi uploads it from there."""
    if len(path) < 2 or not is_subject_folder(path[0]) or why_refused(path):
        return False
    _, dot, extension = path[-1].rpartition(".")
    return dot + extension in extensions
