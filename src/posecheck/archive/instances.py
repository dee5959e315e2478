"""Find an archive by its name or address, and check that the installed dandi fits it.

An archive reports its addresses, as `dandi.utils.get_instance` does. The name of the token's
variable follows from the archive's name, so an archive cannot take the name of another one here.
Plain HTTP is used on this machine only.
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
from posecheck.archive.responses import JsonObject
from posecheck.archive.retry import RetryPolicy
from posecheck.model.errors import Argument, UsageError

if TYPE_CHECKING:
    from dandi.consts import DandiInstance
    from dandi.dandiapi import DandiAPIClient


def archive_label(name: str, api: str) -> str:
    """Return how messages name an archive: by its name and its host."""
    host = host_of(api)
    return f"the archive {name}" if name == host else f"the archive {name} ({host})"


def find_instance(requested: str, retry: RetryPolicy) -> tuple[DandiInstance, JsonObject]:
    """Request an archive's addresses and versions.

    Parameters
    ----------
    requested
        A name that dandi knows, or the address of an archive.
    retry
        How often a request is sent again.

    Raises
    ------
    UsageError
        If the name is unknown, or the address is not to be used.
    ArchiveError
        If the archive does not answer as it should.
    """
    from dandi.consts import known_instances, known_instances_rev  # noqa: PLC0415 - dandi is slow

    address = requested.rstrip("/")
    is_address = "://" in address
    name = known_instances_rev.get(address, "") if is_address else requested
    if name in known_instances:
        known = known_instances[name]
        api = str(known.api).rstrip("/")
        _check_address(api)
        connection = Connection(archive_label(name, api), retry, plain=is_on_this_machine(api))
        with contextlib.closing(connection):
            info = connection.request("GET", f"{api}/info/").json_object()
        return _confirmed_instance(name, known, info), info
    if not is_address:
        raise UsageError(
            f"there is no archive named {requested!r}. dandi knows "
            f"{', '.join(sorted(known_instances))}; any other is given by its address."
        )
    return _find_by_address(address, retry)


def dandi_client_for(instance: DandiInstance, info: JsonObject) -> DandiAPIClient:
    """Return dandi's client of an archive, if the versions of both fit.

    Raises
    ------
    UsageError
        If they do not.
    ArchiveError
        If the archive names versions that cannot be read.
    """
    import dandi  # noqa: PLC0415 - dandi costs a second
    from dandi.dandiapi import DandiAPIClient  # noqa: PLC0415
    from dandi.exceptions import SchemaVersionError  # noqa: PLC0415
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415

    info.texts("allowed_schema_versions")  # raises if dandi could not read it
    try:
        ours = Version(dandi.__version__)
        least = Version(info.text("cli-minimal-version", "0"))
        bad = [Version(version) for version in info.texts("cli-bad-versions")]
        theirs = Version(info.text("schema_version"))
    except InvalidVersion as error:
        raise ArchiveError(f"{info.server} names a version that cannot be read: {error}") from None
    if ours < least or ours in bad:
        raise UsageError(
            f"{instance.name} takes no uploads from dandi {ours}: it wants {least} or newer. "
            "Install a newer dandi beside posecheck (pip install --upgrade dandi)."
        )
    with _no_update_check():
        client = DandiAPIClient(dandi_instance=instance)
    client.server_info = dict(info.values)  # known already: sets the cached property
    try:
        client.check_schema_version()
    except (SchemaVersionError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"{instance.name} and the installed dandi {ours} use different versions of the "
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


def _find_by_address(address: str, retry: RetryPolicy) -> tuple[DandiInstance, JsonObject]:
    from dandi.consts import DandiInstance  # noqa: PLC0415 - dandi is slow

    _check_address(address)
    parts = split_address(address)
    origin = f"{parts.scheme}://{parts.netloc}" if parts is not None else address
    plain = is_on_this_machine(origin)
    connection = Connection(f"the archive {host_of(origin)}", retry, plain=plain)
    with contextlib.closing(connection):
        answer = connection.request("GET", f"{origin}/server-info", accept=(404,))
        if answer.status_code == 404:
            answer = connection.request("GET", f"{origin}/api/info/", accept=(404,))
    if not answer.ok:
        raise UsageError(f"{address} is not the address of a DANDI archive")
    info = answer.json_object()
    if "schema_version" not in info.values:
        raise UsageError(f"{address} is not the address of a DANDI archive")
    confirmed = _confirmed_instance("", DandiInstance("", None, f"{origin}/api"), info)
    if is_on_this_machine(confirmed.api) and not plain:
        raise ArchiveError(f"{info.server} says that its API is on this machine, which is wrong")
    name = host_of(confirmed.api)
    _check_own_name(address, name)
    return DandiInstance(name, confirmed.gui, confirmed.api), info


def _check_own_name(address: str, name: str) -> None:
    """Refuse an archive that poses as another one, or would be sent the token of another one."""
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


def _confirmed_instance(name: str, known: DandiInstance, info: JsonObject) -> DandiInstance:
    services = info.object("services")
    api = services.object("api").text("url", str(known.api)).rstrip("/")
    if not is_safe(api, plain=is_on_this_machine(known.api) and is_on_this_machine(api)):
        raise ArchiveError(
            f"{info.server} says that its API is at an address without encryption, or at an "
            f"invalid one ({host_of(api)}). Nothing is sent there; ask who runs the archive."
        )
    gui = services.object("webui").text("url", str(known.gui or ""))
    is_printable = re.fullmatch(r"https?://[!-~]+", gui)
    return type(known)(name=name, gui=gui if is_printable else None, api=api)


def _check_address(address: str) -> None:
    if split_address(address) is None:
        raise UsageError(f"{address!r} is not the address of an archive, such as https://host")
    if not is_safe(address, plain=is_on_this_machine(address)):
        raise UsageError(
            f"{address} is without encryption, and your token would go there: use https. Plain "
            "http is only for archives on this machine."
        )


@contextlib.contextmanager
def _no_update_check() -> Iterator[None]:
    """Keep dandi's client from contacting another server whether there is a newer dandi."""
    before = os.environ.get("DANDI_NO_ET")
    os.environ["DANDI_NO_ET"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["DANDI_NO_ET"]
        else:
            os.environ["DANDI_NO_ET"] = before
