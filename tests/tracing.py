"""Whether the system calls of another process can be watched here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def _traces() -> bool:
    if sys.platform != "linux" or shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False)
    return done.returncode == 0


STRACE = _traces()
NO_STRACE = "no strace here, or it may not trace (ptrace)"
