"""Host → tenant. An unknown, unproven or suspended host gets 404, in nobody's brand."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django_tenants.middleware import TenantMainMiddleware
from django_tenants.utils import remove_www

from apps.core.metrics import FORWARDED
from apps.tenants.choices import TenantKind
from apps.tenants.models import Host, Tenant
from apps.tenants.services.host_check import PATH, QUESTION_LENGTH, proof_of

CERTIFICATE_PATH = "/certificate-wanted"
"""Where the proxy asks whether it may fetch a certificate for a name (Caddy: `on_demand_tls`)."""


class TenantMiddleware(TenantMainMiddleware):
    """Set the schema from the host name before anything else reads the database.

    One query finds the tenant with its brand: a change of either is there with the next request, in
    every process.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if request.path == PATH:
            return prove(request)
        if request.path == CERTIFICATE_PATH:
            return answer_proxy(request)
        return super().process_request(request)  # type: ignore[no-any-return]

    def get_tenant(self, domain_model: Any, hostname: str) -> Tenant:
        host = (
            domain_model.objects.proven()
            .select_related("tenant", "tenant__brand")
            .get(domain=hostname.lower())
        )
        if host.tenant.is_suspended:
            raise Http404
        return host.tenant

    def no_tenant_found(self, request: HttpRequest, hostname: str) -> HttpResponse:
        return render(request, "unknown_host.html", {"hostname": hostname}, status=404)


def plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(
        f"{text}\n", status=status, content_type="text/plain", headers={"Cache-Control": "no-store"}
    )


def prove(request: HttpRequest) -> HttpResponse:
    """Answer for a host of the table, proven or not, that a request to it arrives here."""
    name = remove_www(request.get_host().rpartition(":")[0] or request.get_host()).lower()
    question = request.GET.get("question", "")
    if len(question) != QUESTION_LENGTH or not Host.objects.filter(domain=name).exists():
        return plain("unknown host", 404)
    return plain(proof_of(name, question))


def answer_proxy(request: HttpRequest) -> HttpResponse:
    """Answer our own proxy, and nobody beyond it: 200 for hosts that lead to somebody."""
    if any(request.headers.get(name) for name in FORWARDED):
        return plain("not found", 404)
    name = remove_www(request.GET.get("domain", "").lower())
    hosts = Host.objects.proven().exclude(tenant__kind=TenantKind.TEMPLATE)
    is_known = hosts.filter(domain=name, tenant__is_suspended=False).exists()
    return plain("yes") if is_known else plain("unknown host", 404)
