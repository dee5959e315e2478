"""A Dask cluster reads and checks recordings for an upload; this machine sends them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.archive.server import Archive
from tests.dask_cluster import dask_cluster
from tests.end_to_end.upload.upload_command import files, held, upload


@pytest.mark.slow
def test_what_a_cluster_checks_arrives(
    archive: Archive, dandiset: str, two: Path, tmp_path: Path
) -> None:
    with dask_cluster(tmp_path / "cluster") as cluster:
        scheduler = ("--scheduler", cluster.address)
        done = upload(archive, two, "--no-cache", *scheduler, whole_gate=True)
        assert done.code == 0, done.stdout + done.stderr
        assert cluster.hosts() == []
        assert cluster.leftovers() == []
    assert held(archive, dandiset) == files(two)
