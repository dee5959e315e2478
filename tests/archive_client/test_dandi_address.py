"""Addresses of an archive are read by dandi's parser, and nobody is asked."""

from __future__ import annotations

import subprocess
import sys

import pytest

from posecheck.archive.dandi_address import (
    DandiAddress,
    Part,
    instance_named_by,
    is_dandi_address,
    parse_dandi_address,
)
from posecheck.archive.resources import RemoteAsset
from posecheck.model.errors import UsageError

ID = "5df3baf2-08f2-4e12-86fc-9c2b8d5a7ef7"
API = "https://api.dandiarchive.org/api"
ASSETS = f"{API}/dandisets/000409/versions/draft/assets/"
HERE = "http://127.0.0.1:4000"

READ = {
    "DANDI:000409": ("dandi", "", Part.EVERYTHING, ""),
    "dandi:000409/0.240101.1200": ("dandi", "0.240101.1200", Part.EVERYTHING, ""),
    "DANDI:000409/draft": ("dandi", "draft", Part.EVERYTHING, ""),
    "DANDI-SANDBOX:000409": ("dandi-sandbox", "", Part.EVERYTHING, ""),
    "EMBER-DANDI:000409": ("ember-dandi", "", Part.EVERYTHING, ""),
    "https://identifiers.org/DANDI:000409": ("dandi", "", Part.EVERYTHING, ""),
    "dandi://dandi/000409": ("dandi", "", Part.EVERYTHING, ""),
    "dandi://dandi/000409@draft/s/a.nwb": ("dandi", "draft", Part.PATH, "s/a.nwb"),
    "dandi://dandi/000409/sub-1/": ("dandi", "", Part.FOLDER, "sub-1"),
    "dandi://dandi/000409@draft/sub-*/*.nwb": ("dandi", "draft", Part.GLOB, "sub-*/*.nwb"),
    "dandi://127.0.0.1:4000/000409@draft/s": (HERE, "draft", Part.PATH, "s"),
    "dandi://archive.lab.org/000409": ("https://archive.lab.org", "", Part.EVERYTHING, ""),
    "https://dandiarchive.org/dandiset/000409": ("dandi", "", Part.EVERYTHING, ""),
    "https://dandiarchive.org/#/dandiset/000409/draft": ("dandi", "draft", Part.EVERYTHING, ""),
    "https://dandiarchive.org/dandiset/000409/draft/files?location=sub-1%2Fx&page=2": (
        *("dandi", "draft", Part.FOLDER, "sub-1/x"),
    ),
    "https://dandiarchive.org/dandiset/000409/draft/files?page=2": (
        *("dandi", "draft", Part.EVERYTHING, ""),
    ),
    "https://gui.dandiarchive.org/#/dandiset/000409/0.2.3/files?location=sub-1": (
        *("dandi", "0.2.3", Part.FOLDER, "sub-1"),
    ),
    "https://sandbox.dandiarchive.org/dandiset/000409": ("dandi-sandbox", "", Part.EVERYTHING, ""),
    f"{API}/dandisets/000409": ("dandi", "", Part.EVERYTHING, ""),
    f"{API}/dandisets/000409/versions/draft/": ("dandi", "draft", Part.EVERYTHING, ""),
    f"{ASSETS}": ("dandi", "draft", Part.EVERYTHING, ""),
    f"{ASSETS}?page_size=9&path=a/b_x+y%20z": (*("dandi", "draft", Part.PREFIX, "a/b_x+y z"),),
    f"{ASSETS}?glob=*.nwb": (*("dandi", "draft", Part.GLOB, "*.nwb"),),
    f"{ASSETS}{ID}/download/": (*("dandi", "draft", Part.ASSET_ID, ID),),
    f"{HERE}/dandiset/000409/draft/files?location=s": (HERE, "draft", Part.FOLDER, "s"),
    f"{HERE}/api/dandisets/000409/versions/draft": (HERE, "draft", Part.EVERYTHING, ""),
}


@pytest.mark.parametrize("text", READ)
def test_an_address_is_read(text: str) -> None:
    assert is_dandi_address(text)
    instance, version, part, name = READ[text]
    assert parse_dandi_address(text) == DandiAddress(
        text=text, instance=instance, dandiset="000409", version=version, part=part, name=name
    )


def test_an_asset_without_its_dandiset_is_read() -> None:
    parsed = parse_dandi_address(f"{API}/assets/{ID}/download/")
    assert (parsed.dandiset, parsed.part, parsed.name) == ("", Part.ASSET_ID, ID)


@pytest.mark.parametrize(
    "text",
    [
        *("a.nwb", "C:000409", "C:/a/000409", "C:\\000409", "sub-1/DANDI:000409.nwb"),
        *("https://host/a.nwb", "https://host/dandisets/000409/a.nwb"),
        *("s3://dandiarchive/blobs/a", f"https://dandiarchive.s3.amazonaws.com/blobs/{ID}"),
        "https://notdandiarchive.org/a.nwb",
    ],
)
def test_what_is_no_address_of_an_archive(text: str) -> None:
    assert not is_dandi_address(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NOPE:000409", "there is no archive named 'NOPE'. dandi knows dandi, "),
        ("dandi://nope/000409", "there is no archive named 'nope'. dandi knows dandi, "),
        ("dandi://dandi", "names an archive, and no dandiset of it"),
        ("dandi://dandi/", "with_pose"),
        ("dandi://nope/", "there is no archive named 'nope'"),
        ("dandi://dandi/409", "names no dandiset"),
        ("DANDI:000409/newest", "names no dandiset, and no part of one. Write DANDI:000409"),
        ("https://dandiarchive.org/about", "names no dandiset"),
        ("dandi://dandi/000108/s/a.ome.zarr/0/0", "leads into a Zarr: name s/a.ome.zarr itself"),
        ("dandi://me:secret@lab.org/000409", "a user and a password"),
        ("https://me:secret@dandiarchive.org/dandiset/000409", "a user and a password"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_dandi_address(text)
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        ("DANDI:000409", {"s/a.nwb", "s/v/a.mp4", "s2/B.nwb"}),
        ("dandi://dandi/000409/s/", {"s/a.nwb", "s/v/a.mp4"}),
        ("dandi://dandi/000409/s", {"s/a.nwb", "s/v/a.mp4"}),
        ("dandi://dandi/000409/s/a.nwb", {"s/a.nwb"}),
        ("dandi://dandi/000409/S/a.nwb", set()),
        ("dandi://dandi/000409/*/*.nwb", {"s/a.nwb", "s2/B.nwb"}),
        ("dandi://dandi/000409/s*b.nwb", {"s2/B.nwb"}),
        (f"{ASSETS}?path=S2", {"s2/B.nwb"}),
        (f"{ASSETS}{ID}/", {"s2/B.nwb"}),
    ],
)
def test_an_address_selects_assets(text: str, selected: set[str]) -> None:
    assets = [
        RemoteAsset(path="s/a.nwb", asset_id="1", size=1),
        RemoteAsset(path="s/v/a.mp4", asset_id="2", size=1),
        RemoteAsset(path="s2/B.nwb", asset_id=ID, size=1),
    ]
    address = parse_dandi_address(text)
    assert {asset.path for asset in assets if address.selects(asset)} == selected


def test_asking_whether_imports_no_dandi_and_reading_asks_no_server() -> None:
    script = (
        "import socket, sys\n"
        "from posecheck.archive.dandi_address import is_dandi_address, parse_dandi_address\n"
        "assert is_dandi_address('DANDI:000409') and 'dandi' not in sys.modules\n"
        "def refuse(*_, **__): raise AssertionError('a server is asked')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "for text in sys.argv[1:]: parse_dandi_address(text)\n"
    )
    subprocess.run([sys.executable, "-c", script, *READ], check=True)


@pytest.mark.parametrize(
    ("text", "instance"),
    [
        ("dandi://dandi", "dandi"),
        ("dandi://DANDI-sandbox/", "dandi-sandbox"),
        ("dandi://archive.example.org", "https://archive.example.org"),
        ("dandi://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("dandi://dandi/000409", None),
        ("DANDI:000409", None),
        ("dandi", None),
    ],
)
def test_which_archive_an_address_names_alone(text: str, instance: str | None) -> None:
    assert instance_named_by(text) == instance
