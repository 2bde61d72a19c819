"""Forms about stations that were chosen in the list."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.infrastructure.models import Station
from apps.infrastructure.services.moves import MAX_MOVED


class ChosenStationsForm(forms.Form):
    """`ids` are keys of stations, separated by commas; only what the user has the right to counts.

    `action`: the right on stations that it takes.
    """

    action: ClassVar[str] = "view"

    ids = forms.CharField(widget=forms.HiddenInput, max_length=MAX_MOVED * 20)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_ids(self) -> list[int]:
        return station_ids(self.cleaned_data["ids"])

    def stations(self) -> list[Station]:
        """Return the chosen stations, for the page. Raises ValidationError."""
        ids = station_ids(str(self["ids"].value() or ""))
        rows = Station.objects.visible_to(self.user, self.action).filter(pk__in=ids)
        return list(rows.select_related("location").order_by("charge_box_id"))


def station_ids(text: str) -> list[int]:
    """Return the keys in the text. Raises ValidationError for anything else."""
    parts = [part for part in text.split(",") if part][:MAX_MOVED]
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise ValidationError(_("The choice of stations cannot be read. Choose them again."))
    return [int(part) for part in parts]
