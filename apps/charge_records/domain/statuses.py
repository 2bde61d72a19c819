"""States of activations, sessions and charge records; groups and allowed steps beside them.

The `..._WORDS` tables give the exact English words of the product's FAQ; translated labels stand in
`choices.py`.
"""

from __future__ import annotations

from enum import StrEnum


class ActivationState(StrEnum):
    """One attempt to charge, from authentication to the receipt or the error (CDR-08)."""

    AUTHORIZED = "authorized"
    REFUSED = "refused"
    CHARGING = "charging"
    # The charger reported the end; the charge record is being made.
    ENDED = "ended"
    COMPLETED = "completed"
    FAILED = "failed"


LIVE_ACTIVATION_STATES = frozenset(
    {ActivationState.AUTHORIZED, ActivationState.CHARGING, ActivationState.ENDED}
)
# A failed activation can still come to a good end: its start or stop was only late.
ACTIVATION_STEPS: dict[ActivationState, frozenset[ActivationState]] = {
    ActivationState.AUTHORIZED: frozenset(
        {ActivationState.CHARGING, ActivationState.REFUSED, ActivationState.FAILED}
    ),
    ActivationState.CHARGING: frozenset({ActivationState.ENDED, ActivationState.FAILED}),
    ActivationState.ENDED: frozenset({ActivationState.COMPLETED, ActivationState.FAILED}),
    ActivationState.FAILED: frozenset({ActivationState.CHARGING, ActivationState.ENDED}),
    ActivationState.REFUSED: frozenset(),
    ActivationState.COMPLETED: frozenset(),
}
# The receipt says which of the two; it follows the record whenever that is judged again.
JUDGED_ACTIVATION_STATES = frozenset({ActivationState.COMPLETED, ActivationState.FAILED})


class SessionState(StrEnum):
    """A transaction as the charger reports it."""

    ACTIVE = "active"
    # No end came within the waiting time or before the next start; a late stop still ends it.
    HANGING = "hanging"
    ENDED = "ended"


OPEN_SESSION_STATES = frozenset({SessionState.ACTIVE, SessionState.HANGING})


class BdrMain(StrEnum):
    """Main status of a charge record: is it settled automatically? (CDR-05)"""

    ERROR = "error"
    EXCLUSION = "exclusion"
    SUCCESSFUL_WITH_RESTRICTIONS = "successful_with_restrictions"
    SUCCESSFUL = "successful"
    UNKNOWN = "unknown"


# Their energy and number say nothing about the business (CDR-09).
IMPLAUSIBLE = frozenset({BdrMain.ERROR, BdrMain.EXCLUSION})


class BdrDetail(StrEnum):
    """Detailed status of a charge record, in the order of evaluation (DOMAIN 5)."""

    SESSION_DATA_EXISTS = "session_data_exists"
    EMP_UNKNOWN = "emp_unknown"
    START_IN_FUTURE = "start_in_future"
    NEGATIVE_DURATION = "negative_duration"
    NEGATIVE_ENERGY = "negative_energy"
    NEGATIVE_POWER = "negative_power"
    POWER_IMPLAUSIBLE = "power_implausible"
    MANUAL = "manual"
    GOODWILL = "goodwill"
    CPO_VOUCHER = "cpo_voucher"
    FAIR_MODE = "fair_mode"
    TRANSNATIONAL = "transnational"
    CONSUMPTION_TOO_LOW = "consumption_too_low"
    CONSUMPTION_TOO_HIGH = "consumption_too_high"
    DURATION_TOO_SHORT = "duration_too_short"
    DURATION_TOO_LONG = "duration_too_long"
    OWN_CHARGE = "own_charge"
    NO_CALIBRATION_LAW_COMPLIANCE = "no_calibration_law_compliance"


ERROR_DETAILS = frozenset(
    {
        BdrDetail.SESSION_DATA_EXISTS,
        BdrDetail.EMP_UNKNOWN,
        BdrDetail.START_IN_FUTURE,
        BdrDetail.NEGATIVE_DURATION,
        BdrDetail.NEGATIVE_ENERGY,
        BdrDetail.NEGATIVE_POWER,
        BdrDetail.POWER_IMPLAUSIBLE,
    }
)
RESTRICTION_DETAILS = frozenset({BdrDetail.OWN_CHARGE, BdrDetail.NO_CALIBRATION_LAW_COMPLIANCE})
EXCLUSION_DETAILS = frozenset(BdrDetail) - ERROR_DETAILS - RESTRICTION_DETAILS


class EkaStatus(StrEnum):
    """Settlement in line with calibration law (CDR-03)."""

    OPEN = "open"
    IRRELEVANT = "irrelevant"
    VALID = "valid"
    INVALID = "invalid"


class ErrorClass(StrEnum):
    """What can go wrong with an activation, as the error rate sees it (CDR-07)."""

    NO_CHARGE_RECORD = "no_charge_record"
    CANCELED = "canceled"
    INCOMPLETE_RECORD = "incomplete_record"
    ENERGY_IMPLAUSIBLE = "energy_implausible"
    START_IN_FUTURE = "start_in_future"
    NEGATIVE_POWER = "negative_power"
    NEGATIVE_ENERGY = "negative_energy"
    NEGATIVE_DURATION = "negative_duration"
    POWER_IMPLAUSIBLE = "power_implausible"
    NO_CALIBRATION_LAW_COMPLIANCE = "no_calibration_law_compliance"
    OTHERS = "others"
    AUTHORIZATION_FAILED = "authorization_failed"


# FAQ: a failed authorisation is a common use case and no technical problem.
COUNTED_ERROR_CLASSES = frozenset(ErrorClass) - {ErrorClass.AUTHORIZATION_FAILED}

BDR_MAIN_WORDS: dict[BdrMain, str] = {
    BdrMain.ERROR: "Error",
    BdrMain.EXCLUSION: "Exclusion",
    BdrMain.SUCCESSFUL_WITH_RESTRICTIONS: "Successful with restrictions",
    BdrMain.SUCCESSFUL: "Successful",
    BdrMain.UNKNOWN: "Unknown",
}
BDR_DETAIL_WORDS: dict[BdrDetail, str] = {
    BdrDetail.SESSION_DATA_EXISTS: "Session data already exists",
    BdrDetail.EMP_UNKNOWN: "EMP unknown",
    BdrDetail.START_IN_FUTURE: "Charging session implausible, start time in the future",
    BdrDetail.NEGATIVE_DURATION: "Negative session duration",
    BdrDetail.NEGATIVE_ENERGY: "Negative energy consumption",
    BdrDetail.NEGATIVE_POWER: "Negative charging power",
    BdrDetail.POWER_IMPLAUSIBLE: "Power implausible for EVSE",
    BdrDetail.MANUAL: "Manual",
    BdrDetail.GOODWILL: "Goodwill",
    BdrDetail.CPO_VOUCHER: "CPO voucher",
    BdrDetail.FAIR_MODE: "Fair mode",
    BdrDetail.TRANSNATIONAL: "Transnational charging (not supported)",
    BdrDetail.CONSUMPTION_TOO_LOW: "Consumption too low",
    BdrDetail.CONSUMPTION_TOO_HIGH: "Consumption too high",
    BdrDetail.DURATION_TOO_SHORT: "Charging duration too short",
    BdrDetail.DURATION_TOO_LONG: "Charging duration too long",
    BdrDetail.OWN_CHARGE: "Own charge",
    BdrDetail.NO_CALIBRATION_LAW_COMPLIANCE: "No calibration law compliance",
}
EKA_WORDS: dict[EkaStatus, str] = {
    EkaStatus.OPEN: "Open",
    EkaStatus.IRRELEVANT: "Irrelevant",
    EkaStatus.VALID: "Valid",
    EkaStatus.INVALID: "Invalid",
}
ERROR_CLASS_WORDS: dict[ErrorClass, str] = {
    ErrorClass.NO_CHARGE_RECORD: "Charge port failed to provide charge record",
    ErrorClass.CANCELED: "Canceled by EV Driver or timeout",
    ErrorClass.INCOMPLETE_RECORD: "Received incomplete charge record",
    ErrorClass.ENERGY_IMPLAUSIBLE: "Amount of consumed energy too low or implausible",
    ErrorClass.START_IN_FUTURE: "Charging session implausible, start time in the future",
    ErrorClass.NEGATIVE_POWER: "Negative charging power",
    ErrorClass.NEGATIVE_ENERGY: "Negative energy consumption",
    ErrorClass.NEGATIVE_DURATION: "Negative session duration",
    ErrorClass.POWER_IMPLAUSIBLE: "Power implausible for EVSE",
    ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE: "No calibration law compliance",
    ErrorClass.OTHERS: "Others",
    ErrorClass.AUTHORIZATION_FAILED: "Authorization failed",
}
