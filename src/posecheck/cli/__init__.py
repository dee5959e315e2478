"""The command line: a file per command, thin: options → call → report → exit code."""

import contextlib
import sys

from posecheck.execution.start_up import skip_last_collection

_READING = {"validate", "info", "organize", "upload"}
_VALIDATING = {"validate", "upload"}
_EXTRACTION = "posecheck.validators.patched_dandi"


def main() -> None:
    """Run ``posecheck``, and exit with its exit code.

    Everything is imported here and not above: a worker process may import the main module again,
    and has no use for a command line. What workers need is begun to be imported before the command
    line is, since the two can be loaded side by side.
    """
    with contextlib.ExitStack() as stack:
        if not any(argument == "-h" or argument.startswith("--help") for argument in sys.argv):
            _begin_workers(stack)
        from posecheck.cli.app import run  # noqa: PLC0415 - the package stays light

        try:
            run()
        finally:
            skip_last_collection()


def _begin_workers(stack: contextlib.ExitStack) -> None:
    """Let workers import, of this machine or of the cluster that is named."""
    command = "".join(sys.argv[1:2])
    is_needed = command in _READING and not _may_know_all()
    # Which validators will run is known later; whoever names them or rules spares the seconds.
    named = ("--engine", "--select", "--config", "--verify-only")
    is_plain = not any(argument.startswith(named) for argument in sys.argv)
    other_validators = is_plain and command in _VALIDATING
    scheduler = _scheduler()
    if scheduler:
        from posecheck.engine.executors import keep_cluster  # noqa: PLC0415 - the package is light

        stack.enter_context(
            keep_cluster(
                scheduler,
                begins=is_needed and is_plain,
                other_validators=other_validators,
            )
        )
    elif is_needed:
        from posecheck.engine.workers import begin_imports  # noqa: PLC0415 - the package is light

        begin_imports(
            other_validators=other_validators,
            modules=(_EXTRACTION,) if is_plain and command == "upload" else (),
        )


def _scheduler() -> str:
    """Return what is named as a scheduler; empty if nothing is."""
    option = "--scheduler"
    for argument, following in zip(sys.argv, [*sys.argv[1:], ""], strict=True):
        if argument == option:
            return following
        if argument.startswith(f"{option}="):
            return argument.removeprefix(f"{option}=")
    return ""


def _may_know_all() -> bool:
    """Whether the verdicts of earlier runs may tell everything, so that no worker is needed."""
    if sys.argv[1] != "validate" or "--no-cache" in sys.argv:
        return False
    from posecheck.files.cache_database import cache_path  # noqa: PLC0415 - the package is light

    return cache_path().exists()
