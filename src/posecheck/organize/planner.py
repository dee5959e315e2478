"""From settings to a plan: find, read in workers, resolve, name, look at the dandiset, decide."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from posecheck.dandi_layout.constants import media_extensions
from posecheck.engine.discovery import Found
from posecheck.engine.executors import open_executor
from posecheck.execution.executor import Executor
from posecheck.model.errors import Argument, UsageError
from posecheck.model.progress import ProgressListener
from posecheck.model.recording import Recording
from posecheck.model.reference import parse_reference
from posecheck.organize.collect.destination import Folder
from posecheck.organize.collect.locations import (
    check_choices,
    find_sources,
    locate_dandiset,
    offered_folders,
)
from posecheck.organize.collect.namesakes import first_probes, further_probes, settle
from posecheck.organize.collect.nwb_files import (
    NwbFileContents,
    absolute,
    display_path,
    read_nwb_files,
)
from posecheck.organize.collect.other_recordings import SearchScope, read_other_recordings
from posecheck.organize.collect.recording_facts import describe
from posecheck.organize.collect.resolution import ReferenceResolver
from posecheck.organize.collect.video_probe import VideoProbe, probe_videos
from posecheck.organize.notes import (
    note_bids,
    note_linked_folders,
    note_unsearched_folders,
)
from posecheck.organize.plan.decision import decide
from posecheck.organize.plan.facts import Choices, Facts, MediaFacts, RecordingFacts, Resolution
from posecheck.organize.plan.values import (
    Conflict,
    ConflictKind,
    FileMode,
    OrganizePlan,
)
from posecheck.organize.settings import OrganizeSettings
from posecheck.transaction.steps import TransferMode

_ON_ONE_DEVICE = frozenset({TransferMode.REFLINK, TransferMode.HARDLINK})


def plan_organize(
    settings: OrganizeSettings, *, listener: ProgressListener | None = None
) -> OrganizePlan:
    """Plan how NWB files and their videos come into a dandiset; nothing is touched.

    Parameters
    ----------
    settings
        What the user asked for.
    listener
        Receives how many NWB files are read.

    Raises
    ------
    UsageError
        If a path is not there, if there is no dandiset or it is a BIDS dataset, or if there is
        nothing to organize.
    InternalError
        If posecheck fails, or no worker can be started.
    """
    check_choices(settings)
    dandiset = locate_dandiset(settings)
    searched = tuple(absolute(folder) for folder in settings.find_videos)
    roots = [*offered_folders(settings, dandiset), *searched]
    named = [absolute(Path(text)) for text in settings.paths]
    folders = [path for path in named if path.is_dir()] if named else [dandiset]
    resolver = ReferenceResolver(roots, searched, dandiset, folders)
    linked: list[Found] = []
    sources = find_sources(settings, dandiset, resolver, linked.append)
    told = listener or ProgressListener()
    choices = _choices(settings)
    with open_executor(settings.scheduler, jobs=settings.jobs, progress=told) as executor:
        with ThreadPoolExecutor(1) as aside:
            aside.submit(_import_naming)  # dandi takes two seconds, and the workers read meanwhile
            gathered = read_nwb_files(sources, executor, jobs=settings.jobs, listener=told)
        recordings = _described(gathered, resolver, settings, choices, executor)
        neighbours = read_other_recordings(
            recordings,
            dandiset,
            resolver,
            scope=_search_scope(recordings, choices),
            executor=executor,
            jobs=settings.jobs,
        )
    facts = Facts(
        dandiset=str(dandiset),
        new_identifier=settings.new_dandiset,
        recordings=recordings,
        existing=neighbours.existing,
        outsiders=neighbours.outsiders,
        linked_from=neighbours.linked_from,
        destination=Folder(dandiset),
    )
    plan = decide(facts, choices)
    _refuse_to_share(plan, facts)
    searched_paths = [absolute(Path(text)) for text in settings.paths] or [dandiset]
    notes = [*note_linked_folders(linked, searched_paths), *plan.notes, *note_bids(plan)]
    if any(
        reference.resolution is Resolution.MISSING
        for item in recordings
        for reference in item.references
    ):
        notes += note_unsearched_folders(resolver.unsearched_folders)
    return replace(plan, notes=tuple(notes))


def _import_naming() -> None:
    importlib.import_module("posecheck.organize.dandi_names")


def _choices(settings: OrganizeSettings) -> Choices:
    return Choices(
        extensions=frozenset(media_extensions()),
        files=settings.files or FileMode.COPY,
        videos=settings.videos or TransferMode.AUTO,
        video_names=settings.video_names,
        rename=settings.rename,
        remux=settings.remux,
        skip_conflicts=settings.skip_conflicts,
    )


def _search_scope(recordings: Sequence[RecordingFacts], choices: Choices) -> SearchScope:
    is_inside = any(item.inside for item in recordings)
    if choices.rename and is_inside:
        return SearchScope.WHOLE_DANDISET
    is_moved = choices.videos is TransferMode.MOVE or choices.files is FileMode.MOVE
    return SearchScope.BESIDE if is_moved or is_inside else SearchScope.NONE


def _described(
    gathered: Sequence[NwbFileContents],
    resolver: ReferenceResolver,
    settings: OrganizeSettings,
    choices: Choices,
    executor: Executor,
) -> tuple[RecordingFacts, ...]:
    named = {absolute(Path(text)) for text in settings.paths}
    described = [describe(item, resolver, is_named=item.path in named) for item in gathered]
    every = [one for _, unsettled in described for one in unsettled]
    wanted = [*first_probes(every)]
    if choices.remux:
        wanted += [
            reference.media.source
            for facts, _ in described
            for reference in facts.references
            if reference.media is not None
            and reference.media.suffix.lower() not in choices.extensions
        ]
    probes = probe_videos(wanted, executor, jobs=settings.jobs)
    probes |= probe_videos(further_probes(every, probes), executor, jobs=settings.jobs)
    accept = settings.accept_unverified
    return tuple(
        _named(
            _with_probes(
                _with_places_elsewhere(
                    settle(facts, unsettled, probes, accept_unverified=accept), resolver
                ),
                probes,
            ),
            item.recording,
        )
        for item, (facts, unsettled) in zip(gathered, described, strict=True)
    )


def _with_places_elsewhere(facts: RecordingFacts, resolver: ReferenceResolver) -> RecordingFacts:
    """Say where among the sources a file lies that has the name of a missing one."""
    missing = [
        place
        for place, reference in enumerate(facts.references)
        if reference.resolution is Resolution.MISSING and not reference.holder.is_listing
    ]
    if not missing:
        return facts
    references = list(facts.references)
    for place in missing:
        folders = resolver.elsewhere(parse_reference(references[place].text).name)
        elsewhere = tuple(display_path(folder) for folder in folders)
        references[place] = replace(references[place], elsewhere=elsewhere)
    return replace(facts, references=tuple(references))


def _with_probes(facts: RecordingFacts, probes: dict[str, VideoProbe]) -> RecordingFacts:
    """Say which videos can be put into MP4."""
    if not probes:
        return facts
    references = tuple(
        replace(reference, media=_with_probe(reference.media, probes))
        if reference.media is not None
        else reference
        for reference in facts.references
    )
    return replace(facts, references=references)


def _with_probe(media: MediaFacts, probes: dict[str, VideoProbe]) -> MediaFacts:
    probe = probes.get(media.source)
    if probe is None:
        return media
    return replace(
        media,
        cannot_remux=probe.cannot_remux,
        raw=probe.raw,
        own_rate=probe.facts.declared_frame_rate,
    )


def _named(facts: RecordingFacts, recording: Recording) -> RecordingFacts:
    """Add what dandi calls a recording."""
    # dandi takes two seconds to import: only where something is named.
    from posecheck.organize.dandi_names import propose_names  # noqa: PLC0415

    if facts.troubles or facts.exempt:
        return facts
    if not facts.subject:
        if facts.kept:
            return facts
        trouble = Conflict(
            kind=ConflictKind.SUBJECT_MISSING,
            source=facts.display_path,
            location="/general/subject",
            reason="It names no subject, and a file of a dandiset is called after its subject.",
            remedy="Set Subject.subject_id in the file.",
        )
        return replace(facts, troubles=(trouble,))
    names = propose_names(recording)
    return replace(facts, plain=names.plain, distinct=names.distinct or ())


def _refuse_to_share(plan: OrganizePlan, facts: Facts) -> None:
    """Refuse links that cannot be made, or that git-annex would turn against their source."""
    device = facts.destination.device
    for media in plan.media:
        if media.mode in _ON_ONE_DEVICE and media.stamp.identity.partition(":")[0] != device:
            raise UsageError(
                f"{media.source!r} lies on another file system than the dandiset, and ",
                Argument("videos", media.mode.value),
                " needs one; use auto, copy or symlink",
            )
        if media.mode is TransferMode.HARDLINK and facts.destination.keeps_annex(media.target):
            raise UsageError(
                f"{facts.dandiset!r} is a repository of git-annex, which would make "
                f"{media.source!r} read-only through a second name of it; use ",
                Argument("videos", "auto"),
                ", reflink or copy",
            )
