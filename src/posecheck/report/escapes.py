"""Text from a file, made safe to show.

Names, paths and messages come from recordings that anybody can send in. Shown raw, an escape
sequence could recolor or erase what a terminal shows, a line feed could forge a finding, and a
bidirectional override could make ``gpj.4pm`` read as something else (Unicode Technical Report 36,
"Unicode Security Considerations").
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_INVISIBLE = frozenset(
    [
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    ]
)
"""Code points that Python calls printable and that show nothing (fillers, variation selectors)."""


_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")


class _Escapes(dict[int, str]):
    """A table for `str.translate` that works out each code point once."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        shown = character.isprintable() and point not in _INVISIBLE
        self[point] = character if shown else spell_out(character)
        return self[point]


_ESCAPES = _Escapes()


def escape(text: str) -> str:
    r"""Spell out every character that would not show as itself.

    Parameters
    ----------
    text
        Any string, also with lone surrogates, as `os.fsdecode` makes them of undecodable names.

    Returns
    -------
    str
        The same text with control characters, line separators, bidirectional controls, zero-width
        and other invisible characters, unusual spaces, and surrogates as ``\x1b``, ``\n`` or
        ``\u202e``. A backslash stays as it is: Windows paths are full of them.
    """
    return text.translate(_ESCAPES)


def spell_out(text: str) -> str:
    r"""Write each character as the escape that Python would use (``\n``, ``\x1b``, ``\u202e``)."""
    return "".join(
        ascii(character)[1:-1]
        if not character.isascii() or not character.isprintable()
        else character
        for character in text
    )


def escape_all(texts: Iterable[str]) -> tuple[str, ...]:
    """Escape each of some texts."""
    return tuple(escape(text) for text in texts)


def shorten_inside(text: str, limit: int) -> str:
    """Cut a sentence to ``limit`` characters where a reader misses least.

    The texts that it quotes lose their middle first, and then the sentence loses its own: what
    follows a name that is a page long is said all the same.

    Parameters
    ----------
    text
        A sentence.
    limit
        How many characters it may have.
    """
    if len(text) <= limit:
        return text
    most = limit // 4
    text = _QUOTED.sub(lambda quoted: _without_middle(quoted[0], most), text)
    return _without_middle(text, limit)


def _without_middle(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    head = limit // 2
    return f"{text[:head]}…{text[len(text) - (limit - head - 1) :]}"


def shorten(text: str, limit: int) -> str:
    """Cut a text to ``limit`` characters, the last of which is then an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
