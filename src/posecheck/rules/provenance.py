"""PRV: which software saw which video, and what the file gives away of the people who ran it."""

from __future__ import annotations

from collections.abc import Iterator

from posecheck.model.edit import (
    AddSoftLink,
    DeleteObject,
)
from posecheck.model.external_file import ExternalFile
from posecheck.model.image_series import Video
from posecheck.model.pose import PoseContainer
from posecheck.model.recording import Recording
from posecheck.model.reference import parse_reference
from posecheck.model.rule import Hit, Params, Skip
from posecheck.model.values import Value
from posecheck.rules.body_part_names import listed
from posecheck.rules.candidate_files import stated_by_container
from posecheck.rules.external_files import file_key
from posecheck.rules.home_folders import (
    HOME_FOLDER,
    LONGEST_SEARCHED,
    deprecated_entries,
    provenance_texts,
    without_homes,
)
from posecheck.rules.image_series import frame_count, is_behavior
from posecheck.rules.named_videos import (
    file_name,
    has_other_file,
    known_sizes,
    meant_size,
    wrapped_size,
)
from posecheck.rules.ndx_pose_version import is_older, ndx_pose
from posecheck.rules.reference_faults import faults_of
from posecheck.rules.shared_edits import put
from posecheck.rules.texts import is_placeholder_path, says_nothing, shortened


def prv001(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report pose of which nobody says what estimated it."""
    # For a view, the MultiCameraPoseEstimation that holds it is reported.
    if container.parent is None and says_nothing(container.source_software):
        yield Hit(container.path, type=container.neurodata_type)


def prv002(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report software without its version."""
    software = container.source_software
    if container.parent is not None or software is None or says_nothing(software):
        return  # PRV001's
    if says_nothing(container.source_software_version):
        yield Hit(container.path, software=shortened(software))


def prv003(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report pose of which nobody says which model estimated it."""
    if container.parent is None and says_nothing(container.scorer):
        yield Hit(container.path, type=container.neurodata_type)


def prv004(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a container that is not described."""
    text = container.description
    if container.parent is not None:
        return
    if text is None or not text.strip():
        yield Hit(container.path)
    elif says_nothing(text) or sum(map(str.isalnum, text)) < params.number("least_letters"):
        yield Hit(container.path, "placeholder", text=shortened(text))


def prv005(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report pose that links no video."""
    broken = recording.broken_places
    outdated = is_older(recording, str(params["linked_since"]))
    version = ndx_pose(recording)
    for container in recording.every_container():
        if container.multi_camera or _links_video(container, broken):
            continue
        if container.parent is not None and not container.series:
            continue  # a view may stand for its camera alone
        fitting = [video for video in recording.videos if _fits(video, container)]
        if len(fitting) == 1:
            variant = "outdated-fits" if outdated else "fits"
            hit = Hit(container.path, variant, video=fitting[0].path, version=version)
            link = AddSoftLink(f"{container.path}/source_video", fitting[0].path)
            yield hit if outdated else hit.with_edits(link)
        elif container.sampled and all(series.columns == 3 for series in container.sampled):
            yield Hit(container.path, "spatial")
        elif outdated:
            yield Hit(container.path, "outdated", version=version)
        else:
            yield Hit(container.path)


def prv006(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report fields that ndx-pose keeps for old files alone."""
    linked_since = str(params["linked_since"])
    variant = "outdated" if is_older(recording, linked_since) else ""
    version = ndx_pose(recording)
    for container in recording.every_container():
        stored = {
            "original_videos": container.original_videos,
            "labeled_videos": container.labeled_videos,
            "dimensions": container.dimensions,
        }
        used = tuple(name for name, value in stored.items() if value)
        if used:
            yield Hit(
                container.path, variant, fields=used, linked_since=linked_since, version=version
            )


def prv007(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report two lists of the source videos that are not the same."""
    videos = {video.path: video for video in recording.videos}
    names = _series_names(recording)
    for container in recording.every_container():
        video = videos.get(container.source_video or "")
        stated = _paths(container.original_videos, names)
        linked = _paths(video.external_files if video is not None else None, frozenset())
        if video is None or not stated or not linked:
            continue
        if has_other_file(stated, linked) or has_other_file(linked, stated):
            yield Hit(
                container.path,
                original=listed((file.reference.text for file in stated), 3),
                linked=listed((file.reference.text for file in linked), 3),
                video=video.path,
            ).with_edits(DeleteObject(f"{container.path}/original_videos"))


def prv008(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report what fills a field for paths or sizes and is none."""
    names = _series_names(recording)
    for container in recording.every_container():
        for field, file in deprecated_entries(container):
            text = file.reference.text
            values: dict[str, Value] = {
                "field": field,
                "index": file.index,
                "reference": shortened(text),
            }
            if not text.strip():
                yield Hit(container.path, "empty", **values)
            elif _is_series_name(text, names):
                yield Hit(container.path, "series", **values)
            elif is_placeholder_path(text):
                yield Hit(container.path, "", **values)
        for index, row in enumerate(container.dimensions or ()):
            if row and min(row) <= 0:
                yield Hit(container.path, "size", index=index, size=_size(row))


def prv009(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a PoseEstimation that links more than one Device."""
    devices = tuple(dict.fromkeys(container.devices))  # two links to one camera do no harm
    if not container.multi_camera and len(devices) > 1:
        cameras = tuple(path.rsplit("/", 1)[-1] for path in devices)
        yield Hit(container.path, count=len(devices), names=listed(cameras), cameras=cameras)


def prv010(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report original videos that nobody will find, where nothing else names the video."""
    names, broken = _series_names(recording), recording.broken_places
    for container in recording.every_container():
        if _links_video(container, broken):
            continue
        for file in _paths(container.original_videos, names):
            extensions = params.words("extensions")
            if file.reference.suffix.lower() in params.words("image_extensions"):
                extensions = params.words("image_extensions")
            stated = stated_by_container(container)
            for hit in faults_of(container.path, file, extensions, stated):
                variant = "" if hit.variant == "missing" else hit.variant
                yield Hit(container.path, variant, **hit.values).with_edits(*hit.edits)


def prv011(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report home folders, which name a person."""
    shared = frozenset(name.casefold() for name in params.words("shared"))
    homes: dict[str, dict[str, tuple[str, ...]]] = {}
    for location, field, text in provenance_texts(recording):
        found = tuple(
            match["home"].replace("\\\\", "\\")
            for match in HOME_FOLDER.finditer(text[:LONGEST_SEARCHED])
            if match["user"].casefold() not in shared
        )
        if found:
            said = homes.setdefault(location, {})
            said[field] = (*said.get(field, ()), *found)
    for location, fields in homes.items():
        folders = tuple(dict.fromkeys(home for found in fields.values() for home in found))
        yield Hit(
            location, fields=tuple(fields), homes=listed(map(shortened, folders), 3)
        ).with_edits(*without_homes(recording, location, shared))


def prv012(recording: Recording, params: Params) -> Iterator[Hit | Skip]:
    """Report sizes that an 8-bit number could not hold, and sizes with their height first."""
    for container in recording.every_container():
        if not container.dimensions:
            continue
        sizes = known_sizes(container, recording.videos)
        if not sizes:
            yield Skip(container.path, "the size of its video is not known")
            continue
        corrected = [meant_size(row, sizes) or row for row in container.dimensions]
        edit = put(container, "dimensions", tuple(corrected), "uint16")
        for index, row in enumerate(container.dimensions):
            if len(row) != 2 or min(row) <= 0 or row in sizes:
                continue  # PRV008's, or right
            known = meant_size(row, sizes)
            if known is not None:
                variant = "" if row == wrapped_size(known) else "swapped"
                hit = Hit(
                    container.path, variant, index=index, size=_size(row), wanted=_size(known)
                )
                yield hit.with_edits(edit)


def prv013(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a labeled video that is the source video."""
    videos = {video.path: video for video in recording.videos}
    names = _series_names(recording)
    for container in recording.every_container():
        source, labeled = container.source_video, container.labeled_video
        if source is not None and source == labeled:
            yield Hit(container.path, video=source)
            continue
        pairs = (
            (_files_of(videos.get(source or "")), _files_of(videos.get(labeled or ""))),
            (container.original_videos, container.labeled_videos),
        )
        for originals, drawn in pairs:
            first, second = _paths(originals, names), _paths(drawn, names)
            if first and {file_key(file) for file in first} == {file_key(file) for file in second}:
                files = listed((file.reference.text for file in first), 3)
                yield Hit(container.path, "files", files=files)
                break


def _links_video(container: PoseContainer, broken: frozenset[str]) -> bool:
    """Whether a container links its video, be it in vain: a dangling link is FIL007's."""
    return container.source_video is not None or f"{container.path}/source_video" in broken


def _fits(video: Video, container: PoseContainer) -> bool:
    """Whether nothing in the file contradicts a video as the source of a container."""
    drawn = bool(video.labeled_of) and not video.source_of
    if drawn or video.path == container.labeled_video or not is_behavior(video):
        return False
    stated = {file_name(file) for file in container.original_videos or ()}
    linked = {file_name(file) for file in video.external_files or ()}
    if stated and linked and stated & linked:
        return True
    if any(not is_placeholder_path(name) for name in stated) and linked:
        return False
    if container.devices and video.device is not None and video.device not in container.devices:
        return False
    frames, pose = frame_count(video), max((one.frames for one in container.series), default=0)
    return frames is None or abs(frames - pose) <= 2


def _paths(
    files: tuple[ExternalFile, ...] | None, names: frozenset[str]
) -> tuple[ExternalFile, ...]:
    """Return the entries that mean a file; what only fills the field is PRV008's."""
    return tuple(
        file
        for file in files or ()
        if not is_placeholder_path(file.reference.text)
        and not _is_series_name(file.reference.text, names)
    )


def _files_of(video: Video | None) -> tuple[ExternalFile, ...] | None:
    return video.external_files if video is not None else None


def _series_names(recording: Recording) -> frozenset[str]:
    return frozenset(video.name.casefold() for video in recording.videos)


def _is_series_name(text: str, names: frozenset[str]) -> bool:
    """Whether a text is the name of an ImageSeries, and has nothing of a file's name."""
    return text.strip().casefold() in names and not parse_reference(text).suffix


def _size(row: tuple[int, ...]) -> str:
    return " × ".join(map(str, row))
