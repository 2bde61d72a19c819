"""The live socket: who may listen, what is heard, and that it ends with the session."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from apps.accounts.models import Location, User
from apps.core.live import SESSION_TOPIC, fan_out, group_name, session_group
from apps.portal.live import LOGGED_OUT, LiveSocket, Visitor, find_groups, visitor_of
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant

pytestmark = pytest.mark.req("TEN-01", "ACC-03")

HOST = "alpha.localhost"
WAIT_S = 30.0  # an upper bound: a busy machine takes its time


def session_of(user: User) -> str:
    """Return the key of a new session of the user in the current schema."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def groups(session_key: str, host: str = HOST, origin: str = HOST) -> frozenset[str]:
    return run_in_schema("public", find_groups, Visitor(host, origin, session_key))


def test_groups_when_the_user_is_not_limited_then_every_location_of_the_tenant(
    alpha: Tenant, make_user: Callable[..., User], make_location: Callable[..., Location]
) -> None:
    made = [make_location(), make_location()]

    heard = groups(session_of(make_user("operator")))

    assert {group_name("alpha", location.pk) for location in made} <= heard
    assert group_name("alpha", None) in heard


def test_groups_when_limited_then_only_the_own_location(
    alpha: Tenant, make_user: Callable[..., User], make_location: Callable[..., Location]
) -> None:
    own, _foreign = make_location(), make_location()

    heard = groups(session_of(make_user("operator", locations=[own])))

    assert heard == {group_name("alpha", own.pk), group_name("alpha", None)}


def test_groups_when_the_session_is_of_another_tenant_then_none(
    alpha: Tenant, make_user: Callable[..., User]
) -> None:
    key = session_of(make_user("admin"))

    assert groups(key)
    assert not groups(key, host="beta.localhost", origin="beta.localhost")
    assert not groups(key, host="localhost", origin="localhost")
    assert not groups(key, host="unknown.example", origin="unknown.example")


def test_groups_when_the_visitor_is_nobody_then_none(
    alpha: Tenant, make_user: Callable[..., User]
) -> None:
    user = make_user("admin")
    key = session_of(user)

    assert not groups("")
    assert not groups("no-such-session")
    assert not groups(key, origin="")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert not groups(key)


def test_groups_when_the_tenant_is_suspended_then_none(
    alpha: Tenant, make_user: Callable[..., User]
) -> None:
    key = session_of(make_user("admin"))
    Tenant.objects.filter(pk=alpha.pk).update(is_suspended=True)

    assert not groups(key)


def scope(**headers: str) -> dict[str, Any]:
    fields = {"host": "alpha.localhost:8000", "origin": "http://alpha.localhost:8000", **headers}
    return {
        "type": "websocket",
        "path": "/ws/live/",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in fields.items()],
    }


@pytest.mark.parametrize(
    "origin, fits",
    [
        ("http://alpha.localhost:8000", True),
        ("https://Alpha.localhost:8000", True),
        ("http://alpha.localhost", False),
        ("http://alpha.localhost:8000.evil.example", False),
        ("http://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_visitor_when_the_origin_is_another_then_it_does_not_count(origin: str, fits: bool) -> None:
    assert bool(visitor_of(scope(origin=origin)).origin_host) is fits


def test_visitor_when_cookies_are_rubbish_then_no_session() -> None:
    assert visitor_of(scope(cookie="a=b; \x01=\x02; ;;")).session_key == ""
    cookie = f"x=1; {settings.SESSION_COOKIE_NAME}=abc"
    assert visitor_of(scope(cookie=cookie)).session_key == "abc"


class Browser:
    """One end of a socket whose look-ups give `answers`, the last one for good."""

    def __init__(self, *answers: frozenset[str], refresh_s: float = 60) -> None:
        self.answers = list(answers)
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.says: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.says.put_nowait({"type": "websocket.connect"})
        socket = LiveSocket(
            scope(), self.says.get, self.heard.put, find=self.look_up, refresh_s=refresh_s
        )
        self.task = asyncio.ensure_future(socket.run())

    def look_up(self, visitor: Visitor) -> frozenset[str]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.heard.get(), WAIT_S)

    async def leave(self) -> None:
        self.says.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.task, WAIT_S)


EVENT = {"schema": "alpha", "location": 7, "topic": "activations", "ids": [1, 2]}
SITE = frozenset({group_name("alpha", 7)})


def test_socket_when_something_happens_at_the_location_then_topic_and_ids_only() -> None:
    async def talk() -> None:
        browser = Browser(SITE)
        assert (await browser.next())["type"] == "websocket.accept"
        await fan_out({**EVENT, "location": 8})
        await fan_out({**EVENT, "schema": "beta"})
        await fan_out(EVENT)
        event = await browser.next()
        assert json.loads(event["text"]) == {"topic": "activations", "ids": [1, 2]}
        assert browser.heard.empty()
        await browser.leave()

    asyncio.run(talk())


def test_socket_when_the_visitor_may_hear_nothing_then_refused() -> None:
    async def talk() -> None:
        browser = Browser(frozenset())
        assert (await browser.next()) == {"type": "websocket.close", "code": LOGGED_OUT}
        await asyncio.wait_for(browser.task, WAIT_S)

    asyncio.run(talk())


def test_socket_when_told_that_its_session_ended_then_closed_at_once() -> None:
    def ended(session_key: str) -> dict[str, Any]:
        return {"group": session_group(session_key), "topic": SESSION_TOPIC, "ids": []}

    async def talk() -> None:
        browser = Browser(SITE, frozenset())
        assert (await browser.next())["type"] == "websocket.accept"
        await fan_out(ended("of somebody else"))
        await fan_out(EVENT)
        assert (await browser.next())["type"] == "websocket.send"
        await fan_out(ended(visitor_of(scope()).session_key))
        assert (await browser.next()) == {"type": "websocket.close", "code": LOGGED_OUT}
        await asyncio.wait_for(browser.task, WAIT_S)

    asyncio.run(talk())


def test_socket_when_the_session_ends_then_closed() -> None:
    async def talk() -> None:
        browser = Browser(SITE, frozenset(), refresh_s=0.01)
        assert (await browser.next())["type"] == "websocket.accept"
        assert (await browser.next()) == {"type": "websocket.close", "code": LOGGED_OUT}
        await asyncio.wait_for(browser.task, WAIT_S)

    asyncio.run(talk())
