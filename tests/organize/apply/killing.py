"""Kill a process before any of its effects on the file system: one after the other, all of them."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from posecheck.files import publication

_EFFECTS = (
    "chmod",
    "fsync",
    "link",
    "mkdir",
    "rename",
    "replace",
    "rmdir",
    "symlink",
    "unlink",
    "utime",
)
"""Of the module `os`. That a journal's line is written and not yet synced is before its fsync."""


def kill_before(action: Callable[[], object], number: int) -> bool:
    """Do something in a process of its own that is killed before its n-th effect.

    Returns
    -------
    bool
        Whether it was killed: not if it had fewer effects than that.

    Raises
    ------
    AssertionError
        If it failed by itself.
    """
    sys.stdout.flush()
    gc.freeze()  # else the child looks for garbage in all that the tests have loaded, and copies it
    child = os.fork()
    if not child:
        try:
            _arm(number)
            action()
        except BaseException:  # noqa: BLE001 - it must not come back into the test
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    gc.unfreeze()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "it failed by itself; see above"
    return False


def _arm(number: int) -> None:
    left = number

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def effect(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return function(*args, **kwargs)

        return effect

    for name in _EFFECTS:
        setattr(os, name, counted(getattr(os, name)))
    # The one effect that Python's own module does not offer.
    renaming = publication._native_rename()
    if renaming is not None:
        publication._native_rename = lambda: counted(renaming)  # type: ignore[assignment]
