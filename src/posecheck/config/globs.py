"""The globs of ``per-file-ignores``.

``*`` and ``?`` stay within one component of a path, ``**`` crosses them. A glob without ``/``
matches a component of any depth; one that matches a folder covers all that lies in it.

A glob may come with an untrusted checkout. Regular expressions would try the ways to share a path
among several ``*`` one after another, which can take for ever; here all are followed at once, in
one pass over the path.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

MOST_CHARACTERS = 4096
"""The longest path that Linux knows; a longer glob means nothing."""

_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[(?:![^/]|[^!/])[^\]/]*\]|.", re.DOTALL)


def covers(glob: str, parts: tuple[str, ...]) -> bool:
    """Whether a glob matches a path, given by its components, or a folder on the way to it.

    Raises
    ------
    ValueError
        As `check_glob`.
    """
    glob = glob.removeprefix("./").rstrip("/")
    pattern = _compiled(glob)
    if "/" not in glob and glob != "**":
        return any(pattern.covers((part,)) for part in parts)
    return pattern.covers(parts)


def check_glob(glob: str) -> None:
    """Refuse a glob that means nothing.

    Raises
    ------
    ValueError
        If a range in it runs backwards (``[z-a]``), or it is longer than any path.
    """
    if len(glob) > MOST_CHARACTERS:
        raise ValueError(f"a glob of {len(glob)} characters is longer than any path")
    _compiled(glob.removeprefix("./").rstrip("/"))


class _Pattern:
    """The places that a match may have reached, as the bits of a number.

    Bit ``p`` stands for place ``p`` in the glob. A character moves places on by one, or lets them
    stay, or, at the ``/`` that ends a component under ``**/``, sends them back to its beginning.
    """

    def __init__(self, glob: str) -> None:
        self._tests: list[tuple[int, _Characters]] = []
        self._moves: dict[str, tuple[int, int]] = {}
        self._within = self._anywhere = self._entering = 0
        self._skips_one = self._skips_two = 0
        bit = 1
        for sign in _without_repeats(_TOKEN.findall(glob)):
            if sign == "**/":
                # Two places: between components, and inside of one that is passed over.
                self._entering |= bit
                self._within |= bit << 1
                self._skips_two |= bit
                bit <<= 2
                continue
            if sign in {"*", "**"}:
                self._within |= bit
                self._anywhere |= bit if sign == "**" else 0
                self._skips_one |= bit
            else:
                self._tests.append((bit, _Characters(sign)))
            bit <<= 1
        self._end = bit
        self._start = self._skipping(1)

    def covers(self, parts: Iterable[str]) -> bool:
        places = self._start
        for depth, part in enumerate(parts):
            for character in f"/{part}" if depth else part:
                places = self._after(places, character)
                if not places:
                    return False
            if places & self._end:
                return True
        return False

    def _after(self, places: int, character: str) -> int:
        if character not in self._moves:
            on = sum(bit for bit, wanted in self._tests if character in wanted)
            is_slash = character == "/"
            self._moves[character] = (
                on | (0 if is_slash else self._entering),
                self._anywhere if is_slash else self._within,
            )
        on, staying = self._moves[character]
        reached = (places & on) << 1 | places & staying
        if character == "/":
            reached |= (places >> 1) & self._entering
        return self._skipping(reached)

    def _skipping(self, places: int) -> int:
        """Add the places behind wildcards that need not match anything."""
        while True:
            more = places | (places & self._skips_one) << 1 | (places & self._skips_two) << 2
            if more == places:
                return places
            places = more


class _Characters:
    """What one sign of a glob stands for: itself, ``?`` or a class such as ``[!0-9]``."""

    def __init__(self, sign: str) -> None:
        self._negated = sign == "?" or (len(sign) > 1 and sign[1] == "!")
        self._ranges: list[tuple[str, str]] = []
        inside = sign[1 + self._negated : -1] if len(sign) > 1 else sign.replace("?", "")
        while inside:
            length = 3 if len(inside) > 2 and inside[1] == "-" else 1
            least, most = inside[0], inside[length - 1]
            if least > most:
                raise ValueError(f"{sign!r} holds a range that runs backwards")
            self._ranges.append((least, most))
            inside = inside[length:]
        self._is_class = sign == "?" or len(sign) > 1

    def __contains__(self, character: str) -> bool:
        if self._is_class and character == "/":
            return False
        return self._negated != any(least <= character <= most for least, most in self._ranges)


def _without_repeats(tokens: Iterable[str]) -> list[str]:
    """Drop wildcards beside one that matches all that they match."""
    kept: list[str] = []
    for sign in tokens:
        before = kept[-1] if kept else ""
        if sign in {"*", "**", "**/"} and before in {sign, "**"}:
            continue
        if sign == "**" and before in {"*", "**/"}:
            kept.pop()
        kept.append(sign)
    return kept


@functools.lru_cache(maxsize=256)
def _compiled(glob: str) -> _Pattern:
    return _Pattern(glob)
