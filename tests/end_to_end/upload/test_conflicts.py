"""What only the archive reports while files are sent: a refusal that no second attempt passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.archive.sending import PLAIN, send
from tests.archive.server import Archive
from tests.end_to_end.upload.upload_command import FIRST, FIRST_VIDEO, OWN_RULES

import posecheck

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("sub-mouse01", "On the archive, sub-mouse01 is a file."),
        (f"{FIRST_VIDEO}/part.mp4", f"On the archive, {FIRST_VIDEO} is a folder."),
    ],
)
def test_a_conflict_of_paths_is_not_called_a_race(  # noqa: PLR0917
    archive: Archive,
    dandiset: str,
    one: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: str,
    said: str,
) -> None:
    """It came up after the plan was made; dandi 0.81 reports the archive's 409 alone."""
    monkeypatch.setenv(archive.token_variable, archive.token)
    plan = posecheck.plan_upload(dandiset=one, instance=archive.url, config=OWN_RULES)
    assert plan.refusals == ()
    send(archive, dandiset, there, [b"in the way"], PLAIN)

    report = posecheck.send_upload(plan)

    reasons = {outcome.path: outcome.reason for outcome in report.outcomes}
    assert said in reasons[FIRST_VIDEO]
    assert "as it is, no attempt can pass" in reasons[FIRST_VIDEO]
    assert "Somebody else" not in reasons[FIRST_VIDEO]
    assert FIRST in reasons
    assert not report.is_complete
