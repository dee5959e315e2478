"""Which archive is meant, and whether it, this dandi and the user's token may meet.

An archive is asked for its name and its addresses, as `dandi.utils.get_instance` does. But the
token's variable follows from the name, so here no archive can take the name of another one, and
none is talked to in plain text, except on this machine.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from posecheck.archive.addresses import host_of, is_on_this_machine, is_safe, split_address
from posecheck.archive.connection import Connection
from posecheck.archive.errors import ArchiveError
from posecheck.archive.responses import Record
from posecheck.archive.retry import Patience
from posecheck.model.errors import Argument, UsageError

if TYPE_CHECKING:
    from dandi.consts import DandiInstance
    from dandi.dandiapi import DandiAPIClient


def called(name: str, api: str) -> str:
    """Return how messages call an archive: by its name and by its address."""
    host = host_of(api)
    return f"the archive {name}" if name == host else f"the archive {name} ({host})"


def find_instance(asked: str, patience: Patience) -> tuple[DandiInstance, Record]:
    """Ask an archive for its addresses and versions.

    Parameters
    ----------
    asked
        A name that dandi knows, or the address of an archive.
    patience
        How often to try again.

    Raises
    ------
    UsageError
        If the name is unknown, or the address is not to be used.
    ArchiveError
        If the archive does not answer as it should.
    """
    from dandi.consts import known_instances, known_instances_rev  # noqa: PLC0415 - dandi is slow

    address = asked.rstrip("/")
    is_address = "://" in address
    name = known_instances_rev.get(address, "") if is_address else asked
    if name in known_instances:
        known = known_instances[name]
        api = str(known.api).rstrip("/")
        _check_address(api)
        connection = Connection(called(name, api), patience, plain=is_on_this_machine(api))
        with contextlib.closing(connection):
            info = connection.ask("GET", f"{api}/info/").record()
        return _as_told(name, known, info), info
    if not is_address:
        raise UsageError(
            f"there is no archive named {asked!r}. dandi knows "
            f"{', '.join(sorted(known_instances))}; any other is given by its address."
        )
    return _find_by_address(address, patience)


def client_of(instance: DandiInstance, info: Record) -> DandiAPIClient:
    """Return dandi's client of an archive, if the two understand each other.

    Raises
    ------
    UsageError
        If they do not.
    ArchiveError
        If the archive names versions that are none.
    """
    import dandi  # noqa: PLC0415 - dandi costs a second
    from dandi.dandiapi import DandiAPIClient  # noqa: PLC0415
    from dandi.exceptions import SchemaVersionError  # noqa: PLC0415
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    info.texts("allowed_schema_versions")  # as dandi will take it
    try:
        ours = Version(dandi.__version__)
        least = Version(info.text("cli-minimal-version", "0"))
        bad = [Version(version) for version in info.texts("cli-bad-versions")]
        theirs = Version(info.text("schema_version"))
    except InvalidVersion as error:
        raise ArchiveError(f"{info.who} names a version that is none: {error}") from None
    if ours < least or ours in bad:
        raise UsageError(
            f"{instance.name} takes no uploads from dandi {ours}: it wants {least} or newer. "
            "Install a newer dandi beside posecheck (pip install --upgrade dandi)."
        )
    with _no_question_for_news():
        client = DandiAPIClient(dandi_instance=instance)
    client.server_info = dict(info.values)  # known already: a cached property, not asked again
    try:
        client.check_schema_version()
    except (SchemaVersionError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"{instance.name} and the installed dandi {ours} speak different versions of the "
            f"metadata's schema: {str(error).rstrip(' .')}. {_remedy(ours, theirs)}"
        ) from None
    return client


def _remedy(ours: Any, theirs: Any) -> str:
    from dandischema.consts import DANDI_SCHEMA_VERSION  # noqa: PLC0415 - seldom needed
    from packaging.version import Version  # noqa: PLC0415

    if theirs > Version(DANDI_SCHEMA_VERSION):
        return "Install newer ones (pip install --upgrade dandi dandischema)."
    return (
        "The archive is the older of the two: ask who runs it for an update, or upload with a "
        f"dandi of its age (pip install 'dandi<{ours}', in an environment of its own)."
    )


def _find_by_address(address: str, patience: Patience) -> tuple[DandiInstance, Record]:
    from dandi.consts import DandiInstance  # noqa: PLC0415 - dandi is slow

    _check_address(address)
    parts = split_address(address)
    origin = f"{parts.scheme}://{parts.netloc}" if parts is not None else address
    plain = is_on_this_machine(origin)
    connection = Connection(f"the archive {host_of(origin)}", patience, plain=plain)
    with contextlib.closing(connection):
        answer = connection.ask("GET", f"{origin}/server-info", accept=(404,))
        if answer.status_code == 404:
            answer = connection.ask("GET", f"{origin}/api/info/", accept=(404,))
    if not answer.ok:
        raise UsageError(f"{address} is not the address of a DANDI archive")
    info = answer.record()
    if "schema_version" not in info.values:
        raise UsageError(f"{address} is not the address of a DANDI archive")
    told = _as_told("", DandiInstance("", None, f"{origin}/api"), info)
    if is_on_this_machine(told.api) and not plain:
        raise ArchiveError(f"{info.who} says that its interface is on this machine, which is wrong")
    name = host_of(told.api)
    _refuse_names_of_others(address, name)
    return DandiInstance(name, told.gui, told.api), info


def _refuse_names_of_others(address: str, name: str) -> None:
    """Refuse an archive that would be sent the token of another one, or that poses as it."""
    from dandi.consts import known_instances  # noqa: PLC0415 - dandi is slow

    for known in known_instances.values():
        if name in {host_of(url) for url in known.urls() if url}:
            raise UsageError(
                f"{address} says that it is {known.name}, whose address is another one. If you "
                "mean that archive, name it: ",
                Argument("instance", known.name),
            )
        if _in_variable(name) == _in_variable(known.name):
            raise UsageError(
                f"{address} calls itself {name!r}, as if it were the archive {known.name}, and "
                "would be sent that archive's token. Nothing is sent there."
            )


def _in_variable(name: str) -> str:
    return name.upper().replace("-", "_")


def _as_told(name: str, known: DandiInstance, info: Record) -> DandiInstance:
    services = info.record("services")
    api = services.record("api").text("url", str(known.api)).rstrip("/")
    if not is_safe(api, plain=is_on_this_machine(known.api) and is_on_this_machine(api)):
        raise ArchiveError(
            f"{info.who} says that its interface is at an address without encryption, or at none "
            f"({host_of(api)}). Nothing is sent there; ask who runs the archive."
        )
    gui = services.record("webui").text("url", str(known.gui or ""))
    shown = re.fullmatch(r"https?://[!-~]+", gui)
    return type(known)(name=name, gui=gui if shown else None, api=api)


def _check_address(address: str) -> None:
    if split_address(address) is None:
        raise UsageError(f"{address!r} is not the address of an archive, such as https://host")
    if not is_safe(address, plain=is_on_this_machine(address)):
        raise UsageError(
            f"{address} is without encryption, and your token would go there: use https. Plain "
            "http is only for archives on this machine."
        )


@contextlib.contextmanager
def _no_question_for_news() -> Iterator[None]:
    """Keep dandi's client from asking another server whether there is a newer dandi."""
    before = os.environ.get("DANDI_NO_ET")
    os.environ["DANDI_NO_ET"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["DANDI_NO_ET"]
        else:
            os.environ["DANDI_NO_ET"] = before
