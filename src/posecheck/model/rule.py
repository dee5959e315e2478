"""What a rule is: a declaration, its parameters, and what its function yields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from posecheck.model.display import one_line
from posecheck.model.edit import Edit, FixSafety
from posecheck.model.finding import Severity
from posecheck.model.fix import Fix
from posecheck.model.values import Value


class Scope(StrEnum):
    """What a rule is evaluated on: the type of its function's first argument.

    The values name the argument in a declaration's cases.
    """

    RECORDING = "recording"
    VIDEO = "video"
    IMAGE = "image"
    CONTAINER = "container"
    SERIES = "series"
    SKELETON = "skeleton"
    CAMERA = "camera"
    TRAINING = "training"
    DANDISET = "dandiset"
    ASSET = "asset"


class Guard(StrEnum):
    """Files that a rule reports although it was not selected.

    Such a file must not pass because only other rules were asked for.
    """

    BLOCKED = "blocked"
    """It cannot be checked: not read, not NWB, not fetched, or its check did not end."""
    STOPPED = "stopped"
    """Another validator was stopped before it had checked the file."""


class Need(StrEnum):
    """Facts that cost something to obtain; a rule declares those that it reads."""

    POSITIONS = "positions"
    CONFIDENCE = "confidence"
    TIMESTAMPS = "timestamps"
    CLOCKS = "clocks"
    INSTANCES = "instances"
    REPROJECTION = "reprojection"
    TARGETS = "targets"
    VIDEO = "video"
    PYNWB = "pynwb"
    METADATA = "metadata"
    DANDISET = "dandiset"


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule reports: where, in which wording, and the values that its message names.

    ``edits`` (see `with_edits`) say what to change in the file, in this order, so that the rule has
    nothing to report there any more; empty where only a person can decide. ``is_outside`` is
    for rules that report a file outside a dandiset less severely.
    """

    location: str
    variant: str
    values: Mapping[str, Value]
    edits: tuple[Edit, ...]
    is_outside: bool

    def __init__(self, location: str, /, variant: str = "", **values: Value) -> None:
        object.__setattr__(self, "location", location)
        object.__setattr__(self, "variant", variant)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "edits", ())
        object.__setattr__(self, "is_outside", False)

    def with_edits(self, *edits: Edit) -> Hit:
        """Return the same hit with what to change in the file."""
        hit = Hit(self.location, self.variant, **self.values)
        object.__setattr__(hit, "edits", edits)
        object.__setattr__(hit, "is_outside", self.is_outside)
        return hit

    def outside_dandiset(self) -> Hit:
        """Return the same hit in a file that lies in no dandiset."""
        hit = self.with_edits(*self.edits)
        object.__setattr__(hit, "is_outside", True)
        return hit


@dataclass(frozen=True, slots=True)
class Skip:
    """A rule cannot be evaluated: where, and why."""

    location: str
    reason: str


class Params(Mapping[str, Value]):
    """The parameters of a rule as they stand in this run: defaults, then configuration."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def number(self, name: str) -> float:
        """Return a numeric parameter."""
        value = self._values[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"parameter {name!r} is not a number: {value!r}")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        """Return a parameter that is a list of strings."""
        value = self._values[name]
        if not isinstance(value, tuple):
            raise TypeError(f"parameter {name!r} is not a list: {value!r}")
        return tuple(str(word) for word in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A threshold or a list that a configuration may set.

    Attributes
    ----------
    default
        The value when nobody sets it. ``None`` where ``source`` provides it.
    what
        What it means, with its unit.
    source
        A constant of dandi's that the engine looks up (``dandi.consts:VIDEO_FILE_EXTENSIONS``), so
        that the installed dandi and posecheck agree.
    """

    name: str
    what: str
    default: Value = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Another wording, and perhaps another severity, of the same defect.

    Attributes
    ----------
    fix, why_not, subject
        As those of the rule, which count if the declaration says nothing.
    """

    name: str
    message: str
    severity: Severity
    remedy: str
    fix: Fix | None = None
    why_not: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersession:
    """Findings of another rule, or of another validator, that one defect must not give as well.

    Attributes
    ----------
    code
        Theirs: ``FIL006``, ``pynwb.ShapeError``.
    linked
        Whether an object is meant, too, that a link ties to the place: the skeleton or the video of
        a container, and the containers of a skeleton or a video.
    same
        The name of a value: only what covers no more than this one is dropped, the nodes that it
        names, say.
    variants
        Which of its variants the rule must report; any of them if empty.
    """

    code: str
    linked: bool = False
    same: str = ""
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An example of a declaration: a subject, and the messages that it must give.

    Attributes
    ----------
    scope
        What the subject is, of a rule that checks more than one; ``None`` for the rule's own scope.
    """

    id: str
    subject: Mapping[str, Any]
    scope: Scope | None = None
    expect: tuple[str, ...] = ()
    severity: Severity | None = None
    skipped: str = ""
    parameters: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule's declaration, as ``rules/<family>/<CODE>.toml`` states it.

    Attributes
    ----------
    code, name
        ``VID002`` and ``external-file-missing``: the slug names the defect, never the remedy.
    family
        The folder that holds it, and the module of ``posecheck.rules`` that implements it.
    severity, message, remedy
        The default wording; ``variants`` hold others.
    scope
        What its function is called with.
    severity_outside
        The severity of every wording where the file lies in no dandiset; ``None`` for the same.
    also
        A further scope, whose subjects the same function checks: a rule on one file that can report
        of several files, too.
    needs
        Facts that must be gathered before it can be evaluated.
    sample
        Whether what it reports of a sample of the rows is true of all: one row proves it.
    fix
        What the edits of a hit change; ``None`` if a hit without a variant has none.
    why_not
        Why there is no fix, in a sentence. May be empty.
    reads
        The fields that it reads, as `posecheck.model.stored_fields` names them: where one of them
        is stored and cannot be understood, the rule is skipped on that object.
    compares
        Further fields, with which it compares what it reports in any case: where one of them cannot
        be understood, less is compared, and nothing is kept back.
    reports
        Those that it reads and whose shape it checks itself.
    supersedes
        What is dropped where this one reports.
    subject
        The name of the value of a hit that is the finding's subject: a referenced path, a node, a
        camera. Empty where the location says it all.
    guards
        Which files it reports although it was not selected.
    """

    code: str
    name: str
    family: str
    severity: Severity
    scope: Scope
    since: str
    message: str
    what: str
    why: str
    remedy: str
    severity_outside: Severity | None = None
    also: Scope | None = None
    needs: tuple[Need, ...] = ()
    sample: bool = False
    parameters: tuple[Parameter, ...] = ()
    variants: Mapping[str, Variant] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    compares: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()
    supersedes: tuple[Supersession, ...] = ()
    guards: tuple[Guard, ...] = ()
    references: tuple[str, ...] = ()
    fix: Fix | None = None
    why_not: str = ""
    subject: str = ""
    cases: tuple[Case, ...] = ()

    def __repr__(self) -> str:
        return one_line(self, f"{self.code} {self.name}", self.severity.value)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Everything that its function is called with."""
        return (self.scope,) if self.also is None else (self.scope, self.also)

    @property
    def fix_safeties(self) -> tuple[FixSafety, ...]:
        """The safety of each fix that it has in some wording, safe first."""
        fixes = (self.fix, *(variant.fix for variant in self.variants.values()))
        found = {fix.safety for fix in fixes if fix is not None}
        return tuple(safety for safety in FixSafety if safety in found)

    @property
    def is_of_archive(self) -> bool:
        """Whether it is about what an archive holds: no file on a disk is checked for it."""
        return self.scope is Scope.ASSET

    def is_evaluated(self, *, on_archive: bool) -> bool:
        """Whether a check of recordings evaluates it.

        Parameters
        ----------
        on_archive
            Whether an archive holds some of the recordings.
        """
        return not self.is_of_archive or (on_archive and self.also is not None)


RuleFunction = Callable[[Any, Params], Iterator[Hit | Skip]]
"""``def vid002(video: Video, params: Params) -> Iterator[Hit | Skip]``: pure, and opens nothing."""
