"""Labels and colours of jobs."""

from django.utils.translation import gettext_lazy as _

from apps.jobs.domain.states import Failure, JobState
from apps.portal.badges import BAD, BUSY, GOOD, QUIET, Badge

JOB_STATE_CHOICES = [
    (JobState.WAITING.value, _("Waiting")),
    (JobState.RUNNING.value, _("Running")),
    (JobState.DONE.value, _("Done")),
    (JobState.FAILED.value, _("Failed")),
    (JobState.CANCELLED.value, _("Cancelled")),
]

JOB_BADGES = {
    JobState.WAITING.value: Badge(_("Waiting"), "hourglass_empty", QUIET),
    JobState.RUNNING.value: Badge(_("Running"), "progress_activity", BUSY),
    JobState.DONE.value: Badge(_("Done"), "check_circle", GOOD),
    JobState.FAILED.value: Badge(_("Failed"), "error", BAD),
    JobState.CANCELLED.value: Badge(_("Cancelled"), "block", QUIET),
}

FAILURE_CHOICES = [
    (Failure.LOST.value, _("The server was stopped in the middle of it. Start the job again.")),
    (Failure.PERSON_DISABLED.value, _("The account of the person who asked for it is disabled.")),
    (Failure.RIGHT_LOST.value, _("The person who asked for it has no right to it any more.")),
    (Failure.KIND_UNKNOWN.value, _("This version of the portal cannot do it any more.")),
    (Failure.REFUSED.value, _("It could not be done.")),
    (Failure.BROKEN.value, _("An error of the platform ended it. It was logged.")),
]
