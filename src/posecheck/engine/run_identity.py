"""What the verdict on a file depends on besides the file: equal for runs that say the same."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from posecheck.engine.run_plan import Plan
from posecheck.engine.settings import Settings
from posecheck.model.version import __version__
from posecheck.validators.protocol import Validator

_PACKAGES = (
    "av",
    "common-expression-language",
    "dandi",
    "dandischema",
    "h5py",
    "hdmf",
    "hdmf-zarr",
    "ndx-pose",
    "numcodecs",
    "numpy",
    "nwb-schema",
    "nwbinspector",
    "pydantic",
    "pynwb",
    "zarr",
)
"""What reads and judges files along with posecheck."""

_PREFIXES = ("DANDI_", "HDF5_", "TZ")
_NOT_COUNTED = frozenset({"DANDI_CACHE", "DANDI_NO_ET", "DANDI_DEVEL"})
"""What in the environment decides how files are read and judged, and what of it does not."""


def run_identity(plan: Plan, settings: Settings) -> str:
    """Return a digest of the rules, options and versions of a run.

    What is ignored in single files is not part of it, nor is how many workers there are.

    Parameters
    ----------
    plan
        What the run will do.
    settings
        What the user asked for.
    """
    access = settings.access
    parts = {
        "versions": {"posecheck": __version__, **_versions()},
        "rules": plan.rule_set,
        "validators": plan.selection,
        "validator_files": [_content_named_by(each) for each in plan.selection.validators],
        "limits": plan.limits,
        "data": plan.data,
        "decode": plan.decode,
        "video_seconds": plan.video_seconds,
        "most_bytes": access.most_bytes,
        "most_downloaded": access.most_downloaded,
        "allow_private": access.allow_private,
        "interpreter": [sys.version, sys.platform],
        "environment": _environment(),
        "code": _code_stamp(),
    }
    text = json.dumps(_plain(parts), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _content_named_by(validator: Validator) -> str:
    """Return the content of a validator's configuration, where that is a file; empty if not."""
    named = getattr(validator, "config", None)
    path = Path(named) if isinstance(named, str) else None
    if path is None or not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _environment() -> Mapping[str, str]:
    """Return what the schema of the archive and the HDF5 library take from the environment."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_PREFIXES) and name not in _NOT_COUNTED and "KEY" not in name
    }


def _code_stamp() -> str:
    """Return what changes along with posecheck's own code, whose version is that of a release."""
    found = []
    for folder, _, names in os.walk(Path(__file__).parents[1]):
        for name in names:
            if name.endswith(".py"):
                status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - hundreds
                found.append(f"{folder}/{name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(found)).encode("utf-8", "surrogatepass")).hexdigest()


def _versions() -> Mapping[str, str]:
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = ""
    return versions


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, equal in every process for equal values."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(json.dumps(_plain(item), sort_keys=True) for item in value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        fields = {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    else:
        fields = vars(value) if hasattr(value, "__dict__") else {"": repr(value)}
    return {"": type(value).__qualname__, **_plain(fields)}
