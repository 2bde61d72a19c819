"""Host → tenant. An unknown or suspended host gets 404, in nobody's brand."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django_tenants.middleware import TenantMainMiddleware

from apps.tenants.models import Tenant


class TenantMiddleware(TenantMainMiddleware):
    """Set the schema from the host name before anything else reads the database."""

    def get_tenant(self, domain_model: Any, hostname: str) -> Tenant:
        host = domain_model.objects.select_related("tenant", "tenant__brand").get(
            domain=hostname.lower()
        )
        if host.tenant.is_suspended:
            raise Http404
        return host.tenant

    def no_tenant_found(self, request: HttpRequest, hostname: str) -> HttpResponse:
        return render(request, "unknown_host.html", {"hostname": hostname}, status=404)
