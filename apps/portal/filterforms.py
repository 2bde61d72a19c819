"""Filter bars above our lists: a GET form whose defaults hold where the address names nothing."""

from datetime import datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CUSTOM = "custom"
PERIODS: dict[str, tuple[timedelta, Promise | str]] = {
    "1h": (timedelta(hours=1), _("Last hour")),
    "24h": (timedelta(hours=24), _("Last 24 hours")),
    "7d": (timedelta(days=7), _("Last 7 days")),
    "30d": (timedelta(days=30), _("Last 30 days")),
    "90d": (timedelta(days=90), _("Last 90 days")),
    "12m": (timedelta(days=366), _("Last 12 months")),
    "24m": (timedelta(days=731), _("Last 2 years")),
}


class FilterForm(forms.Form):
    """Reads the address; what is missing there takes its default from `defaults`."""

    defaults: ClassVar[dict[str, str]] = {}

    def __init__(self, request: HttpRequest, **fixed: Any) -> None:
        """Read the request; `fixed` values hold whatever the address says."""
        self.request = request
        given = request.GET.copy()
        for name, value in self.defaults.items():
            given.setdefault(name, value)
        for name, value in fixed.items():
            given[name] = str(value)
        super().__init__(given, label_suffix="")
        self.prepare()
        self.is_valid()

    def prepare(self) -> None:
        """Fill choices that depend on the request, before anything is checked."""

    def value(self, name: str) -> Any:
        """Return the field's checked value; None where it was left empty or cannot be read."""
        return self.cleaned_data.get(name) or None

    @property
    def active_count(self) -> int:
        """How many fields differ from what the page shows by itself."""
        return sum(
            1
            for name in self.fields
            if self.request.GET.get(name, "") not in {"", self.defaults.get(name, "")}
        )


class PeriodFilterForm(FilterForm):
    """A usual period, or the days from and to (both included) in the viewer's zone."""

    period_names: ClassVar[tuple[str, ...]] = ("24h", "7d", "30d", "90d", "12m")

    period = forms.ChoiceField(label=_("Period"), required=False)
    start = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    end = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def prepare(self) -> None:
        self.fields["period"].choices = [  # type: ignore[attr-defined]
            *((name, PERIODS[name][1]) for name in self.period_names),
            (CUSTOM, _("From – to")),
        ]

    def bounds(self, now: datetime) -> tuple[datetime, datetime | None]:
        """Return begin and end (None: open) of the period; days win over a named period."""
        first, last = self.value("start"), self.value("end")
        zone = timezone.get_current_timezone()
        until = datetime.combine(last + timedelta(days=1), time.min, zone) if last else None
        if first:
            return datetime.combine(first, time.min, zone), until
        name = self.value("period") or self.defaults["period"]
        length = PERIODS[name if name in PERIODS else self.defaults["period"]][0]
        return (until or now) - length, until
