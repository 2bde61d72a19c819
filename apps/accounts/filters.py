"""Filters of the list of portal users."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from apps.accounts.choices import USER_STATE_LABELS
from apps.accounts.domain.states import UserState
from apps.accounts.models import Location, User
from apps.accounts.selectors import by_factor, in_state, in_tree_order, location_path, who_sees


class UserStateFilter(DropdownFilter):
    """Invited, active, locked, disabled."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, label) for state, label in USER_STATE_LABELS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() not in set(UserState):
            return queryset
        return in_state(queryset, UserState(str(self.value())))


class SeenLocationFilter(DropdownFilter):
    """Users who see a location: those limited to it, and those limited to none."""

    title = _("location")
    parameter_name = "sees"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = in_tree_order(Location.objects.at_locations_of(request.user))
        return [(str(row.pk), location_path(row)) for row in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        chosen = str(self.value() or "")
        if not (chosen.isascii() and chosen.isdigit()):
            return queryset
        location = Location.objects.at_locations_of(request.user).filter(pk=chosen).first()
        return queryset.none() if location is None else who_sees(location, queryset)


class SecondFactorFilter(DropdownFilter):
    """Users with a second factor, or without."""

    title = _("second factor")
    parameter_name = "second_factor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return by_factor(queryset, has_one=self.value() == "yes")
