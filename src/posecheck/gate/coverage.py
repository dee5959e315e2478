"""What a run has checked: of which entries of a baseline it would have made the findings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from posecheck.catalog import load_catalog
from posecheck.engine.report_root import holds_folder, path_in
from posecheck.engine.run_plan import Plan
from posecheck.model.baseline import KnownFinding
from posecheck.model.file_reports import totals_of
from posecheck.model.report import FileReport, FileStatus, Report
from posecheck.model.rule import Scope
from posecheck.sources.remote_access import is_address
from posecheck.validators.codes import validator_of


class Coverage:
    """What a run has checked.

    An entry is only stale if the run looked where its finding was. A file that could not be read,
    a rule that was not selected or that could not be evaluated there says nothing about it.

    Parameters
    ----------
    plan
        What the run did.
    report
        What it found.
    named
        The paths that the user named.
    """

    def __init__(self, plan: Plan, report: Report, named: Sequence[str]) -> None:
        self._root = plan.root
        self._paths = named
        statuses = totals_of(report.files).statuses
        self._is_whole = report.changes is None and set(statuses) <= {FileStatus.CHECKED}
        self._reports = report.files
        self._named = [Path(os.path.abspath(text)) for text in named or (".",)]  # noqa: PTH100
        self._rules = {rule.code: rule for rule in plan.rule_set.rules}
        self._catalog = {rule.code for rule in load_catalog(with_cases=False)}
        self._engines = {validator.name for validator in plan.selection.validators}
        self._silent = set(plan.rule_set.foreign_ignores)
        ignored = {
            item.display_path: codes for item, codes in zip(plan.found, plan.ignored, strict=True)
        }
        self._files = {
            path_in(plan.root, file.path): (place, ignored[file.path])
            for place, file in enumerate(report.files)
        }
        self._dandisets = {path_in(plan.root, block.path): block for block in report.dandisets}

    def holds(self, entry: KnownFinding) -> bool:
        """Whether the run would have made the findings of an entry."""
        other = validator_of(entry.code)
        rule = self._rules.get(entry.code)
        if rule is None and entry.code in self._catalog:
            return False
        if rule is not None and Scope.DANDISET in rule.scopes:
            return self._is_whole and self._is_clear_of(entry)
        if other is not None and other.engine not in self._engines:
            return False
        if entry.path not in self._files:
            return self._is_gone(entry.path)
        place, ignored = self._files[entry.path]
        file = self._reports[place]
        if file.status is not FileStatus.CHECKED or self._is_silent(entry.code, ignored):
            return False
        if other is not None and other.engine not in file.validators_run:
            return False
        return entry.code not in {skip.code for skip in file.skipped}

    def _is_clear_of(self, entry: KnownFinding) -> bool:
        """Whether a rule over several files was evaluated on the dandiset that holds a file."""
        block = self._dandiset_of(entry.path)
        if block is None or not holds_folder(self._paths, Path(os.path.abspath(block.path))):  # noqa: PTH100
            return False
        return entry.code not in {skip.code for skip in block.skipped}

    def _is_silent(self, code: str, ignored: frozenset[str]) -> bool:
        silent = self._silent | ignored
        return code in silent or code.partition(".")[0] in silent

    def _dandiset_of(self, path: str) -> FileReport | None:
        folders = map(str, (PurePosixPath(path), *PurePosixPath(path).parents))
        return next((self._dandisets[each] for each in folders if each in self._dandisets), None)

    def _is_gone(self, path: str) -> bool:
        if is_address(path):
            return False  # nobody asked whether it is still there
        absolute = Path(os.path.abspath(Path(self._root, path)))  # noqa: PTH100
        is_named = any(each == absolute or each in absolute.parents for each in self._named)
        return is_named and not os.path.lexists(absolute)
