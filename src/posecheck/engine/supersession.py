"""One defect, one finding: drop what another finding has said, as the declarations have it.

A rule's ``supersedes`` names codes, its own or another validator's. Their findings are dropped
where they are about the place that the rule's finding is about: about an object inside it, the
object that has it, or the whole file, where a validator cannot say what it choked on. A finding at
the root is about everything in the file, unless its value ``object`` says that the root itself is
meant.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from posecheck.model.finding import WHOLE_FILE, Finding
from posecheck.model.recording import Recording
from posecheck.model.rule import Rule, Supersession
from posecheck.model.values import Value

_OF_THE_WHOLE_FILE = ("FIL006", "LAY009", "NWBI.unreadable", "pynwb.GENERIC")
"""What shows that a file was given up, at its root if it is not known for which object."""

_GENERAL = "/general"
"""Where fields of the NWBFile itself lie, session_id for one."""

_ON_CLOCKS = ("timestamp", "duration")
"""What is in the codes of those checks that look at timestamps."""


def drop_superseded(
    findings: Sequence[Finding], rules: Iterable[Rule], recording: Recording
) -> list[Finding]:
    """Drop the findings that another one supersedes.

    Parameters
    ----------
    findings
        Of posecheck's rules and of other validators.
    rules
        Their ``supersedes`` say what stays silent.
    recording
        What is said of a timestamps dataset is said of every series that links it, and what is
        said of a skeleton or a video may concern the containers that link it.
    """
    superseding = {rule.code: rule.supersedes for rule in rules if rule.supersedes}
    ties = _Ties(recording)
    # What is said of an object comes first: it explains why the whole file was given up. Only where
    # it does not, the finding on the whole file stands, and says what others say of the same.
    of_objects = [finding for finding in findings if not _is_of_the_whole_file(finding)]
    kept = _without_silenced(findings, _silenced_by(of_objects, superseding, ties))
    standing = [finding for finding in kept if _is_of_the_whole_file(finding)]
    return _without_silenced(kept, _silenced_by(standing, superseding, ties))


def _is_of_the_whole_file(finding: Finding) -> bool:
    is_at_root = finding.location == WHOLE_FILE and not _is_of_the_root(finding)
    return is_at_root and finding.code in _OF_THE_WHOLE_FILE


def _is_of_the_root(finding: Finding) -> bool:
    return finding.values.get("object") == WHOLE_FILE


def _silenced_by(
    findings: Iterable[Finding], superseding: Mapping[str, Sequence[Supersession]], ties: _Ties
) -> _SilencedByCode:
    silenced: _SilencedByCode = defaultdict(dict)
    for finding in findings:
        for supersession in superseding.get(finding.code, ()):
            if supersession.variants and finding.variant not in supersession.variants:
                continue
            of_code = silenced[supersession.code]
            found = of_code.setdefault((finding.code, supersession), _Silenced(supersession.same))
            found.add(finding, ties.around(finding, linked=supersession.linked))
    return silenced


def _without_silenced(findings: Iterable[Finding], silenced: _SilencedByCode) -> list[Finding]:
    return [
        finding
        for finding in findings
        if not any(found.covers(finding) for found in silenced.get(finding.code, {}).values())
    ]


def join_shared(findings: Iterable[Finding], recording: Recording) -> Iterator[Finding]:
    """Say once what a validator says of one dataset at each object that links it.

    Parameters
    ----------
    findings
        Of other validators. What they say of timestamps, they say of every series and video.
    recording
        Which of these share one dataset.

    Yields
    ------
    Finding
        At the first of the objects, with all of them as ``places``.
    """
    sharing = _Ties(recording).sharing
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    order: list[tuple[str, str, str]] = []
    for finding in findings:
        on_clock = any(word in finding.code for word in _ON_CLOCKS)
        dataset = sharing.get(finding.location, "") if on_clock else ""
        message = finding.message if dataset else f"{finding.location}: {finding.message}"
        key = (finding.code, dataset, message)
        if key not in groups:
            groups[key] = []
            order.append(key)
        groups[key].append(finding)
    for key in order:
        first, *others = groups[key]
        if others and key[1]:
            places = tuple(finding.location for finding in groups[key])
            yield replace(first, values={**first.values, "places": places})
        else:
            yield from groups[key]


class _Silenced:
    """Where findings of one code are dropped because those of another are reported.

    Parameters
    ----------
    same
        The value that limits what is silenced; empty if nothing does.
    """

    def __init__(self, same: str) -> None:
        self._same = same
        self._named: dict[str, set[Value]] = defaultdict(set)
        self._of_the_root: list[set[Value]] = []
        self._holders: dict[str, set[str]] = defaultdict(set)

    def add(self, finding: Finding, places: Iterable[str]) -> None:
        """Add a finding about some places."""
        if _is_of_the_root(finding):
            self._of_the_root.append(set(_entries(finding, self._same)))
            return
        for place in places:
            self._named[place].update(_entries(finding, self._same))
            self._holders[_holder_of(place)].add(place)

    def covers(self, finding: Finding) -> bool:
        """Whether a finding repeats what was reported already."""
        places: Iterable[str] = (*_upwards(finding.location), *self._holders[finding.location])
        if _is_of_the_whole_file(finding):
            places = tuple(self._named)
        reported = [self._named[place] for place in places if place in self._named]
        reported += self._of_the_root if finding.location == WHOLE_FILE else ()
        if not self._same:
            return bool(reported)
        entries = _entries(finding, self._same)
        return bool(entries) and any(set(entries) <= named for named in reported)


_SilencedByCode = dict[str, dict[tuple[str, Supersession], _Silenced]]
"""For each code that is silenced, by which code and declaration, and where."""


class _Ties:
    """Which objects of a recording belong together without lying in each other."""

    def __init__(self, recording: Recording) -> None:
        self._users: dict[str, list[str]] = defaultdict(list)
        self._linked: dict[str, set[str]] = defaultdict(set)
        clocks = [(series.clock, series.path) for series in recording.every_series()]
        clocks += [(video.clock, video.path) for video in recording.videos]
        for clock, path in clocks:
            if clock.timestamps is not None:
                self._users[clock.timestamps.path].append(path)
        for container in recording.every_container():
            skeleton = container.skeleton.path if container.skeleton is not None else None
            for other in (skeleton, container.source_video, container.labeled_video):
                if other is not None:
                    self._tie(container.path, other)
            for device in container.devices:
                self._tie(container.path, device)
        for training in recording.trainings:
            for frame in training.frames:
                if frame.source_video is not None:
                    self._linked[frame.source_video].add(frame.path)

    def _tie(self, one: str, other: str) -> None:
        self._linked[one].add(other)
        self._linked[other].add(one)

    @property
    def sharing(self) -> Mapping[str, str]:
        """For each series and video, the timestamps dataset that it shares with others."""
        return {
            path: dataset
            for dataset, paths in self._users.items()
            if len(paths) > 1
            for path in paths
        }

    def around(self, finding: Finding, *, linked: bool) -> set[str]:
        """Return the places that a finding is about."""
        stated = finding.values.get("places")
        objects = stated if isinstance(stated, tuple) and stated else (finding.location,)
        places: set[str] = set()
        for place in map(str, objects):
            places |= {place, *self._users.get(place, ())}
            if linked:
                places |= self._linked.get(place, set())
        return places


def _holder_of(place: str) -> str:
    """Return the object that has a field or a member: the file itself has what is in /general."""
    holder = place.rpartition("/")[0]
    return WHOLE_FILE if holder in {"", _GENERAL} else holder


def _upwards(location: str) -> Iterator[str]:
    """Yield a path, and those of everything that holds it, up to the root."""
    while location and location != WHOLE_FILE:
        yield location
        location = location.rpartition("/")[0]
    yield WHOLE_FILE


def _entries(finding: Finding, name: str) -> tuple[Value, ...]:
    value = finding.values.get(name)
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)
