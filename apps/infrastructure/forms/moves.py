"""Where chosen stations are to go."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location, User
from apps.infrastructure.forms.chosen import ChosenStationsForm


class MoveForm(ChosenStationsForm):
    action = "change"

    location = forms.ModelChoiceField(
        label=_("New location"), queryset=Location.objects.none(), empty_label=_("Select value")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        locations = Location.objects.visible_to(user).order_by("name")
        self.fields["location"].queryset = locations  # type: ignore[attr-defined]
