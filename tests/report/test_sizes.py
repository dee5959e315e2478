"""Numbers of bytes."""

from __future__ import annotations

import pytest

from posecheck.report.sizes import sized


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_960, "100 kB"),
        (999_400, "999 kB"),
        (999_600, "1.0 MB"),
        (3_400_000_000, "3.4 GB"),
        (2.5e18, "2,500.0 PB"),
    ],
)
def test_sizes_are_reported_as_people_do(count: float, text: str) -> None:
    assert sized(count) == text
