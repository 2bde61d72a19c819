"""Filters of the lists of stations and charge points."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from apps.infrastructure.choices import ASSIGNMENT_STATE_BADGES, PORTAL_STATUS_CHOICES
from apps.infrastructure.domain.security import CertificateState
from apps.infrastructure.models import ChargePoint
from apps.infrastructure.selectors.assignments import in_state
from apps.infrastructure.selectors.certificates import expired, expiring, stations_with
from apps.infrastructure.selectors.charge_points import PLANNED, in_status
from apps.tenants.domain.products import AssignmentState

STATUS_LOOKUPS = [*PORTAL_STATUS_CHOICES, (PLANNED, _("Planned"))]


class OnlineFilter(DropdownFilter):
    """Connected or not; "never" for stations that were never seen."""

    title = _("connection")
    parameter_name = "online"
    path = "connection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Online")), ("no", _("Offline")), ("never", _("Never connected"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(**{f"{self.path}__is_online": True})
            case "no":
                return queryset.exclude(**{f"{self.path}__is_online": True})
            case "never":
                return queryset.filter(**{f"{self.path}__last_message_at": None})
        return queryset


class StationOnlineFilter(OnlineFilter):
    """The same over the station of a charge point."""

    path = "station__connection"


class ChargePointStatusFilter(DropdownFilter):
    """Status of a charge point as the tiles of the dashboard count it."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return STATUS_LOOKUPS

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in dict(STATUS_LOOKUPS):
            return queryset
        return in_status(queryset, str(self.value()))


class StationStatusFilter(ChargePointStatusFilter):
    """Stations that have a charge point in the status."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in dict(STATUS_LOOKUPS):
            return queryset
        points = in_status(ChargePoint.objects.all(), str(self.value()))
        return queryset.filter(pk__in=points.values("station"))


class AssignmentStateFilter(DropdownFilter):
    """Where an assigned product stands today."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, badge.label) for state, badge in ASSIGNMENT_STATE_BADGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in set(AssignmentState):
            return queryset
        return in_state(queryset, AssignmentState(str(self.value())), timezone.localdate())


class CertificateEndFilter(DropdownFilter):
    """Certificates in use that end soon or have ended, and requests that nobody has signed."""

    title = _("certificate")
    parameter_name = "certificate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("expiring", _("Expires soon")),
            ("expired", _("Expired")),
            ("requested", _("Waits for its signature")),
        ]

    def condition(self) -> Q | None:
        """Return what was chosen; None for nothing, or for what is not offered."""
        now = timezone.now()
        match self.value():
            case "expiring":
                return expiring(now)
            case "expired":
                return expired(now)
            case "requested":
                return Q(state=CertificateState.REQUESTED.value)
        return None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        condition = self.condition()
        return queryset if condition is None else queryset.filter(condition)


class StationCertificateFilter(CertificateEndFilter):
    """Stations with such a certificate."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        condition = self.condition()
        if condition is None:
            return queryset
        return queryset.filter(pk__in=stations_with(condition))
