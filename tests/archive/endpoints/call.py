"""A call of an endpoint: who asks, what for, and what they may."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.archive.records import DRAFT, Asset, Dandiset, User, Version
from tests.archive.rendering import Rendering
from tests.archive.state import State
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


def not_authenticated() -> RefusalError:
    """Return the refusal for who says not who they are."""
    return refuse(401, {"detail": "Authentication credentials were not provided."}, **_REALM)


def crash() -> RefusalError:
    """Return what is answered where the archive's own server fails."""
    body = b"<!doctype html><title>Server Error (500)</title><h1>Server Error (500)</h1>"
    return RefusalError(Answer(status=500, headers={"Content-Type": HTML}, body=body))


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
        """How it reports it."""
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
        user = self.anybody()
        if user.pending:
            raise not_permitted()
        return user

    def anybody(self) -> User:
        """Return the user, approved or not."""
        if self.user is None:
            raise not_authenticated()
        return self.user

    def body(self) -> dict[str, Any]:
        """Return the request's JSON object; an empty one where there is none."""
        try:
            value = json.loads(self.request.body) if self.request.body else {}
        except ValueError as error:
            raise refuse(400, {"detail": f"JSON parse error - {error}"}) from None
        if not isinstance(value, dict):
            kind = type(value).__name__
            said = f"Invalid data. Expected a dictionary, but got {kind}."
            raise refuse(400, {"non_field_errors": [said]})
        return value

    def items(self) -> list[dict[str, Any]]:
        """Return the request's JSON list of objects.

        The archive's framework names what is wrong with each; here the first is enough.
        """
        try:
            value = json.loads(self.request.body)
        except ValueError as error:
            raise refuse(400, {"detail": f"JSON parse error - {error}"}) from None
        if not isinstance(value, list):
            said = f'Expected a list of items but got type "{type(value).__name__}".'
            raise refuse(400, {"non_field_errors": [said]})
        return value

    def dandiset(self, identifier: str | None = None) -> Dandiset:
        """Return the dandiset, which the user may see."""
        found = self.state.dandisets.get(identifier or self.parts["dandiset"])
        if found is None:
            raise not_found()
        if found.embargoed and not found.is_owned_by(self.anybody()):
            raise not_permitted()
        return found

    def own_dandiset(self) -> Dandiset:
        """Return the dandiset, whose open uploads are its owners' alone to see."""
        dandiset = self.dandiset()
        if not dandiset.is_owned_by(self.anybody()):
            raise not_permitted()
        return dandiset

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
        if not dandiset.is_owned_by(user):
            raise empty_refusal()
        if version.version != DRAFT:
            raise refuse(405, "Only draft versions can be modified.")
        return dandiset, version

    def asset_of(self, version: Version) -> Asset:
        """Return the asset of a version."""
        asset = version.find(self.parts["asset"])
        if asset is None:
            raise not_found()
        return asset

    def asset(self) -> Asset:
        """Return an asset of any version, or of none any more: an id is never forgotten."""
        asset = self.state.assets.get(self.parts["asset"])
        if asset is None:
            raise not_found()
        return asset

    def uploads(self, dandiset: Dandiset) -> int:
        """Count what is on its way into a dandiset."""
        return len(self.state.uploads_into(dandiset))


def identify(state: State, request: Request) -> User | None:
    """Return who asks, or None for nobody; a token that is nobody's is refused everywhere."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() not in {"token", "bearer"}:
        return None
    user = state.users.get(token.strip())
    if user is None:
        raise refuse(401, {"detail": "Invalid token."}, **_REALM)
    return user
