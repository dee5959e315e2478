"""Import every family of rules: for a process that forks the workers."""

from __future__ import annotations

import importlib
import pkgutil

import posecheck.rules

for _module in pkgutil.iter_modules(posecheck.rules.__path__):
    if f"{posecheck.rules.__name__}.{_module.name}" != __name__:
        importlib.import_module(f"{posecheck.rules.__name__}.{_module.name}")
