"""Which card does an idTag mean?"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.core.rows import fetch
from apps.emaid.models import Card
from apps.vocabulary.identifiers import IdentifierError, normalise_uid, parse_emaid, reverse_uid

logger = logging.getLogger(__name__)

# Each part has an index of its own.
WITH_TAG = "WHERE UPPER(tag) = ANY(%(tags)s)"
WITH_TAG_OR_CONTRACT = f"{WITH_TAG} OR emaid = %(emaid)s"


class FoundBy(StrEnum):
    """What the idTag was: in the order in which it is tried."""

    TAG = "tag"
    EMAID = "emaid"
    UID = "uid"
    REVERSED_UID = "reversed_uid"


@dataclass(frozen=True, slots=True)
class CardMatch:
    """`card` is None where nothing or too much was found; `is_ambiguous` tells which."""

    card: Card | None = None
    found_by: FoundBy | None = None
    is_ambiguous: bool = False


NO_MATCH = CardMatch()


def find_card(id_tag: str) -> CardMatch:
    """Return the card that an idTag means (DOMAIN 4): exact text, UID as sent, UID reversed.

    Never in part. More than one hit in a step means none and is logged. One query.
    """
    text, uid = id_tag.strip().upper(), normalise_uid(id_tag)
    contract = contract_of(text)
    tags = {text, *([uid, reverse_uid(uid)] if uid else [])}
    wanted = WITH_TAG_OR_CONTRACT if contract else WITH_TAG
    cards = fetch(Card, wanted, {"tags": sorted(tags), "emaid": contract}) if text else []
    steps = (
        [(card, FoundBy.TAG) for card in cards if card.tag.upper() == text]
        + [(card, FoundBy.EMAID) for card in cards if contract and card.emaid == contract],
        [(card, FoundBy.UID) for card in cards if uid and card.tag.upper() == uid],
        [
            (card, FoundBy.REVERSED_UID)
            for card in cards
            if uid and card.tag.upper() == reverse_uid(uid)
        ],
    )
    for hits in steps:
        if hits:
            return choose(hits)
    return NO_MATCH


def contract_of(text: str) -> str:
    """Return the contract id that the text is, as stored; "" when it is none."""
    try:
        return parse_emaid(text).normalized
    except IdentifierError:
        return ""


def choose(hits: Sequence[tuple[Card, FoundBy]]) -> CardMatch:
    """Return the one hit; cards of one contract are one hit, of which a usable one is taken."""
    cards = {card.pk: card for card, _found_by in hits}
    contracts = {card.emaid for card in cards.values()}
    if len(cards) > 1 and (len(contracts) > 1 or "" in contracts):
        logger.warning("an idTag means several cards, none is taken: %s", sorted(cards))
        return CardMatch(is_ambiguous=True)
    card, found_by = min(hits, key=lambda hit: (hit[0].is_blocked, hit[0].pk))
    return CardMatch(card, found_by)
