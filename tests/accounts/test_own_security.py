"""The own account's security: setting up, recovery codes, removing, confirming who one is."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from apps.accounts.domain.factors import Factor
from apps.accounts.models import User
from apps.accounts.second_step import CONFIRMED_KEY
from apps.accounts.services.factors import recovery_codes
from apps.audit.domain.kinds import Kind
from apps.audit.models import Entry
from apps.core.origin import FACTOR_KEY, SUPPORT_KEY
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD
from tests.factories.factors import code_now, give_app, give_passkey, secret_of, wrong_code

pytestmark = pytest.mark.req("ACC-08")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
Mails = Callable[..., list[Any]]
SECURITY = "/account/security/"
CONFIRM = "/account/confirm/"
KEY = re.compile(r'id="app-key">([A-Z2-7 ]+)<')


def enter(short_name: str = "alpha") -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


def confirm(client: Client, **changes: Any) -> Client:
    """Let the session have proven just now who its person is."""
    import time

    session = client.session
    session[CONFIRMED_KEY] = time.time()
    for name, value in changes.items():
        session[name] = value
    session.save()
    return client


@pytest.fixture
def user(alpha: Tenant, make_user: MakeUser) -> User:
    return make_user("operator", language="en")


@pytest.fixture
def client(user: User, client_of: ClientOf) -> Client:
    return confirm(client_of(user))


def set_up_app(client: Client) -> tuple[str, Any]:
    found = KEY.search(client.get(f"{SECURITY}app/").content.decode())
    assert found
    secret = found[1].replace(" ", "")
    answer = client.post(f"{SECURITY}app/", {"code": code_now(secret)})
    enter()
    return secret, answer


def test_app_when_its_code_is_right_then_kept_told_and_recovery_codes_shown(
    user: User, client: Client, mails: Mails
) -> None:
    page = client.get(f"{SECURITY}app/")
    assert b"data:image/svg+xml;base64," in page.content
    assert "no-store" in page["Cache-Control"]
    enter()
    secret, answer = set_up_app(client)

    assert answer["Location"] == f"{SECURITY}recovery-codes/"
    assert secret_of(user) == secret
    assert client.session[FACTOR_KEY] == Factor.APP
    shown = client.get(answer["Location"]).content.decode()
    enter()
    codes = recovery_codes(user)
    assert len(codes) == 10
    assert all(f"{code[:4]} {code[4:]}" in shown for code in codes)
    assert [m.subject for m in mails()] == ["Second factor added: Authenticator app"]
    entry = Entry.objects.get(kind=Kind.SECOND_FACTOR)
    assert (entry.actor_id, entry.object_id) == (user.pk, str(user.pk))
    assert entry.details == {"factor": "totp", "done": "added"}


def test_app_when_its_code_is_wrong_then_the_same_key_again_and_nothing_kept(
    user: User, client: Client
) -> None:
    first = KEY.search(client.get(f"{SECURITY}app/").content.decode())[1]  # type: ignore[index]
    answer = client.post(f"{SECURITY}app/", {"code": wrong_code(first.replace(" ", ""))})
    enter()

    assert b"The code is wrong" in answer.content
    assert KEY.search(answer.content.decode())[1] == first  # type: ignore[index]
    assert not Authenticator.objects.exists()


def test_app_when_set_up_anew_then_the_former_one_is_gone(user: User, client: Client) -> None:
    old, _answer = set_up_app(client)
    new, answer = set_up_app(client)

    assert new != old
    assert secret_of(user) == new
    assert Authenticator.objects.filter(type=Factor.APP).count() == 1
    assert answer["Location"] == f"{SECURITY}recovery-codes/"


def test_recovery_codes_when_kept_then_never_shown_again_and_made_anew(
    user: User, client: Client, mails: Mails
) -> None:
    set_up_app(client)
    before = recovery_codes(user)
    file = client.get(f"{SECURITY}recovery-codes/download/")
    assert file["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert all(code[:4] in file.content.decode() for code in before)

    client.post(f"{SECURITY}recovery-codes/keep/")
    page = client.get(f"{SECURITY}recovery-codes/").content.decode()
    assert "10 codes are left" in page
    assert before[0][:4] + " " + before[0][4:] not in page
    assert client.get(f"{SECURITY}recovery-codes/download/").status_code == 404

    client.post(f"{SECURITY}recovery-codes/renew/")
    enter()
    after = recovery_codes(user)
    assert not set(after) & set(before)
    shown = client.get(f"{SECURITY}recovery-codes/").content.decode()
    assert after[0][:4] + " " + after[0][4:] in shown
    assert mails()[-1].subject == "You have new recovery codes"


def test_app_when_it_was_the_last_factor_then_the_codes_go_too(
    user: User, client: Client, mails: Mails
) -> None:
    set_up_app(client)

    assert client.post(f"{SECURITY}app/remove/").status_code == 302
    enter()

    assert not Authenticator.objects.exists()
    assert mails()[-1].subject == "Second factor removed: Authenticator app"
    assert Entry.objects.filter(kind=Kind.SECOND_FACTOR, details__done="removed").count() == 1


def test_page_when_there_are_factors_then_says_which_and_when(user: User, client: Client) -> None:
    give_passkey(client, "Phone of mine")
    set_up_app(client)

    page = client.get(SECURITY).content.decode()

    assert "Phone of mine" in page
    assert "not used yet" in page
    assert "10 codes are left" in page
    assert secret_of(user) not in page


def test_passkey_when_renamed_and_removed_then_so(user: User, client: Client) -> None:
    give_passkey(client)
    set_up_app(client)
    row = Authenticator.objects.get(type=Factor.PASSKEY)

    answer = client.post(f"{SECURITY}passkeys/{row.pk}/rename/", {"name": "  Desk   at work "})
    assert answer.status_code == 302
    enter()
    row.refresh_from_db()
    assert row.data["name"] == "Desk at work"
    assert client.post(f"{SECURITY}passkeys/{row.pk}/rename/", {"name": " "}).status_code == 200
    assert client.post(f"{SECURITY}passkeys/{row.pk}/remove/").status_code == 302
    enter()
    assert not Authenticator.objects.filter(type=Factor.PASSKEY).exists()
    assert Authenticator.objects.filter(type=Factor.APP).exists()


def test_factors_when_they_are_another_users_then_neither_seen_nor_changed(
    user: User, client: Client, make_user: MakeUser, client_of: ClientOf
) -> None:
    other = make_user("operator")
    theirs = confirm(client_of(other))
    give_passkey(theirs, "Phone of theirs")
    enter()
    row = Authenticator.objects.get(user=other, type=Factor.PASSKEY)
    give_app(user)
    confirm(client, **{FACTOR_KEY: "totp"})

    assert "Phone of theirs" not in client.get(SECURITY).content.decode()
    for path in (f"passkeys/{row.pk}/rename/", f"passkeys/{row.pk}/remove/"):
        assert client.post(SECURITY + path, {"name": "Mine now"}).status_code == 404
    enter()
    row.refresh_from_db()
    assert row.data["name"] == "Phone of theirs"
    client.post(f"{SECURITY}app/remove/")
    enter()
    assert Authenticator.objects.filter(user=other).count() == 2


def test_factors_when_the_ids_are_equal_in_two_tenants_then_they_never_meet(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    ours = make_user("operator", email="same@example.com")
    secret = give_app(ours)
    enter("beta")
    make_user("operator", email="same@example.com", id=ours.pk)
    client = client_of(host="beta.localhost")

    answer = client.post("/login/", {"username": "same@example.com", "password": PASSWORD})

    assert answer["Location"] == "/"
    assert "are left" not in client.get(SECURITY).content.decode()
    enter()
    assert secret_of(ours) == secret


CHANGES = [
    ("get", "app/"),
    ("post", "app/"),
    ("post", "app/remove/"),
    ("get", "recovery-codes/"),
    ("get", "recovery-codes/download/"),
    ("post", "recovery-codes/renew/"),
    ("get", "passkeys/add/"),
    ("post", "passkeys/options/"),
    ("post", "passkeys/1/remove/"),
]


@pytest.mark.parametrize("method, path", CHANGES)
def test_changes_when_the_log_in_was_a_while_ago_then_confirmed_first(
    user: User, client_of: ClientOf, method: str, path: str
) -> None:
    client = client_of(user)

    answer = getattr(client, method)(SECURITY + path)

    back = SECURITY + path if method == "get" else SECURITY
    assert html.unescape(answer["Location"]) == f"{CONFIRM}?next={back.replace('/', '%2F')}"


def test_confirming_when_there_is_no_factor_then_by_password_and_for_ten_minutes(
    user: User, client_of: ClientOf
) -> None:
    client = client_of(user)
    there = f"{CONFIRM}?next={SECURITY}app/"

    assert b"The password is wrong" in client.post(there, {"password": "no"}).content
    before = client.session.session_key
    assert client.post(there, {"password": PASSWORD})["Location"] == f"{SECURITY}app/"
    assert client.session.session_key != before
    assert client.get(f"{SECURITY}app/").status_code == 200
    session = client.session
    session[CONFIRMED_KEY] -= 601
    session.save()
    assert client.get(f"{SECURITY}app/").status_code == 302


def test_confirming_when_there_is_a_factor_then_the_password_is_not_enough(
    user: User, client_of: ClientOf
) -> None:
    """A session from before the factor, or a stolen one, cannot take the factor away."""
    secret = give_app(user)
    client = confirm(client_of(user))

    assert client.post(f"{SECURITY}app/remove/")["Location"].startswith(CONFIRM)
    assert client.post(CONFIRM, {"password": PASSWORD}).status_code == 200
    assert client.post(f"{SECURITY}app/remove/")["Location"].startswith(CONFIRM)
    assert client.post(CONFIRM, {"code": code_now(secret)})["Location"] == SECURITY
    assert client.post(f"{SECURITY}app/remove/")["Location"] == SECURITY
    enter()
    assert not Authenticator.objects.exists()


def test_confirming_when_ten_answers_were_wrong_then_locked(
    user: User, client_of: ClientOf
) -> None:
    client = client_of(user)

    answers = [client.post(CONFIRM, {"password": "no"}).status_code for _attempt in range(11)]

    assert answers == [200] * 9 + [429] * 2


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/x"])
def test_confirming_when_the_way_back_leads_elsewhere_then_to_the_own_page(
    user: User, client_of: ClientOf, address: str
) -> None:
    answer = client_of(user).post(f"{CONFIRM}?next={address}", {"password": PASSWORD})

    assert answer["Location"] == SECURITY


def test_page_when_support_is_in_then_refused(user: User, client: Client) -> None:
    confirm(client, **{SUPPORT_KEY: "root@platform.example"})

    for method, path in [("get", ""), *CHANGES]:
        assert getattr(client, method)(SECURITY + path).status_code == 403, path


def test_page_when_nobody_is_logged_in_then_to_the_log_in(
    alpha: Tenant, client_of: ClientOf
) -> None:
    for method, path in [("get", ""), *CHANGES]:
        answer = getattr(client_of(), method)(SECURITY + path)
        assert answer["Location"].startswith("/login/"), path


def test_changes_when_the_token_of_the_form_is_missing_then_refused(user: User) -> None:
    client = Client(HTTP_HOST="alpha.localhost", enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    confirm(client)

    for method, path in CHANGES:
        if method == "post":
            assert client.post(SECURITY + path).status_code == 403, path
