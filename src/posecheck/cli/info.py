"""``posecheck info PATH``: what is in a recording, or one frame of it with its keypoints."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from posecheck.cli.error_handling import end_with, handle_errors
from posecheck.cli.options import Documents, NoColor, Traceback, Verbose
from posecheck.cli.output_file import check_output_file, write_output_file
from posecheck.cli.output_formats import parse_documents, write_documents
from posecheck.cli.progress_bar import ProgressBar
from posecheck.cli.remote_options import EndpointUrl
from posecheck.model.errors import UsageError
from posecheck.model.picture import Picture
from posecheck.model.progress import Phase, ProgressListener
from posecheck.model.version import __version__
from posecheck.report.console import is_terminal, open_console

"""The kinds of problem of which nothing but the problem can be shown."""

PathArgument = Annotated[str, typer.Argument(metavar="PATH", help="An NWB file, or its address.")]
Frame = Annotated[
    int | None,
    typer.Option(
        "--frame",
        metavar="N",
        min=0,
        help="Show this frame of the source video, counted from 0, with the keypoints drawn on it.",
    ),
]
Save = Annotated[
    Path | None,
    typer.Option("--save", metavar="FILE.png", help="Write the frame to a PNG file."),
]

FrameVideo = Annotated[
    Path | None,
    typer.Option(
        "--video",
        metavar="FILE",
        help="With --frame: take this video, whatever the NWB file refers to.",
    ),
]
Container = Annotated[
    str,
    typer.Option(
        "--container",
        metavar="NAME",
        help="With --frame: draw this PoseEstimation alone, by its name or path.",
    ),
]
Camera = Annotated[
    str,
    typer.Option(
        "--camera",
        metavar="NAME",
        help="With --frame: take the video of this camera, by the name of its device or series.",
    ),
]


@handle_errors
def info(  # noqa: PLR0913 - an argument for each option
    path: PathArgument,
    *,
    frame: Frame = None,
    save: Save = None,
    video: FrameVideo = None,
    container: Container = "",
    camera: Camera = "",
    endpoint_url: EndpointUrl = None,
    output: Documents = None,
    verbose: Verbose = False,
    no_color: NoColor = False,
    traceback: Traceback = False,
) -> None:
    """Show what is in a file: containers, skeletons, series, clocks, videos."""
    from posecheck.api import describe, picture  # noqa: PLC0415 - help stays light
    from posecheck.report.contents import (  # noqa: PLC0415
        contents_to_json,
        print_contents,
    )

    if frame is not None:
        _check_video(video)

        def draw(progress: ProgressListener) -> Picture:
            return picture(
                path,
                frame,
                video=video,
                container=container,
                camera=camera,
                endpoint_url=endpoint_url,
                progress=progress,
            )

        show_frame(draw, save, color=not no_color)
        return
    chosen = {"--save": save, "--video": video, "--container": container, "--camera": camera}
    for option, value in chosen.items():
        if value:
            raise UsageError(f"{option} is about a frame: say which one with --frame N")
    with _progress(color=not no_color) as progress:
        recording = describe(path, endpoint_url=endpoint_url, progress=progress)
    write_documents(
        parse_documents(output),
        lambda console: print_contents(recording, console, verbose=verbose),
        lambda: contents_to_json(recording, __version__),
        color=not no_color,
    )
    from posecheck.api.verdict import verdict_of_recording  # noqa: PLC0415 - help stays light

    end_with(verdict_of_recording(recording))


def _progress(*, color: bool) -> ProgressBar:
    return ProgressBar(sys.stderr, sys.stdout, color=color, phase=Phase.READING)


def _check_video(video: Path | None) -> None:
    if video is not None and not video.is_file():
        raise UsageError(f"--video: there is no file {str(video)!r}")


def show_frame(
    draw: Callable[[ProgressListener], Picture], save: Path | None, *, color: bool
) -> None:
    """Draw the pose on a frame; save it, or show it where standard output is a terminal.

    Parameters
    ----------
    draw
        Draws it, and says how far that is.
    save
        Where to write it; ``None`` to show it.
    color
        Whether a terminal may be colored.

    Raises
    ------
    UsageError
        If it can neither be saved nor shown, or there is no such frame.
    """
    from posecheck.report.picture_output import (  # noqa: PLC0415 - help stays light
        caption,
        print_picture,
        to_png,
    )

    console = open_console(sys.stdout, color=color)
    shows = is_terminal(sys.stdout) and console.color_system is not None and not console.no_color
    if save is not None:
        if save.suffix.lower() != ".png":
            raise UsageError(f"--save: {save} is not named .png, and a PNG is what is written")
        check_output_file(save, "--save")
    elif not shows:
        raise UsageError(
            "a picture needs a terminal with colors; write it to a file with --save FILE.png"
        )
    with _progress(color=color) as progress:
        drawn = draw(progress)
    if save is not None:
        write_output_file(save, to_png(drawn), "--save")
    else:
        print_picture(drawn, console, os.environ)
    console.print(caption(drawn))
