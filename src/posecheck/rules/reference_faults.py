"""The faults of one reference: what it says, and what lies where it points."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from posecheck.model.external_file import ExternalFile, TargetState
from posecheck.model.reference import ReferenceKind
from posecheck.model.rule import Hit
from posecheck.model.values import Value
from posecheck.rules.candidate_files import NOTHING_STATED, Agreement, Stated, weigh
from posecheck.rules.shared_edits import refer

_LEFT = {
    TargetState.OUTSIDE: "dandiset",
    TargetState.OUTSIDE_REPOSITORY: "git repository",
}
_CANDIDATES = {
    Agreement.MEANT: "inside",
    Agreement.AGREES: "beside",
    Agreement.CONTRADICTS: "beside-contradicts",
    Agreement.UNKNOWN: "beside-unknown",
}


KNOWN_VARIANTS = frozenset({"inside", "beside"})
"""The variants of a reference of which it is known what it must be."""


def faults_of(
    location: str, file: ExternalFile, extensions: Sequence[str], stated: Stated = NOTHING_STATED
) -> Iterator[Hit]:
    """Yield the faults of VID002 to VID008 in a reference that is no ImageSeries' own.

    Parameters
    ----------
    location
        Where the hits shall be placed.
    extensions
        Those that dandi uploads, in lower case.
    stated
        What is known of the file that an absolute reference means.

    Yields
    ------
    Hit
        Its variant names the fault: ``missing``, ``missing-not-a-file``, ``absolute``,
        ``absolute-inside``, ``absolute-beside``, ``absolute-beside-contradicts``,
        ``absolute-beside-unknown``, ``backslash``, ``outside``, ``outside-link``, ``url``,
        ``extension``, ``extension-none`` or ``upper-case``.
    """
    functions: dict[str, Callable[[str, ExternalFile], Iterator[Hit]]] = {
        "missing": partial(missing_hits, stated=NOTHING_STATED),
        "absolute": partial(absolute_hits, stated=stated),
        "backslash": backslash_hits,
        "outside": outside_hits,
        "url": url_hits,
        "extension": partial(extension_hits, wanted=extensions),
        "upper-case": partial(upper_case_hits, wanted=extensions),
    }
    for fault, hits_of in functions.items():
        for hit in hits_of(location, file):
            variant = f"{fault}-{hit.variant}" if hit.variant else fault
            named = Hit(location, variant, **hit.values)
            is_known = variant == "backslash" or hit.variant in KNOWN_VARIANTS
            edits = refer(location, file, str(hit.values["wanted"])) if is_known else ()
            yield named.with_edits(*edits)


def blank_hits(location: str, file: ExternalFile) -> Iterator[Hit]:
    """Yield a hit if an entry names nothing."""
    if file.reference.kind is ReferenceKind.BLANK:
        yield Hit(location, "blank", **reference_values(file))


def missing_hits(location: str, file: ExternalFile, stated: Stated) -> Iterator[Hit]:
    """Yield a hit if a relative reference leads to no file."""
    if file.target is None or file.reference.kind is not ReferenceKind.RELATIVE:
        return
    path = "/".join(file.target.path) or file.reference.posix
    candidate = file.target.candidate
    if file.target.state is TargetState.MISSING:
        weighed = weigh(candidate, stated) if candidate is not None else None
        if candidate is not None and weighed and weighed.agreement is Agreement.AGREES:
            values = {"wanted": candidate.reference, "clause": weighed.clause}
            yield Hit(location, "beside", **reference_values(file), path=path, **values)
        else:
            yield Hit(location, "", **reference_values(file), path=path)
    if file.target.state is TargetState.NOT_A_FILE:
        yield Hit(location, "not-a-file", **reference_values(file), path=path)


def absolute_hits(location: str, file: ExternalFile, stated: Stated) -> Iterator[Hit]:
    """Yield a hit if a reference is absolute; its variant says what is known of the file."""
    if not file.reference.is_absolute:
        return
    candidate = file.target.candidate if file.target is not None else None
    if candidate is None:
        yield Hit(location, "", **reference_values(file), wanted="")
        return
    weighed = weigh(candidate, stated)
    values = {**reference_values(file), "wanted": candidate.reference, "clause": weighed.clause}
    yield Hit(location, _CANDIDATES[weighed.agreement], **values)


def backslash_hits(location: str, file: ExternalFile) -> Iterator[Hit]:
    """Yield a hit if a reference is written with backslashes."""
    if file.reference.has_backslash:
        yield Hit(location, "", **reference_values(file), wanted=file.reference.posix)


def outside_hits(location: str, file: ExternalFile) -> Iterator[Hit]:
    """Yield a hit if a reference leaves the dandiset or, outside one, the git repository."""
    if file.target is None or file.reference.kind is not ReferenceKind.RELATIVE:
        return
    root = _LEFT.get(file.target.state)
    if root is not None:
        yield Hit(location, "", **reference_values(file), root=root)
    if file.target.state is TargetState.OUTSIDE_BY_LINK:
        yield Hit(location, "link", **reference_values(file))


def url_hits(location: str, file: ExternalFile) -> Iterator[Hit]:
    """Yield a hit if a reference is a URL."""
    if file.reference.kind is ReferenceKind.URL:
        yield Hit(location, "", **reference_values(file))


def extension_hits(location: str, file: ExternalFile, wanted: Sequence[str]) -> Iterator[Hit]:
    """Yield a hit if dandi uploads no file with this extension."""
    suffix = file.reference.suffix
    if not _is_selected_by_extension(file) or suffix.lower() in wanted:
        return
    variant = "" if suffix.strip(".") else "none"
    yield Hit(location, variant, **reference_values(file), extension=suffix, wanted=tuple(wanted))


def upper_case_hits(location: str, file: ExternalFile, wanted: Sequence[str]) -> Iterator[Hit]:
    """Yield a hit if dandi uploads files with this extension in lower case only."""
    suffix = file.reference.suffix
    if _is_selected_by_extension(file) and suffix not in wanted and suffix.lower() in wanted:
        yield Hit(location, "", **reference_values(file), extension=suffix, wanted=suffix.lower())


def _is_selected_by_extension(file: ExternalFile) -> bool:
    """Return whether dandi decides by the extension if it takes what the reference names."""
    reference, target = file.reference, file.target
    if reference.kind in {ReferenceKind.BLANK, ReferenceKind.URL} or not reference.name.strip("."):
        return False
    return target is None or not (target.in_bids or target.state is TargetState.NOT_A_FILE)


def reference_values(file: ExternalFile) -> dict[str, Value]:
    """Return the values that every hit on a reference has."""
    return {"index": file.index, "reference": file.reference.text}
