"""The archive as a whole: its server, the gate to the store, its check; and the handle on it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from tests.archive import endpoints
from tests.archive.background import BackgroundWork
from tests.archive.endpoints.call import Context
from tests.archive.faults import Fault, Faults, Log
from tests.archive.gate import Gate
from tests.archive.records import Asset, Dandiset, Upload
from tests.archive.rendering import Rendering
from tests.archive.state import State
from tests.archive.store import Store
from tests.archive.wire import Answer, Handler, Request, Server

METADATA: Mapping[str, Any] = {
    "description": "Mice that explore an open field.",
    "license": ["spdx:CC-BY-4.0"],
}
"""What a dandiset needs to be valid, besides its assets."""


class Archive:
    """An archive over a store: a context manager.

    Parameters
    ----------
    store
        Where the bytes go. Several archives can use one.
    port
        The port to answer on; 0 takes a free one.
    settle
        Seconds after which checksums and results are there.
    gated
        Whether the way to the store can go wrong and is logged. Without, clients talk to the store
        itself, which is faster.
    schema_version, minimal_client
        The newest metadata schema that it says it knows, and the oldest client it says it serves.

    Attributes
    ----------
    faults
        What shall go wrong.
    log
        What was asked.
    """

    def __init__(
        self,
        store: Store,
        *,
        port: int = 0,
        settle: float = 0.5,
        gated: bool = True,
        schema_version: str = "0.7.0",
        minimal_client: str = "0.74.0",
    ) -> None:
        self.faults, self.log = Faults(), Log()
        self._store = store
        self._server = _Api(self, port)
        self._gate = Gate(store.address, self.faults, self.log) if gated else None
        self._context = Context(
            state=State(settle),
            store=store,
            store_host=self._gate.address if self._gate else store.address,
            rendering=Rendering(
                url=self.url,
                store=self._gate.address if self._gate else store.address,
                schema_version=schema_version,
                minimal_client=minimal_client,
            ),
        )
        self._background = BackgroundWork(self._context)
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        for part in (self._server, self._gate, self._background):
            if part is not None:
                part.start()
                self._cleanup.callback(part.stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    @property
    def url(self) -> str:
        """The archive's address, as ``-i`` takes it; its API is at ``/api`` below."""
        return f"http://{self._server.address}"

    @property
    def token(self) -> str:
        """The token of who owns every dandiset made here."""
        return self._context.state.owner.token

    @property
    def strangers_token(self) -> str:
        """The token of someone who owns nothing."""
        return self._context.state.other.token

    @property
    def admins_token(self) -> str:
        """The token of someone who owns nothing and may do everything."""
        return self._context.state.admin.token

    @property
    def pending_token(self) -> str:
        """The token of someone whose account has not been approved."""
        return self._context.state.pending.token

    @property
    def token_variable(self) -> str:
        """The environment variable in which dandi looks for this archive's token.

        It is made of the instance's name, and that of an instance without a name is its host and
        port. A shell cannot export such a variable; ``env`` and a parent process can.
        """
        return f"{self._server.address.upper().replace('-', '_')}_API_KEY"

    def create_dandiset(
        self,
        *,
        embargoed: bool = False,
        name: str = "Mice in an open field",
        metadata: Mapping[str, Any] = METADATA,
    ) -> str:
        """Create a dandiset and return its identifier."""
        with self._context.lock:
            state = self._context.state
            made = state.create_dandiset(state.owner, name, metadata, embargoed=embargoed)
            return made.identifier

    def copy_asset(self, dandiset: str, path: str, copies: Iterable[str]) -> None:
        """Let further paths of the draft have the bytes and the metadata of an asset."""
        with self._context.lock:
            found = self._find(dandiset)
            asset = found.draft.assets[path]
            for copy in copies:
                metadata = {**asset.metadata, "path": copy}
                self._context.state.put_asset(found, copy, asset.content, metadata)

    def add_owner(self, dandiset: str, token: str) -> None:
        """Let a user own a dandiset too."""
        with self._context.lock:
            self._find(dandiset).owners.append(self._context.state.users[token])

    def uploads(self, dandiset: str) -> list[Upload]:
        """Return what is on its way into a dandiset, the oldest first."""
        with self._context.lock:
            return self._context.state.uploads_into(self._find(dandiset))

    def forget_uploads(self, dandiset: str) -> None:
        """Remove what is on its way into a dandiset."""
        with self._context.lock:
            state = self._context.state
            for upload in state.uploads_into(self._find(dandiset)):
                del state.uploads[upload.upload_id]

    def publish(self, dandiset: str) -> str:
        """Publish the draft as it is, valid or not, and return the version's number."""
        with self._context.lock:
            return self._context.state.publish(self._find(dandiset)).version

    def assets(self, dandiset: str) -> dict[str, Asset]:
        """Return the draft's assets by path."""
        with self._context.lock:
            return dict(self._find(dandiset).draft.assets)

    def read(self, dandiset: str, path: str) -> bytes:
        """Return an asset's bytes, from the store."""
        return self._store.read(self.assets(dandiset)[path].blob.key)

    def read_zarr(self, dandiset: str, path: str) -> dict[str, bytes]:
        """Return the files of an asset's Zarr by their paths in it, from the store."""
        prefix = self.assets(dandiset)[path].zarr.key()
        return {
            stored.key.removeprefix(prefix): self._store.read(stored.key)
            for stored in self._store.list_objects(prefix)
        }

    def blob_count(self) -> int:
        """Return how many different blobs have arrived."""
        with self._context.lock:
            return len(self._context.state.blobs)

    def settle(self) -> None:
        """Have the archive do now what it does in its own time, and wait for it."""
        with self._context.lock:
            self._context.state.hurry()
        self._background.wait()

    def answer(self, request: Request, target: str) -> Answer:
        """Answer a request, one for the controls among them."""
        if request.path in {"/_faults", "/_log"}:
            return self._control(request)
        return endpoints.answer(self._context, request, target)

    def _find(self, dandiset: str) -> Dandiset:
        return self._context.state.dandisets[dandiset]

    def _control(self, request: Request) -> Answer:
        """Set or clear faults, return or clear the log: for who is not in this process."""
        if request.method == "DELETE":
            (self.faults if request.path == "/_faults" else self.log).clear()
        elif request.method == "POST" and request.path == "/_faults":
            try:
                wanted = json.loads(request.body)
                faults = [Fault.from_json(each) for each in wanted]
            except (ValueError, TypeError, AttributeError) as error:
                return Answer.of({"detail": f"no list of faults: {error}"}, 400)
            self.faults.add(*faults)
        elif request.method == "GET" and request.path == "/_log":
            return Answer.of(
                [
                    {
                        "side": entry.side,
                        "method": entry.method,
                        "path": entry.path,
                        "status": entry.status,
                        "received": entry.received,
                    }
                    for entry in self.log.entries()
                ]
            )
        else:
            return Answer.of({"detail": f'Method "{request.method}" not allowed.'}, 405)
        return Answer(status=204)


class _Api(Server):
    def __init__(self, archive: Archive, port: int) -> None:
        super().__init__(_Connection, side="api", faults=archive.faults, log=archive.log, port=port)
        self.archive = archive


class _Connection(Handler):
    def respond(self, fault: Fault) -> None:
        request = self.read_request(fault)
        self.send(self.owner.archive.answer(request, self.path), fault)
