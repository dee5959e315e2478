"""Facts in memory: recordings, videos and a dandiset that no disk holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from posecheck.model.stamp import Stamp
from posecheck.organize.plan.decision import decide
from posecheck.organize.plan.facts import (
    Choices,
    ExistingRecording,
    Facts,
    MediaFacts,
    Obstacle,
    Occupant,
    Path,
    RecordingFacts,
    ReferenceFacts,
    Resolution,
)
from posecheck.organize.plan.names import folded
from posecheck.organize.plan.values import OrganizePlan

EXTENSIONS = frozenset({".mp4", ".avi", ".mkv", ".png"})
SERIES = "/acquisition/camera/external_file"


@dataclass(slots=True)
class Disk:
    """A dandiset whose files are known by their content.

    Attributes
    ----------
    files
        The content's identity of each file.
    folders
        What is in the way of a path, by its components.
    """

    files: Mapping[Path, str] = field(default_factory=dict)
    obstacles: Mapping[Path, Obstacle] = field(default_factory=dict)
    device: str = "1"
    free: int = 10**9
    locked: str = ""
    stuck: str = ""
    annex: bool = False

    def occupant(self, target: Path) -> Occupant | None:
        for path, obstacle in self.obstacles.items():
            if target[: len(path)] == path:
                return Occupant(path=path, obstacle=obstacle)
        for path in self.files:
            for depth in range(1, len(target) + 1):
                if (
                    folded(path[:depth]) == folded(target[:depth])
                    and path[:depth] != target[:depth]
                ):
                    return Occupant(path=path[:depth], obstacle=Obstacle.OTHER_CASE)
            if path == target:
                return Occupant(path=path, obstacle=Obstacle.FILE)
        return None

    def holds(self, media: MediaFacts, target: Path) -> bool:
        return self.files[target] == media.stamp.identity

    def keeps_annex(self, target: Path) -> bool:
        return self.annex

    def why_unwritable(self, target: Path) -> str:
        return self.locked

    def why_unmovable(self, source: str) -> str:
        return self.stuck


@dataclass(frozen=True, slots=True)
class Refusing:
    """A string dataset that takes nothing."""

    why: str = "its strings have 7 bytes"

    def refuses(self, text: str) -> str:
        return self.why


def stamp(inode: str, *, size: int = 1000, modified_ns: int = 5, device: str = "1") -> Stamp:
    return Stamp(size=size, modified_ns=modified_ns, identity=f"{device}:{inode}")


def video(source: str = "/raw/top.mp4", *, inode: str = "", **changes: Any) -> MediaFacts:
    return replace(
        MediaFacts(source=source, stamp=stamp(inode or source), name=source.rsplit("/", 1)[-1]),
        **changes,
    )


def inside(path: Path, **changes: Any) -> MediaFacts:
    """A video of the dandiset."""
    return video("/set/" + "/".join(path), inside=path, **changes)


def refer(text: str = "top.mp4", media: MediaFacts | None = None, **changes: Any) -> ReferenceFacts:
    return replace(
        ReferenceFacts(
            dataset=SERIES,
            text=text,
            owner="camera",
            owner_id="11111111-2222-3333-4444-555555555555",
            media=media or video(f"/raw/{text}"),
        ),
        **changes,
    )


def lose(reference: ReferenceFacts, resolution: Resolution = Resolution.MISSING) -> ReferenceFacts:
    """What a reference is if its file is not to be had."""
    return replace(reference, media=None, resolution=resolution, detail="/raw/top.mp4")


def recording(
    name: str = "a",
    *references: ReferenceFacts,
    subject: str = "1",
    session: str = "2",
    **changes: Any,
) -> RecordingFacts:
    stem = f"sub-{subject}_ses-{session}"
    return replace(
        RecordingFacts(
            display_path=f"raw/{name}.nwb",
            source=f"/raw/{name}.nwb",
            stamp=stamp(name),
            object_id=f"object-{name}",
            subject=subject,
            plain=(f"sub-{subject}", f"{stem}_behavior+image.nwb"),
            distinct=(f"sub-{subject}", f"{stem}_obj-{name}_behavior+image.nwb"),
            references=references,
        ),
        **changes,
    )


def placed(
    path: Path, *references: ReferenceFacts, name: str = "a", **changes: Any
) -> RecordingFacts:
    """A recording of the dandiset; it is organized if its path looks so."""
    return recording(
        name,
        *references,
        **{
            "display_path": "/".join(path),
            "source": "/set/" + "/".join(path),
            "inside": path,
            "kept": path if path[0].startswith("sub-") else (),
            **changes,
        },
    )


def existing(path: Path, object_id: str = "object-a", **changes: Any) -> ExistingRecording:
    return replace(
        ExistingRecording(path=path, object_id=object_id, stamp=stamp("there")), **changes
    )


def plan(
    *recordings: RecordingFacts,
    existing: tuple[ExistingRecording, ...] = (),
    disk: Disk | None = None,
    outsiders: Mapping[str, str] | None = None,
    **choices: Any,
) -> OrganizePlan:
    facts = Facts(
        dandiset="/set",
        recordings=recordings,
        existing=existing,
        outsiders=outsiders or {},
        destination=disk or Disk(),
    )
    return decide(facts, Choices(extensions=EXTENSIONS, **choices))


def kinds(made: OrganizePlan) -> list[str]:
    return [conflict.kind.value for conflict in made.conflicts]


def news(made: OrganizePlan) -> list[str]:
    """What the references say afterwards, where they change."""
    return [rewrite.new for item in made.recordings for rewrite in item.rewrites]


def targets(made: OrganizePlan) -> list[str]:
    return ["/".join(item.target) for item in made.media]
