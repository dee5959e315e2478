"""Check files again that were fixed, and undo those that are not as planned.

A fix after which its finding still stands, or after which something is wrong that was not, is a
fault of posecheck. The file is again what it was, and the report says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from posecheck.catalog import load_catalog
from posecheck.config.schema import Configuration
from posecheck.engine.run_plan import VALIDATOR, configuration_of, make_plan
from posecheck.engine.runner import run
from posecheck.engine.settings import Settings
from posecheck.fix.apply.change_set import FIX, change_set_of
from posecheck.fix.apply.outcomes import Fixed, UndoneFile
from posecheck.fix.collect.new_errors import superseded_by
from posecheck.fix.plan.moved_places import place_after
from posecheck.fix.plan.values import FixPlan, PlannedFile
from posecheck.model.errors import ApplyError, InternalError, PosecheckError
from posecheck.model.finding import Finding, Severity
from posecheck.model.progress import ProgressListener
from posecheck.model.report import FileReport
from posecheck.model.wording import counted
from posecheck.transaction.items import list_items
from posecheck.transaction.undo import restore_in_place, undo

_UNREADABLE = "NWBI.unreadable"
"""NWB Inspector's code of a file that pynwb does not read: nothing else is said of it."""


@dataclass(frozen=True, slots=True)
class Check:
    """How the files of a plan are checked again.

    Attributes
    ----------
    settings, configuration
        What `posecheck.engine.runner.run` takes.
    """

    settings: Settings
    configuration: Configuration


def prepare_check(plan: FixPlan, *, jobs: int | None) -> Check:
    """Read what the check afterwards needs: nothing is touched that could not be checked again.

    Parameters
    ----------
    plan
        The plan.
    jobs
        As of `posecheck.fix.apply.apply_plan`.

    Raises
    ------
    UsageError, ConfigurationError
        If the plan names a code that does not exist, or its configuration cannot be used any more.
    """
    check = plan.check
    settings = Settings(
        paths=tuple(file.source for file in plan.files),
        select=check.select,
        extend_select=check.extend_select,
        ignore=check.ignore,
        per_file_ignores=check.per_file_ignores,
        globs_from=Path(check.globs_from) if check.globs_from else None,
        config=Path(check.config) if check.config else None,
        isolated=not check.config,
        engines=check.engines,
        inspector_config=check.inspector_config,
        linked_from=tuple(map(Path, check.linked_from)),
        jobs=jobs,
        remember=False,  # what was changed is looked at
    )
    configuration = configuration_of(settings)
    make_plan(settings, configuration, found=())
    return Check(settings, configuration)


def check_again(
    plan: FixPlan,
    done: Fixed,
    check: Check,
    *,
    trust_journal: bool = False,
    listener: ProgressListener | None = None,
) -> Fixed:
    """Check the files of a plan again, and undo those that are not as planned.

    Parameters
    ----------
    plan
        The plan.
    done
        What was done.
    check
        How they are checked.
    trust_journal
        Whether the run may be undone though another user began it.
    listener
        As of `posecheck.fix.apply.apply_plan`.

    Raises
    ------
    ApplyError
        If something stops the check, or a file cannot be undone. It says what can be done.
    InternalError
        If posecheck fails. It says so, too.
    KeyboardInterrupt
        When interrupted, with a sentence that says the same.
    """
    with _explained(plan, done):
        return _check_again(plan, done, check, trust_journal=trust_journal, listener=listener)


@contextlib.contextmanager
def _explained(plan: FixPlan, done: Fixed) -> Iterator[None]:
    """Turn what stops the check into a sentence that says what was done, and can be done."""
    are = "is" if done.files == 1 else "are"
    how_far = (
        f" {counted(done.files, 'file')} {are} fixed, and not checked again. ",
        FIX.undo.of(plan.root),
        f" undoes {'it' if done.files == 1 else 'them'}.",
    )
    try:
        yield
    except KeyboardInterrupt as interrupt:
        # It may be of another kind that carries a signal's number.
        interrupt.args = (ApplyError("interrupted.", *how_far),)
        raise
    except InternalError as error:
        raise InternalError(_sentence(error), *how_far) from error
    except PosecheckError as error:
        raise ApplyError(_sentence(error), *how_far) from error


def _sentence(error: PosecheckError) -> PosecheckError:
    """Return an error whose text ends in a full stop."""
    return error if str(error).endswith(".") else PosecheckError(error, ".")


def _check_again(
    plan: FixPlan,
    done: Fixed,
    check: Check,
    *,
    trust_journal: bool,
    listener: ProgressListener | None,
) -> Fixed:
    report = run(check.settings, check.configuration, progress=listener)
    found = {file.path: file for file in report.files}
    wrong: dict[int, str] = {}
    for number, file in enumerate(plan.files):
        now = found.get(_display(file, found))
        reason = next(_faults(file, now), "") if now is not None else "it was not checked"
        if reason:
            wrong[number] = reason
    if wrong:
        _undo_files(plan, done, wrong, trust=trust_journal)
    return replace(
        done,
        files=done.files - len(wrong),
        findings=done.findings - sum(len(plan.files[number].fixes) for number in wrong),
        bytes=done.bytes - sum(plan.files[number].stamp.size for number in wrong),
        undone=tuple(
            UndoneFile(path=plan.files[number].path, reason=reason)
            for number, reason in wrong.items()
        ),
        report=report,
    )


def _display(file: PlannedFile, found: dict[str, FileReport]) -> str:
    """Return the path by which a file is in a report: from the current folder, where it lies in."""
    if file.source in found:
        return file.source
    try:
        return str(Path(file.source).relative_to(Path.cwd()))
    except ValueError:
        return file.source


def _faults(file: PlannedFile, now: FileReport) -> Iterator[str]:
    # Its message may be another one: a video that was exchanged has another size.
    fixed = {(fix.code, fix.location) for fix in file.fixes}
    expected = {(one.code, one.location, one.message) for one in file.remaining}
    for finding in now.findings:
        place = (finding.code, finding.location)
        if place in fixed and (*place, finding.message) not in expected:
            yield f"{finding.code} at {finding.location} still stands: {finding.message}"
    known = {(one.code, place_after(one.location, file.edits)) for one in file.errors}
    rules = load_catalog(with_cases=False)
    uncovered = {*superseded_by({fix.code for fix in file.fixes}, rules), *file.unchecked}
    was_unreadable = _UNREADABLE in {*uncovered, *(one.code for one in file.errors)}
    for finding in now.findings:
        is_new = (finding.code, finding.location) not in known
        if finding.code in uncovered or (was_unreadable and _is_foreign(finding)):
            continue  # it was there, and could not be seen
        if finding.severity is Severity.ERROR and is_new:
            yield f"{finding.code} at {finding.location} is new: {finding.message}"


def _is_foreign(finding: Finding) -> bool:
    return finding.origin.validator != VALIDATOR


def _undo_files(plan: FixPlan, done: Fixed, wrong: dict[int, str], *, trust: bool) -> None:
    root = Path(plan.root)
    if len(wrong) == len(plan.files):
        undo(root, FIX, trust_journal=trust)
        return
    numbers = {item.number for item in list_items(change_set_of(plan), "")} & wrong.keys()
    restore_in_place(root, FIX, done.run, numbers, trust_journal=trust)
