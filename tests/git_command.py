"""The real git, called with a name, an address and no configuration of whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

AUTHOR = {
    "GIT_AUTHOR_NAME": "A. Student",
    "GIT_AUTHOR_EMAIL": "student@example.org",
    "GIT_COMMITTER_NAME": "A. Student",
    "GIT_COMMITTER_EMAIL": "student@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; return what it prints. git-annex is the one beside this Python."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=dict(os.environ) | AUTHOR | {"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def create_repository(folder: Path) -> Path:
    """Create a repository with everything that the folder holds."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit_all(folder)
    return folder


def commit_all(folder: Path) -> str:
    """Commit the whole work tree; return the hash."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "a change")
    return git(folder, "rev-parse", "HEAD")
