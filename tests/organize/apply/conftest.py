"""What can be tested where: disks are mounted as Linux does, by who may."""

from __future__ import annotations

import os
import sys

from tests.mounting import BTRFS, TMPFS

collect_ignore = [
    *([] if os.name == "posix" else ["test_strange_files.py"]),
    *([] if sys.platform == "linux" and TMPFS else ["test_disks.py"]),
    *([] if BTRFS else ["test_shared_blocks.py"]),
]
