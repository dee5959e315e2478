"""The formats of a report: a module for each, found by its name.

The module ``json_lines`` has the class ``JsonLinesReporter``, which is made of a stream and a
context (see `posecheck.report.reporter`). It is imported when it is asked for.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping
from typing import IO

from posecheck.model.report import Report
from posecheck.report.reporter import Context, Reporter, replay

FORMATS: Mapping[str, str] = {
    "full": "the report for a person",
    "concise": "a line for each finding",
    "json": "one document",
    "json-lines": "a line of JSON for each file, as soon as it is checked",
    "dandi-jsonl": "what `dandi validate --load` reads",
    "github": "annotations of GitHub Actions",
    "gitlab": "a code quality report of GitLab",
    "junit": "test results in XML, for Jenkins and others",
    "sarif": "SARIF 2.1.0, for code scanning",
    "markdown": "for $GITHUB_STEP_SUMMARY",
    "csv": "a row for each finding",
}
"""The formats, each with what it is for."""


def open_reporter(name: str, stream: IO[str], context: Context) -> Reporter:
    """Return the reporter of a format.

    Parameters
    ----------
    name
        One of `FORMATS`.
    stream
        Where it writes.
    context
        What else it must know.

    Raises
    ------
    KeyError
        If there is no such format.
    """
    if name not in FORMATS:
        raise KeyError(name)
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    kind = getattr(module, f"{name.title().replace('-', '')}Reporter")
    reporter: Reporter = kind(stream, context)
    return reporter


def render(name: str, report: Report, context: Context) -> str:
    """Return a finished report in a format.

    Parameters
    ----------
    name
        One of `FORMATS`.
    report
        A finished run.
    context
        What else the format needs.

    Returns
    -------
    str
        The document, ending in a line feed unless it is empty.
    """
    stream = io.StringIO()
    replay(open_reporter(name, stream, context), report)
    return stream.getvalue()
