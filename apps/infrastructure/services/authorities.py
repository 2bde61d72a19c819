"""An authority of the tenant's own: made, renewed, withdrawn; its list of revoked certificates.

Its key is sealed at rest, opened for a signature and never shown. One authority signs at a time;
the one that signed before stays trusted until its end, so that its certificates go on opening
sockets.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.x509 import RevokedCertificate
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import AppError
from apps.infrastructure.domain.security import CertificateState
from apps.infrastructure.domain.signing import (
    LIST_VALID,
    Issuer,
    KeyKind,
    key_text,
    list_end,
    make_list,
    make_root,
    pem,
    read_issuer,
    revoked_entry,
    revoked_in,
)
from apps.infrastructure.models import CertificateAuthority
from apps.infrastructure.selectors.security import operator_name
from apps.infrastructure.services.sealing import SealBroken, seal, unseal

logger = logging.getLogger(__name__)

YEAR = timedelta(days=365)
# A list is made anew when less than this is left of it: proxies that read it refuse an old one.
LIST_RENEWED_BEFORE = LIST_VALID / 2


class OperatorTooLong(AppError):
    code = "operator_too_long"
    message = _(
        "A certificate takes an operator of 64 characters at most. Enter a shorter one under "
        "Security policy."
    )


class NoKey(AppError):
    code = "authority_without_key"
    message = _("The key of %(name)s is not here, so it cannot sign.")


class KeyUnreadable(AppError):
    code = "authority_key_unreadable"
    message = _(
        "The key of %(name)s cannot be opened, for SECRET_KEY is another one now. Make a new "
        "authority."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityPlan:
    """What a new authority is to be; `years` is its own life, `certificate_days` the stations'."""

    name: str
    key_kind: KeyKind = KeyKind.EC_P256
    years: int = 10
    certificate_days: int = 365


@transaction.atomic
def create_authority(plan: AuthorityPlan, *, actor: User, now: datetime) -> CertificateAuthority:
    """Make an authority with a key of its own; it signs from now on, alone.

    Raises OperatorTooLong, and PermissionDenied without the right to add authorities.
    """
    check_right(actor, "add")
    until = now + plan.years * YEAR
    try:
        issuer = make_root(plan.name, operator_name(), kind=plan.key_kind, until=until, now=now)
    except ValueError as error:
        raise OperatorTooLong from error
    stop_others()
    return CertificateAuthority.objects.create(
        name=plan.name,
        certificate=pem(issuer.certificate),
        revocation_list=make_list(issuer, (), number=1, now=now),
        list_number=1,
        private_key_sealed=seal(key_text(issuer.key)),
        certificate_days=plan.certificate_days,
        is_signing=True,
    )


@transaction.atomic
def start_signing(authority: CertificateAuthority, *, actor: User) -> None:
    """Let this authority sign, and no other one. Raises NoKey, KeyUnreadable, PermissionDenied."""
    check_right(actor, "change")
    locked = lock(authority)
    if not locked.is_trusted:
        raise NoKey(name=locked.name)
    issuer_of(locked)
    stop_others()
    locked.is_signing = True
    locked.save(update_fields=["is_signing", "updated_at"])


@transaction.atomic
def stop_signing(authority: CertificateAuthority, *, actor: User) -> None:
    """Let nobody sign here; what was signed goes on counting. Raises PermissionDenied."""
    check_right(actor, "change")
    locked = lock(authority)
    locked.is_signing = False
    locked.save(update_fields=["is_signing", "updated_at"])


@transaction.atomic
def withdraw_authority(authority: CertificateAuthority, *, actor: User, now: datetime) -> None:
    """Trust it no longer and destroy its key: no certificate of it opens a socket again.

    Raises PermissionDenied.
    """
    check_right(actor, "change")
    locked = lock(authority)
    locked.is_trusted = locked.is_signing = False
    locked.private_key_sealed = ""
    locked.withdrawn_at = now
    locked.save(
        update_fields=[
            "is_trusted", "is_signing", "private_key_sealed", "withdrawn_at", "updated_at",
        ]
    )  # fmt: skip
    revoked = CertificateState.REVOKED.value
    locked.certificates.exclude(state=revoked).update(state=revoked, revoked_at=now)


def revoke_in_list(authority: CertificateAuthority, serial_number: str, *, now: datetime) -> None:
    """Put a certificate on the authority's list; who calls holds a transaction.

    Raises NoKey, KeyUnreadable.
    """
    locked = lock(authority)
    issuer = issuer_of(locked)
    entries = revoked_in(locked.revocation_list)
    if all(f"{entry.serial_number:X}" != serial_number for entry in entries):
        entries.append(revoked_entry(serial_number, now))
    write_list(locked, issuer, entries, now=now)


def renew_lists(*, now: datetime) -> int:
    """Make the lists of our authorities anew before they get old; return how many."""
    renewed = 0
    own = CertificateAuthority.objects.filter(is_trusted=True).exclude(private_key_sealed="")
    for pk in own.values_list("pk", flat=True):
        with transaction.atomic():
            locked = CertificateAuthority.objects.select_for_update().get(pk=pk)
            try:
                renewed += renew_list(locked, now=now)
            except (NoKey, KeyUnreadable) as error:
                logger.error("authority %s: its list was not renewed (%s)", pk, error.code)
    return renewed


def renew_list(authority: CertificateAuthority, *, now: datetime) -> bool:
    """Make the list anew if little is left of it; say whether. Raises NoKey, KeyUnreadable."""
    if list_end(authority.revocation_list) > now + LIST_RENEWED_BEFORE:
        return False
    entries = revoked_in(authority.revocation_list)
    write_list(authority, issuer_of(authority), entries, now=now)
    return True


def write_list(
    authority: CertificateAuthority,
    issuer: Issuer,
    entries: list[RevokedCertificate],
    *,
    now: datetime,
) -> None:
    """Sign the list with these entries and keep it; the next handshake reads it."""
    authority.list_number += 1
    authority.revocation_list = make_list(issuer, entries, number=authority.list_number, now=now)
    authority.save(update_fields=["revocation_list", "list_number", "updated_at"])


def issuer_of(authority: CertificateAuthority) -> Issuer:
    """Return the authority with its key, opened. Raises NoKey, KeyUnreadable."""
    if not authority.private_key_sealed:
        raise NoKey(name=authority.name)
    try:
        return read_issuer(authority.certificate, unseal(authority.private_key_sealed))
    except (SealBroken, ValueError) as error:
        raise KeyUnreadable(name=authority.name) from error


def is_key_lost(authority: CertificateAuthority) -> bool:
    """Say whether there is a key that cannot be opened any more."""
    try:
        issuer_of(authority)
    except NoKey:
        return False
    except KeyUnreadable:
        return True
    return False


def lock(authority: CertificateAuthority) -> CertificateAuthority:
    return CertificateAuthority.objects.select_for_update().get(pk=authority.pk)


def stop_others() -> None:
    """Let the authority that signs now stop; locked, so that two cannot start at once."""
    for signing in CertificateAuthority.objects.select_for_update().filter(is_signing=True):
        signing.is_signing = False
        signing.save(update_fields=["is_signing", "updated_at"])


def check_right(actor: User, action: str) -> None:
    """Raise PermissionDenied unless the actor may do `action` with authorities."""
    if not actor.is_active or not actor.has_perm(f"infrastructure.{action}_certificateauthority"):
        raise PermissionDenied
