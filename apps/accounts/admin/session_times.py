"""The page on which an admin says how long people stay signed in."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms.sessions import SessionTimesForm
from apps.accounts.selectors import is_limited, session_times
from apps.accounts.services.sessions import save_times
from apps.portal.navigation import is_console
from apps.portal.site import console_site, portal_site

RIGHT = "accounts.change_sessiontimes"


def times_page(request: HttpRequest) -> HttpResponse:
    if is_limited(request.user):
        raise PermissionDenied
    form = SessionTimesForm(request.POST or None, instance=session_times())
    if request.method == "POST" and form.is_valid():
        save_times(form.save(commit=False), now=timezone.now())
        messages.success(request, _("The session times were saved."))
        return HttpResponseRedirect(request.path)
    site = console_site if is_console(request) else portal_site
    context = {**site.each_context(request), "title": _("Session times"), "form": form}
    return TemplateResponse(request, "portal/form_page.html", context)


for site in (portal_site, console_site):
    site.add_page(
        "session-times/", times_page, name="session_times", right=RIGHT, method="GET,POST"
    )
