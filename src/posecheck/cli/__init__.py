"""The command line: a file per command, thin: options → call → report → exit code."""

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
    # With --scheduler a cluster reads.
    reads_here = not any(argument.startswith(("--help", "--scheduler")) for argument in sys.argv)
    if (
        _READING & set(sys.argv[1:2])
        and reads_here
        and "-h" not in sys.argv
        and not _may_know_all()
    ):
        from posecheck.engine.workers import begin_imports  # noqa: PLC0415 - the package is light

        # Which validators will run is known later; whoever names them or rules spares the seconds.
        named = ("--engine", "--select", "--config", "--verify-only")
        is_plain = not any(argument.startswith(named) for argument in sys.argv)
        begin_imports(
            other_validators=is_plain and sys.argv[1] in _VALIDATING,
            modules=(_EXTRACTION,) if is_plain and sys.argv[1] == "upload" else (),
        )
    from posecheck.cli.app import run  # noqa: PLC0415 - the package stays light

    try:
        run()
    finally:
        skip_last_collection()


def _may_know_all() -> bool:
    """Whether the verdicts of earlier runs may tell everything, so that no worker is needed."""
    if sys.argv[1] != "validate" or "--no-cache" in sys.argv:
        return False
    from posecheck.files.cache_database import cache_path  # noqa: PLC0415 - the package is light

    return cache_path().exists()
