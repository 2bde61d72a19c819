"""Small forms in front of commands to a station: each makes its command's parameters."""

from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.models import Station
from apps.infrastructure.selectors.stations import connectors_of
from apps.vocabulary.commands import Command, TriggerableMessage

# OCPP 1.6, 7.30: CiString20Type.
ID_TAG_MAX = 20
MAX_TRANSACTION_ID = 2**31 - 1

TRIGGER_CHOICES = [
    (TriggerableMessage.STATUS.value, _("Status of the connectors")),
    (TriggerableMessage.METER_VALUES.value, _("Meter values")),
    (TriggerableMessage.HEARTBEAT.value, _("Heartbeat")),
    (TriggerableMessage.BOOT.value, _("Boot notification")),
    (TriggerableMessage.FIRMWARE_STATUS.value, _("Firmware status")),
    (TriggerableMessage.DIAGNOSTICS_STATUS.value, _("Diagnostics status")),
]


class CommandForm(forms.Form):
    """Base: `name` is the last part of its address, `text` says what will happen."""

    command: ClassVar[Command]
    name: ClassVar[str]
    title: ClassVar[str | Promise]
    icon: ClassVar[str]
    text: ClassVar[str | Promise] = ""
    submit: ClassVar[str | Promise] = _("Send")
    is_dangerous: ClassVar[bool] = False

    def __init__(self, *args: Any, station: Station, **kwargs: Any) -> None:
        self.station = station
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def parameters(self) -> dict[str, Any]:
        """Return the command's parameters as `apps.vocabulary.commands` documents them."""
        return {}

    def offer_connectors(self, field: str, first: tuple[str, str | Promise] | None) -> None:
        """Fill a choice with the station's connectors, after the `first` choice if there is one."""
        choices: list[tuple[str, Any]] = [first] if first else []
        for connector in connectors_of(self.station):
            label = f"{connector.number} · {connector.charge_point.charge_port_id}"
            choices.append((str(connector.number), label))
        self.fields[field].choices = choices  # type: ignore[attr-defined]


class RestartForm(CommandForm):
    command = Command.RESTART
    name = "restart"
    title = _("Restart controller")
    icon = "restart_alt"
    text = _("The station loses its connection for a few minutes and comes back by itself.")
    submit = _("Restart")

    kind = forms.ChoiceField(
        label=_("Kind of restart"),
        widget=forms.RadioSelect,
        initial="soft",
        choices=[
            ("soft", _("Soft: running charging sessions end in an orderly way first.")),
            ("hard", _("Hard: at once; running charging sessions are cut off.")),
        ],
    )

    def parameters(self) -> dict[str, Any]:
        return {"hard": self.cleaned_data["kind"] == "hard"}


class UnlockForm(CommandForm):
    command = Command.UNLOCK
    name = "unlock"
    title = _("Unlock connector")
    icon = "lock_open"
    text = _("Frees a plug that is stuck; a running charging session ends.")
    submit = _("Unlock")

    connector = forms.ChoiceField(label=_("Connector"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_connectors("connector", None)

    def parameters(self) -> dict[str, Any]:
        return {"connector": int(self.cleaned_data["connector"])}


class AvailabilityForm(CommandForm):
    command = Command.CHANGE_AVAILABILITY
    name = "availability"
    title = _("Change availability")
    icon = "toggle_on"
    text = _("A running charging session is not interrupted.")

    connector = forms.ChoiceField(label=_("Connector"))
    operative = forms.ChoiceField(
        label=_("New availability"),
        widget=forms.RadioSelect,
        initial="yes",
        choices=[("yes", _("In operation")), ("no", _("Out of operation"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_connectors("connector", ("0", _("Whole station")))

    def parameters(self) -> dict[str, Any]:
        return {
            "connector": int(self.cleaned_data["connector"]),
            "operative": self.cleaned_data["operative"] == "yes",
        }


class RemoteStartForm(CommandForm):
    command = Command.REMOTE_START
    name = "start"
    title = _("Start charging session")
    icon = "play_arrow"
    text = _("The session is charged to the card that you enter.")
    submit = _("Start")

    id_tag = forms.CharField(label=_("RFID number"), max_length=ID_TAG_MAX, min_length=1)
    connector = forms.ChoiceField(label=_("Connector"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_connectors("connector", None)

    def parameters(self) -> dict[str, Any]:
        return {
            "id_tag": self.cleaned_data["id_tag"],
            "connector": int(self.cleaned_data["connector"]),
        }


class RemoteStopForm(CommandForm):
    command = Command.REMOTE_STOP
    name = "stop"
    title = _("Stop charging session")
    icon = "stop"
    text = _("The station ends the running charging session and sends the receipt.")
    submit = _("Stop")
    is_dangerous = True

    transaction = forms.IntegerField(
        label=_("Transaction"), min_value=-MAX_TRANSACTION_ID, max_value=MAX_TRANSACTION_ID
    )

    def parameters(self) -> dict[str, Any]:
        return {"transaction_id": self.cleaned_data["transaction"]}


class TriggerForm(CommandForm):
    command = Command.TRIGGER_MESSAGE
    name = "trigger"
    title = _("Request message")
    icon = "forward_to_inbox"
    text = _("Asks the station to send a message now.")

    message = forms.ChoiceField(label=_("Message"), choices=TRIGGER_CHOICES)
    connector = forms.ChoiceField(label=_("Connector"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_connectors("connector", ("", _("All")))

    def parameters(self) -> dict[str, Any]:
        connector = self.cleaned_data["connector"]
        wanted: dict[str, Any] = {"message": self.cleaned_data["message"]}
        return {**wanted, "connector": int(connector)} if connector else wanted


class ClearCacheForm(CommandForm):
    command = Command.CLEAR_CACHE
    name = "clear-cache"
    title = _("Clear cache")
    icon = "delete_sweep"
    text = _("The station forgets the cards it remembers and asks us again for each of them.")
    submit = _("Clear")


COMMAND_FORMS: dict[str, type[CommandForm]] = {
    form.name: form
    for form in (
        RestartForm,
        UnlockForm,
        AvailabilityForm,
        RemoteStartForm,
        RemoteStopForm,
        TriggerForm,
        ClearCacheForm,
    )
}
# Stopping needs a session; its button stands beside the session.
STATION_BUTTONS = [form for name, form in COMMAND_FORMS.items() if name != RemoteStopForm.name]
