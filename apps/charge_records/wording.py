"""Words of the check by calibration law: the steps, and each finding with what to do (CDR-04)."""

from django.utils.translation import gettext_lazy as _

from apps.charge_records.domain.check_steps import Step, StepState
from apps.charge_records.domain.ocmf.codes import ReasonCode, WarningCode
from apps.charge_records.domain.statuses import EkaStatus
from apps.portal.badges import BAD, GOOD, QUIET, WARN, Badge

# What the check comes to for the bill.
RESULT_SENTENCES = {
    EkaStatus.VALID: _("The session is in line with calibration law."),
    EkaStatus.INVALID: _("The session is not in line with calibration law. It is not billed."),
    EkaStatus.OPEN: _("Signed values are still awaited."),
    EkaStatus.IRRELEVANT: _("Calibration law does not apply to this charge point."),
}

STEP_TITLES = {
    Step.METER: _("Meter"),
    Step.KEY: _("Public key"),
    Step.SIGNATURE: _("Signature"),
    Step.BEGIN: _("Begin"),
    Step.END: _("End"),
    Step.VALUES: _("Values"),
    Step.IDENTIFICATION: _("Identification"),
    Step.TIME: _("Time"),
}

STEP_BADGES = {
    StepState.GOOD: Badge(_("In order"), "check_circle", GOOD),
    StepState.WARN: Badge(_("In order, with a remark"), "info", WARN),
    StepState.BAD: Badge(_("Not in order"), "gpp_bad", BAD),
    StepState.OPEN: Badge(_("Cannot be said"), "help", QUIET),
}

# What it means that a step is in order.
STEP_SENTENCES = {
    Step.METER: _("The records come from the meter of this charge point."),
    Step.KEY: _("The public key of the meter is kept in its master data."),
    Step.SIGNATURE: _("Nothing was changed since the meter signed the records."),
    Step.BEGIN: _("The meter signed exactly one reading at the begin."),
    Step.END: _("The meter signed exactly one reading at the end."),
    Step.VALUES: _("Both readings are sound, and the energy is their difference."),
    Step.IDENTIFICATION: _("The records name who charged, without an error."),
    Step.TIME: _("The times of both readings fit together."),
}

OPEN_SENTENCES = {
    Step.METER: _("No meter is kept for this charge point and time."),
    Step.KEY: _("No public key is kept for the meter."),
    Step.SIGNATURE: _("No signed record could be verified."),
    Step.BEGIN: _("No begin could be read from signed records."),
    Step.END: _("No end could be read from signed records."),
    Step.VALUES: _("Without a signed begin and end there are no values."),
    Step.IDENTIFICATION: _("No signed record could be read."),
    Step.TIME: _("Without a signed begin and end there are no times."),
}

REASON_SENTENCES = {
    ReasonCode.NO_SIGNED_DATA: _(
        "The station sent no signed values. Switch signing on in the station."
    ),
    ReasonCode.MALFORMED: _("A record cannot be read: it is incomplete or was changed."),
    ReasonCode.UNSUPPORTED_FORMAT: _(
        "The records have a format that is kept but not verified here. Download them and use the "
        "transparency software."
    ),
    ReasonCode.UNSUPPORTED_VERSION: _("A record has a version of OCMF that is not known."),
    ReasonCode.UNSUPPORTED_ALGORITHM: _("A record is signed in a way that OCMF does not know."),
    ReasonCode.NO_KEY: _(
        "No public key is kept for the meter. Enter the key, or confirm the one that the station "
        "names."
    ),
    ReasonCode.KEY_INVALID: _("The public key that is kept for the meter cannot be read."),
    ReasonCode.KEY_CURVE_MISMATCH: _(
        "The public key and the signature belong to different curves. Check the key of the meter."
    ),
    ReasonCode.SIGNATURE_INVALID: _(
        "The signature does not fit: the record was changed, or another meter signed it."
    ),
    ReasonCode.IDENTIFICATION_ERROR: _("The meter notes that the identification failed."),
    ReasonCode.NO_BILLING_REGISTER: _("No record has a register by which energy may be billed."),
    ReasonCode.REGISTER_MISMATCH: _("Begin and end were read from different registers."),
    ReasonCode.NO_BEGIN: _("The signed reading of the begin is missing."),
    ReasonCode.NO_END: _("The signed reading of the end is missing."),
    ReasonCode.MULTIPLE_BEGIN: _("There is more than one signed begin."),
    ReasonCode.MULTIPLE_END: _("There is more than one signed end."),
    ReasonCode.UNIT_INVALID: _("A reading has a unit that is no energy."),
    ReasonCode.VALUE_DECREASED: _("The meter shows less at the end than at the begin."),
    ReasonCode.TIME_REVERSED: _("The end lies before the begin."),
    ReasonCode.TIME_STATUS: _("The begin does not say how its time was obtained."),
    ReasonCode.METER_STATUS: _("The meter says that it was not in order."),
    ReasonCode.ERROR_FLAG_ENERGY: _("The meter marks its reading of energy as wrong."),
    ReasonCode.SOURCE_MISMATCH: _("The records come from different meters or sessions."),
    ReasonCode.PAGINATION: _("The numbers of the records do not fit to one session."),
    ReasonCode.METER_NUMBER_MISMATCH: _(
        "The records come from a meter with another number. If the meter was changed, enter the "
        "new one."
    ),
    ReasonCode.CALIBRATION_EXPIRED: _("The calibration of the meter had expired."),
    ReasonCode.DUPLICATE_RECORD: _("Another session was made from the same record."),
    ReasonCode.TIME_NOT_BILLABLE: _("Time must not be billed: the meter's clock was not set."),
}

WARNING_SENTENCES = {
    WarningCode.ENERGY_DIFFERS: _(
        "The station reported another energy than the meter signed; the signed one counts."
    ),
    WarningCode.ERROR_FLAG_TIME: _("The meter marks its time as wrong."),
    WarningCode.EXCEPTION_READING: _("The meter noted an exception during the session."),
    WarningCode.EXTRA_SECTION: _("A record has more sections than it should."),
    WarningCode.ID_MISMATCH: _("The record names another identification than the station."),
    WarningCode.NONCANONICAL_DER: _("The signature is written in an unusual way, yet it holds."),
    WarningCode.PAGINATION_GAP: _("Records are missing between begin and end."),
    WarningCode.PAGINATION_REPEATED: _("Two records have the same number."),
    WarningCode.TIME_NOT_BILLABLE: _(
        "The meter's clock was not set; the energy counts all the same."
    ),
    WarningCode.TIME_UNPARSABLE: _("A time of the meter cannot be read."),
}
