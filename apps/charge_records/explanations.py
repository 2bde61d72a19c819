"""Why a record has its status: possible causes, and what to do (CDR-06).

Source: FAQ, "What does the error ... mean", and our own words where it says nothing.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.charge_records.domain.statuses import BdrDetail, ErrorClass

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Explanation:
    """One sentence for each possible cause, and one for each thing to do."""

    causes: tuple[Text, ...]
    solutions: tuple[Text, ...]


METER_INSTALLED = _("Check that the meter is installed correctly and works.")
METER_FAILED = _("Check whether the meter failed during the session.")
RESTARTED = _("Check in the station's log whether it restarted during the session.")
ABSOLUTE_READINGS = _("Check that the station sends absolute meter readings.")
CLOCK = _("Check the station's clock and whether it reaches its time server.")
STOP_TIME = _(
    "If it happens often, give the reader a longer stop time, in which it reads a card only once."
)
WAIT_TIME = _("Check how long the station waits for a vehicle after the card was accepted.")
IN_ORDER = _("Check in the station's log whether the session ended in order.")
MANUFACTURER = _("If that does not help, ask the manufacturer of the charger.")
NOTHING_TO_DO = _("Nothing needs to be done.")

START_IN_FUTURE = Explanation(
    (_("The station's clock is fast: the start lies after the time of receipt."),),
    (CLOCK, _("Restart the controller once the time is right.")),
)
NEGATIVE_DURATION = Explanation(
    (
        _("The end lies before the start: the station's clock was set during the session."),
        _("The station restarted during the session and began with a wrong time."),
    ),
    (CLOCK, RESTARTED, MANUFACTURER),
)
NEGATIVE_ENERGY = Explanation(
    (
        _("The meter read less at the end than at the start: it was changed or is defective."),
        _("The station sent one reading as absolute, the other as relative."),
    ),
    (METER_FAILED, RESTARTED, ABSOLUTE_READINGS, MANUFACTURER),
)
NEGATIVE_POWER = Explanation(
    (_("Energy or duration is negative; the other finding tells which of the two."),),
    (METER_FAILED, CLOCK, ABSOLUTE_READINGS),
)
POWER_IMPLAUSIBLE = Explanation(
    (
        _("The mean power exceeds the configured power by more than 10 %."),
        _("The configured power of the charge point is lower than that of the device."),
        _("The meter readings are wrong."),
    ),
    (
        _(
            "Compare the maximum charging power of the charge point with the data sheet. Once it "
            "is corrected, evaluate the record again."
        ),
        METER_INSTALLED,
    ),
)
NO_COMPLIANCE = Explanation(
    (
        _("The station sent no signed meter values."),
        _("The signed values could not be verified, or no public key is kept for the meter."),
        _("The meter failed or the station restarted during the session."),
    ),
    (
        _("Open CheckBill: it names the step that does not hold."),
        _("Check that the meter is calibrated and that its public key is kept."),
        _("Check that signing (OCMF) is switched on in the station."),
        MANUFACTURER,
    ),
)

DETAIL_EXPLANATIONS: dict[BdrDetail, Explanation] = {
    BdrDetail.SESSION_DATA_EXISTS: Explanation(
        (_("The station sent the same session twice."),),
        (_("Nothing needs to be done: the first record counts."),),
    ),
    BdrDetail.EMP_UNKNOWN: Explanation(
        (
            _("The card was not known at the start, and the station charged all the same."),
            _("The provider of the contract is not known."),
        ),
        (
            _("Add the card, or attach it to its EMAID, then evaluate the record again."),
            _("Check that the station refuses cards that are not accepted."),
        ),
    ),
    BdrDetail.START_IN_FUTURE: START_IN_FUTURE,
    BdrDetail.NEGATIVE_DURATION: NEGATIVE_DURATION,
    BdrDetail.NEGATIVE_ENERGY: NEGATIVE_ENERGY,
    BdrDetail.NEGATIVE_POWER: NEGATIVE_POWER,
    BdrDetail.POWER_IMPLAUSIBLE: POWER_IMPLAUSIBLE,
    BdrDetail.MANUAL: Explanation(
        (_("Somebody excluded the record by hand; the history of statuses says who and why."),),
        (_("Take the exclusion back if the record should be settled after all."),),
    ),
    BdrDetail.GOODWILL: Explanation(
        (_("The session was given as goodwill; the history of statuses says by whom and why."),),
        (_("Take the goodwill back if the record should be settled after all."),),
    ),
    BdrDetail.CPO_VOUCHER: Explanation(
        (_("The driver paid with a voucher of the operator."),), (NOTHING_TO_DO,)
    ),
    BdrDetail.FAIR_MODE: Explanation(
        (_("Authentication is off at the charge point: everybody charges for free."),),
        (_("If sessions should be billed, switch authentication on at the charge point."),),
    ),
    BdrDetail.TRANSNATIONAL: Explanation(
        (_("The provider and the charge point are in different countries."),),
        (_("Nothing needs to be done: charging across the border is not settled."),),
    ),
    BdrDetail.CONSUMPTION_TOO_LOW: Explanation(
        (
            _("Less than 0.2 kWh was charged: the vehicle was full, did not start, or was a test."),
            _("The meter does not count."),
        ),
        (METER_INSTALLED, IN_ORDER, STOP_TIME),
    ),
    BdrDetail.CONSUMPTION_TOO_HIGH: Explanation(
        (_("More than 5,000 kWh was charged: the meter readings are probably wrong."),),
        (METER_INSTALLED, ABSOLUTE_READINGS, IN_ORDER),
    ),
    BdrDetail.DURATION_TOO_SHORT: Explanation(
        (
            _("The session lasted less than a minute: the driver gave up, or it was a test."),
            _("The card was held at the reader for too long: it started the session and ended it."),
        ),
        (STOP_TIME, WAIT_TIME),
    ),
    BdrDetail.DURATION_TOO_LONG: Explanation(
        (_("The session lasted more than 14 days: its end was probably reported too late."),),
        (IN_ORDER, CLOCK),
    ),
    BdrDetail.OWN_CHARGE: Explanation(
        (_("A card without a contract, or a contract of your own, was used; nothing is billed."),),
        (_("If the card belongs to a contract, attach it to its EMAID and evaluate again."),),
    ),
    BdrDetail.NO_CALIBRATION_LAW_COMPLIANCE: NO_COMPLIANCE,
}

ERROR_EXPLANATIONS: dict[ErrorClass, Explanation] = {
    ErrorClass.NO_CHARGE_RECORD: Explanation(
        (_("The station did not report the end of the session in time."),),
        (
            _("Check in the station's log whether the session was cut off, and a record was kept."),
            _("Check that the station is connected. A late end still makes the record."),
            MANUFACTURER,
        ),
    ),
    ErrorClass.CANCELED: Explanation(
        (
            _("The card was held at the reader for too long: it started the session and ended it."),
            _("The card was accepted, but no cable was plugged in or no vehicle connected."),
        ),
        (STOP_TIME, WAIT_TIME, MANUFACTURER),
    ),
    ErrorClass.INCOMPLETE_RECORD: Explanation(
        (_("The end came without a meter reading, or is incomplete in another way."),),
        (
            METER_INSTALLED,
            _("Check the configuration of the charger."),
            IN_ORDER,
        ),
    ),
    ErrorClass.ENERGY_IMPLAUSIBLE: Explanation(
        (
            _("No or hardly any energy was counted, though the session lasted for a while."),
            _("Very much energy was counted."),
        ),
        (METER_INSTALLED, _("Check the configuration of the charger."), IN_ORDER, STOP_TIME),
    ),
    ErrorClass.START_IN_FUTURE: START_IN_FUTURE,
    ErrorClass.NEGATIVE_POWER: NEGATIVE_POWER,
    ErrorClass.NEGATIVE_ENERGY: NEGATIVE_ENERGY,
    ErrorClass.NEGATIVE_DURATION: NEGATIVE_DURATION,
    ErrorClass.POWER_IMPLAUSIBLE: POWER_IMPLAUSIBLE,
    ErrorClass.NO_CALIBRATION_LAW_COMPLIANCE: NO_COMPLIANCE,
    ErrorClass.OTHERS: Explanation(
        (
            _("The station is not connected, so commands do not reach it."),
            _("The station has a defect and cannot start or stop charging."),
            _("A fuse tripped, the power failed, or the emergency stop was pressed."),
        ),
        (
            _("Look at the status of the charge point and at its last messages."),
            _("Check the station on site."),
        ),
    ),
    ErrorClass.AUTHORIZATION_FAILED: Explanation(
        (_("The card may not charge at this charge point."),),
        (
            _("Check whether the card is known, blocked or expired, and assign missing products."),
            _("It is no fault of the charge point and does not count in the error rate."),
        ),
    ),
}


def explanation_of(code: str) -> Explanation | None:
    """Return the explanation of a detailed status by its code; None for a code we do not know."""
    try:
        return DETAIL_EXPLANATIONS[BdrDetail(code)]
    except ValueError:
        return None
