from __future__ import annotations

import pytest
from tests.adapters.judged import Verdicts, judge_all


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return judge_all(tmp_path_factory.mktemp("adapters"))
