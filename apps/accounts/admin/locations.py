"""Locations: sites to which users can be limited."""

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.forms import LocationForm
from apps.accounts.models import Location
from apps.accounts.resources import LocationResource
from apps.portal import search
from apps.portal.admin import PortalModelAdmin
from apps.portal.excel import PortalImportExportAdmin
from apps.portal.site import portal_site


@admin.register(Location, site=portal_site)
class LocationAdmin(PortalImportExportAdmin, PortalModelAdmin):
    list_display = ("name", "street", "postal_code", "city", "country")
    search_fields = ("name", "city", "postal_code")
    ordering = ("name",)
    form = LocationForm
    resource_classes = [LocationResource]

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        """Whoever is limited to locations could not see a new one."""
        limited = getattr(request.user, "is_limited_to_locations", True)
        return not limited and super().has_add_permission(request)


search.register(
    search.ModelSource(
        Location,
        exact=("name",),
        contains=("name", "city"),
        icon="location_on",
        describe=lambda location: location.city or str(Location._meta.verbose_name),
    )
)
