"""What is in a recording, for ``posecheck info``: containers, skeletons, series, clocks, videos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from posecheck.model.external_file import ExternalFile
from posecheck.model.image_series import ExternalImage, Video
from posecheck.model.pose import Device, PoseContainer, Skeleton
from posecheck.model.pose_training import PoseTraining
from posecheck.model.problem import Problem
from posecheck.model.recording import Recording
from posecheck.model.video_file import VideoFault
from posecheck.model.wording import counted
from posecheck.report.console import print_hanging
from posecheck.report.descriptions import (
    NOTHING,
    describe_clock,
    describe_confidence,
    describe_missing,
    describe_target,
    describe_video,
)
from posecheck.report.escapes import escape, shorten
from posecheck.report.finding_groups import enumerate_names
from posecheck.report.json_document import dump

_SERIES = 40
_CONTAINERS = 8
_NOT_LOOKED_INTO = frozenset({VideoFault.NOT_FETCHED, VideoFault.LINKED_OUT})
_FILES = 20
_NODES = 60
_LONGEST_TEXT = 100


def contents_to_json(recording: Recording, version: str) -> str:
    """Write all that is known of a recording as JSON.

    Parameters
    ----------
    recording
        The recording.
    version
        posecheck's own version.

    Returns
    -------
    str
        ``{"posecheck": version, "recording": {…}}``, with the fields of `Recording` by name; see
        `posecheck.report.json_document.plain` for what JSON cannot hold.
    """
    return dump({"posecheck": version, "recording": recording})


def print_contents(recording: Recording, console: Console, *, verbose: bool = False) -> None:
    """Print what is in a recording.

    Parameters
    ----------
    recording
        The recording; figures are shown where facts were gathered, and left open where not.
    console
        Where to print.
    verbose
        Whether to list every container, series and reference, however many there are.

    Raises
    ------
    BrokenPipeError
        If the reader went away.
    """
    console.print(Text(escape(recording.file), style="bold"))
    for name, text in _session(recording, verbose=verbose):
        print_hanging(console, Text(f"  {name:<12}", style="dim"), Text(text))
    sections = (
        ("Pose", _containers(recording.containers, verbose=verbose)),
        ("Training data", [_training(training) for training in recording.trainings]),
        ("Skeletons", [_skeleton(s, verbose=verbose) for s in _unused_skeletons(recording)]),
        ("Devices", [_device(device, verbose=verbose) for device in recording.devices]),
        ("Videos", [_video(video, verbose=verbose) for video in recording.videos]),
        ("Images", [_image(image, verbose=verbose) for image in recording.images]),
        ("Problems", [_problem(problem) for problem in recording.problems]),
    )
    for title, parts in sections:
        if parts:
            tree = Tree(Text(title, style="bold"), guide_style="dim")
            for part in parts:
                tree.children.append(part)
            console.print()
            console.print(tree)
    if not recording.containers and not recording.trainings and not recording.problems:
        console.print()
        console.print(Text("No pose data in this file.", style="yellow"))


def _session(recording: Recording, *, verbose: bool) -> Iterator[tuple[str, str]]:
    versions = [f"NWB {_or_dash(recording.nwb_version)}"]
    versions += [f"{escape(n)} {escape(v)}" for n, v in recording.specifications.items()]
    yield "versions", ", ".join(versions)
    started = recording.session_start_time
    yield (
        "session",
        _or_dash(recording.session_id) + (f", started {escape(started)}" if started else ""),
    )
    yield "identifier", _or_dash(recording.identifier)
    subject = recording.subject
    if subject is None:
        yield "subject", NOTHING
    else:
        known = (subject.subject_id, subject.species, subject.sex, subject.age)
        yield "subject", ", ".join(escape(text) for text in known if text) or NOTHING
    if recording.dandiset is not None:
        bids = " (a BIDS dataset)" if recording.dandiset.is_bids else ""
        yield "in dandiset", escape("/".join(recording.dandiset.path)) + bids
    for path, text in recording.provenance.items():
        yield escape(path.rpartition("/")[2]), _brief(text, verbose=verbose)


def _containers(containers: Sequence[PoseContainer], *, verbose: bool) -> list[Tree]:
    # A tracker may write a container per animal per video; the first few show what they are like.
    full = len(containers) if verbose or len(containers) <= _CONTAINERS else _CONTAINERS // 2
    parts = [_container(container, verbose=verbose) for container in containers[:full]]
    for container in containers[full:]:
        frames = max((series.frames for series in container.series), default=0)
        part = _node(container.name, container.path, container.neurodata_type)
        part.add(Text(f"{len(container.series)} series of up to {counted(frames, 'frame')}"))
        parts.append(part)
    if full < len(containers):
        parts.append(Tree(Text("--verbose shows every container in full", style="dim")))
    return parts


def _container(container: PoseContainer, *, verbose: bool) -> Tree:
    part = _node(container.name, container.path, container.neurodata_type)
    software = " ".join(
        _brief(text, verbose=verbose)
        for text in (container.source_software, container.source_software_version)
        if text
    )
    for name, value in (
        ("software", software),
        ("scorer", _brief(container.scorer or "", verbose=verbose)),
        ("source video", escape(container.source_video or "")),
        ("labeled video", escape(container.labeled_video or "")),
        ("devices", ", ".join(escape(device) for device in container.devices)),
    ):
        if value:
            part.add(_entry(name, value))
    for name, files in (
        ("original_videos", container.original_videos),
        ("labeled_videos", container.labeled_videos),
    ):
        if files:
            part.add(Text(f"{name} (deprecated)", style="dim")).children.extend(
                _files(files, verbose=verbose)
            )
    if container.skeleton is not None:
        part.children.append(_skeleton(container.skeleton, verbose=verbose))
    if container.series:
        part.add(_series_table(container, verbose=verbose))
    for view in container.views:
        part.children.append(_container(view, verbose=verbose))
    return part


def _series_table(container: PoseContainer, *, verbose: bool) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    table.add_column("series", overflow="fold")
    table.add_column("frames", justify="right")
    table.add_column("dims", justify="right")
    table.add_column("unit", overflow="fold")
    table.add_column("clock", overflow="fold")
    table.add_column("missing", justify="right")
    table.add_column("confidence")
    shown = container.series if verbose else container.series[:_SERIES]
    for series in shown:
        table.add_row(
            Text(escape(series.name)),
            f"{series.frames:,}",
            NOTHING if series.columns is None else str(series.columns),
            Text(_or_dash(series.unit)),
            Text(describe_clock(series.clock)),
            describe_missing(series.positions),
            describe_confidence(series.confidence, stored=series.confidence_data is not None),
        )
    rest = len(container.series) - len(shown)
    if rest:
        table.add_row(Text(f"… and {rest} more; --verbose lists them", style="dim"))
    return table


def _skeleton(skeleton: Skeleton, *, verbose: bool) -> Tree:
    nodes, edges = skeleton.nodes, skeleton.edges
    title = f"{counted(len(nodes), 'node')}" if nodes is not None else "no nodes"
    title += f", {counted(len(edges), 'edge')}" if edges is not None else ", no edges"
    where = "" if skeleton.on_container else skeleton.path
    part = _node(skeleton.name, where, f"Skeleton of {title}")
    if nodes:
        part.add(_entry("nodes", _listed([escape(node) for node in nodes], verbose=verbose)))
    if edges:
        named = [
            f"{_node_name(nodes or (), first)}–{_node_name(nodes or (), second)}"
            for first, second in edges
        ]
        part.add(_entry("edges", _listed(named, verbose=verbose)))
    return part


def _listed(names: Sequence[str], *, verbose: bool) -> str:
    if verbose:
        return ", ".join(names)
    return enumerate_names(names, most=_NODES, width=_NODES * 20)


def _node_name(nodes: Sequence[str], index: int) -> str:
    return escape(nodes[index]) if 0 <= index < len(nodes) else f"[{index}]"


def _unused_skeletons(recording: Recording) -> Iterator[Skeleton]:
    shown = {c.skeleton.path for c in recording.every_container() if c.skeleton is not None}
    return (skeleton for skeleton in recording.skeletons if skeleton.path not in shown)


def _device(device: Device, *, verbose: bool) -> Tree:
    part = _node(device.name, device.path, "calibrated camera" if device.calibrated else "device")
    if device.description:
        part.add(Text(_brief(device.description, verbose=verbose)))
    return part


def _video(video: Video, *, verbose: bool) -> Tree:
    part = _node(video.name, video.path, video.neurodata_type)
    facts = [
        f"format {escape(video.format)}" if video.format is not None else "",
        " × ".join(str(extent) for extent in video.dimension or ()),
        counted(video.num_samples, "sample") if video.num_samples is not None else "",
        describe_clock(video.clock),
    ]
    part.add(Text(", ".join(filter(None, facts))))
    if video.device:
        part.add(_entry("device", escape(video.device)))
    if video.source_of:
        part.add(_entry("source of", enumerate_names([escape(path) for path in video.source_of])))
    if video.labeled_of:
        part.add(_entry("labeled of", enumerate_names([escape(path) for path in video.labeled_of])))
    if video.external_files is None:
        frames = video.data.length if video.data is not None and video.data.shape else 0
        part.add(Text(f"{counted(frames, 'frame')} inside the file"))
    part.children.extend(_files(video.external_files or (), verbose=verbose))
    return part


def _image(image: ExternalImage, *, verbose: bool) -> Tree:
    part = _node(image.name, image.path, "ExternalImage")
    part.children.extend(_files(image.files, verbose=verbose))
    return part


def _files(files: Sequence[ExternalFile], *, verbose: bool) -> Iterable[Tree]:
    shown = files if verbose else files[:_FILES]
    for file in shown:
        line = Text(escape(file.reference.text) or "(blank)")
        part = Tree(line.append("  ").append_text(describe_target(file.target)))
        candidate = file.target.candidate if file.target is not None else None
        facts = file.video if candidate is None else candidate.video
        if facts is not None and facts.fault not in _NOT_LOOKED_INTO:
            for text in describe_video(facts):
                part.add(text)
        yield part
    if len(shown) < len(files):
        rest = f"… and {len(files) - len(shown)} more; --verbose lists them"
        yield Tree(Text(rest, style="dim"))


def _training(training: PoseTraining) -> Tree:
    part = _node(training.name, training.path, "PoseTraining")
    instances = sum(len(frame.instances) for frame in training.frames)
    annotators = sorted({escape(frame.annotator) for frame in training.frames if frame.annotator})
    videos = sorted({escape(f.source_video) for f in training.frames if f.source_video})
    frames = counted(len(training.frames), "labeled frame")
    part.add(Text(f"{frames}, {counted(instances, 'instance')}"))
    if annotators:
        part.add(_entry("annotators", enumerate_names(annotators)))
    if videos:
        part.add(_entry("videos", enumerate_names(videos)))
    return part


def _problem(problem: Problem) -> Tree:
    line = Text(problem.kind.value.replace("-", " "), style="bold red")
    line.append(f" at {escape(problem.location)}", style="not bold default")
    if problem.detail:
        line.append(f": {escape(problem.detail)}", style="not bold default")
    return Tree(line)


def _node(name: str, path: str, kind: str) -> Tree:
    line = Text(escape(name), style="bold cyan")
    if kind != name:
        line.append(f"  {escape(kind)}", style="not bold default")
    if path:
        line.append(f"  {escape(path)}", style="not bold dim default")
    return Tree(line, guide_style="dim")


def _entry(name: str, value: str) -> Text:
    return Text(f"{name}: ", style="dim").append(value, style="not dim")


def _brief(text: str, *, verbose: bool) -> str:
    """Bring free text to one line, and cut a long one: a scorer may be a whole configuration."""
    line = escape(" ".join(text.split()))
    if verbose or len(line) <= _LONGEST_TEXT:
        return line
    return f"{shorten(line, _LONGEST_TEXT)} ({len(text):,} characters; --verbose shows all)"


def _or_dash(text: str | None) -> str:
    if text is None:
        return NOTHING
    return escape(text) or '""'
