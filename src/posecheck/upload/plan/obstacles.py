"""Why a reference of an NWB file leads to nothing that an archive would take, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from posecheck.archive.resources import RemoteAsset
from posecheck.model.external_file import ExternalFile, Target, TargetState
from posecheck.model.reference import ReferenceKind
from posecheck.upload.plan.content_keys import ContentKey
from posecheck.upload.plan.files import LocalFile

_ORGANIZE = "Let `posecheck organize` move the file and change the reference."
NOT_HERE = frozenset({TargetState.MISSING, TargetState.NOT_FETCHED})
"""The states of a target that the archive may hold instead of this disk."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a file cannot be sent.

    Attributes
    ----------
    reason
        A clause without its subject, which is the file or a reference to it.
    remedy
        What to do.
    leads_out
        Whether a link leads out of the dandiset; then every reference to it is refused.
    code
        The rule of posecheck that says the same of a reference, which may be allowed; empty if
        there is none.
    """

    reason: str
    remedy: str
    leads_out: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A reference as an NWB file stores it, with what lies there.

    Attributes
    ----------
    is_binding
        Whether the file must be there: of the deprecated lists of file names, only what resolves
        is taken along.
    is_image
        Whether an ExternalImage names it.
    """

    location: str
    entry: str
    file: ExternalFile
    is_binding: bool = True
    is_image: bool = False


@dataclass(frozen=True, slots=True)
class ArchivedFiles:
    """What the archive holds of files that are not here.

    Attributes
    ----------
    assets
        By path.
    keys
        What is known of the content that is named here and not fetched, by path.
    """

    assets: Mapping[str, RemoteAsset] = field(default_factory=dict)
    keys: Mapping[str, ContentKey] = field(default_factory=dict)

    def satisfies(self, target: Target) -> bool:
        """Return whether the archive holds a file that is not here, as far as is known."""
        path = "/".join(target.path)
        asset = self.assets.get(path)
        if asset is None or target.state not in NOT_HERE:
            return False
        key = self.keys.get(path) if target.state is TargetState.NOT_FETCHED else None
        return key is None or not key.contradicts(asset)

    def differs(self, target: Target) -> bool:
        """Whether other content lies there than the content that is named here."""
        held = "/".join(target.path) in self.assets
        return held and target.state in NOT_HERE and not self.satisfies(target)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the files that references lead to."""

    files: Mapping[str, LocalFile]
    suffixes: Sequence[str]
    blocked: Mapping[str, Obstacle]
    archived: ArchivedFiles


def why_not_selected(
    parts: Sequence[str], suffixes: Sequence[str], *, in_bids: bool = False
) -> Obstacle | None:
    """Say why no client of the archive would select a file, and what to do; ``None`` if it would.

    Parameters
    ----------
    parts
        The components of its path in the dandiset.
    suffixes
        The extensions that are selected, as they are spelled.
    in_bids
        Whether a BIDS dataset holds it: there every file is selected.
    """
    hidden = next((part for part in parts if part.startswith(".")), None)
    if hidden is not None:
        return Obstacle(
            f"leads to {'/'.join(parts)}: what begins with a dot ({hidden}) is never uploaded",
            "Rename it, and the reference; `posecheck organize` does both.",
            code="VID030",
        )
    name = parts[-1] if parts else ""
    stem, dot, extension = name.rpartition(".")
    suffix = dot + extension if stem else ""
    if in_bids or suffix in suffixes:
        return None
    said = f"leads to {'/'.join(parts)}: the archive takes no {suffix or 'file without extension'}"
    if suffix.lower() in suffixes:
        lower = suffix.lower()
        remedy = f"Write the extension in lower case ({lower}); {_lower(_ORGANIZE)}"
        return Obstacle(said, remedy, code="VID008")
    return Obstacle(
        f"{said} (it takes {', '.join(suffixes)})",
        "Let `posecheck organize --remux` put the same streams into .mp4.",
        code="VID007",
    )


_FIND = (
    "Put the file there, or correct the reference; `posecheck organize --find-videos` looks for it."
)
FETCH = "Fetch it (datalad get, git annex get)."
"""What to do about content that is not here."""

LINKED_FROM = (
    "Put a copy in its place; or, if you know that folder and mean to publish from it, name it "
    "with --linked-from."
)
"""What to do about a link that leads out of the dandiset."""

_STATES = {
    TargetState.MISSING: Obstacle("leads to no file", _FIND, code="VID002"),
    TargetState.UNKNOWN: Obstacle("leads to no file", _FIND, code="VID002"),
    TargetState.OUTSIDE: Obstacle("leads out of the dandiset", _ORGANIZE, code="VID005"),
    TargetState.OUTSIDE_REPOSITORY: Obstacle(
        "leads out of the git repository", _ORGANIZE, code="VID005"
    ),
    TargetState.OUTSIDE_BY_LINK: Obstacle(
        "leads out of the dandiset through a linked folder",
        LINKED_FROM,
        leads_out=True,
        code="VID005",
    ),
    TargetState.NOT_FETCHED: Obstacle("leads to a file whose content is not fetched", FETCH),
    TargetState.NOT_A_FILE: Obstacle(
        "leads to what is no file", "Correct the reference.", code="VID002"
    ),
}
"""What is said of a reference whose target is no file of the dandiset, and what to do."""


_OTHER_CONTENT = Obstacle(
    "leads to a file whose content is not fetched, and of which the archive holds other content",
    FETCH,
)
_OF_IMAGES = "VID026"
"""The rule that says of an ExternalImage whatever several rules say of videos."""


def obstacle_of(mention: Mention, facts: Facts) -> Obstacle | None:
    """Say why a reference leads to nothing that can be sent, under the rule that says the same.

    Parameters
    ----------
    mention
        The reference.
    facts
        What is known of the files that references lead to.

    Returns
    -------
    Obstacle or None
        A clause whose subject is the reference; ``None`` if it leads to a file that is sent, that
        the archive holds, or to another server.
    """
    found = _any_obstacle(mention, facts)
    if found is None or not found.code or not mention.is_image:
        return found
    return replace(found, code=_OF_IMAGES)


def _any_obstacle(mention: Mention, facts: Facts) -> Obstacle | None:
    file, blocked = mention.file, facts.blocked
    quoted = f"“{file.reference.text}”"
    kind, target = file.reference.kind, file.target
    if kind is ReferenceKind.URL:
        return None  # it points at another server, where it stays
    if kind is ReferenceKind.BLANK:
        remedy = "Write the path of the file, relative to the NWB file."
        return Obstacle("is empty", remedy, code="VID031")
    if kind is not ReferenceKind.RELATIVE:
        said = f"is an absolute path of one machine: {quoted}"
        return Obstacle(said, _ORGANIZE, code="VID003")
    if target is None or target.state in _STATES:
        return _of_absent(target or Target(state=TargetState.MISSING), quoted, facts.archived)
    path = "/".join(target.path)
    refused = why_not_selected(target.path, facts.suffixes, in_bids=target.in_bids)
    if path in blocked and (refused is None or blocked[path].leads_out):
        why = _of_reference(blocked[path], path)
        return why if refused is None else replace(why, code=refused.code)
    if not target.size:
        return Obstacle(
            f"leads to an empty file: {quoted}", "Copy the video again: it has no content."
        )
    if refused is None and path not in facts.files:
        return Obstacle(f"leads to what cannot be read: {quoted}", "Check its permissions.")
    return refused


def _of_absent(target: Target, quoted: str, archived: ArchivedFiles) -> Obstacle | None:
    """Say why a reference to what is not here leads nowhere; nothing if the archive holds it."""
    if archived.satisfies(target):
        return None
    why = _OTHER_CONTENT if archived.differs(target) else _STATES[target.state]
    return replace(why, reason=f"{why.reason}: {quoted}")


def _of_reference(why: Obstacle, path: str) -> Obstacle:
    """Turn a clause about a file into one about a reference that leads to it."""
    return replace(why, reason=f"leads to {path}, which {why.reason}")


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]
