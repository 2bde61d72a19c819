"""Dialogs of commands, and a command's way from the click to the station's answer."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.infrastructure.choices import (
    COMMAND_STATUS_BADGES,
    GOOD_VERDICTS,
    VERDICT_SENTENCES,
)
from apps.infrastructure.forms.commands import CommandForm
from apps.infrastructure.models import Station, StationCommand
from apps.infrastructure.services.commands import request_now
from apps.portal.badges import WARN, Badge
from apps.portal.rendering import fragment_name, render_fragment, render_page
from apps.vocabulary.commands import OPEN_COMMAND_STATUSES, CommandStatus

DIALOG = "infrastructure/parts/command_dialog.html"
PROGRESS = "infrastructure/parts/command_progress.html"

View = Callable[[HttpRequest, Station], HttpResponse]


def dialog_view(form_class: type[CommandForm]) -> View:
    """Return the view that shows a command's form in the dialog."""

    def show(request: HttpRequest, station: Station) -> HttpResponse:
        known = {
            name: value for name, value in request.GET.items() if name in form_class.base_fields
        }
        return dialog(request, station, form_class(station=station, initial=known))

    return show


def send_view(form_class: type[CommandForm]) -> View:
    """Return the view that queues the command and answers with its progress."""

    def send(request: HttpRequest, station: Station) -> HttpResponse:
        form = form_class(request.POST, station=station)
        if not form.is_valid():
            return dialog(request, station, form)
        try:
            command = request_now(
                station,
                form.command,
                form.parameters(),
                actor=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )
        except AppError as error:
            form.add_error(None, str(error))
            return dialog(request, station, form)
        return render_fragment(request, PROGRESS, progress_context(command))

    return send


def dialog(request: HttpRequest, station: Station, form: CommandForm) -> HttpResponse:
    send_url = reverse(
        f"admin:infrastructure_station_send_{form.name.replace('-', '_')}", args=[station.pk]
    )
    context = {"station": station, "form": form, "send_url": send_url, "row": station}
    return render_fragment(request, DIALOG, context)


def command_page(request: HttpRequest, command: StationCommand) -> HttpResponse:
    """Show one command with all that was sent and answered; `fragment=progress`: its state only."""
    context = progress_context(command)
    if fragment_name(request) == "progress":
        return render_fragment(request, PROGRESS, context)
    return render_page(
        request,
        "infrastructure/command.html",
        context,
        title=command.get_command_display(),
        model=StationCommand,
        row=command,
    )


def progress_context(command: StationCommand) -> dict[str, Any]:
    """Return the command with its badge, the answer in words and whether it is still open."""
    return {
        "command": command,
        "badge": command_badge(command),
        "sentence": command_sentence(command),
        "is_open": command.status in OPEN_COMMAND_STATUSES,
        "url": reverse("admin:infrastructure_stationcommand_change", args=[command.pk]),
    }


def command_badge(command: StationCommand) -> Badge:
    """Return how far the command got; an answer that is a refusal looks like one."""
    badge = COMMAND_STATUS_BADGES[command.status]
    refused = command.verdict and command.verdict not in GOOD_VERDICTS
    if command.status == CommandStatus.ANSWERED.value and refused:
        return Badge(badge.label, "do_not_disturb_on", WARN)
    return badge


def command_sentence(command: StationCommand) -> str:
    """Return in words where the command stands, or what the station said."""
    sentences = {
        CommandStatus.QUEUED.value: _("Waiting for the station's connection."),
        CommandStatus.SENT.value: _("Sent, waiting for the station's answer."),
        CommandStatus.TIMED_OUT.value: _("The station did not answer in time."),
        CommandStatus.EXPIRED.value: _("The station did not come back in time; nothing was sent."),
        CommandStatus.NOT_OFFERED.value: _("This cannot be sent to the station."),
        CommandStatus.REJECTED.value: _("The station answered with an error."),
    }
    if command.status in sentences:
        return str(sentences[command.status])
    if not command.verdict:
        return str(_("The station answered."))
    known = VERDICT_SENTENCES.get(command.verdict)
    return str(known) if known else str(_("The station said: %(word)s") % {"word": command.verdict})
