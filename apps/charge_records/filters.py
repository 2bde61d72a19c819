"""Filter bars of the activation overview and of the charge records."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.domain.identity import RIGHT as IDENTITY
from apps.accounts.models import Location
from apps.charge_records.choices import (
    ACTIVATION_STATE_CHOICES,
    BDR_DETAIL_CHOICES,
    BDR_MAIN_CHOICES,
    EKA_CHOICES,
    ERROR_CLASS_CHOICES,
    LEVEL_CHOICES,
    By,
    Medium,
    Refusal,
    Show,
    Tab,
)
from apps.charge_records.domain.days import years_before
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
from apps.charge_records.selectors.clocks import local_hour, time_zones
from apps.core.errors import AppError
from apps.infrastructure.choices import Current
from apps.infrastructure.models import ChargePoint, Station
from apps.portal import formats
from apps.portal.filterforms import PERIODS, PeriodFilterForm
from apps.tenants.selectors import current_tenant

ALL = ("", _("All"))
RUNNING = "running"

ROLLED_UP = {
    *("period", "start", "end", "location", "point", "station", "unknown_point", "current"),
    "counted",
}
"""What the roll-up by charge point and day can be asked for."""
TURN = timedelta(days=1)
"""More than any clock at a location differs from another."""

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


class PeriodRefused(AppError):
    """The days of the filter cannot be analysed; `field` names the input."""

    code = "period_refused"
    message = _("%(label)s: %(reason)s")


def hidden_choice(choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    """Return a field that the address sets and the filter bar only passes on."""
    return forms.ChoiceField(required=False, choices=[("", ""), *choices], widget=forms.HiddenInput)


class RecordFilterForm(LocatedFilterForm):
    """Filters of the charge records; the last 30 days by default (CDR-01).

    A record belongs to the day on which its session began by the clock of its location. Days reach
    back as far as the tenant's setting allows, two years unless it says otherwise.
    """

    defaults: ClassVar[dict[str, str]] = {"period": "30d"}
    period_names = ("24h", "7d", "30d", "90d", "12m", "24m")
    field_order = (
        "period", "start", "end", "emaid", "provider", "main", "detail", "eka",
        "location", "medium", "current", "error", "hour", "search",
    )  # fmt: skip
    # How the rows are shown, not which.
    presentation = ("tab", "show", "by", "columns")

    tab = hidden_choice(Tab.choices)
    show = hidden_choice(Show.choices)
    by = hidden_choice(By.choices)
    columns = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    emaid = forms.CharField(label=_("EMAID"), max_length=24, required=False)
    provider = forms.CharField(
        label=_("Provider"),
        max_length=8,
        required=False,
        widget=forms.TextInput({"placeholder": "DE-ABC"}),
    )
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
    hour = forms.ChoiceField(
        label=_("Hour of the start"),
        required=False,
        choices=[ALL, *((str(hour), f"{hour}:00 – {hour}:59") for hour in range(24))],
    )

    def prepare(self) -> None:
        super().prepare()
        if not self.is_emaid_tab or not self.sees_drivers:
            for name in ("emaid", "provider"):
                del self.fields[name]

    @property
    def sees_drivers(self) -> bool:
        return bool(self.request.user.has_perm(IDENTITY))

    @property
    def is_emaid_tab(self) -> bool:
        return self.request.GET.get("tab") == Tab.EMAID

    @property
    def is_graph(self) -> bool:
        return self.request.GET.get("show") == Show.GRAPH

    @property
    def active_count(self) -> int:
        return sum(
            1
            for name in self.fields
            if name not in self.presentation
            and self.request.GET.get(name, "") not in {"", self.defaults.get(name, "")}
        )

    def clean(self) -> dict[str, Any]:
        """Refuse days before those that the tenant analyses, and an end before its begin."""
        super().clean()
        first, last = self.days(timezone.localdate())
        earliest = self.earliest(timezone.localdate())
        if first and last and last < first:
            self.add_error("end", _("The period ends before it begins."))
        elif first and first < earliest:
            years = current_tenant().analysis_years
            words = ngettext(
                "Records are analysed at most %(years)s year back, from %(day)s on.",
                "Records are analysed at most %(years)s years back, from %(day)s on.",
                years,
            )
            name = "start" if self.value("start") else "end"
            self.add_error(name, words % {"years": years, "day": formats.day(earliest)})
        return self.cleaned_data

    @property
    def is_period_refused(self) -> bool:
        return bool(self.errors.keys() & {"start", "end"})

    def earliest(self, today: date) -> date:
        """Return the first day that may be analysed."""
        return years_before(today, current_tenant().analysis_years)

    def days(self, today: date) -> tuple[date | None, date | None]:
        """Return the first and the last day (both included; None: open); two None: 24 hours."""
        first, last = self.value("start"), self.value("end")
        if first:
            return first, last
        name = self.value("period")
        length = PERIODS[name if name in PERIODS else self.defaults["period"]][0]
        if last:
            return last + timedelta(days=1) - length, last
        if length < timedelta(days=2):
            return None, None
        return max(today - length, self.earliest(today)), None

    def narrowed(self, rows: QuerySet[Any], time_field: str, now: datetime) -> QuerySet[Any]:
        """Return the rows of the days, each by the clock of its location, at the chosen place."""
        first, last = self.days(timezone.localdate(now))
        if first is None:
            begin, _end = self.bounds(now)
            rows = rows.filter(**{f"{time_field}__gte": begin})
        elif self.is_graph or self.value("counted"):
            rows = self.counted_on(rows, first, last)
        else:
            rows = on_days(rows, time_field, first, last)
        return self.placed(rows)

    def counted_on(self, rows: QuerySet[Any], first: date, last: date | None) -> QuerySet[Any]:
        """Return the rows that count on these days in the roll-up."""
        rows = rows.filter(counted_on__gte=first)
        if last:
            rows = rows.filter(counted_on__lte=last)
        # Lists are read by start. Only a clock that is ahead puts one on an earlier day than its
        # own, and what begins in the future is not plausible.
        until = last + TURN if last and self.value("main") == PLAUSIBLE else None
        return rows.filter(**within("started_at", time_zones(), first, until))

    def apply(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        """Return the rows that match. Raises PeriodRefused."""
        for name in self.errors.keys() & {"start", "end"}:
            reason = " ".join(str(error) for error in self.errors[name])
            raise PeriodRefused(name, label=self.fields[name].label, reason=reason)
        rows = self.searched(self.narrowed(rows, "started_at", now))
        if self.is_emaid_tab:
            rows = self.of_contracts(rows)
        for name, path in (
            ("detail", "bdr_detail"),
            ("eka", "eka"),
            ("medium", "medium"),
            ("current", "charge_point__current"),
        ):
            if self.value(name):
                rows = rows.filter(**{path: self.value(name)})
        if self.value("hour"):
            rows = rows.alias(began_hour=local_hour("started_at", time_zones()))
            rows = rows.filter(began_hour=int(self.value("hour")))
        return self.judged(rows)

    def judged(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of the status, or of those that count as plausible or do not, and of
        the error.
        """
        main, error = self.value("main"), self.value("error")
        if main == PLAUSIBLE:
            rows = rows.exclude(bdr_main__in=IMPLAUSIBLE)
        elif main == IMPLAUSIBLE_ONES:
            rows = rows.filter(bdr_main__in=IMPLAUSIBLE)
        elif main:
            rows = rows.filter(bdr_main=main)
        if error == ANY_ERROR:
            return rows.exclude(error_class="")
        return rows.filter(error_class=error) if error else rows

    @property
    def judges_by_itself(self) -> bool:
        """Say whether records are asked for by their verdict, so that a graph leaves none out."""
        return any(self.value(name) for name in ("main", "detail", "error"))

    def of_contracts(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that name an EMAID, for people who may see whose it is."""
        if not self.sees_drivers:
            return rows.none()
        rows = rows.exclude(emaid="")
        for name in ("provider", "emaid"):
            if beginning := without_separators(self.value(name) or ""):
                rows = rows.filter(emaid__istartswith=beginning)
        return rows

    @property
    def is_rolled_up(self) -> bool:
        """Say whether the roll-up by charge point and day knows all that the filter asks."""
        asked = {name for name in self.fields if self.value(name)}
        first, _last = self.days(timezone.localdate())
        is_known = asked <= ROLLED_UP | set(self.presentation)
        return is_known and not self.is_emaid_tab and first is not None

    def apply_to_totals(self, rows: QuerySet[Any], now: datetime) -> QuerySet[Any]:
        """Return the rows of the roll-up that match; see `is_rolled_up`."""
        first, last = self.days(timezone.localdate(now))
        rows = self.placed(rows.filter(day__gte=first))
        if last:
            rows = rows.filter(day__lte=last)
        current = self.value("current")
        return rows.filter(charge_point__current=current) if current else rows


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


def without_separators(text: str) -> str:
    """Return the beginning of an EMAID as it is stored: " de-abc " -> "deabc"."""
    return text.strip().replace("-", "").replace("*", "")


def on_days(rows: QuerySet[Any], time_field: str, first: date, last: date | None) -> QuerySet[Any]:
    """Return the rows whose time is on one of the days by the clock of its location."""
    zones = time_zones()
    # The hull of what follows; an index on the time serves it.
    rows = rows.filter(**within(time_field, zones, first, last))
    if len(zones) == 1:
        return rows
    by_zone = Q(pk__in=[])
    for zone in zones:
        by_zone |= Q(**within(time_field, [zone], first, last), station__location__time_zone=zone)
    return rows.filter(by_zone)


def within(
    time_field: str, zones: list[str], first: date, last: date | None
) -> dict[str, datetime]:
    """Return look-ups of the instants that are on these days in any of the zones."""
    begins = [datetime.combine(first, time.min, ZoneInfo(zone)) for zone in zones]
    found = {f"{time_field}__gte": min(begins)}
    if last:
        end = last + timedelta(days=1)
        ends = [datetime.combine(end, time.min, ZoneInfo(zone)) for zone in zones]
        found[f"{time_field}__lt"] = max(ends)
    return found
