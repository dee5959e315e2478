"""The options of `posecheck validate` for files that are elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from posecheck.cli.option_values import parse_rate, parse_size
from posecheck.model.annex_content import AnnexContent
from posecheck.model.data_read import DataRead

_ELSEWHERE = "Files elsewhere"

Data = Annotated[
    DataRead | None,
    typer.Option(
        "--data",
        metavar="HOW",
        help="How much of the arrays to read: full, sample (the first rows, the last, and some "
        "between), or none. What needs every row is then skipped.",
        show_default="full; sample for files elsewhere",
        rich_help_panel=_ELSEWHERE,
    ),
]
Annex = Annotated[
    AnnexContent,
    typer.Option(
        "--annex",
        metavar="HOW",
        help="What to do about annexed files whose content is not here: skip; stream, which reads "
        "NWB files in parts from an https address that git-annex knows; or get, which fetches "
        "them and their videos, and drops again what it fetched.",
        rich_help_panel=_ELSEWHERE,
    ),
]
MaxBytes = Annotated[
    int | None,
    typer.Option(
        "--max-bytes",
        metavar="SIZE",
        help="How much of each file elsewhere may be fetched, such as 500MB.",
        parser=parse_size,
        show_default="no limit",
        rich_help_panel=_ELSEWHERE,
    ),
]
MaxDownload = Annotated[
    int | None,
    typer.Option(
        "--max-download",
        metavar="SIZE",
        help="Up to which size a file is downloaded, to a temporary place, whose server sends no "
        "parts of files.",
        parser=parse_size,
        show_default="200MB",
        rich_help_panel=_ELSEWHERE,
    ),
]
AllowPrivate = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-private",
        metavar="HOST",
        help="A host to which a redirect may lead though its address is private or it has no "
        "HTTPS; can be repeated.",
        rich_help_panel=_ELSEWHERE,
    ),
]
WithPose = Annotated[
    bool,
    typer.Option(
        "--with-pose",
        help="Look for recordings with pose in dandisets (DANDI:000409 ...) or in a whole archive "
        "(dandi://dandi), and check those alone. With --output FILE it goes on where it stopped.",
        rich_help_panel=_ELSEWHERE,
    ),
]
ProbeAll = Annotated[
    bool,
    typer.Option(
        "--probe-all",
        help="With --with-pose, look into all recordings of an archive, also those whose paths do "
        "not suggest pose.",
        rich_help_panel=_ELSEWHERE,
    ),
]
MaxRequestsPerSecond = Annotated[
    float | None,
    typer.Option(
        "--max-requests-per-second",
        metavar="NUMBER",
        help="How many requests a second may be sent to archives and web servers, by all workers "
        "together.",
        parser=parse_rate,
        show_default="10 with --with-pose; otherwise no limit",
        rich_help_panel=_ELSEWHERE,
    ),
]
EndpointUrl = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url",
        metavar="URL",
        help="Where S3 is, for s3:// addresses of a store that is not Amazon's.",
        envvar="AWS_ENDPOINT_URL_S3",
        show_envvar=True,
        rich_help_panel=_ELSEWHERE,
    ),
]
NoSignRequest = Annotated[
    bool,
    typer.Option(
        "--no-sign-request",
        help="Read s3:// addresses without credentials, even if there are some.",
        rich_help_panel=_ELSEWHERE,
    ),
]
