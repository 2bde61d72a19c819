"""Filter bar of the OCPP communication; the last 24 hours without routine by default (INF-14)."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Location
from apps.ocpp.models.exchanges import Direction, Outcome
from apps.ocpp.selectors import search_texts, without_routine
from apps.ocpp.wording import FROM_STATION, TO_STATION
from apps.portal.filterforms import PeriodFilterForm

ALL = ("", _("All"))
PROBLEMS = "problems"
HIDE, SHOW = "hide", "show"


class MessageFilterForm(PeriodFilterForm):
    """`station` narrows to one station; the station's own page sets it."""

    defaults: ClassVar[dict[str, str]] = {"period": "24h", "routine": HIDE}
    period_names = ("1h", "24h", "7d", "30d")
    field_order = (
        "period", "start", "end", "direction", "action", "outcome", "routine", "location", "search",
    )  # fmt: skip

    direction = forms.ChoiceField(
        label=_("Direction"), required=False, choices=[ALL, *Direction.choices]
    )
    action = forms.ChoiceField(label=_("Message"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[ALL, (PROBLEMS, _("Errors and missing answers")), *Outcome.choices],
    )
    routine = forms.ChoiceField(
        label=_("Heartbeats and meter values"),
        required=False,
        choices=[(HIDE, _("Hidden")), (SHOW, _("Shown"))],
    )
    location = forms.ModelChoiceField(
        label=_("Location"), queryset=Location.objects.none(), required=False, empty_label=ALL[1]
    )
    search = forms.CharField(label=_("Text"), max_length=100, required=False)
    station = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        super().prepare()
        names = sorted({*FROM_STATION, *TO_STATION})
        self.fields["action"].choices = [ALL, *((name, name) for name in names)]  # type: ignore[attr-defined]
        locations = Location.objects.at_locations_of(self.request.user).order_by("name")
        self.fields["location"].queryset = locations  # type: ignore[attr-defined]

    def apply(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        begin, end = self.bounds(now)
        rows = rows.filter(requested_at__gte=begin)
        if end:
            rows = rows.filter(requested_at__lt=end)
        for name, path in (
            ("direction", "direction"),
            ("action", "action"),
            ("location", "station__location"),
            ("station", "station"),
        ):
            if self.value(name):
                rows = rows.filter(**{path: self.value(name)})
        rows = self.with_outcome(rows)
        if self.value("routine") != SHOW and not self.value("action"):
            rows = without_routine(rows)
        text = (self.value("search") or "").strip()
        return search_texts(rows, text) if text else rows

    def with_outcome(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        outcome = self.value("outcome")
        if outcome == PROBLEMS:
            return rows.exclude(Q(outcome=Outcome.RESULT.value))
        return rows.filter(outcome=outcome) if outcome else rows
