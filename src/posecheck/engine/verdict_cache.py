"""Verdicts of earlier runs on files of this machine, each taken only if nothing changed.

A verdict is kept with everything that its check asked of the disk (`posecheck.sources.questions`),
under everything else that it depends on: the file's address, how it is printed, what is ignored in
it, and the rules, options, limits and versions of the run. The next run asks each question again.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Iterator

from posecheck.engine.check_memory import CheckMemory
from posecheck.engine.checked_document import checked_from_text, checked_to_text
from posecheck.engine.file_check import CheckedFile
from posecheck.engine.reading_limit import data_of
from posecheck.engine.run_identity import run_identity
from posecheck.engine.run_plan import Plan
from posecheck.engine.settings import Settings
from posecheck.files.cache_database import CacheDatabase
from posecheck.sources.local_source import LocalSource
from posecheck.sources.questions import Answers, Asker, absolute

_KIND = "verdicts"
_UNREADABLE = (
    *(zlib.error, KeyError, TypeError, ValueError, AttributeError, IndexError),
    RecursionError,  # JSON that is nested without end
)


class VerdictMemory(CheckMemory):
    """What earlier runs said of the files of a plan.

    Parameters
    ----------
    plan
        What the run will do.
    settings
        What the user asked for.
    database
        Where verdicts are kept.
    """

    def __init__(self, plan: Plan, settings: Settings, database: CacheDatabase) -> None:
        self._plan = plan
        self._linked_from = settings.linked_from
        self._database = database
        linked_from = [absolute(str(folder)) for folder in settings.linked_from]
        self._run = json.dumps([run_identity(plan, settings), linked_from])

    def records(self, place: int) -> bool:
        """Return whether the check of a file is worth to be taken down."""
        item = self._plan.found[place]
        return type(item.source) is LocalSource and not item.obstacle

    def known(self, place: int) -> CheckedFile | None:
        """Return what an earlier run said of a file, if nothing that it asked has changed."""
        source = self._plan.found[place].source
        if not self.records(place) or not isinstance(source, LocalSource):
            return None
        payload = self._database.get(_KIND, self._key(place))
        if payload is None:
            return None
        try:
            questions, checked = json.loads(zlib.decompress(payload))
            asked: Answers = {tuple(question): answer for *question, answer in questions}
            if not Asker(source, self._linked_from).answers(asked):
                return None
            known = checked_from_text(checked)
        except _UNREADABLE:
            return None
        self.remembered += 1
        return known

    def keep(self, place: int, checked: CheckedFile) -> None:
        """Keep what was said of a file, unless the next run may say something else."""
        if checked.asked is None or not self.records(place):
            return
        try:
            text = checked_to_text(checked)
            again = checked_from_text(text)
            # Equal values can be printed in two ways: 100 and 100.0.
            if again != _without_questions(checked) or checked_to_text(again) != text:
                return
        except _UNREADABLE:
            return
        questions = [[*question, answer] for question, answer in checked.asked.items()]
        payload = zlib.compress(json.dumps([questions, text]).encode(), level=1)
        self._database.put(_KIND, self._key(place), payload)

    def _key(self, place: int) -> str:
        source = self._plan.found[place].source
        ignored = sorted(self._plan.ignored[place])
        data = data_of(source, self._plan.data).value
        return json.dumps([self._run, absolute(source.address), source.display_path, ignored, data])


@contextlib.contextmanager
def open_verdicts(plan: Plan, settings: Settings) -> Iterator[CheckMemory]:
    """Open the verdicts of earlier runs, as long as the block runs.

    Parameters
    ----------
    plan
        What the run will do.
    settings
        What the user asked for; where it is not to remember, nothing is known.
    """
    if not settings.remember:
        yield CheckMemory()
        return
    with contextlib.closing(CacheDatabase()) as database:
        yield VerdictMemory(plan, settings, database)


def _without_questions(checked: CheckedFile) -> CheckedFile:
    return CheckedFile(
        report=checked.report, summary=checked.summary, asset_metadata=checked.asset_metadata
    )
