"""Identifiers of the trade: contracts (EMAID, DIN), EVSE ids, card numbers, charge box ids."""

from apps.vocabulary.identifiers.charge_box import normalise_charge_box_id, same_charge_box
from apps.vocabulary.identifiers.emaid import (
    Emaid,
    IdentifierError,
    check_character,
    parse_emaid,
    same_contract,
)
from apps.vocabulary.identifiers.evse import EvseId, parse_evse_id, same_evse
from apps.vocabulary.identifiers.rfid import (
    TagMatch,
    match_tag,
    normalise_uid,
    reverse_uid,
    uid_warning,
)

__all__ = [
    "Emaid",
    "EvseId",
    "IdentifierError",
    "TagMatch",
    "check_character",
    "match_tag",
    "normalise_charge_box_id",
    "normalise_uid",
    "parse_emaid",
    "parse_evse_id",
    "reverse_uid",
    "same_charge_box",
    "same_contract",
    "same_evse",
    "uid_warning",
]
