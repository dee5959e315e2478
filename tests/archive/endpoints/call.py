"""A call of an endpoint: who asks, what for, and what they may."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.archive.rendering import Rendering
from tests.archive.state import DRAFT, Asset, Dandiset, State, User, Version
from tests.archive.store import Store
from tests.archive.wire import HTML, Answer, Request

_REALM = {"WWW_Authenticate": 'Bearer realm="api"'}


class RefusalError(Exception):
    """The call is answered with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refuse(status: int, value: Any, **headers: str) -> RefusalError:
    """Return the refusal with this JSON, to be raised."""
    return RefusalError(Answer.of(value, status, **headers))


def not_found() -> RefusalError:
    """Return the refusal for what is not there."""
    return refuse(404, {"detail": "Not found."})


def not_permitted() -> RefusalError:
    """Return the refusal for who may not do this at all."""
    return refuse(403, {"detail": "You do not have permission to perform this action."})


def empty_refusal() -> RefusalError:
    """Return the refusal without a word: what asset calls say to who is not an owner."""
    return RefusalError(Answer(status=403, headers={"Content-Type": HTML}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What endpoints work with."""

    state: State
    store: Store
    rendering: Rendering
    store_host: str
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, with the parts of its path by name.

    Every look at the state is made under the lock that the router holds.
    """

    context: Context
    request: Request
    parts: Mapping[str, str]
    user: User | None

    @property
    def state(self) -> State:
        """What the archive knows."""
        return self.context.state

    @property
    def rendering(self) -> Rendering:
        """How it tells of it."""
        return self.context.rendering

    @contextlib.contextmanager
    def unlocked(self) -> Iterator[Store]:
        """Let others have the lock while the store is asked; the state may be another after."""
        self.context.lock.release()
        try:
            yield self.context.store
        finally:
            self.context.lock.acquire()

    def member(self) -> User:
        """Return the user, who must be one that has been approved."""
        if self.user is None:
            raise refuse(401, {"detail": "Authentication credentials were not provided."}, **_REALM)
        if self.user.pending:
            raise not_permitted()
        return self.user

    def dandiset(self, identifier: str | None = None) -> Dandiset:
        """Return the dandiset, which the user may see."""
        found = self.state.dandisets.get(identifier or self.parts["dandiset"])
        if found is None:
            raise not_found()
        if found.embargoed and self.member() is not found.owner:
            raise not_permitted()
        return found

    def version(self) -> tuple[Dandiset, Version]:
        """Return the version, which the user may see."""
        dandiset = self.dandiset()
        version = dandiset.version(self.parts["version"])
        if version is None:
            raise not_found()
        return dandiset, version

    def own_draft(self) -> tuple[Dandiset, Version]:
        """Return the version, which the user may change."""
        user = self.member()
        dandiset, version = self.version()
        if dandiset.owner is not user:
            raise empty_refusal()
        if version.version != DRAFT:
            raise refuse(405, "Only draft versions can be modified.")
        return dandiset, version

    def asset(self, version: Version) -> Asset:
        """Return the asset of a version."""
        asset = version.find(self.parts["asset"])
        if asset is None:
            raise not_found()
        return asset

    def uploads(self, dandiset: Dandiset) -> int:
        """Count what is on its way into a dandiset."""
        uploads = self.state.uploads.values()
        return sum(upload.dandiset == dandiset.identifier for upload in uploads)


def identify(state: State, request: Request) -> User | None:
    """Return who asks, or None for nobody; a token that is nobody's is refused everywhere."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in {"token", "bearer"}:
        return None
    user = state.users.get(token.strip())
    if user is None:
        raise refuse(401, {"detail": "Invalid token."}, **_REALM)
    return user
