"""One walk over a file: every typed object, every link that leads nowhere or elsewhere.

The walk follows hard links only, each object once, so circles of links end. Soft links are
followed when they are met, to know where they lead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from posecheck.model.problem import Problem, ProblemKind
from posecheck.reading.types import TypeLineage
from posecheck.storage import (
    Array,
    Group,
    Link,
    LinkKind,
    Node,
    ObjectReference,
    StorageError,
    Trouble,
)

_CACHED_SPECIFICATIONS = "/specifications"


@dataclass(frozen=True, slots=True)
class Entry:
    """A typed object of the file.

    Attributes
    ----------
    node
        The stored object; its path is the first that the walk found.
    namespace, neurodata_type
        As stored.
    lineage
        The type and its ancestors, nearest first.
    parent
        The typed object that holds it, if any.
    members
        For a group, its members by name, soft links followed; what cannot be had is not there.
    """

    node: Node
    namespace: str
    neurodata_type: str
    lineage: tuple[str, ...]
    parent: Entry | None
    members: dict[str, Group | Array]

    @property
    def path(self) -> str:
        """Where it lies."""
        return self.node.path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.node.name

    def array(self, name: str) -> Array | None:
        """Return a member that is a dataset."""
        member = self.members.get(name)
        return member if isinstance(member, Array) else None

    @property
    def datasets(self) -> dict[str, str]:
        """Where its members that are datasets lie, by name."""
        return {
            name: member.path for name, member in self.members.items() if isinstance(member, Array)
        }

    def inherits(self, neurodata_type: str) -> bool:
        """Whether it is of this type, or of one that inherits from it."""
        return neurodata_type in self.lineage


@dataclass(slots=True)
class Inventory:
    """What a walk found.

    Attributes
    ----------
    entries
        Typed objects by identity, in the order of the walk.
    problems
        Links and datasets that lead nowhere or out of the file, and what cannot be read.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def of(self, neurodata_type: str) -> Iterator[Entry]:
        """Yield the entries of a type or one that inherits from it."""
        return (entry for entry in self.entries.values() if entry.inherits(neurodata_type))

    def at(self, node: Node | None) -> Entry | None:
        """Return the entry of an object, whichever path led to it."""
        return self.entries.get(node.identity) if node is not None else None

    def link(self, entry: Entry, name: str) -> str | None:
        """Return the path of the typed object that a member leads to."""
        found = self.at(entry.members.get(name))
        return found.path if found is not None else None

    def linked(self, entry: Entry, neurodata_type: str) -> Iterator[Entry]:
        """Yield the members of an entry that are of a type, held or linked."""
        for member in entry.members.values():
            found = self.at(member)
            if found is not None and found.inherits(neurodata_type):
                yield found


def take_inventory(root: Group, types: TypeLineage) -> Inventory:
    """Walk a file from its root.

    Parameters
    ----------
    root
        The root group.
    types
        The lineage of the file's types.
    """
    return _Walk(types).run(root)


class _Walk:
    """The walk, as a stack of groups: a hostile file may nest deeper than Python recurses."""

    def __init__(self, types: TypeLineage) -> None:
        self._types = types
        self._inventory = Inventory()
        self._visited: set[str] = set()
        self._waiting: list[tuple[Group, Entry | None]] = []

    def run(self, root: Group) -> Inventory:
        self._visit(root, None)
        while self._waiting:
            group, holder = self._waiting.pop()
            self._open_members(group, holder)
        return self._inventory

    def _visit(self, node: Group | Array, holder: Entry | None) -> None:
        if node.identity in self._visited:
            return
        self._visited.add(node.identity)
        if isinstance(node, Group):
            # All are wanted below: what stands alone here would be read twice.
            _ = node.attributes
        entry = self._entry(node, holder)
        if entry is not None:
            self._inventory.entries[node.identity] = entry
        if isinstance(node, Group):
            self._note_references(node)
            self._waiting.append((node, entry or holder))
        else:
            self._note_dataset(node, typed=entry is not None)

    def _entry(self, node: Node, holder: Entry | None) -> Entry | None:
        neurodata_type = node.attribute("neurodata_type")
        if not isinstance(neurodata_type, str) or not neurodata_type.isidentifier():
            if node.has_attribute("neurodata_type"):
                self._inventory.problems.append(
                    Problem(
                        kind=ProblemKind.MALFORMED,
                        location=node.path,
                        owner=node.path,
                        attribute="neurodata_type",
                        detail="its attribute neurodata_type is no name, so it is not recognized",
                    )
                )
            return None
        namespace = node.attribute("namespace")
        namespace = namespace if isinstance(namespace, str) else ""
        lineage = self._types.of(namespace, neurodata_type)
        return Entry(node, namespace, neurodata_type, lineage, holder, {})

    def _open_members(self, group: Group, holder: Entry | None) -> None:
        own = self._inventory.entries.get(group.identity)
        members = own.members if own is not None else {}
        try:
            links = group.links()
        except StorageError as error:
            self._note(error)
            return
        children = []
        for link in links:
            if _is_specification(group, link):
                continue
            try:
                member = group.member(link)
                if link.kind is LinkKind.HARD:
                    children.append(member)
                members[link.name] = member
            except StorageError as error:
                self._note(error, through=link)
        for child in children:
            try:
                self._visit(child, holder)
            except StorageError as error:
                self._note(error)

    def _note_references(self, node: Node) -> None:
        for name, value in node.attributes.items():
            if isinstance(value, ObjectReference) and value.path is None:
                self._dangles(node.path, f"the object reference in its attribute {name}")

    def _note_dataset(self, array: Array, *, typed: bool) -> None:
        if array.foreign is not None:
            target = array.foreign.target
            self._leaves(array.path, array.foreign.what, target, file=target)
        if typed:
            self._note_references(array)

    def _dangles(self, location: str, target: str) -> None:
        self._inventory.problems.append(
            Problem(
                kind=ProblemKind.DANGLING_LINK,
                location=location,
                detail=target,
                values={"target": target},
            )
        )

    def _leaves(
        self, location: str, what: str, target: str, *, file: str, through: Link | None = None
    ) -> None:
        values = {"what": what, "target": target, "file": file}
        if through is not None and through.kind is LinkKind.SOFT:
            values["through"] = through.target
        self._inventory.problems.append(
            Problem(
                kind=ProblemKind.EXTERNAL_DATA,
                location=location,
                detail=f"{what} to {target}",
                values=values,
            )
        )

    def _note(self, error: StorageError, *, through: Link | None = None) -> None:
        if error.trouble is Trouble.DANGLING:
            self._dangles(error.location, error.detail)
        elif error.trouble is Trouble.EXTERNAL:
            # Of "file:/path/of/object"; no name of NWB's holds a colon.
            file = error.detail.rpartition(":/")[0] or error.detail.rpartition(":")[0]
            self._leaves(error.location, "external link", error.detail, file=file, through=through)
        else:
            self._inventory.problems.append(
                Problem(
                    kind=ProblemKind.UNREADABLE_PART,
                    location=error.location,
                    detail=error.detail,
                )
            )


def _is_specification(group: Group, link: Link) -> bool:
    return group.path == "/" and f"/{link.name}" == _CACHED_SPECIFICATIONS
