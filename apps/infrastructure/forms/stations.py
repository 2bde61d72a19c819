"""The form that creates a station with its charge points and key."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location, User
from apps.infrastructure.choices import STATION_STATE_CHOICES, ConnectorType, Current
from apps.infrastructure.domain.statuses import StationState
from apps.infrastructure.models.stations import CHARGE_BOX_ID
from apps.infrastructure.services.passwords import LONGEST, SHORTEST, generate_key
from apps.infrastructure.services.stations import ChargePointPlan, StationPlan

MAX_CHARGE_POINTS = 50
MAX_POWER_KW = 1_000
W_PER_KW = 1_000


class StationCreateForm(forms.Form):
    """What `create_station` needs; `plan()` is its answer."""

    charge_box_id = forms.CharField(
        label=_("Chargebox ID"),
        max_length=48,
        validators=[CHARGE_BOX_ID],
        help_text=_(
            "The last part of the address that the station dials. It cannot be changed later."
        ),
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    location = forms.ModelChoiceField(
        label=_("Location"), queryset=Location.objects.none(), empty_label=_("Select value")
    )
    state = forms.ChoiceField(
        label=_("State"), choices=STATION_STATE_CHOICES, initial=StationState.INSTALLED.value
    )
    charge_points = forms.IntegerField(
        label=_("Number of charge points"), min_value=1, max_value=MAX_CHARGE_POINTS, initial=1
    )
    power_kw = forms.DecimalField(
        label=_("Maximum charging power (kW)"),
        min_value=Decimal("0.1"),
        max_value=MAX_POWER_KW,
        decimal_places=3,
        initial=22,
        localize=True,
    )
    current = forms.ChoiceField(
        label=_("Current"), choices=Current.choices, initial=Current.AC.value
    )
    connector_type = forms.ChoiceField(
        label=_("Plug or socket"),
        choices=ConnectorType.choices,
        initial=ConnectorType.TYPE_2.value,
    )
    password = forms.CharField(
        label=_("HTTP Basic password"),
        min_length=SHORTEST,
        max_length=LONGEST,
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Leave it empty and a strong one is made. It is shown once, on the next page."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        locations = Location.objects.visible_to(user).order_by("name")
        self.fields["location"].queryset = locations  # type: ignore[attr-defined]

    def plan(self) -> StationPlan:
        """Return the plan of the new station, with a generated key where none was typed."""
        data = self.cleaned_data
        point = ChargePointPlan(
            max_power_w=int(data["power_kw"] * W_PER_KW),
            current=data["current"],
            connector_type=data["connector_type"],
        )
        return StationPlan(
            charge_box_id=data["charge_box_id"],
            location=data["location"],
            password=data["password"] or generate_key(),
            generated=not data["password"],
            charge_points=(point,) * data["charge_points"],
            fields={"name": data["name"], "state": data["state"]},
        )
