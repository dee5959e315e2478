"""The connection to a Dask cluster: where it is, whether it answers, and what its workers have."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from posecheck.execution.dask_worker import close_session
from posecheck.execution.installed_versions import differences, installed_versions
from posecheck.model.errors import InternalError, UsageError

CONNECT_SECONDS = 5.0
"""How long a scheduler may take to answer."""

_ADDRESS = re.compile(r"[a-z]+://[^\s/]+(/.*)?", re.IGNORECASE)
_LISTED = 5


def check_scheduler(scheduler: str) -> None:
    """Check what a user names as a scheduler, before anything else is done.

    Raises
    ------
    UsageError
        If Dask is not installed, or it is neither an address nor a scheduler file.
    """
    try:
        import distributed  # noqa: F401, PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "a Dask cluster needs the package distributed: pip install 'nwb-posecheck[dask]'"
        ) from None
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
    try:
        content = json.loads(Path(scheduler).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"no Dask scheduler: {scheduler!r} is neither an address, such as "
            "tcp://127.0.0.1:8786, nor a scheduler file that is there"
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{scheduler!r} cannot be read as a Dask scheduler file: {error}"
        ) from None
    address = content.get("address") if isinstance(content, dict) else None
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise UsageError(f"{scheduler!r} is no Dask scheduler file: it states no address")
    return address


@contextlib.contextmanager
def connect(scheduler: str, session: str) -> Iterator[Any]:
    """Connect to a scheduler; yield the `distributed.Client`.

    When the block ends, nothing of the session is left on the workers.

    Parameters
    ----------
    scheduler
        An address or a scheduler file.
    session
        Names what runs on the workers.

    Raises
    ------
    UsageError
        If nobody answers, or workers have other versions than we have.
    """
    import distributed  # noqa: PLC0415 - an extra, which takes a second to import

    address = address_of(scheduler)
    with _quiet_logs(), contextlib.ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                # Its own versions may differ; those that matter are compared below.
                warnings.simplefilter("ignore")
                client = distributed.Client(  # type: ignore[no-untyped-call]
                    address, timeout=CONNECT_SECONDS, set_as_default=False, name="posecheck"
                )
        except Exception as error:  # noqa: BLE001 - each transport has errors of its own
            reason = str(error).strip() or type(error).__name__
            raise UsageError(f"no Dask scheduler answers at {address}: {reason}") from None
        stack.callback(_close, client, session)
        _compare_versions(client)
        yield client


def _close(client: Any, session: str) -> None:
    with contextlib.suppress(Exception):  # the cluster may be gone
        client.run(close_session, session, on_error="ignore")
    with contextlib.suppress(Exception):
        client.close(timeout=CONNECT_SECONDS)


def _compare_versions(client: Any) -> None:
    """Refuse workers with which a verdict would depend on who gives it."""
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
def _quiet_logs() -> Iterator[None]:
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
