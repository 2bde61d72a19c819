"""Words of an activation: what a card was answered, what is awaited, and what to do (CDR-08).

Reasons stand in `choices.py`; a reason that says itself what to do has its remedy there.
"""

from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import Refusal
from apps.charge_records.domain.statuses import ActivationState, ErrorClass
from apps.vocabulary.answers import AuthorizationStatus

ANSWER_OF: dict[Refusal | None, AuthorizationStatus] = {
    None: AuthorizationStatus.ACCEPTED,
    Refusal.UNKNOWN_CARD: AuthorizationStatus.INVALID,
    Refusal.BLOCKED: AuthorizationStatus.BLOCKED,
    Refusal.EXPIRED: AuthorizationStatus.EXPIRED,
    Refusal.CONCURRENT: AuthorizationStatus.CONCURRENT_TX,
    Refusal.NOT_IN_OPERATION: AuthorizationStatus.INVALID,
    # The card is known, and not allowed for charging: OCPP 1.6, 7.2.
    Refusal.NOT_ASSIGNED: AuthorizationStatus.BLOCKED,
    Refusal.NOT_BOOKED: AuthorizationStatus.BLOCKED,
}

# What the answer to the station means; its word in OCPP stands beside it.
ANSWER_SENTENCES = {
    AuthorizationStatus.ACCEPTED: _("The station was told to charge."),
    AuthorizationStatus.BLOCKED: _("The station was told that the card may not charge here."),
    AuthorizationStatus.EXPIRED: _("The station was told that the card has expired."),
    AuthorizationStatus.INVALID: _("The station was told that the card is not valid."),
    AuthorizationStatus.CONCURRENT_TX: _("The station was told that the card charges elsewhere."),
}

ANSWER_WORDS = {
    AuthorizationStatus.ACCEPTED: "Accepted",
    AuthorizationStatus.BLOCKED: "Blocked",
    AuthorizationStatus.EXPIRED: "Expired",
    AuthorizationStatus.INVALID: "Invalid",
    AuthorizationStatus.CONCURRENT_TX: "ConcurrentTx",
}

# Where an activation stands, and what comes next.
STATE_SENTENCES = {
    ActivationState.AUTHORIZED: _("The station may charge. Its start is awaited for five minutes."),
    ActivationState.REFUSED: _("The station was told not to charge."),
    ActivationState.CHARGING: _("The session runs until the station reports its end."),
    ActivationState.ENDED: _("The station reported the end. The charge record is being made."),
    ActivationState.COMPLETED: _("The charge record was made."),
    ActivationState.FAILED: _("The activation did not come to a good end."),
}

REFUSAL_REMEDIES = {
    Refusal.UNKNOWN_CARD: _(
        "If the driver may charge here, add the card with the number that the station sent."
    ),
    Refusal.BLOCKED: _("If the driver may charge again, take the block off the card."),
    Refusal.EXPIRED: _("If the driver may charge again, set a later end on the card."),
    Refusal.CONCURRENT: _(
        "End the other session first. If nobody charges there, its station did not report the end: "
        "restart its controller."
    ),
    Refusal.NOT_IN_OPERATION: _("Put the charging station into operation on its page."),
    Refusal.NOT_ASSIGNED: _("Assign it on the page 'Assign products'."),
    Refusal.NOT_BOOKED: _("Until then drivers can charge by a remote start of yours."),
}

# Source: FAQ, possible causes and solution approach of each error.
ERROR_REMEDIES = {
    ErrorClass.NO_CHARGE_RECORD: _(
        "Check in the station's log whether the session was cut off and whether a record was kept, "
        "and whether the station is connected. If the end comes late, the record is made all the "
        "same."
    ),
    ErrorClass.CANCELED: _(
        "The card was held for too long, or no vehicle was connected. If it happens often, check "
        "the stop time of the reader and how long the station waits for a vehicle."
    ),
    ErrorClass.INCOMPLETE_RECORD: _(
        "Check that the meter is installed correctly and works, and that the session ended in "
        "order."
    ),
    ErrorClass.ENERGY_IMPLAUSIBLE: _(
        "The vehicle took next to nothing, or the readings are wrong. If it happens often, check "
        "the meter and its configuration."
    ),
    ErrorClass.START_IN_FUTURE: _(
        "Check the station's clock and whether it reaches its time server, then restart its "
        "controller."
    ),
    ErrorClass.NEGATIVE_POWER: _(
        "Check whether the meter failed or the station restarted during the session, and whether "
        "it sends absolute readings."
    ),
    ErrorClass.NEGATIVE_ENERGY: _(
        "Check whether the meter was changed or failed during the session, and whether the station "
        "sends absolute readings."
    ),
    ErrorClass.NEGATIVE_DURATION: _(
        "The clock was set during the session. Check the station's clock and its time server."
    ),
    ErrorClass.POWER_IMPLAUSIBLE: _(
        "Compare the maximum charging power of the charge point with voltage, current and phases "
        "of the station."
    ),
    ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE: _(
        "Open CheckBill from the charge record: it names the step that does not hold."
    ),
    ErrorClass.OTHERS: _(
        "The station ended the session by a fault: an emergency stop or a loss of power. Check the "
        "station on site."
    ),
    ErrorClass.AUTHORIZATION_FAILED: _(
        "The card may not charge here. Check the card and the assignments of the charging station."
    ),
}

END_MISSING = _("Another session began on the connector before this one's end was reported.")
END_MISSING_REMEDY = _(
    "Nothing yet: a late end still makes the record. After 24 hours the activation counts as "
    "failed."
)
