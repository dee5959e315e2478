"""Where posecheck keeps what it has to know of this user from one run to the next."""

from __future__ import annotations

import os
from pathlib import Path

STATE_VARIABLE = "POSECHECK_STATE_DIR"
"""The environment variable that names the folder."""


def state_folder() -> Path:
    """Return where posecheck keeps what it has to know of this user; it need not exist."""
    named = os.environ.get(STATE_VARIABLE)
    if named:
        return Path(named).absolute()
    from platformdirs import user_state_path  # noqa: PLC0415 - only some commands need it

    return user_state_path("posecheck")
