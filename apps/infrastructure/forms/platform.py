"""Forms of the console about one station: other ids, charging modes, deletion."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.choices import CHARGING_MODE_CHOICES, ConnectorType
from apps.infrastructure.domain.charging_modes import ChargingMode
from apps.infrastructure.models import Station
from apps.infrastructure.models.stations import CHARGE_BOX_ID
from apps.infrastructure.services.platform import ModeChange
from apps.portal.widgets import Select, TextInput

PORT = "port_"
MODE = "mode_"
CONNECTOR = "connector_"


class IdsForm(forms.Form):
    """The ids of a station and of its charge points, each in a field `port_<key>`."""

    charge_box_id = forms.CharField(
        label=_("Chargebox ID"), max_length=48, validators=[CHARGE_BOX_ID], widget=TextInput
    )
    own_id = forms.CharField(
        label=_("Charging station ID"), max_length=48, required=False, widget=TextInput
    )

    def __init__(self, *args: Any, station: Station, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.fields["charge_box_id"].initial = station.charge_box_id
        self.fields["own_id"].initial = station.station_id
        for charge_point in station.charge_points.order_by("number"):
            self.fields[f"{PORT}{charge_point.pk}"] = forms.CharField(
                label=_("Charge port ID of charge point %(number)s")
                % {"number": charge_point.number},
                max_length=64,
                initial=charge_point.charge_port_id,
                widget=TextInput,
            )

    def port_ids(self) -> dict[int, str]:
        """Return the typed charge port IDs by key of the charge point."""
        return {
            int(name.removeprefix(PORT)): value
            for name, value in self.cleaned_data.items()
            if name.startswith(PORT)
        }


class ModesForm(forms.Form):
    """Charging modes in fields `mode_<key>`, connector types in `connector_<key>`."""

    def __init__(self, *args: Any, station: Station, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.charge_points = list(
            station.charge_points.prefetch_related("connectors").order_by("number")
        )
        for charge_point in self.charge_points:
            self.fields[f"{MODE}{charge_point.pk}"] = forms.TypedChoiceField(
                label=_("Charging mode of %(port)s") % {"port": charge_point.charge_port_id},
                choices=CHARGING_MODE_CHOICES,
                coerce=int,
                initial=charge_point.charging_mode,
                widget=Select,
            )
            for connector in charge_point.connectors.all():
                self.fields[f"{CONNECTOR}{connector.pk}"] = forms.ChoiceField(
                    label=_("Type of connector %(number)s") % {"number": connector.number},
                    choices=ConnectorType.choices,
                    initial=connector.connector_type,
                    widget=Select,
                )

    def changes(self) -> dict[int, ModeChange]:
        """Return what was chosen by key of the charge point."""
        values = self.cleaned_data
        return {
            charge_point.pk: ModeChange(
                ChargingMode(values[f"{MODE}{charge_point.pk}"]),
                {
                    connector.pk: values[f"{CONNECTOR}{connector.pk}"]
                    for connector in charge_point.connectors.all()
                },
            )
            for charge_point in self.charge_points
        }


class DeleteStationForm(forms.Form):
    typed_id = forms.CharField(
        label=_("Chargebox ID"),
        max_length=48,
        widget=TextInput,
        help_text=_("Type it to confirm; nothing can be brought back."),
    )
