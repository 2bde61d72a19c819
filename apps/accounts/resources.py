"""Columns of locations in Excel."""

from apps.accounts.models import Location
from apps.portal.excel import PortalResource


class LocationResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = Location
        fields = ("name", "street", "postal_code", "city", "country", "time_zone")
        import_id_fields = ("name",)
