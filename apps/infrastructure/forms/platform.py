"""Forms of the console about one station: other ids, deletion."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.infrastructure.models import Station
from apps.infrastructure.models.stations import CHARGE_BOX_ID
from apps.portal.widgets import TextInput

PORT = "port_"


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


class DeleteStationForm(forms.Form):
    typed_id = forms.CharField(
        label=_("Chargebox ID"),
        max_length=48,
        widget=TextInput,
        help_text=_("Type it to confirm; nothing can be brought back."),
    )
