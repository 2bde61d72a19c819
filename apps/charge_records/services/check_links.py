"""Links by which a driver opens the check of the own record without a log-in (CDR-04)."""

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record as record_entry
from apps.charge_records.models import ChargeRecord, CheckLink
from apps.core.errors import AppError

# 256 bits: nobody guesses one.
TOKEN_BYTES = 32
# Ours: more working links to one record are more than anybody keeps track of.
LINKS_MAX = 20


class TooManyLinks(AppError):
    code = "too_many_links"
    message = _("There are %(limit)s links to this check already. Revoke one, please.")


def hash_of(token: str) -> str:
    """Return what is kept of a token. It is random and long, so a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def create_link(record: ChargeRecord, actor: Any, *, now: datetime) -> str:
    """Return the token of a new link; nobody can read it again. Raises TooManyLinks."""
    if record.check_links.filter(revoked_at=None).count() >= LINKS_MAX:
        raise TooManyLinks(limit=LINKS_MAX)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = CheckLink.objects.create(record=record, token_hash=hash_of(token), created_at=now)
    record_entry(Kind.CREATED, actor, record, details={"check_link": link.pk})
    return token


@transaction.atomic
def revoke_link(record: ChargeRecord, link_id: int, actor: Any, *, now: datetime) -> None:
    """End a link of the record; one that is unknown or ended already changes nothing."""
    changed = record.check_links.filter(pk=link_id, revoked_at=None).update(revoked_at=now)
    if changed:
        record_entry(Kind.DELETED, actor, record, details={"check_link": link_id})
