"""Labels of the infrastructure's choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.domain.statuses import ConnectorStatus, PortalStatus, StationState
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
    (Command.CLEAR_CACHE.value, _("Clear cache")),
    (Command.GET_CONFIGURATION.value, _("Read parameters")),
    (Command.GET_DIAGNOSTICS.value, _("Fetch diagnostics")),
    (Command.UPDATE_FIRMWARE.value, _("Update firmware")),
    (Command.REMOTE_START.value, _("Start charging session")),
    (Command.REMOTE_STOP.value, _("Stop charging session")),
    (Command.UNLOCK.value, _("Unlock connector")),
    (Command.TRIGGER_MESSAGE.value, _("Request message")),
    (Command.DATA_TRANSFER.value, _("Transfer data")),
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
