"""Filter bars of the activation overview and of the charge records."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.accounts.models import Location
from apps.charge_records.choices import (
    ACTIVATION_STATE_CHOICES,
    BDR_DETAIL_CHOICES,
    BDR_MAIN_CHOICES,
    EKA_CHOICES,
    ERROR_CLASS_CHOICES,
    LEVEL_CHOICES,
    Medium,
    Refusal,
)
from apps.charge_records.domain.periods import Period, named_period
from apps.charge_records.domain.rates import Level
from apps.charge_records.domain.statuses import (
    IMPLAUSIBLE,
    JUDGED_ACTIVATION_STATES,
    LIVE_ACTIVATION_STATES,
)
from apps.charge_records.selectors.addresses import (
    ANY_ERROR,
    IMPLAUSIBLE_ONES,
    OVER,
    PLAUSIBLE,
)
from apps.infrastructure.choices import Current
from apps.infrastructure.models import ChargePoint, Station
from apps.portal import formats
from apps.portal.filterforms import PeriodFilterForm

ALL = ("", _("All"))
RUNNING = "running"

# Charge records are analysed for two years at most (DOMAIN 5).
ANALYSED = timedelta(days=731)

MOST_MATCHES = 5000
"""Stations or charge points that a search goes through; more mean that it says nothing."""


def limited_locations(request: HttpRequest) -> QuerySet[Any]:
    """Return the locations that the person may filter by."""
    return Location.objects.at_locations_of(request.user).order_by("name")


class LocatedFilterForm(PeriodFilterForm):
    """A period, a location and a search."""

    location = forms.ModelChoiceField(
        label=_("Location"), queryset=Location.objects.none(), required=False, empty_label=ALL[1]
    )
    search = forms.CharField(label=_("Search"), max_length=100, required=False)
    point = forms.IntegerField(required=False, widget=forms.HiddenInput)
    station = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # From a figure to the rows behind it: days are those on which rows count in the roll-up.
    counted = forms.BooleanField(required=False, widget=forms.HiddenInput)
    unknown_point = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        super().prepare()
        self.fields["location"].queryset = limited_locations(self.request)  # type: ignore[attr-defined]

    def narrowed(self, rows: QuerySet[Any], time_field: str, now: datetime) -> QuerySet[Any]:
        """Return the rows in the period, at the location, of the charge point or station."""
        if self.value("counted"):
            return self.placed(self.counted_rows(rows))
        begin, end = self.bounds(now)
        rows = rows.filter(**{f"{time_field}__gte": begin})
        if end:
            rows = rows.filter(**{f"{time_field}__lt": end})
        return self.placed(rows)

    def counted_rows(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that count on the days from start to end in the roll-up."""
        rows = rows.filter(counted_on__isnull=False)
        if self.value("start"):
            rows = rows.filter(counted_on__gte=self.value("start"))
        return rows.filter(counted_on__lte=self.value("end")) if self.value("end") else rows

    def placed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows at the location and its parts, of the charge point or station."""
        if self.value("location"):
            parts = Location.with_parts([self.value("location").pk])
            rows = rows.filter(station__location__in=parts.values("pk"))
        if self.value("unknown_point"):
            rows = rows.filter(charge_point=None)
        for name, path in (
            ("point", "charge_point"),
            ("station", "station"),
        ):
            if self.value(name):
                rows = rows.filter(**{path: self.value(name)})
        return rows

    def searched(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return rows whose station or charge point contains the text or whose card begins with it.

        Each part of the condition has an index: over years of records a search inside the card
        numbers would read them all.
        """
        text = (self.value("search") or "").strip()
        if not text:
            return rows
        found = Q(station__in=stations_containing(text)) | Q(
            charge_point__in=points_containing(text)
        )
        # A hit would tell whose card it was, too.
        if self.request.user.has_perm(IDENTITY):
            found |= Q(id_tag__istartswith=text) | Q(emaid__istartswith=text)
        return rows.filter(found)


def stations_containing(text: str) -> list[int]:
    """Return keys of stations; the rows searched are narrowed to what the person sees already."""
    rows = Station.objects.filter(charge_box_id__icontains=text)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_MATCHES])


def points_containing(text: str) -> list[int]:
    rows = ChargePoint.objects.filter(
        Q(charge_port_id__icontains=text) | Q(evse_id__icontains=text)
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST_MATCHES])


class ActivationFilterForm(LocatedFilterForm):
    """Filters of the activation overview; the last 24 hours by default (CDR-08)."""

    defaults: ClassVar[dict[str, str]] = {"period": "24h"}
    period_names = ("1h", "24h", "7d", "30d")
    field_order = ("period", "start", "end", "state", "problem", "medium", "location", "search")

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ALL,
            (RUNNING, _("In progress")),
            (OVER, _("Over, not refused")),
            *ACTIVATION_STATE_CHOICES,
        ],
    )
    problem = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=[
            ALL,
            (ANY_ERROR, _("Any reason")),
            (_("Refusal"), Refusal.choices),
            (_("Error"), ERROR_CLASS_CHOICES),
        ],
    )
    medium = forms.ChoiceField(
        label=_("Authentication medium"), required=False, choices=[ALL, *Medium.choices]
    )

    def apply(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        rows = self.searched(self.narrowed(rows, "began_at", now))
        state, problem, medium = (self.value(name) for name in ("state", "problem", "medium"))
        if state == RUNNING:
            rows = rows.filter(state__in=list(LIVE_ACTIVATION_STATES))
        elif state == OVER:
            rows = rows.filter(state__in=list(JUDGED_ACTIVATION_STATES))
        elif state:
            rows = rows.filter(state=state)
        if problem == ANY_ERROR:
            rows = rows.exclude(error_class="")
        elif problem:
            rows = rows.filter(Q(refusal=problem) | Q(error_class=problem))
        return rows.filter(medium=medium) if medium else rows


class RecordFilterForm(LocatedFilterForm):
    """Filters of the charge records; the last 30 days by default (CDR-01)."""

    defaults: ClassVar[dict[str, str]] = {"period": "30d"}
    field_order = (
        "period", "start", "end", "main", "detail", "eka", "location", "medium", "current",
        "error", "search",
    )  # fmt: skip

    main = forms.ChoiceField(
        label=_("BDR status"),
        required=False,
        choices=[
            ALL,
            (PLAUSIBLE, _("All plausible ones")),
            (IMPLAUSIBLE_ONES, _("Errors and exclusions")),
            *BDR_MAIN_CHOICES,
        ],
    )
    detail = forms.ChoiceField(
        label=_("Detailed status"), required=False, choices=[ALL, *BDR_DETAIL_CHOICES]
    )
    eka = forms.ChoiceField(label=_("EKA status"), required=False, choices=[ALL, *EKA_CHOICES])
    medium = forms.ChoiceField(
        label=_("Authentication medium"), required=False, choices=[ALL, *Medium.choices]
    )
    current = forms.ChoiceField(label=_("Current"), required=False, choices=[ALL, *Current.choices])
    error = forms.ChoiceField(
        label=_("Error"),
        required=False,
        choices=[ALL, (ANY_ERROR, _("Any error")), *ERROR_CLASS_CHOICES],
    )

    def apply(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        rows = self.searched(self.narrowed(rows, "started_at", now))
        rows = self.of_status(rows)
        for name, path in (
            ("detail", "bdr_detail"),
            ("eka", "eka"),
            ("medium", "medium"),
            ("current", "charge_point__current"),
        ):
            if self.value(name):
                rows = rows.filter(**{path: self.value(name)})
        error = self.value("error")
        if error == ANY_ERROR:
            return rows.exclude(error_class="")
        return rows.filter(error_class=error) if error else rows

    def of_status(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the main status, or of those that count as plausible or do not."""
        main = self.value("main")
        if main == PLAUSIBLE:
            return rows.exclude(bdr_main__in=IMPLAUSIBLE)
        if main == IMPLAUSIBLE_ONES:
            return rows.filter(bdr_main__in=IMPLAUSIBLE)
        return rows.filter(bdr_main=main) if main else rows


class ErrorRateFilterForm(PeriodFilterForm):
    """Filters of the error rate: whole days, the last 30 by default, and of what it is (CDR-07)."""

    defaults: ClassVar[dict[str, str]] = {"period": "30d", "level": Level.POINTS.value}
    period_names = ("7d", "30d", "90d", "12m")
    field_order = ("period", "start", "end", "level", "location")

    level = forms.ChoiceField(label=_("Level"), required=False, choices=LEVEL_CHOICES)
    location = forms.ModelChoiceField(
        label=_("Location"), queryset=Location.objects.none(), required=False, empty_label=ALL[1]
    )
    station = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def prepare(self) -> None:
        super().prepare()
        self.fields["location"].queryset = limited_locations(self.request)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Refuse an end before its begin, and days before those that are analysed."""
        super().clean()
        first, last = self.value("start"), self.value("end")
        earliest = timezone.localdate() - ANALYSED
        for name, day in (("start", first), ("end", last)):
            if day and day < earliest:
                words = _("The error rate is shown at most two years back, from %(day)s on.")
                self.add_error(name, words % {"day": formats.day(earliest)})
        if first and last and last < first and not self.errors:
            self.add_error("end", _("The period ends before it begins."))
        return self.cleaned_data

    @property
    def chosen_level(self) -> Level:
        return Level(self.value("level") or self.defaults["level"])

    def days(self, today: date) -> Period:
        """Return the days asked for; a begin alone lasts up to today, an end alone is the end of
        the named period.
        """
        first = self.value("start")
        last = min(self.value("end") or today, today)
        name = self.value("period")
        if first:
            return Period(min(first, last), last)
        usual = name if name in self.period_names else self.defaults["period"]
        return named_period(usual, last)

    def apply(self, totals: QuerySet[Any]) -> QuerySet[Any]:
        """Return the totals at the location and its parts, of the station."""
        if self.value("location"):
            parts = Location.with_parts([self.value("location").pk])
            totals = totals.filter(station__location__in=parts.values("pk"))
        return totals.filter(station=self.value("station")) if self.value("station") else totals
