"""The form of how long sessions live."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import SessionTimes
from apps.portal.widgets import NumberInput


class SessionTimesForm(forms.ModelForm):
    class Meta:
        model = SessionTimes
        fields = ("idle_minutes", "longest_hours")
        widgets = {"idle_minutes": NumberInput, "longest_hours": NumberInput}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        idle, longest = values.get("idle_minutes"), values.get("longest_hours")
        if idle and longest and idle > longest * 60:
            raise ValidationError(
                {"idle_minutes": _("This is longer than the hours at most. Enter fewer minutes.")}
            )
        return values
