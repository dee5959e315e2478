"""The journal of a run: what is about to be done, written and synced before it is done.

A run's folder holds ``plan.json``, the patches that bring back what was rewritten, and
``journal.jsonl``, to which a JSON object is added for each step. A line that was torn by a crash
was not synced, so what it announces did not begin: it is dropped.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from posecheck.model.errors import ApplyError, UsageError
from posecheck.organize.applying.locking import list_runs
from posecheck.organize.applying.placing import sync_file, sync_folders
from posecheck.organize.plan.document import from_document, to_document
from posecheck.organize.plan.values import OrganizePlan

_JOURNAL = "journal.jsonl"
_PLAN = "plan.json"
_FORMAT = 1
_MARKS = {
    "placed": "is_placed",
    "done": "is_done",
    "undo": "is_undoing",
    "undone": "is_undone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A file that is about to get its place, as it lies beside it.

    Attributes
    ----------
    item
        Its number in the plan: media first, then recordings.
    how
        How its content was brought.
    inode, size, modified_ns
        What `os.lstat` says of it.
    link
        What it says, if it is a symbolic link.
    sha256
        The digest of an NWB file that was rewritten.
    """

    item: int
    how: str
    inode: int
    size: int
    modified_ns: int
    link: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A source that is about to lose its name.

    Attributes
    ----------
    item
        Its number in the plan.
    link
        What it says, if it is a symbolic link.
    modified_ns
        Its own modification time, which for a link is the link's.
    is_kept
        Whether it is kept in the run's folder, because the target cannot bring it back.
    """

    item: int
    link: str = ""
    modified_ns: int = 0
    is_kept: bool = False


@dataclass(slots=True, kw_only=True)
class Story:
    """What a journal tells.

    Attributes
    ----------
    plan_identity
        What tells the plan's file from a copy of it.
    now_ns
        When the run began, which is the modification time of all that it rewrites in place.
    created
        Folders that were made for the dandiset itself, outermost first.
    folders
        Folders in the dandiset that the run makes, outermost first.
    identifier_sha256
        The digest of the ``dandiset.yaml`` that it writes.
    landings, removals
        By the number of the item.
    pruned
        Folders that it removes because they are empty, innermost first, with their permissions.
    is_begun, is_placed, is_done, is_undoing, is_undone
        How far it is.
    """

    plan_identity: str = ""
    now_ns: int = 0
    created: list[str] = field(default_factory=list)
    folders: list[tuple[str, ...]] = field(default_factory=list)
    identifier_sha256: str = ""
    landings: dict[int, Landing] = field(default_factory=dict)
    removals: dict[int, Removal] = field(default_factory=dict)
    pruned: list[tuple[tuple[str, ...], int]] = field(default_factory=list)
    is_begun: bool = False
    is_placed: bool = False
    is_done: bool = False
    is_undoing: bool = False
    is_undone: bool = False

    def hear(self, record: Mapping[str, Any]) -> None:
        """Take in the next record."""
        match record["step"]:
            case "begin":
                self.is_begun = True
                self.plan_identity = record["plan"]
                self.now_ns = record["now"]
                self.created = list(record["created"])
            case "folders":
                self.folders.extend(tuple(path) for path in record["paths"])
            case "identifier":
                self.identifier_sha256 = record["sha256"]
            case "place":
                self.landings.update({told["item"]: Landing(**told) for told in record["items"]})
            case "remove":
                self.removals.update({told["item"]: Removal(**told) for told in record["items"]})
            case "prune":
                self.pruned.extend((tuple(path), mode) for path, mode in record["folders"])
            case mark:
                setattr(self, _MARKS[mark], True)


class Journal:
    """A run's folder, and the journal in it.

    Attributes
    ----------
    folder
        The run's folder.
    plan
        What it carries out.
    story
        What the journal tells so far.
    """

    def __init__(self, folder: Path, plan: OrganizePlan, story: Story) -> None:
        self.folder = folder
        self.plan = plan
        self.story = story
        self._path = folder / _JOURNAL

    @property
    def run(self) -> str:
        """The run's name."""
        return self.folder.name

    @classmethod
    def begin(cls, runs: Path, plan: OrganizePlan, created: Iterable[Path] = ()) -> Self:
        """Start a run: write down the plan, and that it begins.

        Raises
        ------
        OSError
            If the dandiset cannot be written.
        """
        now = datetime.now(UTC)
        folder = runs / f"{now:%Y%m%dT%H%M%S.%f}-{secrets.token_hex(3)}"
        journal = cls(folder, plan, Story())
        folder.mkdir()
        try:
            journal.patches.mkdir()
            text = json.dumps(to_document(plan), indent=1, ensure_ascii=True)
            (folder / _PLAN).write_text(text, encoding="ascii")
            sync_file(folder / _PLAN)
            journal._path.touch(exist_ok=False)
            sync_folders([folder, runs, runs.parent, runs.parent.parent])
            journal.append(
                step="begin",
                format=_FORMAT,
                plan=_identity(folder / _PLAN),
                now=int(now.timestamp()) * 10**9,
                created=[str(path) for path in created],
            )
        except BaseException:
            with contextlib.suppress(ApplyError):
                journal.forget()
            raise
        return journal

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what a run's folder tells; a run that did not begin has an empty plan.

        Raises
        ------
        UsageError
            If it makes no sense.
        """
        story = Story()
        try:
            for record in _records(folder / _JOURNAL):
                story.hear(record)
            if not story.is_begun or story.is_undone:
                return cls(folder, OrganizePlan(dandiset=""), story)
            document = json.loads((folder / _PLAN).read_text(encoding="ascii"))
            return cls(folder, from_document(document), story)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"the journal in {folder} cannot be read ({error}). What it tells of is not known, "
                "so posecheck leaves it alone: look at it, and move it away."
            ) from error

    @property
    def patches(self) -> Path:
        """Where the patches lie that bring back what was rewritten."""
        return self.folder / "patches"

    def patch(self, item: int) -> Path:
        """Return where the patch of a recording lies."""
        return self.patches / f"{item}.patch"

    def kept(self, item: int) -> Path:
        """Return where a source lies that the target cannot bring back."""
        return self.folder / "kept" / str(item)

    def append(self, **record: Any) -> None:
        """Write down what is about to be done, and wait until that is on the disk.

        Raises
        ------
        OSError
            If it cannot be written; then it must not be done.
        """
        line = json.dumps(record, ensure_ascii=True, separators=(",", ":")) + "\n"
        with self._path.open("r+b") as file:
            _drop_torn_line(file)
            file.write(line.encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        self.story.hear(json.loads(line))

    def forget(self) -> None:
        """Remove the run's folder, the journal last, so that a crash leaves it telling the truth.

        Raises
        ------
        ApplyError
            If it cannot be removed.
        """
        try:
            for folder in (self.patches, self.kept(0).parent):
                if folder.is_dir():
                    shutil.rmtree(folder)
            (self.folder / _PLAN).unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
            self.folder.rmdir()
        except OSError as error:
            reason = error.strerror or str(error)
            raise ApplyError(f"{self.folder} cannot be removed: {reason}.") from error


def expect_own(journal: Journal, dandiset: Path) -> None:
    """Refuse a journal that tells of another folder, or that was not written where it lies.

    A journal says which files to bring, and from where: one that came with a stranger's dandiset
    must not be able to fetch files of this machine, or to write into its folders.

    Raises
    ------
    UsageError
        If the dandiset was moved since, or came here with its journal.
    """
    told = journal.plan.dandiset
    if os.path.realpath(told) != os.path.realpath(dandiset):
        raise UsageError(
            f"the journal in {journal.folder} is of another folder, {told}. Move the dandiset back "
            "there, or remove the journal."
        )
    if journal.story.plan_identity != _identity(journal.folder / _PLAN):
        raise UsageError(
            f"the journal in {journal.folder} was not written there: it is a copy, or came with "
            "the dandiset from elsewhere, and what it says is not done. Look at it, and remove it."
        )


def unfinished_run(dandiset: Path) -> str | None:
    """Return the name of the run that was broken off, if there is one.

    Raises
    ------
    UsageError
        If its journal cannot be read.
    """
    journals = [Journal.read(folder) for folder in list_runs(dandiset)]
    broken = [journal.run for journal in journals if is_unfinished(journal.story)]
    return broken[-1] if broken else None


def is_unfinished(story: Story) -> bool:
    """Whether a run was broken off, on its way there or back."""
    return story.is_begun and not story.is_undone and (not story.is_done or story.is_undoing)


def _identity(path: Path) -> str:
    """Tell a file from its copies: nobody can choose a file's number and the time of its change."""
    try:
        status = path.lstat()
    except OSError:
        return ""
    return f"{status.st_ino}:{status.st_ctime_ns}"


def _records(path: Path) -> list[Mapping[str, Any]]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in content.split(b"\n")[:-1]]


def _drop_torn_line(file: Any) -> None:
    """Go to the end of the last whole line, and cut off what follows."""
    content = file.read()
    end = content.rfind(b"\n") + 1
    file.seek(end)
    if end < len(content):
        file.truncate()
