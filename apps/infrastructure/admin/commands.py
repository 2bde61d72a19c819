"""Commands and their answers, read only."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.infrastructure.choices import COMMAND_CHOICES
from apps.infrastructure.models import StationCommand
from apps.infrastructure.views.commands import command_badge, command_page, command_sentence
from apps.portal.admin import ReadOnlyModelAdmin
from apps.portal.site import portal_site
from apps.portal.trail.wording import register_values


@admin.register(StationCommand, site=portal_site)
class StationCommandAdmin(ReadOnlyModelAdmin):
    """All commands, newest first; one command with what was sent and answered."""

    is_large = True
    list_display = ["requested_at", "station", "command", "state_column", "sentence_column"]
    list_filter = ["status", "command"]
    list_select_related = ["station", "requested_by"]

    @display(description=_("state"))
    def state_column(self, command: StationCommand) -> str:
        return render_to_string(
            "infrastructure/parts/cell.html", {"badges": [command_badge(command)]}
        )

    @display(description=_("answer"))
    def sentence_column(self, command: StationCommand) -> str:
        return command_sentence(command)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return command_page(request, self.get_object_or_404(request, unquote(object_id)))


register_values("command", dict(COMMAND_CHOICES))
