"""A plan to fix: frozen values, all that `apply` needs and all that a person has to see."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from posecheck.model.display import counted, one_line
from posecheck.model.edit import (
    DeleteAttribute,
    Edit,
    FixSafety,
    Place,
    SetAttribute,
    touched,
)
from posecheck.model.finding import Severity
from posecheck.model.stamp import Stamp


@dataclass(frozen=True, slots=True)
class FixChoice:
    """All fixes of one rule in one file, or in every file.

    Attributes
    ----------
    code
        The rule's code.
    file
        The file as the user would write it; empty for every file.
    """

    code: str
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFix:
    """A finding that goes away.

    Attributes
    ----------
    code, name, severity, location, message
        As in the finding.
    safety
        Whether the fix rests on an assumption.
    what, assumption
        What it changes, and what it assumes, as the rule says it; nothing is assumed by a safe one.
    edits
        What it changes, exactly.
    """

    code: str
    name: str
    severity: Severity
    location: str
    message: str
    safety: FixSafety
    what: str
    assumption: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """What becomes of one place in a file.

    Attributes
    ----------
    place
        The object, or its attribute.
    before, after
        What is there, in words: a value, or an array's type, shape, range and first values. Empty
        where nothing is.
    state
        What is there afterwards, as a digest.
    """

    place: Place
    before: str
    after: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFix:
    """A finding whose fix cannot be made.

    Attributes
    ----------
    code, location
        As in the finding.
    reason
        Why not, as a clause.
    """

    code: str
    location: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFinding:
    """A finding of the file as it is or will be, by which what is found afterwards is judged.

    Attributes
    ----------
    code, location, message
        As in the finding.
    """

    code: str
    location: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file that is changed.

    Attributes
    ----------
    source
        Where it lies: an absolute path of this machine.
    path
        The same, as the user would write it.
    stamp
        What lies there.
    target
        Its components from the root of the plan.
    fixes
        The findings that go away.
    changes
        What becomes of each place, in the order of the edits.
    edits
        What is done, in this order.
    refused
        Findings whose fix cannot be made; they stay.
    left_behind
        Bytes of data that are replaced and whose space HDF5 does not give back.
    errors
        The findings of severity error that the file has now.
    unchecked
        The rules that could not be evaluated, or not everywhere, on the file as it is, by their
        codes. What they find afterwards was there before.
    remaining
        The findings that stay, or come, of the rules that are fixed, at the same places.
    """

    source: str
    path: str
    stamp: Stamp
    target: tuple[str, ...]
    fixes: tuple[PlannedFix, ...]
    changes: tuple[PlannedChange, ...]
    edits: tuple[Edit, ...]
    refused: tuple[RefusedFix, ...] = ()
    left_behind: int = 0
    errors: tuple[StandingFinding, ...] = ()
    unchecked: tuple[str, ...] = ()
    remaining: tuple[StandingFinding, ...] = ()

    def changed_by(self, fix: PlannedFix) -> tuple[PlannedChange, ...]:
        """Return the changes that a fix makes, or has a part in."""
        return tuple(change for change in self.changes if _makes(fix, change.place))

    def only(self, code: str) -> PlannedFile:
        """Return what one rule changes, to be shown."""
        fixes = tuple(fix for fix in self.fixes if fix.code == code)
        changes = {change: None for fix in fixes for change in self.changed_by(fix)}
        return replace(self, fixes=fixes, changes=tuple(changes))


def _makes(fix: PlannedFix, place: Place) -> bool:
    for edit in fix.edits:
        if isinstance(edit, SetAttribute | DeleteAttribute):
            if place == Place(edit.path, edit.name):
                return True
        elif any(place.path == path or place.path.startswith(f"{path}/") for path in touched(edit)):
            return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class UntouchedFile:
    """A file with findings that could be fixed, and that is not changed.

    Attributes
    ----------
    path
        As the user would write it.
    findings
        How many findings have a fix.
    reason, remedy
        Why it is not changed, and what to do about it, as sentences.
    """

    path: str
    findings: int
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCheck:
    """How the files were checked, and are checked again.

    Attributes
    ----------
    select, extend_select, ignore, per_file_ignores, engines, inspector_config
        As in `posecheck.engine.settings.Settings`.
    globs_from
        The folder to which the globs of ``per_file_ignores`` are relative, absolute.
    config
        The configuration file that was named or found, absolute; empty if there was none.
    linked_from
        Folders to which links may lead.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    per_file_ignores: tuple[tuple[str, str], ...] | None = None
    globs_from: str = ""
    config: str = ""
    engines: tuple[str, ...] | None = None
    inspector_config: str | None = None
    linked_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixPlan:
    """What `apply` will do, exactly.

    Attributes
    ----------
    root
        The absolute folder that holds the files: their dandiset, if they lie in one.
    files
        What is changed.
    untouched
        Files that have something to fix and are left as they are.
    checked
        How many files were looked at.
    unsafe_fixes
        Whether fixes are made that rest on an assumption.
    repack
        Whether changed files are written again, so that the space of what is replaced is free.
    available
        How many findings could be fixed besides, if assumptions were allowed, by their code.
    left
        How many findings are left that have no fix, by their severity.
    check
        How the files were checked, and are checked again.
    """

    root: str
    files: tuple[PlannedFile, ...] = ()
    untouched: tuple[UntouchedFile, ...] = ()
    checked: int = 0
    unsafe_fixes: bool = False
    repack: bool = False
    available: tuple[tuple[str, int], ...] = ()
    left: tuple[tuple[Severity, int], ...] = ()
    check: PlannedCheck = field(default_factory=PlannedCheck)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.files

    @property
    def fixes(self) -> int:
        """How many findings go away."""
        return sum(len(file.fixes) for file in self.files)

    @property
    def refused(self) -> int:
        """How many findings have a fix that cannot be made."""
        return sum(len(file.refused) for file in self.files) + sum(
            file.findings for file in self.untouched
        )

    @property
    def codes(self) -> Counter[str]:
        """How many findings of each rule go away."""
        return Counter(fix.code for file in self.files for fix in file.fixes)

    def __repr__(self) -> str:
        what = f"{counted(self.fixes, 'finding')} in {counted(len(self.files), 'file')}"
        return one_line(self, f"fixes {what} below {self.root!r}")
