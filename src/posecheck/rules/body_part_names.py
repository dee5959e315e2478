"""Names of body parts: when two mean the same one, and how many of them a sentence can hold.

ndx-pose wants a PoseEstimationSeries to carry the name of its node. Writers respell it: NeuroConv
writes ``PoseEstimationSeriesLeftElbow`` for ``left_elbow``, others change case or separators.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from posecheck.model.pose import PoseContainer, PoseSeries, Skeleton

_SERIES_PREFIX = re.compile(r"^pose[\s_-]*estimation[\s_-]*series[\s_-]*(?=.)", re.IGNORECASE)
# "/", ":" and control characters may stand in a node and not in the name of an object, so writers
# replace them.
_BETWEEN = r"[\s_\-/:\x00-\x1f\x7f-\x9f]+"
_LOOSE_SEPARATORS = re.compile(rf"(?<!\d){_BETWEEN}|{_BETWEEN}(?!\d)")
_SEPARATORS = re.compile(_BETWEEN)
_WORD_ENDS = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])")
_MOST_WORDS = 16


def fold(name: str) -> str:
    """Reduce a name to what is compared.

    Case, spaces, underscores and hyphens do not count, nor does a leading
    ``PoseEstimationSeries``. Between two digits a separator does count: ``part_1_1`` is not
    ``part_11``.
    """
    bare = _SERIES_PREFIX.sub("", name)
    folded = _SEPARATORS.sub("_", _LOOSE_SEPARATORS.sub("", bare)).casefold()
    return folded or name


def words_of(name: str) -> tuple[str, ...]:
    """Split a name at separators and at capitals: ``ind1_leftEar`` is ``ind1``, ``left``, ``ear``.

    A leading ``PoseEstimationSeries`` is not among them.
    """
    bare = _SERIES_PREFIX.sub("", name)
    return tuple(word.casefold() for word in _WORD_ENDS.split(bare) if word)


def listed(names: Iterable[str], most: int = 8) -> str:
    """Name a few, and count the rest."""
    quoted = [name or "''" for name in names]
    if len(quoted) <= most + 1:
        return ", ".join(quoted)
    return ", ".join(quoted[:most]) + f" and {len(quoted) - most} more"


@dataclass(frozen=True, slots=True)
class Pairing:
    """How the series of a container go with the nodes of its skeleton.

    Attributes
    ----------
    nodes
        The nodes that no series shows.
    series
        The series that are no node.
    near
        Series that are surely meant for a node, though its name is only the beginning or the end
        of theirs, or theirs of the node's; neither of the two is listed above.
    """

    nodes: tuple[str, ...]
    series: tuple[PoseSeries, ...]
    near: tuple[tuple[PoseSeries, str], ...]


def pair(container: PoseContainer, skeleton: Skeleton | None) -> Pairing | None:
    """Match the series of a container with the nodes of a skeleton, by name.

    Returns
    -------
    Pairing or None
        ``None`` where there is nothing to match: no skeleton, no nodes stored, or no series.
    """
    if skeleton is None or skeleton.nodes is None or not container.series:
        return None
    nodes = tuple(dict.fromkeys(skeleton.nodes))
    named = {fold(series.name) for series in container.series}
    known = {fold(node) for node in nodes}
    lost = [series for series in container.series if fold(series.name) not in known]
    nearest = _Nearest(nodes) if lost else None
    near: list[tuple[PoseSeries, str]] = []
    strange: list[PoseSeries] = []
    for series in lost:
        node = nearest.to(series.name) if nearest else None
        # A node that has its own series is not what another one was meant for.
        if node is None or fold(node) in named:
            strange.append(series)
        else:
            near.append((series, node))
    named |= {fold(node) for _, node in near}
    bare = tuple(node for node in nodes if fold(node) not in named)
    return Pairing(bare, tuple(strange), tuple(near))


class _Nearest:
    """Nodes by what they, or the names that contain them at word boundaries, are called."""

    def __init__(self, nodes: Sequence[str]) -> None:
        self._whole: dict[str, set[str]] = {}
        self._parts: dict[str, set[str]] = {}
        for node in nodes:
            words = words_of(node)
            self._whole.setdefault("".join(words), set()).add(node)
            for part in _ends(words):
                self._parts.setdefault(part, set()).add(node)

    def to(self, name: str) -> str | None:
        """Return the one node that a name was meant for, or ``None`` where there could be two."""
        words = words_of(name)
        inside = [end for end in _ends(words) if end in self._whole]
        if inside:
            # Of "base" and "tail_base", "ind1_tail_base" means the longer.
            longest = max(map(len, inside))
            candidates = {
                node for end in inside if len(end) == longest for node in self._whole[end]
            }
        else:
            candidates = self._parts.get("".join(words), set())
        return next(iter(candidates)) if len(candidates) == 1 else None


def _ends(words: Sequence[str]) -> Iterator[str]:
    """Yield the proper beginnings and ends of a name, each joined to one word."""
    if len(words) > _MOST_WORDS:
        return
    for cut in range(1, len(words)):
        yield "".join(words[:cut])
        yield "".join(words[cut:])
