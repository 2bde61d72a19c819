"""Labels of the infrastructure's choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.domain.charging_modes import ChargingMode
from apps.infrastructure.domain.security import (
    CertificateOrigin,
    CertificateState,
    EventSource,
    OwnEvent,
    PasswordChange,
)
from apps.infrastructure.domain.signing import KeyKind
from apps.infrastructure.domain.statuses import ConnectorStatus, PortalStatus, StationState
from apps.portal.badges import BAD, BUSY, GOOD, QUIET, WARN, Badge
from apps.tenants.domain.products import AssignmentState
from apps.vocabulary.commands import Command, CommandStatus


class Protocol(models.TextChoices):
    """What a station speaks."""

    OCPP_15 = "ocpp15", "OCPP 1.5"
    OCPP_16 = "ocpp16", "OCPP 1.6J"
    OCPP_201 = "ocpp201", "OCPP 2.0.1"
    OCPP_21 = "ocpp21", "OCPP 2.1"
    LG2WAN = "lg2wan", "LG2WAN"


class ConnectorType(models.TextChoices):
    """Plug or socket of a connector."""

    TYPE_2 = "type2", "Type 2"
    CCS_2 = "ccs2", "CCS Type 2"
    CHADEMO = "chademo", "CHAdeMO"
    TYPE_1 = "type1", "Type 1"
    CCS_1 = "ccs1", "CCS Type 1"
    SCHUKO = "schuko", "Schuko"
    OTHER = "other", _("Other")


class Current(models.TextChoices):
    AC = "ac", "AC"
    DC = "dc", "DC"


CHARGING_MODE_CHOICES = [
    (ChargingMode.SOCKET.value, _("2: AC, household socket")),
    (ChargingMode.AC.value, _("3: AC, charging socket or cable")),
    (ChargingMode.DC.value, _("4: DC")),
]


class SecurityProfile(models.IntegerChoices):
    """How a station must dial in (OCPP 1.6 security white paper, edition 3, 2.2)."""

    ANY = 0, _("Password, with or without TLS")
    BASIC = 1, _("1: password without TLS")
    TLS_BASIC = 2, _("2: password over TLS")
    TLS_CERTIFICATE = 3, _("3: client certificate over TLS")


STATION_STATE_CHOICES = [
    (StationState.PLANNED.value, _("Planned")),
    (StationState.INSTALLED.value, _("Installed")),
]

PORTAL_STATUS_CHOICES = [
    (PortalStatus.AVAILABLE.value, _("Available")),
    (PortalStatus.OCCUPIED.value, _("Occupied")),
    (PortalStatus.NEEDS_SERVICE.value, _("Need service")),
    (PortalStatus.INOPERATIVE.value, _("Inoperative")),
]

PASSWORD_CHANGE_CHOICES = [
    (PasswordChange.SET_HERE.value, _("Set here; enter it at the charger")),
    (PasswordChange.PUSHING.value, _("On its way to the station")),
    (PasswordChange.ACCEPTED.value, _("Accepted by the station")),
    (PasswordChange.REFUSED.value, _("Refused by the station")),
    (PasswordChange.NOT_SENT.value, _("Not sent")),
    (PasswordChange.UNCONFIRMED.value, _("Not confirmed by the station")),
]

# What holds after the last change of a password, in a sentence.
PASSWORD_CHANGE_SENTENCES = {
    PasswordChange.SET_HERE.value: _(
        "Only the new password opens the connection. Enter it at the charger if it does not have "
        "it yet."
    ),
    PasswordChange.PUSHING.value: _(
        "The new password is on its way to the station. Until the station accepts it, both the old "
        "and the new password open the connection."
    ),
    PasswordChange.ACCEPTED.value: _("The station accepted its new password."),
    PasswordChange.REFUSED.value: _(
        "The station refused the new password. The old one is still valid. Enter a new password at "
        "the charger and set the same one here."
    ),
    PasswordChange.NOT_SENT.value: _(
        "The new password could not be sent. The old one is still valid. Try again once the "
        "station is connected."
    ),
    PasswordChange.UNCONFIRMED.value: _(
        "The station has not confirmed its new password. The old one is still valid; it ends as "
        "soon as the station uses the new one."
    ),
}

SECURITY_SOURCE_CHOICES = [
    (EventSource.STATION.value, _("Station")),
    (EventSource.BACK_END.value, _("Back end")),
]

# What we report ourselves; events of stations are shown with their own word.
SECURITY_EVENT_LABELS = {
    OwnEvent.WRONG_CREDENTIALS.value: _("Wrong password or user name"),
    OwnEvent.PROFILE_MISMATCH.value: _("Dialled in with another security profile"),
    OwnEvent.CERTIFICATE_REFUSED.value: _("Client certificate refused"),
    OwnEvent.WEAK_TLS.value: _("TLS older than 1.2, or a weak cipher suite"),
    OwnEvent.FLAPPING.value: _("Connected too often, paused for five minutes"),
    OwnEvent.KEY_CHANGED.value: _("Password changed"),
    OwnEvent.PROFILE_CHANGED.value: _("Security profile changed"),
    OwnEvent.REQUEST_REFUSED.value: _("Certificate request refused"),
    OwnEvent.TOO_MANY_REQUESTS.value: _("Too many certificate requests"),
    OwnEvent.CERTIFICATE_REVOKED.value: _("Certificate revoked"),
}

KEY_KIND_CHOICES = [
    (KeyKind.EC_P256.value, _("Elliptic curve P-256")),
    (KeyKind.RSA_3072.value, _("RSA, 3072 bits: for stations that know no elliptic curves")),
]

CERTIFICATE_STATE_CHOICES = [
    (CertificateState.REQUESTED.value, _("Requested")),
    (CertificateState.SENDING.value, _("On its way")),
    (CertificateState.ACCEPTED.value, _("In use")),
    (CertificateState.REFUSED.value, _("Refused by the station")),
    (CertificateState.NOT_SENT.value, _("Not sent")),
    (CertificateState.UNCONFIRMED.value, _("Not confirmed")),
    (CertificateState.REPLACED.value, _("Replaced")),
    (CertificateState.REVOKED.value, _("Revoked")),
]

CERTIFICATE_STATE_BADGES = {
    CertificateState.REQUESTED.value: Badge(_("Requested"), "pending", BUSY),
    CertificateState.SENDING.value: Badge(_("On its way"), "send", BUSY),
    CertificateState.ACCEPTED.value: Badge(_("In use"), "verified_user", GOOD),
    CertificateState.REFUSED.value: Badge(_("Refused by the station"), "error", BAD),
    CertificateState.NOT_SENT.value: Badge(_("Not sent"), "event_busy", WARN),
    CertificateState.UNCONFIRMED.value: Badge(_("Not confirmed"), "timer_off", WARN),
    CertificateState.REPLACED.value: Badge(_("Replaced"), "history", QUIET),
    CertificateState.REVOKED.value: Badge(_("Revoked"), "block", BAD),
}
CERTIFICATE_EXPIRED_BADGE = Badge(_("Expired"), "event_busy", BAD)
CERTIFICATE_EXPIRING_BADGE = Badge(_("Expires soon"), "schedule", WARN)

AUTHORITY_SIGNS_BADGE = Badge(_("Signs"), "draw", GOOD)
AUTHORITY_TRUSTED_BADGE = Badge(_("Trusted"), "verified_user", GOOD)
AUTHORITY_UNTRUSTED_BADGE = Badge(_("Not trusted"), "gpp_bad", WARN)
AUTHORITY_WITHDRAWN_BADGE = Badge(_("Withdrawn"), "block", BAD)
AUTHORITY_KEY_BADGE = Badge(_("Key cannot be opened"), "key_off", BAD)

CERTIFICATE_ORIGIN_CHOICES = [
    (CertificateOrigin.STATION.value, _("By the station itself")),
    (CertificateOrigin.RENEWAL.value, _("Renewal in time")),
    (CertificateOrigin.PERSON.value, _("On demand")),
]

CONNECTOR_STATUS_LABELS = {
    ConnectorStatus.AVAILABLE.value: _("Available"),
    ConnectorStatus.PREPARING.value: _("Preparing"),
    ConnectorStatus.CHARGING.value: _("Charging"),
    ConnectorStatus.SUSPENDED_EVSE.value: _("Paused by the station"),
    ConnectorStatus.SUSPENDED_EV.value: _("Paused by the vehicle"),
    ConnectorStatus.FINISHING.value: _("Finishing"),
    ConnectorStatus.RESERVED.value: _("Reserved"),
    ConnectorStatus.UNAVAILABLE.value: _("Unavailable"),
    ConnectorStatus.FAULTED.value: _("Faulted"),
    ConnectorStatus.OCCUPIED.value: _("Occupied"),
}

COMMAND_CHOICES = [
    (Command.RESTART.value, _("Restart controller")),
    (Command.CHANGE_AVAILABILITY.value, _("Change availability")),
    (Command.CHANGE_CONFIGURATION.value, _("Change parameter")),
    (Command.CHANGE_PASSWORD.value, _("New password")),
    (Command.CLEAR_CACHE.value, _("Clear cache")),
    (Command.GET_CONFIGURATION.value, _("Read parameters")),
    (Command.GET_DIAGNOSTICS.value, _("Fetch diagnostics")),
    (Command.UPDATE_FIRMWARE.value, _("Update firmware")),
    (Command.REMOTE_START.value, _("Start charging session")),
    (Command.REMOTE_STOP.value, _("Stop charging session")),
    (Command.UNLOCK.value, _("Unlock connector")),
    (Command.TRIGGER_MESSAGE.value, _("Request message")),
    (Command.DATA_TRANSFER.value, _("Transfer data")),
    (Command.RESERVE_NOW.value, _("Reserve connector")),
    (Command.CANCEL_RESERVATION.value, _("Cancel reservation")),
    (Command.GET_LOCAL_LIST_VERSION.value, _("Read version of the card list")),
    (Command.SEND_LOCAL_LIST.value, _("Send card list")),
    (Command.SET_CHARGING_PROFILE.value, _("Set charging profile")),
    (Command.CLEAR_CHARGING_PROFILE.value, _("Clear charging profiles")),
    (Command.GET_COMPOSITE_SCHEDULE.value, _("Read charging schedule")),
    (Command.EXTENDED_TRIGGER_MESSAGE.value, _("Request message (security extension)")),
    (Command.GET_LOG.value, _("Fetch log")),
    (Command.UPDATE_FIRMWARE_SIGNED.value, _("Update firmware (signed)")),
    (Command.SEND_SIGNED_CERTIFICATE.value, _("Send signed certificate")),
    (Command.INSTALL_CERTIFICATE.value, _("Install root certificate")),
    (Command.DELETE_CERTIFICATE.value, _("Delete root certificate")),
    (Command.GET_INSTALLED_CERTIFICATES.value, _("Read root certificates")),
    (Command.OCPP_CALL.value, _("OCPP call")),
]

COMMAND_STATUS_CHOICES = [
    (CommandStatus.QUEUED.value, _("Waiting")),
    (CommandStatus.SENT.value, _("Sent")),
    (CommandStatus.ANSWERED.value, _("Answered")),
    (CommandStatus.REJECTED.value, _("Refused by the station")),
    (CommandStatus.TIMED_OUT.value, _("No answer")),
    (CommandStatus.EXPIRED.value, _("Expired")),
    (CommandStatus.NOT_OFFERED.value, _("Not offered")),
]

ONLINE_BADGE = Badge(_("Online"), "wifi", GOOD)
OFFLINE_BADGE = Badge(_("Offline"), "wifi_off", BAD)
NEVER_CONNECTED_BADGE = Badge(_("Never connected"), "wifi_off", QUIET)
PLANNED_BADGE = Badge(_("Planned"), "event", QUIET)

ASSIGNMENT_STATE_BADGES = {
    AssignmentState.INITIAL: Badge(_("Initial"), "draft", QUIET),
    AssignmentState.PENDING: Badge(_("Pending"), "schedule", BUSY),
    AssignmentState.ACTIVE: Badge(_("Active"), "check_circle", GOOD),
    AssignmentState.EXPIRED: Badge(_("Expired"), "event_busy", WARN),
}

PORTAL_STATUS_BADGES = {
    PortalStatus.AVAILABLE.value: Badge(_("Available"), "check_circle", GOOD),
    PortalStatus.OCCUPIED.value: Badge(_("Occupied"), "directions_car", BUSY),
    PortalStatus.NEEDS_SERVICE.value: Badge(_("Need service"), "build", BAD),
    PortalStatus.INOPERATIVE.value: Badge(_("Inoperative"), "block", WARN),
}

COMMAND_STATUS_BADGES = {
    CommandStatus.QUEUED.value: Badge(_("Waiting"), "schedule", BUSY),
    CommandStatus.SENT.value: Badge(_("Sent"), "send", BUSY),
    CommandStatus.ANSWERED.value: Badge(_("Answered"), "check_circle", GOOD),
    CommandStatus.REJECTED.value: Badge(_("Refused by the station"), "error", BAD),
    CommandStatus.TIMED_OUT.value: Badge(_("No answer"), "timer_off", BAD),
    CommandStatus.EXPIRED.value: Badge(_("Expired"), "event_busy", WARN),
    CommandStatus.NOT_OFFERED.value: Badge(_("Not offered"), "block", WARN),
}

# The station's one word on a command, in a sentence; other words are shown as they came.
VERDICT_SENTENCES = {
    "Accepted": _("The station accepted."),
    "Rejected": _("The station refused."),
    "Scheduled": _("The station will do it once the running session has ended."),
    "Unlocked": _("The connector is unlocked."),
    "UnlockFailed": _("The connector could not be unlocked."),
    "NotSupported": _("The station does not support this."),
    "NotImplemented": _("The station does not know this message."),
    "RebootRequired": _("The station accepted; it takes effect after a restart."),
}
GOOD_VERDICTS = frozenset({"Accepted", "Scheduled", "Unlocked", "RebootRequired"})
