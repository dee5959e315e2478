"""The Dockerfile, its steps run one after another in a root directory of Debian."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest
from tests.distribution.conftest import CHECKOUT
from tests.git_command import create_repository
from tests.recordings.written import STEM, write_recording

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux")
        or os.geteuid() != 0
        or shutil.which("debootstrap") is None,
        reason="debootstrap is not installed, or this is not root",
    ),
]

_PACKAGES = "python3,python3-venv,ca-certificates"
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PASSED_ON = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL")
# Mounts end with the namespace in which they are made.
_IN_CHROOT = (
    'mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && root=$1 && user=$2 && shift 2 '
    '&& exec chroot --userspec="$user" "$root" "$@"'
)


@dataclass
class Image:
    """What the steps of a stage make."""

    root: Path
    folder: str = "/"
    user: str = "0:0"
    variables: dict[str, str] = field(default_factory=lambda: {"PATH": _SYSTEM_PATH})
    entry: tuple[str, ...] = ()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with no variable but its own and those of the network."""
        lent = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        if "PIP_CERT" in os.environ:
            shutil.copyfile(os.environ["PIP_CERT"], self.root / "etc" / "network.pem")
            lent["PIP_CERT"] = "/etc/network.pem"
        inside = ("sh", "-c", 'cd "$0" && exec "$@"', self.folder, *command)
        return subprocess.run(
            [
                *("unshare", "--mount", "sh", "-c", _IN_CHROOT, "sh", str(self.root), self.user),
                *("env", "-i", *(f"{n}={v}" for n, v in {**self.variables, **lent}.items())),
                *inside,
            ],
            capture_output=True,
            text=True,
            check=False,
        )

    def set(self, name: str, words: list[str], arguments: str) -> None:
        """Follow an instruction that says how commands run."""
        match name:
            case "WORKDIR":
                self.folder = words[0]
                (self.root / words[0].lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "ENV":
                for word in words:
                    key, _, value = word.partition("=")
                    self.variables[key] = _expanded(value, self.variables)
            case "USER":
                self.user = f"{words[0]}:{words[0]}"
            case "ENTRYPOINT":
                self.entry = tuple(json.loads(arguments))
            case _:
                assert name == "CMD", f"{name} is not followed here"

    def copy(self, source: Path, target: str) -> None:
        """Copy a file or what is in a folder, as COPY does."""
        place = self.root / str(PurePosixPath(self.folder, target)).lstrip("/")
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True, dirs_exist_ok=True)
        elif target.endswith("/"):
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)
        else:
            shutil.copyfile(source, place)


def instructions() -> Iterator[tuple[str, str]]:
    """Yield the instructions of the Dockerfile and their arguments."""
    lines = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    kept = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    for line in kept.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, arguments = line.partition(" ")
            yield name, arguments.strip()


def build(base: Path, folder: Path) -> Image:
    """Follow the Dockerfile; return what its last stage makes."""
    images: dict[str, Image] = {}
    image = Image(base)
    for name, arguments in instructions():
        words = shlex.split(arguments)
        if name == "FROM":
            root = folder / f"stage{len(images)}"
            subprocess.run(["cp", "-a", base, root], check=True)
            image = images.setdefault(words[-1] if "AS" in words else "", Image(root))
        elif name == "COPY":
            *sources, target = [word for word in words if not word.startswith("--from=")]
            stage = re.match(r"--from=(\S+)", arguments)
            start = images[stage[1]].root if stage else CHECKOUT
            for source in sources:
                image.copy(start / source.lstrip("/"), target)
        elif name == "RUN":
            done = image.run("sh", "-c", arguments)
            assert done.returncode == 0, done.stdout + done.stderr
        else:
            image.set(name, words, arguments)
    return image


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: variables[found[1]], text)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image; its base is Debian's own Python, in place of the one that Docker Hub has."""
    folder = tmp_path_factory.mktemp("image")
    base = folder / "base"
    done = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "stable", base],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    (base / "usr" / "bin" / "python").symlink_to("python3")
    for name in ("resolv.conf", "hosts"):
        shutil.copyfile(Path("/etc", name), base / "etc" / name)
    return build(base, folder)


def test_posecheck_runs_in_it_without_root(image: Image, tmp_path: Path) -> None:
    careful = write_recording(tmp_path / "careful")
    data = image.root / "data"
    shutil.copytree(careful.with_name(STEM), data / "sub-a" / STEM)
    shutil.copyfile(careful, data / "sub-a" / "sub-a.nwb")
    create_repository(data)  # it belongs to root, as a mounted folder may
    assert image.user == "1000:1000"
    assert image.folder == "/data"

    options = ("--engine", "pose", "--diff-base", "HEAD", "--output", "json")
    nothing = image.run(*image.entry, "validate", ".", *options)
    assert nothing.returncode == 0, nothing.stderr

    (video,) = (data / "sub-a" / STEM).glob("*.mp4")
    video.unlink()
    lost = image.run(*image.entry, "validate", ".", *options)
    assert lost.returncode == 1, lost.stderr
    assert "VID002" in {finding["code"] for finding in json.loads(lost.stdout)["findings"]}
    assert image.run("touch", "/opt/posecheck/new").returncode != 0, "it could change itself"
