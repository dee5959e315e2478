"""NOD, the names: whether skeleton, nodes, series and containers fit together."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

from posecheck.model.pose import PoseContainer, Skeleton
from posecheck.model.recording import Recording
from posecheck.model.rule import Hit, Params
from posecheck.rules.body_part_names import fold, listed, pair
from posecheck.rules.several_animals import (
    animal_in,
    names_the_subject,
    sharing_a_skeleton,
    skeletons_of_one_video,
)
from posecheck.rules.shared_edits import add_behavior_module, move
from posecheck.rules.skeleton_edits import BEHAVIOR_MODULE, add_skeleton, each_once, store_edges


def nod001(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report nodes of the skeleton that the container has no series for."""
    skeleton = container.skeleton
    pairing = pair(container, skeleton)
    if pairing is None or skeleton is None or not pairing.nodes:
        return
    total = len(set(skeleton.nodes or ()))
    is_part = len(pairing.nodes) < total and len(skeleton.users) > 1
    yield Hit(
        container.path,
        "view" if is_part else "",
        names=listed(pairing.nodes),
        nodes=pairing.nodes,
        missing=len(pairing.nodes),
        total=total,
        skeleton=skeleton.name,
        users=len(skeleton.users),
    )


def nod002(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report series that are no node of the skeleton."""
    skeleton = container.skeleton
    pairing = pair(container, skeleton)
    if pairing is None or skeleton is None:
        return
    names = listed(dict.fromkeys(skeleton.nodes or ()))
    for series in pairing.series:
        yield Hit(
            series.path, series=series.name, skeleton=skeleton.name, names=names or "no nodes"
        )


def nod003(skeleton: Skeleton, params: Params) -> Iterator[Hit]:
    """Report nodes that share a name."""
    counts = Counter(skeleton.nodes or ())
    for node, count in counts.items():
        if count > 1:
            yield Hit(skeleton.path, node=node, count=count)
    alike = defaultdict(list)
    for node in counts:
        alike[fold(node)].append(node)
    for nodes in alike.values():
        if len(nodes) > 1:
            yield Hit(skeleton.path, "folded", names=listed(nodes), nodes=tuple(nodes))


def nod004(skeleton: Skeleton, params: Params) -> Iterator[Hit]:
    """Report edges that name a node which is not there, or could not name every node."""
    if skeleton.nodes is None or not skeleton.edges:
        return
    count = len(skeleton.nodes)
    outside = [
        (row, node)
        for row, edge in enumerate(skeleton.edges)
        for node in edge
        if not 0 <= node < count
    ]
    if outside:
        row, node = outside[0]
        first, second = skeleton.edges[row]
        edges = len({row for row, _ in outside})
        yield Hit(
            skeleton.path,
            "" if count else "nodeless",
            row=row,
            first=first,
            second=second,
            node=node,
            nodes=count,
            last=count - 1,
            edges=edges,
        )
    elif _is_narrow(skeleton, params):
        # A wrapped chain or tree has more edges than its first nodes can take, or meets itself.
        end = int(params.number("addressable"))
        wrapped = len(skeleton.edges) >= end or any(
            first == second or times > 1 for (first, second), times in _undirected(skeleton).items()
        )
        yield Hit(
            skeleton.path,
            "wrapped" if wrapped else "narrow",
            nodes=count,
            first=end,
            last=count - 1,
            end=end - 1,
            edges=len(skeleton.edges),
        )


def nod005(skeleton: Skeleton, params: Params) -> Iterator[Hit]:
    """Report edges from a node to itself."""
    loops = dict.fromkeys(first for first, second in skeleton.edges or () if first == second)
    if loops:
        names = listed(_node_name(skeleton, node) for node in loops)
        nodes = tuple(_node_name(skeleton, node) for node in loops if _is_named(skeleton, node))
        kept = [edge for edge in skeleton.edges or () if edge[0] != edge[1]]
        hit = Hit(skeleton.path, names=names, nodes=nodes, count=len(loops))
        # A node that would be left alone was surely meant to be joined to another one.
        is_joined = not kept or set(loops) <= {node for edge in kept for node in edge}
        yield hit.with_edits(*store_edges(skeleton, kept)) if is_joined else hit


def nod006(skeleton: Skeleton, params: Params) -> Iterator[Hit]:
    """Report edges that are stored more than once, in either direction."""
    repeated = [
        edge for edge, count in _undirected(skeleton).items() if count > 1 and edge[0] != edge[1]
    ]
    if repeated:
        spelled = {
            edge: f"{_node_name(skeleton, edge[0])} to {_node_name(skeleton, edge[1])}"
            for edge in repeated
        }
        edges = tuple(
            text
            for edge, text in spelled.items()
            if all(_is_named(skeleton, node) for node in edge)
        )
        names = listed(spelled.values())
        hit = Hit(skeleton.path, names=names, edges=edges, count=len(repeated))
        yield hit.with_edits(*store_edges(skeleton, each_once(skeleton)))


def nod007(skeleton: Skeleton, params: Params) -> Iterator[Hit]:
    """Report nodes that no edge reaches."""
    # Where edges cannot name every node, NOD004 gives the cause.
    if not skeleton.nodes or not skeleton.edges or _is_narrow(skeleton, params):
        return
    reached = {node for edge in skeleton.edges for node in edge}
    alone = tuple(node for index, node in enumerate(skeleton.nodes) if index not in reached)
    if alone:
        yield Hit(
            skeleton.path,
            names=listed(alone),
            nodes=alone,
            count=len(alone),
            total=len(skeleton.nodes),
        )


def nod008(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a container whose series belong to no skeleton."""
    for container in recording.containers:
        # A view shows the skeleton of the MultiCameraPoseEstimation that holds it.
        if container.series and container.skeleton is None and container.parent is None:
            hit = Hit(container.path, count=len(container.series))
            yield hit.with_edits(*add_skeleton(recording, container))


def nod009(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report nodes and edges that are stored on the container."""
    if container.skeleton is not None and container.skeleton.on_container:
        has_both = (
            container.skeleton.nodes is not None and container.skeleton.edges_shape is not None
        )
        one = "edges" if container.skeleton.nodes is None else "nodes"
        yield Hit(container.path, what="nodes and edges" if has_both else one)


def nod020(container: PoseContainer, params: Params) -> Iterator[Hit]:
    """Report a container without series."""
    if container.series or container.parent is not None:
        return
    if not any(view.series for view in container.views):
        yield Hit(container.path, type=container.neurodata_type)


def nod021(skeleton: Skeleton, params: Params) -> Iterator[Hit]:
    """Report a Skeleton that no Skeletons object holds."""
    if not skeleton.in_skeletons and not skeleton.on_container:
        yield Hit(skeleton.path, skeleton=skeleton.name)


def nod022(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report a container outside the behavior module."""
    for container in recording.containers:
        if container.parent is not None or container.module == "behavior":
            continue
        if container.module:
            hit = Hit(container.path, type=container.neurodata_type, module=container.module)
        else:
            hit = Hit(container.path, "no-module", type=container.neurodata_type)
        target = f"{BEHAVIOR_MODULE}/{container.name}"
        if target in recording.objects:
            yield hit  # one of the two has to be renamed
            continue
        moved = move(recording, container.path, target)
        yield hit.with_edits(*add_behavior_module(recording), *moved)


def nod023(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report several animals, of which none is said to be the Subject."""
    if names_the_subject(recording):
        return
    kinds = frozenset(word.casefold() for word in params.words("animals"))
    animals: dict[str, None] = {}
    for container in recording.containers:
        tag = animal_in(container.name, kinds)
        tags = [tag] if tag else [animal_in(series.name, kinds) for series in container.series]
        animals |= dict.fromkeys(tag for tag in tags if tag)
    if len(animals) > 1:
        yield Hit("/", names=listed(animals), count=len(animals))
        return
    names = next(skeletons_of_one_video(recording), ())
    if names:
        yield Hit("/", "skeletons", names=listed(names), count=len(names))
        return
    processing = frozenset(word.casefold() for word in params.words("processing"))
    names = next(sharing_a_skeleton(recording, processing), ())
    if names:
        yield Hit("/", "one-skeleton", names=listed(names), count=len(names))


def nod024(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report series that are called nearly, but not quite, like their node."""
    for container in recording.every_container():
        pairing = pair(container, container.skeleton)
        near = pairing.near if pairing else ()
        times = Counter(node for _, node in near)
        for series, node in near:
            hit = Hit(series.path, series=series.name, node=node)
            target = f"{series.path.rpartition('/')[0]}/{node}"
            is_free = times[node] == 1 and target not in recording.objects and not _offences(node)
            yield hit.with_edits(*move(recording, series.path, target)) if is_free else hit


def nod025(recording: Recording, params: Params) -> Iterator[Hit]:
    """Report names that HDF5, PyNWB or a terminal takes for something else."""
    reported: set[str] = set()
    for skeleton in recording.every_skeleton():
        for node in dict.fromkeys(skeleton.nodes or ()):
            if _offences(node):
                reported.add(node)
                yield _misnamed(skeleton.path, "", node)
    objects = [(item.path, item.name) for item in recording.every_container()]
    objects += [(item.path, item.name) for item in recording.skeletons]
    objects += [(series.path, series.name) for series in recording.every_series()]
    for path, name in dict.fromkeys(objects):
        # A series that is called as its node repeats what the node does wrong.
        if _offences(name) and name not in reported:
            yield _misnamed(path, "object", name)


def _undirected(skeleton: Skeleton) -> Counter[tuple[int, int]]:
    return Counter(
        (min(first, second), max(first, second)) for first, second in skeleton.edges or ()
    )


def _is_narrow(skeleton: Skeleton, params: Params) -> bool:
    """Whether the edges are stored in 8 bits, and the nodes are too many for that."""
    is_byte = skeleton.edges_dtype == "uint8"
    return is_byte and len(skeleton.nodes or ()) > params.number("addressable")


def _node_name(skeleton: Skeleton, index: int) -> str:
    nodes = skeleton.nodes or ()
    return nodes[index] if _is_named(skeleton, index) else f"node {index}"


def _is_named(skeleton: Skeleton, index: int) -> bool:
    return 0 <= index < len(skeleton.nodes or ())


def _offences(name: str) -> tuple[str, ...]:
    found = dict.fromkeys(character for character in name if _is_offensive(character))
    return tuple(_spelled(character) for character in found)


def _is_offensive(character: str) -> bool:
    return character in "/:" or unicodedata.category(character) in {"Cc", "Zl", "Zp"}


def _spelled(text: str) -> str:
    """Write control characters as a programmer would, so that they can be seen."""
    return re.sub(
        r"[\x00-\x1f\x7f-\x9f\u2028\u2029]",
        lambda match: match[0].encode("unicode_escape").decode("ascii"),
        text,
    )


def _misnamed(path: str, variant: str, name: str) -> Hit:
    characters = listed(f"'{character}'" for character in _offences(name))
    return Hit(path, variant, name=_spelled(name), characters=characters, nodes=(name,))
