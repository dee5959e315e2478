"""The wheel, built once from the checkout, and an environment to install it in."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment in which pip takes what it installs from one folder."""

    folder: Path
    wheels: Path

    @property
    def programs(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as printed, in a shell in which the environment is active."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "PYTHON"))
        }
        return subprocess.run(  # noqa: S602 - the documents print commands for a shell
            command,
            shell=True,
            cwd=self.folder,
            env=kept
            | {
                "PATH": os.pathsep.join((str(self.programs), os.environ["PATH"])),
                "VIRTUAL_ENV": str(self.folder),
                # what it depends on is lent by the environment of the tests, see `lend`
                "PIP_NO_DEPS": "1",
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.wheels),
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "PYTHONUTF8": "1",
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    def lend(self) -> None:
        """Let it import what is installed where the tests run, after what it holds itself."""
        (packages,) = self.folder.glob("**/site-packages")
        lent = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
        (packages / "lent.pth").write_text("\n".join(lent), encoding="utf-8")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout; hatchling is fetched only where it is not installed."""
    folder = tmp_path_factory.mktemp("wheels")
    has_hatchling = importlib.util.find_spec("hatchling") is not None
    options = ["--no-build-isolation"] if has_hatchling else []
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", *options]
    done = subprocess.run(
        [*build, "--wheel-dir", str(folder), str(CHECKOUT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def environment(tmp_path: Path, wheel: Path) -> Environment:
    """A fresh environment with pip."""
    venv.create(tmp_path / "environment", with_pip=True, symlinks=os.name != "nt")
    return Environment(tmp_path / "environment", wheel.parent)
