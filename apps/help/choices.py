"""Labels of documents, malfunctions and states."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.help.domain.files import MAX_BYTES, FileFault
from apps.help.domain.health import State
from apps.help.domain.malfunctions import Component, Kind, Phase, Severity, Stage
from apps.portal.badges import BAD, BUSY, GOOD, QUIET, WARN, Badge

MAX_MEGABYTES = MAX_BYTES // 1024 // 1024


class Category(models.TextChoices):
    """What a document is."""

    MANUAL = "manual", _("Manual")
    DATA_SHEET = "data_sheet", _("Data sheet")
    PRICES = "prices", _("Prices and conditions")
    CONTRACT = "contract", _("Contract")
    DATA_PROCESSING = "data_processing", _("Data processing agreement")
    OTHER = "other", _("Other")


FILE_FAULTS = {
    FileFault.EMPTY: _("The file is empty. Choose another one."),
    FileFault.TOO_LARGE: _("The file is larger than %(megabytes)s MB. Choose a smaller one."),
    FileFault.KIND: _(
        "Files of this kind are not taken. Use PDF, PNG, JPEG, DOCX, XLSX, PPTX, ODT, ODS, "
        "TXT or CSV."
    ),
    FileFault.CONTENT: _("The content is not what the name of the file says. Export it again."),
    FileFault.MACROS: _("The file contains macros. Save it without them and try again."),
}

KIND_CHOICES = [
    (Kind.MALFUNCTION.value, _("Malfunction")),
    (Kind.MAINTENANCE.value, _("Planned maintenance")),
]

SEVERITY_CHOICES = [
    (Severity.MINOR.value, _("Minor: slower, or with detours")),
    (Severity.MAJOR.value, _("Major: parts do not work")),
    (Severity.CRITICAL.value, _("Critical: does not work")),
]

COMPONENT_CHOICES = [
    (Component.PORTAL.value, _("Portal")),
    (Component.CHARGERS.value, _("Connection of charging stations")),
    (Component.SESSIONS.value, _("Charge records")),
    (Component.MAILS.value, _("Mails")),
    (Component.JOBS.value, _("Imports, exports and background work")),
]
COMPONENT_LABELS = dict(COMPONENT_CHOICES)

STAGE_CHOICES = [
    (Stage.INVESTIGATING.value, _("Being looked into")),
    (Stage.FOUND.value, _("Cause found")),
    (Stage.WATCHING.value, _("Mended, being watched")),
    (Stage.RESOLVED.value, _("Resolved")),
    (Stage.PLANNED.value, _("Planned")),
    (Stage.UNDER_WAY.value, _("Under way")),
    (Stage.DONE.value, _("Done")),
]
STAGE_LABELS = dict(STAGE_CHOICES)

STATE_BADGES = {
    State.UNKNOWN: Badge(_("Not known yet"), "help", QUIET),
    State.WORKING: Badge(_("Works"), "check_circle", GOOD),
    State.MAINTENANCE: Badge(_("Maintenance"), "engineering", BUSY),
    State.IMPAIRED: Badge(_("Impaired"), "warning", WARN),
    State.PARTLY_DOWN: Badge(_("Partly down"), "error", BAD),
    State.DOWN: Badge(_("Down"), "cancel", BAD),
}

STATE_SENTENCES = {
    State.UNKNOWN: _("The platform works; not everything was measured yet."),
    State.WORKING: _("Everything works."),
    State.MAINTENANCE: _("Planned maintenance is under way."),
    State.IMPAIRED: _("Something is slower than usual."),
    State.PARTLY_DOWN: _("Parts of the platform do not work."),
    State.DOWN: _("A part of the platform is down."),
}

PHASE_BADGES = {
    Phase.LATER: Badge(_("Planned"), "event", QUIET),
    Phase.ANNOUNCED: Badge(_("Announced"), "event", BUSY),
    Phase.ACTIVE: Badge(_("Active"), "error", BAD),
    Phase.OVER: Badge(_("Over"), "check_circle", GOOD),
}
