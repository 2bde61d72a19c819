"""A new password by mail: alike for everybody, once, for an hour (ACC-06)."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core import mail, signing
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import AccountNotice, User
from apps.accounts.services import notices
from apps.accounts.services.links import RESET
from apps.tenants.models import Tenant
from tests.accounts.conftest import link_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.req("ACC-06")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
Mails = Callable[..., list[Any]]
NEW = "a new secret of mine"
ATTEMPTS = 3
BODY = {"password1": NEW, "password2": NEW}


def ask(client: Client, email: str, **headers: str) -> Any:
    return client.post("/forgotten-password/", {"email": email}, **headers)


def log_in(client: Client, email: str, password: str) -> int:
    body = {"username": email, "password": password, "next": "/"}
    return int(client.post("/login/", body).status_code)


@pytest.fixture
def user(alpha: Tenant, make_user: MakeUser) -> User:
    return make_user("operator", email="ada@example.com", language="sv")


def test_reset_when_the_link_is_followed_then_the_new_password_counts(
    user: User, client_of: ClientOf, mails: Mails
) -> None:
    ask(client_of(), "Ada@Example.com")
    (message,) = mails()
    client = client_of()
    form = client.get(link_in(message))["Location"]

    answer = client.post(form, BODY)

    assert answer["Location"] == "/login/"
    assert log_in(client_of(), user.email, PASSWORD) == 200
    assert log_in(client_of(), user.email, NEW) == 302
    assert client_of().get(link_in(message)).status_code == 410
    assert len(mails()) == 2


def test_reset_when_done_then_all_sessions_have_ended_and_the_own_key_is_new(
    user: User, client_of: ClientOf, mails: Mails
) -> None:
    elsewhere, client = client_of(user), client_of(user)
    assert elsewhere.get("/").status_code == 200
    ask(client, user.email)
    message = mails()[0]
    form = client.get(link_in(message))["Location"]
    before = client.cookies["sessionid"].value
    client.post(form, BODY)

    assert elsewhere.get("/").status_code == 302
    assert client.get("/").status_code == 302
    between = client.cookies["sessionid"].value
    log_in(client, user.email, NEW)
    assert len({before, between, client.cookies["sessionid"].value}) == 3


@pytest.mark.parametrize("kind", ["unknown", "disabled"])
def test_reset_when_there_is_no_account_then_the_same_page_and_no_mail(
    user: User, client_of: ClientOf, mails: Mails, make_user: MakeUser, kind: str
) -> None:
    email = "nobody@example.com"
    if kind == "disabled":
        email = make_user("operator", is_active=False).email

    first, second = ask(client_of(), user.email), ask(client_of(), email)

    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert [message.to for message in mails()] == [[user.email]]


def test_s12_reset_when_accounts_exist_or_not_then_the_medians_are_within_35_per_cent(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    """S12: the same page, and medians that tell nothing."""
    client = client_of()
    ask(client, "warm.up@example.com")
    pages = set()

    def reset(email: str, address: str) -> None:
        answer = ask(client, email, REMOTE_ADDR=address)
        pages.add((answer.status_code, answer["Location"]))

    def measured(attempt: int) -> list[float]:
        nobody = f"nobody{attempt}"
        pairs = [
            {"known": make_user("operator").email, "unknown": f"{nobody}.{number}@example.com"}
            for number in range(25)
        ]
        return medians_in_turn(pairs, reset, network=f"192.0.{attempt}")

    assert_alike(measured)
    assert len(pages) == 1


def test_s12_log_in_when_accounts_exist_or_not_then_the_medians_are_within_35_per_cent(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf, settings: Any
) -> None:
    """S12 at the log-in, with the slow hash of production: active, disabled, invited, nobody."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    client = client_of()

    def measured(attempt: int) -> list[float]:
        emails = {
            "active": make_user("operator").email,
            "disabled": make_user("operator", is_active=False).email,
            "invited": make_user("operator", invited_at=timezone.now()).email,
            "nobody": f"nobody{attempt}@example.com",
        }
        User.objects.get(email=emails["invited"]).set_unusable_password()
        log_in = partial(log_in_from, client)
        return medians_in_turn([emails] * 7, log_in, network=f"192.0.{attempt}")

    assert_alike(measured)


def medians_in_turn(
    rounds: list[dict[str, str]], do: Callable[[str, str], None], *, network: str
) -> list[float]:
    """Do it for each kind's e-mail address of each round; return each kind's median in seconds.

    The kinds take turns and each round begins with another one, so that what the machine does
    besides meets all of them. Each round comes from an address of its own.
    """
    times: dict[str, list[float]] = {kind: [] for kind in rounds[0]}
    for number, emails in enumerate(rounds):
        kinds = list(emails)
        first = number % len(kinds)
        for kind in kinds[first:] + kinds[:first]:
            began = time.perf_counter()
            do(emails[kind], f"{network}.{number + 1}")
            times[kind].append(time.perf_counter() - began)
    return [statistics.median(values) for values in times.values()]


def assert_alike(measured: Callable[[int], list[float]]) -> None:
    """Fail where the medians differ by more than 35 % each time that they are measured.

    Other work on the machine may part them once; a difference of ours is there every time.
    """
    tried = []
    for attempt in range(ATTEMPTS):
        medians = measured(attempt)
        if max(medians) <= 1.35 * min(medians):
            return
        tried.append(medians)
    pytest.fail(f"medians in s: {tried}")


def log_in_from(client: Client, email: str, address: str) -> None:
    body = {"username": email, "password": "wrong in any case", "next": "/"}
    assert client.post("/login/", body, REMOTE_ADDR=address).status_code == 200


def test_reset_when_an_hour_has_passed_then_dead(
    user: User, client_of: ClientOf, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(client_of(), user.email)
    link = link_in(mails()[0])
    later = signing.time.time() + RESET.lasts.total_seconds() + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)

    assert client_of().get(link).status_code == 410


def test_reset_when_the_user_logs_in_meanwhile_then_the_link_is_dead(
    user: User, client_of: ClientOf, mails: Mails
) -> None:
    ask(client_of(), user.email)
    link = link_in(mails()[0])
    log_in(client_of(), user.email, PASSWORD)

    assert client_of().get(link).status_code == 410


def test_reset_when_asked_for_again_at_once_then_one_mail(
    user: User, client_of: ClientOf, mails: Mails
) -> None:
    for _time in range(5):
        ask(client_of(), user.email)
        mails()
    assert len(mail.outbox) == 1

    AccountNotice.objects.update(asked_at=timezone.now() - notices.AGAIN_AFTER)
    ask(client_of(), user.email)

    assert len(mails()) == 2


def test_reset_when_a_newer_link_was_sent_then_the_older_one_is_dead(
    user: User, client_of: ClientOf, mails: Mails, make_user: MakeUser
) -> None:
    ask(client_of(), user.email)
    admin = client_of(make_user("admin"))
    admin.post(f"/accounts/user/{user.pk}/reset/")
    older, newer = mails()

    assert client_of().get(link_in(older)).status_code == 410
    client = client_of()
    form = client.get(link_in(newer))["Location"]
    admin.post(f"/accounts/user/{user.pk}/reset/")
    assert client.post(form, BODY).status_code == 410, "also one that is open already"
    assert log_in(client_of(), user.email, PASSWORD) == 302


def test_reset_when_somebody_is_invited_then_the_invitation_lives_on(
    alpha: Tenant, client_of: ClientOf, mails: Mails, make_user: MakeUser
) -> None:
    body = {"email": "new@example.com", "first_name": "New", "groups": []}
    client_of(make_user("admin")).post("/accounts/user/add/", body)
    ask(client_of(), "new@example.com")
    invitation, _reset = mails()

    assert client_of().get(link_in(invitation)).status_code == 302


def test_reset_when_an_address_asks_too_often_then_429(alpha: Tenant, client_of: ClientOf) -> None:
    client = client_of()
    answers = [ask(client, f"a{number}@example.com") for number in range(31)]

    assert [answer.status_code for answer in answers] == [302] * 30 + [429]
    assert answers[-1]["Retry-After"] == "3600"


def test_reset_when_the_account_is_locked_then_it_stays_locked(
    user: User, client_of: ClientOf, mails: Mails
) -> None:
    """ACC-05: an admin unlocks, nobody else."""
    for _attempt in range(10):
        log_in(client_of(), user.email, "wrong one again")
    ask(client_of(), user.email)
    message = next(found for found in mails() if "/new-password/" in found.body)
    client = client_of()
    client.post(client.get(link_in(message))["Location"], BODY)

    assert log_in(client_of(), user.email, NEW) == 429


def test_reset_when_an_admin_starts_it_then_only_the_user_gets_the_link(
    user: User, client_of: ClientOf, mails: Mails, make_user: MakeUser
) -> None:
    """ASVS 6.4.6: an admin never knows the password of somebody else."""
    client = client_of(make_user("admin"))
    page = client.post(f"/accounts/user/{user.pk}/reset/", follow=True)

    (message,) = mails()
    assert message.to == [user.email]
    assert link_in(message) not in page.content.decode()
    assert log_in(client_of(), user.email, PASSWORD) == 302


@pytest.mark.req("TEN-01")
def test_reset_when_both_tenants_have_the_email_then_only_the_one_that_was_asked(
    user: User, client_of: ClientOf, mails: Mails, make_user: MakeUser
) -> None:
    connection.set_tenant(Tenant.objects.get(schema_name="beta"))
    make_user("operator", email=user.email)
    ask(client_of(host="beta.localhost"), user.email)

    assert mails("alpha") == []
    (message,) = mails("beta")
    assert "http://beta.localhost/" in message.body
    assert client_of().get(link_in(message)).status_code == 410


def test_own_password_when_changed_then_the_user_is_told_and_other_sessions_end(
    user: User, client_of: ClientOf, mails: Mails
) -> None:
    elsewhere, client = client_of(user), client_of(user)
    before = client.cookies["sessionid"].value
    body = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    answer = client.post("/password_change/", body)

    assert answer.status_code == 302
    assert [message.to for message in mails()] == [[user.email]]
    assert client.get("/").status_code == 200
    assert client.cookies["sessionid"].value != before
    assert elsewhere.get("/").status_code == 302


def test_own_password_when_the_new_one_is_weak_then_refused(
    user: User, client_of: ClientOf, mails: Mails
) -> None:
    body = {"old_password": PASSWORD, "new_password1": "password1", "new_password2": "password1"}

    answer = client_of(user).post("/password_change/", body)

    assert answer.status_code == 200
    assert mails() == []


@pytest.mark.parametrize(
    "path", ["/login/", "/forgotten-password/", "/welcome/x/", "/new-password/x/", "/support/x/"]
)
def test_pages_without_a_log_in_when_shown_then_they_wear_the_tenants_name_and_mark(
    alpha: Tenant, client_of: ClientOf, path: str
) -> None:
    page = client_of().get(path).content.decode()

    assert "| Alpha</title>" in page
    assert 'src="/brand/mark?' in page


def test_console_when_an_operator_forgot_the_password_then_a_link_of_the_console(
    db: None, client_of: ClientOf
) -> None:
    connection.set_schema_to_public()
    operator = User.objects.create_superuser("root@example.com", PASSWORD)
    ask(client_of(host="localhost"), operator.email)
    notices.handle_notices(now=timezone.now())
    from apps.notifications.services.delivery import deliver_due

    deliver_due(now=timezone.now())

    (message,) = mail.outbox
    client = client_of(host="localhost")
    client.post(client.get(link_in(message))["Location"], BODY)
    operator.refresh_from_db()
    assert operator.check_password(NEW)
    assert "Chargeyard" in message.from_email
