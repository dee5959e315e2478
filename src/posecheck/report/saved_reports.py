"""Reports that were saved as JSON, read again to be shown in another format, or together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from posecheck.model.configuration_use import ConfigurationUse
from posecheck.model.errors import UsageError
from posecheck.model.report import FileReport, Report


def load_reports(paths: Iterable[Path]) -> Report:
    """Read reports of `posecheck validate`, of one run or of several, as one report.

    Parameters
    ----------
    paths
        Files of ``--output json`` or ``--output json-lines``.

    Returns
    -------
    Report
        Their files, in this order; the seconds of all runs together. The root is empty where the
        runs had different ones, as on several machines: the fingerprints are those of the runs.
        Baselines and changes are those of one run: of several, known findings stay suppressed.

    Raises
    ------
    UsageError
        If one cannot be read, is no such report, or is one of a run that did not end.
    """
    reports = [_load(path) for path in paths]
    if len(reports) == 1:
        return reports[0]
    versions = list(dict.fromkeys(report.version for report in reports))
    roots = {report.root for report in reports}
    return Report(
        version=", ".join(versions),
        root=roots.pop() if len(roots) == 1 else "",
        files=tuple(chain.from_iterable(report.files for report in reports)),
        seconds=sum(report.seconds for report in reports),
        dandisets=tuple(chain.from_iterable(report.dandisets for report in reports)),
        configuration=_joined([report.configuration for report in reports]),
    )


def _joined(used: Sequence[ConfigurationUse]) -> ConfigurationUse:
    """Return what several runs took from their configurations, each ignore with its own count."""
    return ConfigurationUse(
        source=", ".join(dict.fromkeys(each.source for each in used if each.source)),
        ignores=tuple(chain.from_iterable(each.ignores for each in used)),
        ignored=sum(each.ignored for each in used),
    )


def _load(path: Path) -> Report:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"{path} cannot be read: {reason}") from error
    try:
        return _report(text)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(
            f"{path} is no report of posecheck validate --output json or json-lines, or it was cut "
            "off"
        ) from error


def _report(text: str) -> Report:
    """Read a report from one document, or from lines."""
    if not text.lstrip().startswith('{"type"'):
        return Report.from_dict(json.loads(text))
    *blocks, end = [json.loads(line) for line in text.splitlines() if line.strip()]
    if end["type"] != "summary":
        raise ValueError("the run did not end")
    files, dandisets = (
        tuple(FileReport.from_dict(block) for block in blocks if block["type"] == kind)
        for kind in ("file", "dandiset")
    )
    heads = {"files": (), "dandisets": (), "findings": (), "skipped": ()}
    return replace(Report.from_dict({**end, **heads}), files=files, dandisets=dandisets)
