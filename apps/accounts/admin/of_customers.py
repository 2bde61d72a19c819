"""What the console's pages of a tenant's rows share."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from apps.tenants.choices import TenantKind
from apps.tenants.models import Tenant


class OfCustomersMixin:
    """Rows of customers; those of the platform itself are no business of the console's pages."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)  # type: ignore[misc]
        return rows.filter(tenant__kind=TenantKind.CUSTOMER).select_related("tenant")

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        rows = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        return rows.filter(kind=TenantKind.CUSTOMER) if rows.model is Tenant else rows
