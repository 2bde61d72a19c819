"""Creating cards; what a form, the importer and the command line have in common."""

import re
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.emaid.models import Card
from apps.vocabulary.identifiers import IdentifierError, normalise_uid, parse_emaid, reverse_uid

# OCPP 1.6, edition 2, 7.28: IdToken is a CiString20Type.
TAG_MAX = 20
PRINTABLE = re.compile(r"[\x20-\x7e]+")


class TagInvalidError(AppError):
    code = "tag_invalid"
    message = _("An RFID number has 1 to %(longest)s printable characters.")


class TagReversedError(AppError):
    code = "tag_reversed"
    message = _("The RFID number %(tag)s is known already, with its bytes in reverse order.")


class EmaidInvalidError(AppError):
    code = "emaid_invalid"
    message = _("%(emaid)s is not an EMAID. Check its length, country and check character.")


def normalise_tag(text: str) -> str:
    """Return the tag as stored: a UID as capital hex digits, other tokens trimmed, case kept.

    Raises TagInvalidError. Example: " 04:a2:b3:c4:d5:e6:80" -> "04A2B3C4D5E680".
    """
    tag = normalise_uid(text) or text.strip()
    if len(tag) > TAG_MAX or PRINTABLE.fullmatch(tag) is None:
        raise TagInvalidError("tag", longest=TAG_MAX)
    return tag


def normalise_emaid(text: str) -> str:
    """Return the contract id as stored, check character included; "" for none.

    Raises EmaidInvalidError.
    """
    if not text.strip():
        return ""
    try:
        return parse_emaid(text).normalized
    except IdentifierError as error:
        raise EmaidInvalidError("emaid", emaid=text.strip()[:40]) from error


@transaction.atomic
def ensure_card(
    tag: str,
    *,
    emaid: str = "",
    label: str = "",
    is_blocked: bool = False,
    valid_until: datetime | None = None,
) -> Card:
    """Create the card or bring an existing one to this state; return it.

    Raises TagInvalidError, EmaidInvalidError, ValidationError and TagReversedError (DOMAIN 4: a UID
    and its reverse would be taken for each other).
    """
    tag, emaid = normalise_tag(tag), normalise_emaid(emaid)
    card = Card.objects.filter(tag__iexact=tag).select_for_update().first() or Card(tag=tag)
    if card._state.adding:
        refuse_reversed(tag)
    card.emaid, card.label = emaid, label.strip()
    card.is_blocked, card.valid_until = is_blocked, valid_until
    card.full_clean(validate_constraints=False)
    card.save()
    return card


def refuse_reversed(tag: str) -> None:
    """Raise TagReversedError when the UID is known in the other byte order."""
    uid = normalise_uid(tag)
    if uid is None or reverse_uid(uid) == uid:
        return
    if Card.objects.alias(key=Upper("tag")).filter(key=reverse_uid(uid)).exists():
        raise TagReversedError("tag", tag=tag)


def block_card(card: Card) -> None:
    """Refuse the card from now on; a running session goes on."""
    Card.objects.filter(pk=card.pk).update(is_blocked=True, updated_at=timezone.now())


def unblock_card(card: Card) -> None:
    """Let the card charge again."""
    Card.objects.filter(pk=card.pk).update(is_blocked=False, updated_at=timezone.now())
