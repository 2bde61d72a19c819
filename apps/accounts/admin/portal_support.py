"""Support access as the tenant's people see it: who is in, why, who was; and entering."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from apps.accounts.services.places import LAST_MOMENT_KEY
from apps.accounts.services.support import SupportLinkDead, end_support, enter
from apps.accounts.views import page
from apps.core.origin import SUPPORT_KEY, Actor, Way, came_from, current_origin
from apps.portal.rendering import render_page
from apps.portal.site import portal_site
from apps.tenants.models import SupportAccess
from apps.tenants.selectors import current_tenant, open_support_access

SHOWN = 50
VIEW, MANAGE = "audit.view_entry", "accounts.change_user"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def support_page(request: HttpRequest) -> HttpResponse:
    tenant, now = current_tenant(), timezone.now()
    context = {
        "open": open_support_access(tenant, now),
        "accesses": SupportAccess.objects.filter(tenant=tenant)[:SHOWN],
        "may_end": may_end(request),
    }
    return render_page(request, "accounts/portal_support.html", context, title=_("Support access"))


def may_end(request: HttpRequest) -> bool:
    """Say whether the person manages people here, or is the support itself."""
    user: Any = request.user
    manages = user.has_perm(MANAGE) and not user.is_limited_to_locations
    return bool(manages or request.session.get(SUPPORT_KEY))


def end_view(request: HttpRequest) -> HttpResponse:
    if not may_end(request):
        raise PermissionDenied
    user: Any = request.user
    access = open_support_access(current_tenant(), timezone.now())
    if access is not None:
        by = access.operator if request.session.get(SUPPORT_KEY) else user.email
        end_support(access, by=by, now=timezone.now())
        messages.success(request, _("The support access has ended."))
    return HttpResponseRedirect(reverse("admin:support_access"))


portal_site.add_page("support-access/", support_page, name="support_access", right=VIEW)
portal_site.add_page("support-access/end/", end_view, name="support_end", right=VIEW, method="POST")


@never_cache
def enter_as_support(request: HttpRequest, token: str) -> HttpResponse:
    """Log the operator in, in the portal of this host, until the access ends."""
    now = timezone.now()
    try:
        user, access = enter(token, current_tenant(), now=now)
    except SupportLinkDead as error:
        return page(request, "accounts/support_link_dead.html", status=404, reason=str(error))
    request.session.flush()
    request.session[SUPPORT_KEY] = access.operator
    request.session[LAST_MOMENT_KEY] = access.ends_at.isoformat()
    operator = Actor(id=user.pk, name=access.operator)
    origin = replace(current_origin(), way=Way.SUPPORT, find_actor=lambda: operator)
    with came_from(origin):
        login(request, user, backend=BACKEND)
    return HttpResponseRedirect(reverse("admin:index"))
