"""Passkeys: logging in with and without a password, and what no passkey opens."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessFailureLog
from django.db import connection
from django.test import Client

from apps.accounts.domain.factors import Factor
from apps.accounts.models import User
from apps.audit.domain.kinds import Kind
from apps.audit.models import Entry
from apps.core.origin import FACTOR_KEY
from apps.tenants.models import Tenant
from tests.accounts.test_own_security import confirm
from tests.conftest import PASSWORD
from tests.factories.factors import challenge, give_passkey
from tests.factories.passkeys import SoftPasskey

pytestmark = pytest.mark.req("ACC-08")

MakeUser = Callable[..., User]
ClientOf = Callable[..., Client]
LOG_IN = "/login/passkey/"


def enter(short_name: str = "alpha") -> None:
    connection.set_tenant(Tenant.objects.get(schema_name=short_name))


@pytest.fixture
def owner(alpha: Tenant, make_user: MakeUser) -> User:
    return make_user("admin")


@pytest.fixture
def passkey(owner: User, client_of: ClientOf) -> SoftPasskey:
    made = give_passkey(confirm(client_of(owner)))
    enter()
    return made


def log_in(client: Client, passkey: SoftPasskey, **body: str) -> Any:
    answer = client.post(LOG_IN, {"credential": passkey.use(challenge(client)), **body})
    enter()
    return answer


def is_in(client: Client) -> bool:
    opens = client.get("/").status_code == 200
    enter()
    return opens


def test_passkey_when_used_at_the_log_in_then_in_without_a_password(
    owner: User, passkey: SoftPasskey, client_of: ClientOf
) -> None:
    client = client_of()

    answer = log_in(client, passkey, next="/accounts/location/")

    assert answer["Location"] == "/accounts/location/"
    assert client.session[FACTOR_KEY] == Factor.PASSKEY
    assert is_in(client)
    assert Authenticator.objects.get(type=Factor.PASSKEY).last_used_at is not None
    # Of the log-in that added the passkey, and of this one.
    assert Entry.objects.filter(kind=Kind.LOGGED_IN, actor_id=owner.pk).count() == 2


def test_passkey_when_used_after_the_password_then_in(
    owner: User, passkey: SoftPasskey, client_of: ClientOf
) -> None:
    client = client_of()
    client.post("/login/", {"username": owner.email, "password": PASSWORD})
    options = challenge(client)
    assert len(options["publicKey"]["allowCredentials"]) == 1

    answer = client.post("/login/second-step/", {"credential": passkey.use(options)})

    assert answer["Location"] == "/"
    assert is_in(client)


def test_options_when_nobody_is_known_then_they_name_no_passkey(
    passkey: SoftPasskey, client_of: ClientOf
) -> None:
    asked = challenge(client_of())["publicKey"]

    assert not asked.get("allowCredentials")
    assert asked["rpId"] == "alpha.localhost"
    assert asked["userVerification"] == "required"


def test_answer_when_sent_twice_then_the_second_is_refused(
    passkey: SoftPasskey, client_of: ClientOf
) -> None:
    first = client_of()
    answer = passkey.use(challenge(first))
    session = first.session.session_key
    assert first.post(LOG_IN, {"credential": answer}).status_code == 302
    assert is_in(first)

    for client in (client_of(), client_of()):
        challenge(client)
        client.post(LOG_IN, {"credential": answer})
        assert not is_in(client)
    again = client_of()
    again.cookies["sessionid"] = session
    again.post(LOG_IN, {"credential": answer})
    assert not is_in(again)


@pytest.mark.parametrize(
    "origin",
    [
        "https://alpha.localhost",
        "http://alpha.localhost:8000",
        "http://evil.alpha.localhost",
        "http://beta.localhost",
        "http://localhost",
    ],
)
def test_answer_when_another_page_asked_for_it_then_refused(
    passkey: SoftPasskey, client_of: ClientOf, origin: str
) -> None:
    """fido2 alone would let hosts below ours ask: a portal below the console's host."""
    client = client_of()

    log_in(client, replace(passkey, origin=origin))

    assert not is_in(client)


def refused(client: Client, answer: str) -> bool:
    response = client.post(LOG_IN, {"credential": answer})
    enter()
    return response["Location"].startswith("/login/") and not is_in(client)


def test_answer_when_not_verified_by_finger_face_or_pin_then_refused(
    passkey: SoftPasskey, client_of: ClientOf
) -> None:
    client = client_of()

    assert refused(client, replace(passkey, is_verifying=False).use(challenge(client)))


def test_answer_when_its_counter_went_back_then_it_is_a_copy(
    passkey: SoftPasskey, client_of: ClientOf
) -> None:
    for _use in range(3):
        log_in(client_of(), passkey)
    client = client_of()

    assert refused(client, replace(passkey, count=1).use(challenge(client)))


def test_answer_when_another_key_signed_then_refused(
    passkey: SoftPasskey, client_of: ClientOf
) -> None:
    forged = SoftPasskey(
        origin=passkey.origin, handle=passkey.handle, credential_id=passkey.credential_id
    )
    client = client_of()

    assert refused(client, forged.use(challenge(client)))


@pytest.mark.parametrize("handle", ["", "AAAA", None])
def test_answer_when_it_names_another_account_then_refused(
    passkey: SoftPasskey, client_of: ClientOf, handle: Any
) -> None:
    client = client_of()

    assert refused(client, replace(passkey, handle=handle).use(challenge(client)))


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", '"x"', "{}", '{"rawId": 5}', '{"id": "AA", "rawId": "BB"}']
)
def test_answer_when_it_is_none_then_refused(
    passkey: SoftPasskey, client_of: ClientOf, answer: str
) -> None:
    client = client_of()
    challenge(client)

    assert refused(client, answer)


def test_answer_when_nobody_asked_for_it_then_refused(
    passkey: SoftPasskey, client_of: ClientOf
) -> None:
    answer = passkey.use(challenge(client_of()))

    assert refused(client_of(), answer)


def test_passkey_when_the_account_is_disabled_then_refused(
    owner: User, passkey: SoftPasskey, client_of: ClientOf
) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    client = client_of()

    assert refused(client, passkey.use(challenge(client)))


def test_passkey_when_the_account_is_locked_then_refused(
    owner: User, passkey: SoftPasskey, client_of: ClientOf
) -> None:
    for _attempt in range(10):
        client_of().post("/login/", {"username": owner.email, "password": "wrong one"})
    client = client_of()

    assert log_in(client, passkey).status_code == 429
    assert not is_in(client)


def test_passkey_when_another_users_is_shown_at_the_second_step_then_refused_and_counted(
    owner: User, passkey: SoftPasskey, make_user: MakeUser, client_of: ClientOf
) -> None:
    other = make_user("operator")
    give_passkey(confirm(client_of(other)))
    enter()
    client = client_of()
    client.post("/login/", {"username": other.email, "password": PASSWORD})
    answer = passkey.use(challenge(client))

    assert client.post("/login/second-step/", {"credential": answer}).status_code == 200
    assert not is_in(client)
    assert Entry.objects.filter(kind=Kind.LOGIN_FAILED, details__email=other.email).exists()


def test_passkey_when_used_at_another_tenant_then_nobodys(
    owner: User, passkey: SoftPasskey, make_user: MakeUser, client_of: ClientOf
) -> None:
    """The same e-mail and the same id there: the passkey still opens nothing."""
    enter("beta")
    make_user("admin", email=owner.email, id=owner.pk)
    client = client_of(host="beta.localhost")
    moved = replace(passkey, origin="http://beta.localhost")

    client.post(LOG_IN, {"credential": moved.use(challenge(client))})

    assert client.get("/").status_code == 302


def test_passkey_when_made_at_another_host_of_the_tenant_then_not_asked_for(
    alpha: Tenant, owner: User, passkey: SoftPasskey, client_of: ClientOf
) -> None:
    Authenticator.objects.filter(type=Factor.PASSKEY).update(
        data={**Authenticator.objects.get(type=Factor.PASSKEY).data, "host": "old.example"}
    )
    client = client_of()
    client.post("/login/", {"username": owner.email, "password": PASSWORD})

    page = client.get("/login/second-step/").content.decode()

    assert "Use a passkey" not in page
    assert "Recovery code" in page
    enter()
    assert refused(client_of(), passkey.use(challenge(client_of())))


def test_address_when_thirty_passkeys_were_nobodys_then_closed(
    passkey: SoftPasskey, client_of: ClientOf
) -> None:
    for _attempt in range(30):
        client_of().post(LOG_IN, {"credential": "{}"})
    enter()

    assert AccessFailureLog.objects.filter(username=None).count() == 30
    assert client_of().post("/login/passkey/options/").status_code == 429
    assert client_of().post(LOG_IN, {"credential": "{}"}).status_code == 429


def test_adding_when_the_same_passkey_comes_again_then_refused(
    owner: User, passkey: SoftPasskey, client_of: ClientOf
) -> None:
    client = confirm(client_of(owner), **{FACTOR_KEY: "webauthn"})
    options = client.post("/account/security/passkeys/options/").json()
    excluded = [entry["id"] for entry in options["publicKey"]["excludeCredentials"]]
    assert excluded == [json.loads(passkey.make(options))["id"]]

    body = {"name": "Again", "credential": passkey.make(options)}
    answer = client.post("/account/security/passkeys/add/", body)

    assert b"was not accepted" in answer.content
    enter()
    assert Authenticator.objects.filter(type=Factor.PASSKEY).count() == 1


def test_adding_when_the_answer_is_from_another_page_then_refused(
    owner: User, client_of: ClientOf
) -> None:
    client = confirm(client_of(owner))
    foreign = SoftPasskey(origin="http://beta.localhost")
    options = client.post("/account/security/passkeys/options/").json()
    body = {"name": "Foreign", "credential": foreign.make(options)}

    assert client.post("/account/security/passkeys/add/", body).status_code == 200
    enter()
    assert not Authenticator.objects.exists()


def test_adding_when_there_are_twenty_then_refused(owner: User, client_of: ClientOf) -> None:
    client = confirm(client_of(owner))
    give_passkey(client)
    enter()
    row = Authenticator.objects.get(type=Factor.PASSKEY)
    for number in range(19):
        data = {**row.data, "credential_id": str(number)}
        Authenticator.objects.create(user=owner, type=Factor.PASSKEY, data=data)

    answer = client.post("/account/security/passkeys/options/")

    assert answer.status_code == 409
    assert "20 passkeys" in answer.json()["error"]
