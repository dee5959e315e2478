"""The commands of dandi, run against an archive as a user would run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.archive.server import Archive


def run_dandi(
    archive: Archive, *arguments: str | Path, folder: Path, token: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``dandi`` in a folder, with the token where dandi looks for it.

    It asks no server for its newest version, and keeps its log out of the user's home.
    """
    environment = {
        **os.environ,
        "DANDI_NO_ET": "1",
        "XDG_STATE_HOME": str(folder / ".state"),
        archive.token_variable: token or archive.token,
    }
    return subprocess.run(
        [find_dandi(), *map(str, arguments)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def find_dandi() -> str:
    """Find the command beside this Python."""
    found = shutil.which("dandi", path=str(Path(sys.executable).parent))
    assert found is not None
    return found


def name_dandiset(folder: Path, identifier: str) -> None:
    """Say in a folder which dandiset it is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dandiset.yaml").write_text(f"identifier: DANDI:{identifier}\nname: Mice\n")
