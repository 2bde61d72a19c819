"""Passkeys (WebAuthn level 2): adding one, and showing who one is by one.

A passkey belongs to the host where it was made, the relying party: another tenant's host, or
the console's above it, cannot ask for it, and an answer that any other page asked for is refused.
Of a passkey a row of allauth's `Authenticator` keeps

    {"name": "Laptop", "credential": the browser's answer when it was made,
     "credential_id": "...", "handle": "...", "host": "volt.example", "sign_count": 0}

where `handle` is a random name of the account, the same for all passkeys of a user.
"""

import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from apps.accounts.domain.factors import Factor
from apps.accounts.models import User
from apps.accounts.services.factors import checked_name, tell_added
from apps.accounts.services.people import lock_row
from apps.core.errors import AppError

MOST = 20
# What fido2 raises for an answer that breaks the format, or does not fit what was asked.
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error)
Answer = Mapping[str, Any]


class PasskeyRefused(AppError):
    code = "passkey_refused"
    message = _("The passkey was not accepted. Please try again.")


class TooManyPasskeys(AppError):
    code = "too_many_passkeys"
    message = _("You have %(most)s passkeys. Remove one before you add another.")


@dataclass(frozen=True, slots=True)
class Place:
    """The relying party: host without port, its one allowed origin, and the portal's name."""

    host: str
    origin: str
    name: str

    def server(self) -> Fido2Server:
        # fido2 would let pages of hosts below ours ask too: portals below the console's host.
        party = PublicKeyCredentialRpEntity(id=self.host, name=self.name)
        return Fido2Server(party, verify_origin=lambda origin: origin == self.origin)


def begin_adding(user: User, place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the browser needs to make a passkey, and the state to keep until it has."""
    rows = list(passkeys_of(user))
    if len(rows) >= MOST:
        raise TooManyPasskeys(most=MOST)
    handle = rows[0].data["handle"] if rows else websafe_encode(secrets.token_bytes(32))
    options, state = place.server().register_begin(
        PublicKeyCredentialUserEntity(
            id=websafe_decode(handle), name=user.email, display_name=str(user)
        ),
        credentials=[credential_of(row) for row in rows if row.data["host"] == place.host],
        # So that each one can log in without e-mail and password, and is a factor of its own.
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), {**state, "handle": handle}


@transaction.atomic
def add_passkey(
    user: User, place: Place, state: dict[str, Any], answer: Answer, *, name: str, now: datetime
) -> Authenticator:
    """Keep the passkey that a browser made. Raises PasskeyRefused, PasskeyNameError."""
    name = checked_name(name)
    lock_row(user)
    try:
        given = RegistrationResponse.from_dict(answer)
        made = place.server().register_complete(state, given)
    except UNREADABLE as error:
        raise PasskeyRefused from error
    key: Any = made.credential_data
    credential_id = websafe_encode(key.credential_id)
    is_usable = key.public_key.ALGORITHM in CoseKey.supported_algorithms()
    if not is_usable or passkeys(credential_id).exists():
        raise PasskeyRefused
    row = Authenticator.objects.create(
        user=user,
        type=Factor.PASSKEY,
        created_at=now,
        data={
            "name": name,
            "credential": kept_answer(credential_id, given),
            "credential_id": credential_id,
            "handle": state["handle"],
            "host": place.host,
            "sign_count": made.counter,
        },
    )
    tell_added(user, Factor.PASSKEY)
    return row


def kept_answer(credential_id: str, given: RegistrationResponse) -> dict[str, Any]:
    """Return of the browser's answer what allauth reads a passkey from, and nothing more."""
    return {
        "id": credential_id,
        "rawId": credential_id,
        "type": "public-key",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": websafe_encode(given.response.client_data),
            "attestationObject": websafe_encode(given.response.attestation_object),
        },
    }


def begin_use(place: Place, user: User | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the browser needs to use a passkey: one of the user's; None: whoever's."""
    rows = passkeys_of(user).filter(data__host=place.host) if user else []
    options, state = place.server().authenticate_begin(
        credentials=[credential_of(row) for row in rows] or None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), state


@transaction.atomic
def use_passkey(
    place: Place, state: dict[str, Any], answer: Answer, *, user: User | None, now: datetime
) -> User:
    """Return whose passkey signed the answer. `user`: it must be one of theirs.

    Raises PasskeyRefused: unknown, of another host or user, not signed, asked for elsewhere, or a
    copy (its counter went back; level 2, 6.1.1).
    """
    try:
        given = AuthenticationResponse.from_dict(answer)
    except UNREADABLE as error:
        raise PasskeyRefused from error
    rows = passkeys(websafe_encode(given.raw_id)).select_for_update(of=("self",))
    rows = rows.filter(data__host=place.host, user__is_active=True)
    row = rows.select_related("user").first()
    if row is None or (user is not None and row.user_id != user.pk):
        raise PasskeyRefused
    handle = given.response.user_handle
    if handle is None and user is None:
        raise PasskeyRefused
    if handle is not None and not constant_time_compare(websafe_encode(handle), row.data["handle"]):
        raise PasskeyRefused
    try:
        place.server().authenticate_complete(state, [credential_of(row)], given)
    except UNREADABLE as error:
        raise PasskeyRefused from error
    count = given.response.authenticator_data.counter
    if (count or row.data["sign_count"]) and count <= row.data["sign_count"]:
        raise PasskeyRefused
    row.data["sign_count"] = count
    row.last_used_at = now
    row.save(update_fields=["data", "last_used_at"])
    owner: User = row.user
    return owner


def passkeys_of(user: User) -> QuerySet[Authenticator]:
    """Return the user's passkeys, oldest first."""
    return Authenticator.objects.filter(user=user, type=Factor.PASSKEY).order_by("pk")


def can_use_passkey(user: User, place: Place) -> bool:
    """Say whether one of the user's passkeys was made at this host."""
    return passkeys_of(user).filter(data__host=place.host).exists()


def passkeys(credential_id: str) -> QuerySet[Authenticator]:
    """Return the passkey of that id in the current schema: one, or none."""
    return Authenticator.objects.filter(type=Factor.PASSKEY, data__credential_id=credential_id)


def credential_of(row: Authenticator) -> AttestedCredentialData:
    credential: AttestedCredentialData = row.wrap().authenticator_data.credential_data
    return credential
