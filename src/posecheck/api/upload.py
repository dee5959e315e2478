"""Sending recordings to an archive, in three steps: plan, send, verify."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posecheck.api.arguments import AnyPath, as_choice, as_codes, as_path, as_paths, as_scheduler
from posecheck.model.progress import ProgressListener
from posecheck.upload.outcomes import Outcome, UploadReport
from posecheck.upload.plan.files import Existing
from posecheck.upload.plan.upload_plan import UploadPlan
from posecheck.upload.settings import (
    DEFAULT_FILES,
    DEFAULT_PARTS,
    DEFAULT_RETRIES,
    DEFAULT_WAIT,
    SessionSettings,
    UploadSettings,
    Waiting,
)

if TYPE_CHECKING:
    from posecheck.upload.session import UploadSession


def open_upload_session(  # noqa: PLR0913 - a keyword for each setting
    *,
    only_verify: bool = False,
    prefetch: bool = True,
    early_parts: int = 0,
    retries: int = DEFAULT_RETRIES,
    cache: bool = True,
    scheduler: AnyPath | None = None,
    progress: ProgressListener | None = None,
    prompt_for_token: Callable[[str], str] | None = None,
) -> UploadSession:
    """Open a session for one upload; a context manager.

    Given to `plan_upload` and then to `send_upload` or `verify_upload`, it starts workers once,
    connects to the archive once, and reports the progress of both.

    Parameters
    ----------
    only_verify
        Whether the upload will only be verified; then workers load no validators.
    prefetch
        Whether `plan_upload` computes the checksums of what may be sent while recordings are read
        and checked.
    early_parts
        How many parts of a large file `plan_upload` sends at a time while recordings are checked;
        with 0 it sends nothing. Bytes that are sent early belong to no path of the dandiset.
    retries
        How often a request is sent again.
    cache
        Whether checksums that earlier sessions computed are taken where no file changed.
    scheduler
        The address or the scheduler file of a Dask cluster whose workers are to read and check the
        recordings, as of `posecheck.validate`. This machine computes checksums and sends.
    progress
        Receives how far the upload is.
    prompt_for_token
        Asks for a token, given the archive's name; ``None`` if nobody can be prompted.
    """
    from posecheck.upload.session import UploadSession  # noqa: PLC0415 - HTTP is heavy

    settings = SessionSettings(
        reads=not only_verify,
        prefetches=prefetch,
        early_parts=early_parts,
        retries=retries,
        remember=cache,
        scheduler=as_scheduler(scheduler),
    )
    return UploadSession(settings, progress=progress, prompt_for_token=prompt_for_token)


def plan_upload(  # noqa: PLR0913 - a keyword for each setting
    paths: AnyPath | Iterable[AnyPath] = (),
    *,
    dandiset: AnyPath | None = None,
    instance: str | None = None,
    existing: Existing | str = Existing.REFRESH,
    linked_from: AnyPath | Iterable[AnyPath] = (),
    allow: Iterable[str] = (),
    because: str = "",
    skip_refused: bool = False,
    sync: bool = False,
    only_verify: bool = False,
    needs_token: bool = True,
    config: AnyPath | None = None,
    isolated: bool = False,
    cache: bool = True,
    session: UploadSession | None = None,
) -> UploadPlan:
    """Find out what an upload to a DANDI archive would send, and what must not be sent.

    Parameters
    ----------
    paths
        NWB files, folders of them, and videos to send though no NWB file references them; none
        stands for the whole dandiset.
    dandiset
        The dandiset's folder; by default the nearest one upwards with a ``dandiset.yaml``.
    instance
        The archive's name (``dandi``, ``dandi-sandbox`` …) or address; by default the environment
        variable ``DANDI_INSTANCE``, or ``dandi``.
    existing
        What becomes of files that the archive holds with other bytes.
    linked_from
        Folders outside the dandiset from which links in it may bring files in. Every other link
        that leads out of it refuses its recording, but for those into its own annex.
    allow, because
        Codes whose errors do not stop a recording, and why.
    skip_refused
        Whether the other recordings are sent when some are refused.
    sync
        Whether `send_upload` deletes on the archive, once everything has arrived, what is not on
        this disk below the folders of ``paths``: the plan's ``to_delete``.
    only_verify
        Whether the plan is for `verify_upload`: then nothing is validated.
    needs_token
        Whether to fail at once where there is no token.
    config
        A configuration of the checks. None is looked for: one that lies in the dandiset may have
        come with its files.
    isolated
        Whether to use none at all.
    cache
        Whether verdicts of earlier runs are taken where nothing changed. Checksums are the
        session's.
    session
        From `open_upload_session`, to be given to `send_upload` too; by default a new one, which
        reports no progress and prefetches nothing.

    Returns
    -------
    UploadPlan
        What `send_upload` would do; ``refusals`` says what stops it.

    Raises
    ------
    UsageError
        If it cannot be done: no token, no such dandiset, nothing to upload.
    PosecheckError
        If the archive does not answer.

    Notes
    -----
    While this and `send_upload` run, the logger ``dandi`` is silent in the whole process, and while
    dandi's client is made, the environment variable ``DANDI_NO_ET`` is set. Both are put back.
    """
    settings = UploadSettings(
        paths=as_paths(paths),
        dandiset=as_path("dandiset", dandiset),
        instance=instance,
        existing=as_choice("existing", Existing, existing),
        linked_from=tuple(map(Path, as_paths(linked_from, keyword="linked_from"))),
        allow=as_codes("allow", allow) or (),
        because=because,
        skip_refused=skip_refused,
        sync=sync,
        only_verify=only_verify,
        needs_token=needs_token,
        config=as_path("config", config),
        isolated=isolated,
        remember=cache,
    )
    return plan_from_settings(settings, session)


def plan_from_settings(settings: UploadSettings, session: UploadSession | None) -> UploadPlan:
    """Plan as `plan_upload`, from settings that are values already."""
    from posecheck.upload.planning import plan_upload as make_plan  # noqa: PLC0415 - HTTP is heavy

    with _in_session(session, reads=not settings.only_verify) as used:
        return make_plan(settings, used)


def send_upload(  # noqa: PLR0913 - a keyword for each setting
    plan: UploadPlan,
    *,
    files: int = DEFAULT_FILES,
    parts: int = DEFAULT_PARTS,
    wait_checksum: bool = False,
    wait_validation: bool = False,
    wait_limit: float = DEFAULT_WAIT,
    session: UploadSession | None = None,
    on_arrived: Callable[[Outcome], None] = lambda _: None,
) -> UploadReport:
    """Send what a plan says, and compare the archive's listing with the disk.

    Parameters
    ----------
    plan
        From `plan_upload`. If it is stopped by a refusal, nothing is sent.
    files, parts
        How many files are sent at a time, and how many parts of each.
    wait_checksum, wait_validation, wait_limit
        Whether to wait for the archive's SHA-256, for its validation, and for how many seconds.
    session
        As for `plan_upload`.
    on_arrived
        Receives the outcome of each file that has arrived, at once and in the thread that sent it.

    Returns
    -------
    UploadReport
        What became of each file; ``is_complete`` says whether all arrived and was verified.

    Raises
    ------
    UploadInterrupted
        If the user interrupts it; it carries the report of what was done.
    PosecheckError
        If the archive does not answer, or does not know the user.
    """
    from posecheck.upload.run import upload  # noqa: PLC0415 - HTTP is heavy

    waiting = Waiting(checksum=wait_checksum, validation=wait_validation, seconds=wait_limit)
    with _in_session(session, reads=bool(plan.to_send)) as used:
        return upload(plan, used, files=files, parts=parts, waiting=waiting, on_arrived=on_arrived)


def verify_upload(
    plan: UploadPlan,
    *,
    wait_checksum: bool = False,
    wait_validation: bool = False,
    wait_limit: float = DEFAULT_WAIT,
    session: UploadSession | None = None,
) -> UploadReport:
    """Compare what the archive lists with the disk, and send nothing.

    Parameters
    ----------
    plan
        From `plan_upload`, best with ``only_verify``.
    wait_checksum, wait_validation, wait_limit, session
        As for `send_upload`.

    Raises
    ------
    PosecheckError
        If the archive does not answer.
    """
    from posecheck.upload.run import verify_upload as verify  # noqa: PLC0415 - HTTP is heavy

    waiting = Waiting(checksum=wait_checksum, validation=wait_validation, seconds=wait_limit)
    with _in_session(session, reads=False) as used:
        return verify(plan, used, waiting=waiting)


@contextlib.contextmanager
def _in_session(session: UploadSession | None, *, reads: bool) -> Iterator[UploadSession]:
    """Yield the session that is given, or a new one that ends with the block."""
    from posecheck.upload.session import UploadSession  # noqa: PLC0415 - HTTP is heavy

    with contextlib.ExitStack() as stack:
        yield session or stack.enter_context(UploadSession(SessionSettings(reads=reads)))


def read_receipt(path: AnyPath) -> dict[str, Any]:
    """Read a receipt of an upload, finished or not.

    Parameters
    ----------
    path
        A receipt; or the lines (``.jsonl``) that a run left behind which was killed.

    Returns
    -------
    dict
        What the receipt says. Of an unfinished one ``files`` holds those that had arrived;
        ``interrupted`` is true, ``verified`` and ``complete`` are false.

    Raises
    ------
    UsageError
        If it cannot be read, or is no receipt.
    """
    from posecheck.upload.receipt_log import read_receipt as read  # noqa: PLC0415

    (text,) = as_paths((path,), keyword="path")
    return read(Path(text))
