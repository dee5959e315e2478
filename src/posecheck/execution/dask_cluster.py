"""The connection to a Dask cluster: where it is, whether it answers, and what its workers have."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from posecheck.execution.installed_versions import differences, installed_versions
from posecheck.model.errors import InternalError, UsageError

CONNECT_SECONDS = 5.0
"""How long a scheduler may take to answer."""

_ADDRESS = re.compile(r"(tcp|tls|wss?|ucx)://[^\s/]+(/.*)?", re.IGNORECASE)
_LARGEST_FILE = 1024**2
_LISTED = 5
_MISSING = "a Dask cluster needs the package distributed: pip install 'nwb-posecheck[dask]'"


def check_scheduler(scheduler: str) -> None:
    """Check what a user names as a scheduler, before anything else is done.

    Raises
    ------
    UsageError
        If Dask is not installed, or it is neither an address nor a scheduler file.
    """
    # An extra; to import it takes a second, and files that are all known need no cluster.
    if importlib.util.find_spec("distributed") is None:
        raise UsageError(_MISSING)
    address_of(scheduler)


def address_of(scheduler: str) -> str:
    """Return the address that a user names, or that stands in the scheduler file that they name.

    Raises
    ------
    UsageError
        If it is neither an address nor a scheduler file.
    """
    if _ADDRESS.fullmatch(scheduler):
        return scheduler
    if not scheduler.strip():
        raise UsageError("no Dask scheduler: --scheduler is empty")
    file = Path(scheduler)
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST_FILE:
            raise UsageError(f"{scheduler!r} is no Dask scheduler file")
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"no Dask scheduler: {scheduler!r} is neither an address, such as "
            "tcp://127.0.0.1:8786, nor a scheduler file that is there"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"{scheduler!r} cannot be read as a Dask scheduler file: {_reason_of(error)}"
        ) from None
    address = content.get("address") if isinstance(content, dict) else None
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise UsageError(f"{scheduler!r} is no Dask scheduler file: it states no address")
    return address


def import_dask() -> None:
    """Import Dask, which takes half a second.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    try:
        import distributed  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise UsageError(_MISSING) from None


def open_client(address: str) -> Any:
    """Return a `distributed.Client` that is connected.

    Dask bounds the time until a port is opened, and waits without end for who says nothing then.

    Raises
    ------
    Exception
        What Dask raises: each transport has errors of its own.
    """
    import distributed  # noqa: PLC0415 - an extra

    return distributed.Client(  # type: ignore[no-untyped-call]
        address, timeout=CONNECT_SECONDS, set_as_default=False, name="posecheck"
    )


def unreachable(address: str, error: Exception) -> UsageError:
    """Return what says that no scheduler answers, and why."""
    return UsageError(f"no Dask scheduler answers at {address}: {_reason_of(error)}")


def _reason_of(error: Exception) -> str:
    """Return why a scheduler cannot be had, as a clause."""
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "it is not JSON"
    if "ssl" in str(error).lower():
        return "Dask's configuration names no certificates (distributed.comm.tls)"
    if isinstance(error, TimeoutError):
        return f"nothing came within {2 * CONNECT_SECONDS:g} s"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).strip() or type(error).__name__


def compare_versions(client: Any) -> None:
    """Refuse workers with which a verdict would depend on who gives it.

    Raises
    ------
    UsageError
        If workers have other versions than we have.
    InternalError
        If they do not answer.
    """
    ours = installed_versions()
    try:
        answers: dict[str, Any] = client.run(installed_versions, on_error="return")
    except Exception as error:
        raise InternalError(f"the workers of the Dask cluster do not answer: {error}") from error
    wrong: list[str] = []
    for worker, answer in sorted(answers.items()):
        if isinstance(answer, dict):
            different = differences(answer, ours)
        elif isinstance(answer, ImportError):
            different = f"no posecheck {ours['posecheck']}: {answer}"
        else:
            different = f"not answered: {answer}"
        if different:
            wrong.append(f"{worker} has {different}")
    if wrong:
        more = len(wrong) - _LISTED
        rest = f"; and {more:,} more" if more > 0 else ""
        raise UsageError(
            f"the workers of the Dask cluster need the versions that are here: "
            f"{'; '.join(wrong[:_LISTED])}{rest}"
        )


@contextlib.contextmanager
def quiet_logs() -> Iterator[None]:
    """Keep Dask's log from the terminal: what matters of it is said in sentences."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
