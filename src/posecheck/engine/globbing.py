"""The globs of ``per-file-ignores``.

``*`` and ``?`` stay within one component of a path, ``**`` crosses them. A glob without ``/``
matches a component of any depth; one that matches a folder covers all that lies in it.
"""

from __future__ import annotations

import functools
import re

_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]/]*\]|.", re.DOTALL)


def covers(glob: str, parts: tuple[str, ...]) -> bool:
    """Whether a glob matches a path, given by its components, or a folder on the way to it."""
    glob = glob.removeprefix("./").rstrip("/")
    pattern = _compiled(glob)
    if "/" not in glob and glob != "**":
        return any(pattern.fullmatch(part) for part in parts)
    return any(
        pattern.fullmatch("/".join(parts[:depth])) is not None for depth in range(1, len(parts) + 1)
    )


@functools.lru_cache(maxsize=256)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile("".join(_translated(token) for token in _TOKEN.findall(glob)), re.DOTALL)


def _translated(token: str) -> str:
    match token:
        case "**/":
            return "(?:[^/]+/)*"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if len(token) > 1:
            inside = token[1:-1]
            negated = "^/" if inside.startswith("!") else ""
            escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside.removeprefix("!"))
            return f"[{negated}{escaped}]"
        case _:
            return re.escape(token)
