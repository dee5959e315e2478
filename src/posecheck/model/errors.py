"""What stops a run, as sentences: one root, so that an embedding program can catch them all.

A defect of a file is never an exception but a `Finding`; these are for what keeps posecheck from
judging at all. Every message says what is wrong, where, and what to do about it.
"""

from __future__ import annotations


class PosecheckError(Exception):
    """The root of posecheck's errors; its text is a sentence that a person can act on."""


class UsageError(PosecheckError):
    """What was asked cannot be done: a path that is not there, an unknown code (exit code 2)."""


class ConfigurationError(PosecheckError):
    """A configuration file cannot be used (exit code 2)."""


class InternalError(PosecheckError):
    """Posecheck itself failed (exit code 3)."""


class ApplyError(PosecheckError):
    """A plan was carried out in part: the sentence says how far, and how to go on or go back."""
