"""Locations: sites to which users can be limited."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms import LocationForm
from apps.accounts.models import Location, User
from apps.accounts.resources import LocationResource
from apps.accounts.selectors import is_limited, members
from apps.portal import formats, panels, search
from apps.portal.admin import PortalModelAdmin
from apps.portal.excel import PortalImportExportAdmin
from apps.portal.site import portal_site

PLACE = "accounts.location"
"""Where higher rooms hang what stands at the location."""


@admin.register(Location, site=portal_site)
class LocationAdmin(PortalImportExportAdmin, PortalModelAdmin):
    list_display = ("name", "part_of", "street", "postal_code", "city", "country")
    search_fields = ("name", "city", "postal_code")
    ordering = ("name",)
    form = LocationForm
    resource_classes = [LocationResource]

    change_form_after_template = "accounts/location_after.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        location = kwargs.get("obj")
        if location is not None:
            context |= {
                "parts": Location.objects.visible_to(request.user).filter(parent=location),
                "members": self.members(request, location),
                "panels": panels.render(PLACE, request, location),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def members(self, request: HttpRequest, location: Location) -> QuerySet[User] | None:
        """Return who is limited to the location; None for those who may see no portal users."""
        user = request.user
        may = user.has_perm("accounts.view_user") and not user.is_limited_to_locations
        return members(location).order_by("email") if may else None

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        """Whoever is limited to locations could not see a new one."""
        return not is_limited(request.user) and super().has_add_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Location]:
        return super().get_queryset(request).select_related("parent")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Whoever is limited to locations is not told what lies above them, and moves nothing."""
        limited = is_limited(request.user)
        names = LocationForm.Meta.fields
        return tuple(name for name in names if not (limited and name == "parent"))

    @admin.display(description=_("part of"), ordering="parent__name")
    def part_of(self, location: Location) -> str:
        return location.parent.name if location.parent else formats.NOTHING

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        limited = is_limited(request.user)
        return tuple(name for name in self.list_display if not (limited and name == "part_of"))


search.register(
    search.ModelSource(
        Location,
        exact=("name",),
        contains=("name", "city"),
        icon="location_on",
        describe=lambda location: location.city or str(Location._meta.verbose_name),
    )
)
