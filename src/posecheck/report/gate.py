"""What a run let pass since it was known or did not change, in a few sentences."""

from __future__ import annotations

from posecheck.model.baseline import BaselineUse, KnownFinding
from posecheck.model.report import Report
from posecheck.model.wording import counted
from posecheck.report.escapes import escape

_MOST = 5


def describe_baseline(report: Report, *, verbose: bool) -> list[str]:
    """Say how many findings are known, and which entries of the baseline are stale."""
    use = report.baseline
    if use is None:
        return []
    name = escape(use.name)
    if use.written is not None:
        known = counted(use.written, "known finding")
        return [f"Wrote {known} to {name}; with --baseline {name} only others count."]
    number = sum(totals.suppressed for totals in report.totals)
    new = report.active_kinds.total()
    lines = [f"{counted(number, 'known finding')} (baseline {name}), {new:,} new."]
    return lines + _describe_stale(use, has_new=bool(new), verbose=verbose)


def describe_changes(report: Report) -> list[str]:
    """Say what was left out since nothing changed."""
    scope = report.changes
    if scope is None:
        return []
    base = f"{escape(scope.revision)} ({scope.commit[:12]})"
    if not scope.unchanged:
        return [f"Every file changed since {base}, or references one that did."]
    lines = []
    known = scope.unchanged - scope.unknown
    if known:
        which = "it nor what it references" if known == 1 else "they nor what they reference"
        lines.append(f"{counted(known, 'file')} left out: neither {which} changed since {base}.")
    if scope.unknown:
        it_or_they = "it references" if scope.unknown == 1 else "they reference"
        lines.append(
            f"{counted(scope.unknown, 'file')} left out that did not change since {base}, though "
            f"something did, and what {it_or_they} is not known: the content was not fetched, or "
            "could not be read."
        )
    return lines


def describe_content(report: Report, *, verbose: bool) -> list[str]:
    """Say what git-annex fetched for the run, and what it would not."""
    use = report.content
    if use is None:
        return []
    lines = []
    if use.fetched:
        it_or_them = "it" if use.fetched == 1 else "them"
        lines.append(
            f"git-annex fetched {counted(use.fetched, 'file')} for this run, and dropped "
            f"{it_or_them} again."
        )
    for files, what in (
        (use.not_fetched, "could not be fetched with git-annex"),
        (use.not_dropped, "stayed here, since git-annex would not drop what it had fetched"),
    ):
        if not files:
            continue
        lines.append(f"{counted(len(files), 'file')} {what}:")
        listed = files if verbose else files[:_MOST]
        lines += [f"  {escape(each.path)}: {escape(each.reason)}" for each in listed]
        if len(files) > len(listed):
            lines.append(f"  … and {len(files) - len(listed):,} more; --verbose lists them")
    return lines


def _describe_stale(use: BaselineUse, *, has_new: bool, verbose: bool) -> list[str]:
    if not use.stale:
        return []
    count = sum(entry.count for entry in use.stale)
    is_are = "is" if count == 1 else "are"
    when = "once nothing is new, " if has_new else ""
    head = (
        f"{counted(count, 'known finding')} {is_are} no longer found; {when}"
        f"`posecheck validate --write-baseline {escape(use.path)}` removes what is fixed:"
    )
    listed = use.stale if verbose else use.stale[:_MOST]
    lines = [head, *(f"  {_describe_entry(entry)}" for entry in listed)]
    rest = len(use.stale) - len(listed)
    return [*lines, f"  … and {rest:,} more; --verbose lists them"] if rest else lines


def _describe_entry(entry: KnownFinding) -> str:
    times = f" × {entry.count:,}" if entry.count > 1 else ""
    place = f" in {entry.location}" if entry.location.strip("/") else ""
    about = f" ({entry.subject})" if entry.subject else ""
    return escape(f"{entry.path}{place}: {entry.code}{about}") + times
