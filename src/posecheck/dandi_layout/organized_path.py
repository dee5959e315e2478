"""How an NWB file of a dandiset is called, and in which folder it lies.

The patterns are those of ``dandi validate`` (dandi.organize: ORGANIZED_FILENAME_REGEX and
ORGANIZED_FOLDER_REGEX, applied by validate_organized_path).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LABEL = r"[^_*\\/<>:|\"'?%@;.]+"
SUBJECT = re.compile(rf"sub-(?P<label>{_LABEL})")
"""The folder of a subject, and how the names in it begin."""
SESSION = re.compile(rf"_ses-(?P<label>{_LABEL})")
"""The session in a name."""
_STEM = re.compile(
    rf"sub-{_LABEL}(_ses-{_LABEL})?(_(tis|slice|cell|desc|probe|obj)-{_LABEL})*"
    r"(_[a-z]+(\+[a-z]+)*)?"
)
_UNWANTED = re.compile(r"[_*\\/<>:|\"'?%@;,\s.]")
_SUFFIXES = (".nwb", ".nwb.zarr")


def is_stem(stem: str) -> bool:
    """Whether a file name without ``.nwb`` or ``.nwb.zarr`` is DANDI's."""
    return _STEM.fullmatch(stem) is not None


def is_organized_path(path: Sequence[str]) -> bool:
    """Whether the components of a path from the dandiset's root are what DANDI wants of a file.

    dandi compares subjects under the same condition. It has no pattern for Zarr stores, which
    are named alike here.
    """
    if len(path) != 2 or not path[1].endswith(_SUFFIXES):
        return False
    folder, name = path
    return is_subject_folder(folder) and is_stem(stem_of(name))


def stem_of(name: str) -> str:
    """Return the name of an NWB file without how it ends, which says its storage format."""
    return name.removesuffix(".zarr").removesuffix(".nwb")


def is_subject_folder(name: str) -> bool:
    """Whether a folder is one that DANDI keeps a subject's files in."""
    return SUBJECT.fullmatch(name) is not None


def label_of(identifier: str | None) -> str:
    """Write a subject_id or a session_id as it stands in a name; empty for none.

    The characters are those of ``dandi organize``. White space at either end, a line feed that a
    spreadsheet left for instance, is no part of an identifier, where dandi would write a hyphen.
    """
    return sanitized((identifier or "").strip())


def sanitized(value: str) -> str:
    """Write a value as ``dandi organize`` does in a name (dandi.organize._sanitize_value)."""
    return _UNWANTED.sub("-", value)
