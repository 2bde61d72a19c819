"""What a tenant demands of its stations' passwords and certificates."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.infrastructure.forms.security import AuthorityForm
from apps.infrastructure.models import CertificateAuthority, SecurityPolicy
from apps.portal.admin import PortalModelAdmin
from apps.portal.site import portal_site


@admin.register(SecurityPolicy, site=portal_site)
class SecurityPolicyAdmin(PortalModelAdmin):
    """One row at most; without it the defaults hold."""

    list_display = ["name_column", "shortest_password", "operator_name", "updated_at"]
    fields = ["shortest_password", "operator_name"]

    @display(description=_("security policy"))
    def name_column(self, policy: SecurityPolicy) -> str:
        return str(policy)

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        return super().has_add_permission(request) and not SecurityPolicy.objects.exists()


@admin.register(CertificateAuthority, site=portal_site)
class CertificateAuthorityAdmin(PortalModelAdmin):
    """Authorities whose certificates let stations of profile 3 in."""

    form = AuthorityForm
    list_display = ["name", "is_trusted", "updated_at"]
    list_filter = ["is_trusted"]
    fields = ["name", "certificate", "revocation_list", "is_trusted"]
