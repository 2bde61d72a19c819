"""Logging in with a second factor: the step, its locks, replays, half a log-in, the way on."""

from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.domain.factors import Factor
from apps.accounts.models import User
from apps.accounts.second_step import HALF_KEY
from apps.accounts.services.factors import recovery_codes
from apps.audit.domain.kinds import Kind
from apps.audit.models import Entry
from apps.core.origin import FACTOR_KEY
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD
from tests.factories.factors import code_now, give_app, secret_of, wrong_code

pytestmark = pytest.mark.req("ACC-08")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
Mails = Callable[..., list[Any]]
STEP = "/login/second-step/"


def enter(short_name: str = "alpha") -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


def first_step(client: Client, user: User, password: str = PASSWORD, **body: str) -> Any:
    answer = client.post("/login/", {"username": user.email, "password": password, **body})
    enter()
    return answer


def second_step(client: Client, code: str) -> Any:
    answer = client.post(STEP, {"code": code})
    enter()
    return answer


@pytest.fixture
def owner(alpha: Tenant, make_user: MakeUser) -> User:
    """A user who has an authenticator app."""
    user = make_user("admin")
    give_app(user)
    return user


def test_log_in_when_there_is_no_factor_then_in_at_once(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    client, user = client_of(), make_user("operator")

    answer = first_step(client, user, next="/accounts/location/")

    assert answer["Location"] == "/accounts/location/"
    assert client.session[FACTOR_KEY] == ""
    assert client.get("/").status_code == 200


def test_log_in_when_there_is_a_factor_then_its_code_leads_on(
    owner: User, client_of: ClientOf
) -> None:
    client = client_of()

    answer = first_step(client, owner, next="/accounts/user/?state=active")
    assert answer["Location"] == STEP
    assert owner.email.encode() in client.get(STEP).content
    enter()
    answer = second_step(client, code_now(secret_of(owner)))

    assert answer["Location"] == "/accounts/user/?state=active"
    assert client.session[FACTOR_KEY] == Factor.APP
    assert client.get("/accounts/user/").status_code == 200
    enter()
    assert Entry.objects.get(kind=Kind.LOGGED_IN, actor_id=owner.pk).details == {"factor": "totp"}


def test_half_log_in_when_pages_are_asked_for_then_nothing_opens(
    owner: User, client_of: ClientOf
) -> None:
    client = client_of()
    first_step(client, owner)

    for path in ("/", "/accounts/user/", "/account/security/", "/search/?s=x", "/password_change/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/login/"), path
    assert "_auth_user_id" not in client.session
    enter()
    assert not Entry.objects.filter(kind=Kind.LOGGED_IN).exists()


def test_half_log_in_when_five_minutes_passed_then_over(owner: User, client_of: ClientOf) -> None:
    client = client_of()
    first_step(client, owner)
    session = client.session
    half = session[HALF_KEY]
    session[HALF_KEY] = {**half, "at": half["at"] - 301}
    session.save()

    answer = second_step(client, code_now(secret_of(owner)))

    assert answer["Location"] == "/login/"
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("change", ["password", "is_active"])
def test_half_log_in_when_the_account_changed_meanwhile_then_over(
    owner: User, client_of: ClientOf, change: str
) -> None:
    client = client_of()
    first_step(client, owner)
    if change == "password":
        owner.set_password("another correct horse")
    else:
        owner.is_active = False
    owner.save()

    assert second_step(client, code_now(secret_of(owner)))["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_half_log_in_when_taken_to_another_tenant_then_nobodys(
    owner: User, client_of: ClientOf, beta: Tenant, make_user: MakeUser
) -> None:
    enter()
    client = client_of()
    first_step(client, owner)

    answer = client.post(STEP, {"code": code_now(secret_of(owner))}, HTTP_HOST="beta.localhost")

    assert answer["Location"] == "/login/"


def test_second_step_when_nobody_typed_a_password_then_to_the_log_in(
    owner: User, client_of: ClientOf
) -> None:
    assert client_of().get(STEP)["Location"] == "/login/"
    enter()
    assert second_step(client_of(), code_now(secret_of(owner)))["Location"] == "/login/"


def test_session_when_somebody_logs_in_then_its_key_is_new_at_each_step(
    owner: User, client_of: ClientOf
) -> None:
    """Session fixation: a key that somebody planted opens nothing afterwards."""
    client = client_of()
    client.post("/login/passkey/options/")
    enter()
    planted = client.session.session_key
    first_step(client, owner)
    half = client.session.session_key
    second_step(client, code_now(secret_of(owner)))
    whole = client.session.session_key

    assert len({planted, half, whole}) == 3
    for key in (planted, half):
        other = client_of()
        other.cookies[settings.SESSION_COOKIE_NAME] = key
        assert other.get("/").status_code == 302
    assert HALF_KEY not in client.session


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_log_in_when_the_way_on_leads_elsewhere_then_to_the_first_page(
    owner: User, client_of: ClientOf, address: str
) -> None:
    client = client_of()
    first_step(client, owner, next=address)

    assert second_step(client, code_now(secret_of(owner)))["Location"] == "/"


def test_code_when_used_a_second_time_then_refused(owner: User, client_of: ClientOf) -> None:
    code = code_now(secret_of(owner))
    first, second = client_of(), client_of()
    first_step(first, owner)
    first_step(second, owner)

    assert second_step(first, code).status_code == 302
    answer = second_step(second, code)

    assert answer.status_code == 200
    assert b"wrong or was used already" in answer.content
    assert second.get("/").status_code == 302


def test_code_of_the_set_up_when_used_to_log_in_then_refused(
    alpha: Tenant, make_user: MakeUser, client_of: ClientOf
) -> None:
    from apps.accounts.services.factors import add_app, new_secret

    user, secret = make_user("operator"), new_secret()
    code = code_now(secret)
    add_app(user, secret, code, now=timezone.now())
    client = client_of()
    first_step(client, user)

    assert second_step(client, code).status_code == 200
    assert second_step(client, code_now(secret, later=1)).status_code == 302


def test_s11_guessing_when_ten_codes_were_wrong_then_locked_whatever_comes(
    owner: User, client_of: ClientOf, mails: Mails
) -> None:
    """S11 for the second factor: the lock of wrong passwords counts wrong codes, too."""
    wrong = wrong_code(secret_of(owner))
    answers = []
    for number in range(11):
        client = client_of()
        client.defaults["REMOTE_ADDR"] = f"192.0.2.{number}"
        first_step(client, owner)
        answers.append(second_step(client, wrong).status_code)

    assert answers == [200] * 9 + [429, 302]
    client = client_of()
    assert first_step(client, owner).status_code == 429
    assert "Your account is locked" in [message.subject for message in mails()]
    failures = Entry.objects.filter(kind=Kind.LOGIN_FAILED, details__factor=Factor.APP)
    assert failures.count() == 10


def test_lock_when_it_comes_between_the_steps_then_the_right_code_is_refused(
    owner: User, client_of: ClientOf
) -> None:
    client = client_of()
    first_step(client, owner)
    for _attempt in range(10):
        first_step(client_of(), owner, "not the password at all")

    assert second_step(client, code_now(secret_of(owner))).status_code == 429
    assert client.get("/").status_code == 302


def test_lock_when_passwords_and_codes_are_wrong_then_both_count(
    owner: User, client_of: ClientOf
) -> None:
    """The right password in between forgives nothing: nobody is in before the second step."""
    wrong = wrong_code(secret_of(owner))
    for _attempt in range(5):
        first_step(client_of(), owner, "not the password at all")
    client = client_of()
    first_step(client, owner)

    answers = [second_step(client, wrong).status_code for _attempt in range(5)]

    assert answers == [200] * 4 + [429]


def test_lock_when_the_code_was_right_in_time_then_forgotten(
    owner: User, client_of: ClientOf
) -> None:
    client = client_of()
    first_step(client, owner)
    for _attempt in range(4):
        second_step(client, wrong_code(secret_of(owner)))

    assert second_step(client, code_now(secret_of(owner))).status_code == 302
    assert not AccessAttempt.objects.filter(username=owner.email).exists()


def test_recovery_code_when_used_then_in_once_and_the_owner_is_told(
    owner: User, client_of: ClientOf, mails: Mails
) -> None:
    code = recovery_codes(owner)[3]
    for expected in (302, 200):
        client = client_of()
        first_step(client, owner)
        assert second_step(client, f"{code[:4]} {code[4:]}").status_code == expected

    assert len(recovery_codes(owner)) == 9
    subjects = [message.subject for message in mails() if message.to == [owner.email]]
    assert subjects.count("A recovery code was used") == 1
    entry = Entry.objects.get(kind=Kind.SECOND_FACTOR, details__done="used")
    assert entry.details == {"factor": "recovery_codes", "done": "used", "left": 9}


def test_code_when_it_is_another_users_then_refused(
    owner: User, make_user: MakeUser, client_of: ClientOf
) -> None:
    other = make_user("operator")
    secret = give_app(other)
    client = client_of()
    first_step(client, owner)

    assert second_step(client, code_now(secret)).status_code == 200
    assert second_step(client, recovery_codes(other)[0]).status_code == 200
    assert len(recovery_codes(other)) == 10


def test_second_step_when_the_token_of_the_form_is_missing_then_refused(
    owner: User, client_of: ClientOf
) -> None:
    client = Client(HTTP_HOST="alpha.localhost", enforce_csrf_checks=True)
    for path in (STEP, "/login/passkey/", "/login/passkey/options/"):
        assert client.post(path, {"code": "123456"}).status_code == 403


def test_failure_when_kept_for_the_lock_then_without_what_was_typed(
    owner: User, client_of: ClientOf
) -> None:
    client = client_of()
    first_step(client, owner)
    code = recovery_codes(owner)[0][:-1] + "x"
    second_step(client, code)

    assert code not in AccessAttempt.objects.get(username=owner.email).post_data


def test_secret_when_stored_then_not_in_plain(owner: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        stored = "".join(text for (text,) in cursor.fetchall())

    assert secret_of(owner) not in stored
    assert not any(code in stored for code in recovery_codes(owner))


@pytest.mark.parametrize(
    "path",
    [
        "signup/",
        "accounts/signup/",
        "accounts/login/",
        "2fa/",
        "accounts/2fa/",
        "password/reset/",
        "accounts/email/",
    ],
)
def test_pages_of_allauth_when_asked_for_then_none_is_there(
    alpha: Tenant, client_of: ClientOf, path: str
) -> None:
    answer = client_of().get(f"/{path}", follow=True)

    assert answer.status_code == 404 or answer.request["PATH_INFO"] == "/login/"


def test_reset_of_the_password_when_there_is_a_factor_then_still_asked_for(
    owner: User, client_of: ClientOf
) -> None:
    owner.set_password("a new and longer one")
    owner.save()
    client = client_of()

    assert first_step(client, owner, "a new and longer one")["Location"] == STEP
