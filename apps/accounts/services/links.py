"""Links in mails that let somebody set a password: signed, for a while, once, in one schema."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.signing import BadSignature, TimestampSigner
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.accounts.models import User
from apps.core.schemas import current_schema

SEPARATOR = "."


@dataclass(frozen=True, slots=True)
class Purpose:
    """`url_name` takes the token; a link older than `lasts` is dead."""

    name: str
    url_name: str
    lasts: timedelta


INVITATION = Purpose("invitation", "accept_invitation", timedelta(days=7))
RESET = Purpose("reset", "reset_password", timedelta(hours=1))


def signer(purpose: Purpose) -> TimestampSigner:
    """Return the signer of this purpose in this schema; another tenant's signatures do not fit."""
    return TimestampSigner(salt=f"accounts.{purpose.name}.{current_schema()}", sep=SEPARATOR)


def fingerprint(purpose: Purpose, user: User) -> str:
    """Return a digest of what changes when a link is used, replaced or revoked."""
    moments = [user.invited_at, user.joined_at, user.last_login]
    if purpose is RESET:
        moments.append(user.reset_sent_at)
    state = [user.pk, user.email, user.password, user.is_active, *moments]
    return salted_hmac("accounts.links", repr([str(part) for part in state])).hexdigest()[:32]


def make_token(purpose: Purpose, user: User) -> str:
    return signer(purpose).sign(f"{user.pk}{SEPARATOR}{fingerprint(purpose, user)}")


def make_link(purpose: Purpose, user: User, base_url: str) -> str:
    """Return the address for a mail; `base_url` is scheme and host of the user's portal."""
    return base_url + reverse(purpose.url_name, args=[make_token(purpose, user)])


def find_user(purpose: Purpose, token: str, users: QuerySet[User] | None = None) -> User | None:
    """Return whom the token lets set a password; None when it is forged, used, old or revoked."""
    try:
        value = signer(purpose).unsign(token, max_age=purpose.lasts)
    except BadSignature:
        return None
    number, _dot, digest = value.partition(SEPARATOR)
    rows = User.objects.all() if users is None else users
    user = rows.filter(pk=number, is_active=True).first()
    if user is None or not constant_time_compare(fingerprint(purpose, user), digest):
        return None
    return user
