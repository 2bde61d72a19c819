"""Second factors of users, and codes as their apps show them."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.test import Client
from django.utils import timezone

from apps.accounts.domain.factors import Factor, code_at, step_at
from apps.accounts.models import User
from apps.accounts.services.factors import add_app, new_secret
from tests.factories.passkeys import SoftPasskey

PASSKEY_OPTIONS = "/login/passkey/options/"


def give_app(user: User, *, now: datetime | None = None) -> str:
    """Set an authenticator app up a while ago; return its secret."""
    secret = new_secret()
    now = now or timezone.now()
    add_app(user, secret, code_at(secret, step_at(now)), now=now)
    row = Authenticator.objects.get(user=user, type=Factor.APP)
    row.data["last_step"] = step_at(now) - 10
    row.save()
    return secret


def secret_of(user: User) -> str:
    return decrypt(Authenticator.objects.get(user=user, type=Factor.APP).data["secret"])


def code_now(secret: str, *, later: int = 0) -> str:
    """Return what the app shows now, or some steps later."""
    return code_at(secret, step_at(timezone.now()) + later)


def wrong_code(secret: str) -> str:
    """Return six digits that are no code of the app, now and around now."""
    near = {code_now(secret, later=step) for step in range(-3, 4)}
    return next(
        code
        for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
        if code not in near
    )


def give_passkey(client: Client, name: str = "Laptop", **fields: Any) -> SoftPasskey:
    """Add a passkey by the pages; the client is logged in and has just confirmed who it is."""
    host = client.defaults["HTTP_HOST"]
    passkey = SoftPasskey(origin=f"http://{host}", **fields)
    options = client.post("/account/security/passkeys/options/").json()
    body = {"name": name, "credential": passkey.make(options)}
    answer = client.post("/account/security/passkeys/add/", body)
    assert answer.status_code == 302, answer.content
    return passkey


def challenge(client: Client) -> dict[str, Any]:
    options: dict[str, Any] = client.post(PASSKEY_OPTIONS).json()
    return options
