"""Labels of what the trail tells of."""

from django.utils.translation import gettext_lazy as _

from apps.audit.domain.kinds import Kind
from apps.core.origin import Way

KIND_CHOICES = [
    (Kind.CREATED.value, _("Created")),
    (Kind.CHANGED.value, _("Changed")),
    (Kind.DELETED.value, _("Deleted")),
    (Kind.COMMAND.value, _("Command")),
    (Kind.LOGGED_IN.value, _("Logged in")),
    (Kind.LOGIN_FAILED.value, _("Log-in failed")),
    (Kind.LOGGED_OUT.value, _("Logged out")),
    (Kind.LOCKED.value, _("Locked")),
    (Kind.UNLOCKED.value, _("Unlocked")),
    (Kind.INVITED.value, _("Invited")),
    (Kind.RESET_STARTED.value, _("New password asked for")),
    (Kind.PASSWORD_SET.value, _("Password set")),
    (Kind.SECOND_FACTOR.value, _("Second factor")),
    (Kind.SESSIONS_ENDED.value, _("Sessions ended")),
    (Kind.REFUSED.value, _("Refused")),
    (Kind.EXPORTED.value, _("Exported")),
    (Kind.IMPORTED.value, _("Imported")),
    (Kind.SUPPORT_BEGAN.value, _("Support access began")),
    (Kind.SUPPORT_ENDED.value, _("Support access ended")),
]

WAY_CHOICES = [
    (Way.PORTAL.value, _("Portal")),
    (Way.CONSOLE.value, _("Platform console")),
    (Way.SUPPORT.value, _("Support access")),
    (Way.IMPORT.value, _("Import")),
    (Way.API.value, _("Interface for programs")),
    (Way.TASK.value, _("Background task")),
    (Way.COMMAND_LINE.value, _("Command line")),
    (Way.CHARGER.value, _("Charging station")),
    (Way.SYSTEM.value, _("System")),
]
