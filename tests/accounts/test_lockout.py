"""Wrong passwords: the account's lock, the address's limit, and the mails about it (ACC-05)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessFailureLog
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.accounts.domain.states import UserState
from apps.accounts.models import User
from apps.accounts.selectors import is_last_admin, state_of
from apps.accounts.services import notices
from apps.core.addresses import client_address
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD

pytestmark = pytest.mark.req("ACC-05")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
Mails = Callable[..., list[Any]]
WRONG = "not this one at all"


def enter(short_name: str = "alpha") -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


def attempt(client: Client, email: str, password: str = WRONG, **headers: str) -> int:
    body = {"username": email, "password": password, "next": "/"}
    return int(client.post("/login/", body, **headers).status_code)


def test_s11_guessing_when_ten_passwords_were_wrong_then_refused_whatever_comes(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    """S11: refused after at most 10 failures, from other addresses too; others are unhurt."""
    user, other = make_user("operator"), make_user("operator")

    answers = [
        attempt(client_of(), user.email, REMOTE_ADDR=f"192.0.2.{number}") for number in range(12)
    ]

    assert answers == [200] * 9 + [429] * 3
    assert attempt(client_of(), user.email, PASSWORD) == 429
    assert attempt(client_of(), other.email, PASSWORD) == 302
    enter()
    assert state_of(user) is UserState.LOCKED


def test_s11_guessing_when_an_admin_unlocks_then_in_again(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    """S11: an admin unlocks, on the user's page."""
    user, admin = make_user("operator"), make_user("admin")
    for _attempt in range(10):
        attempt(client_of(), user.email)
    enter()
    client_of(admin).post(f"/accounts/user/{user.pk}/unlock/")

    assert attempt(client_of(), user.email, PASSWORD) == 302


def test_lock_when_it_happens_then_the_user_and_the_admins_are_told_once(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf, mails: Mails
) -> None:
    user = make_user("operator", language="de")
    admins = [make_user("admin"), make_user("admin")]
    make_user("operator")
    make_user("admin", is_active=False)
    for _attempt in range(14):
        attempt(client_of(), user.email.upper())

    sent = mails()

    told = sorted(message.to[0] for message in sent)
    assert told == sorted([user.email, *(admin.email for admin in admins)])
    to_admin = next(message for message in sent if message.to == [admins[0].email])
    assert f"http://alpha.localhost/accounts/user/{user.pk}/change/" in to_admin.body


def test_lock_when_unlocked_and_locked_again_then_told_again(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf, mails: Mails
) -> None:
    user, admin = make_user("operator"), make_user("admin")
    for _round in range(2):
        for _attempt in range(10):
            attempt(client_of(), user.email)
        mails()
        client_of(admin).post(f"/accounts/user/{user.pk}/unlock/")
        enter()

    assert [message.to[0] for message in mails()].count(user.email) == 2


def test_lock_when_nobody_has_the_email_then_the_same_answers_and_no_mail(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf, mails: Mails
) -> None:
    make_user("admin")

    answers = [attempt(client_of(), "nobody@example.com") for _attempt in range(11)]

    assert answers == [200] * 9 + [429] * 2
    assert mails() == []


def test_address_when_thirty_failed_within_an_hour_then_429_until_it_has_passed(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    user = make_user("operator")
    answers = [
        attempt(client_of(), f"guess{number}@example.com", REMOTE_ADDR="192.0.2.9")
        for number in range(31)
    ]

    assert answers == [200] * 30 + [429]
    assert attempt(client_of(), user.email, PASSWORD, REMOTE_ADDR="192.0.2.9") == 429
    assert attempt(client_of(), user.email, PASSWORD, REMOTE_ADDR="192.0.2.10") == 302
    enter()
    AccessFailureLog.objects.update(attempt_time=timezone.now() - timedelta(minutes=61))
    assert attempt(client_of(), user.email, PASSWORD, REMOTE_ADDR="192.0.2.9") == 302


def test_failures_when_a_day_has_passed_then_forgotten_and_newer_ones_kept(
    alpha: Tenant, client_of: ClientOf
) -> None:
    for email in ("old@example.com", "new@example.com"):
        attempt(client_of(), email)
    enter()
    now = timezone.now()
    old = AccessFailureLog.objects.filter(username="old@example.com")
    old.update(attempt_time=now - notices.KEPT - timedelta(minutes=1))

    notices.forget_old(now=now)

    assert [failure.username for failure in AccessFailureLog.objects.all()] == ["new@example.com"]


def test_address_when_closed_then_its_attempts_lock_nobody_out(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    """ASVS 6.1.1: what is refused already must not count against the account."""
    user = make_user("operator")
    for number in range(30):
        attempt(client_of(), f"guess{number}@example.com", REMOTE_ADDR="192.0.2.9")
    for _attempt in range(12):
        attempt(client_of(), user.email, REMOTE_ADDR="192.0.2.9")

    assert attempt(client_of(), user.email, PASSWORD) == 302


def test_last_admin_when_the_other_one_is_locked_then_it_counts_as_the_last(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    one, other = make_user("admin"), make_user("admin")
    assert not is_last_admin(one)
    for _attempt in range(10):
        attempt(client_of(), other.email)
    enter()

    assert is_last_admin(one)
    body = {"groups": [group.pk for group in one.groups.all()]}
    helper = make_user("admin", invited_at=timezone.now())
    page = client_of(helper).post(f"/accounts/user/{one.pk}/change/", body)
    assert b"last active admin" in page.content


@pytest.mark.parametrize(
    "proxies, header, expected",
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.0.0.1, 203.0.113.7", "203.0.113.7"),
        (2, "10.0.0.1, 203.0.113.7, 192.0.2.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "<script>", "127.0.0.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_address_when_headers_are_forged_then_they_do_not_count(
    settings: Any, proxies: int, header: str, expected: str
) -> None:
    settings.PROXIES_IN_FRONT = proxies

    request = RequestFactory().get("/", headers={"x-forwarded-for": header})

    assert client_address(request) == expected
