"""The console's page of mails, where an instance writes them into a folder instead of sending."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from apps.notifications.folder import newest_mails
from apps.portal.site import console_site


def mails_page(request: HttpRequest) -> HttpResponse:
    """Show the newest mails with their text. Raises Http404 where mails are really sent."""
    if not settings.MAIL_FOLDER:
        raise Http404
    context = {
        **console_site.each_context(request),
        "title": _("Mails"),
        "mails": newest_mails(),
    }
    response = TemplateResponse(request, "mails/folder.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


if settings.MAIL_FOLDER:
    console_site.add_page(
        "mails/", mails_page, name="mails", right="notifications.view_outgoingmail"
    )
