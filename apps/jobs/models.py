"""Jobs: work of somebody in the background that this person can follow, cancel and fetch."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.bulk import WatchedQuerySet
from apps.jobs.choices import FAILURE_CHOICES, JOB_STATE_CHOICES
from apps.jobs.domain.kinds import kind_of
from apps.jobs.domain.states import OPEN_STATES, JobState

VIEW_ALL = "jobs.view_job"
CANCEL_ALL = "jobs.change_job"
OF_ALL = {"view": VIEW_ALL, "cancel": CANCEL_ALL}


def reaches_all(user: Any, action: str) -> bool:
    """Say whether the user may do `action` with jobs of others, too."""
    right = OF_ALL.get(action)
    return bool(right and not user.is_limited_to_locations and user.has_perm(right))


class JobQuerySet(WatchedQuerySet):
    def visible_to(self, user: Any, action: str = "view") -> Self:
        """Return the own jobs; to admins who see all locations also those of others.

        What a job made (`download`) is for the person who asked alone.
        """
        if not user.is_active:
            return self.none()
        return self.all() if reaches_all(user, action) else self.filter(requested_by=user)

    def open(self) -> Self:
        """Return the jobs that wait or run."""
        return self.filter(state__in=sorted(OPEN_STATES))


class Job(models.Model):
    """One job. Whoever runs it holds `run_key`; who finds another key there was given up for dead.

    `parameters` and `result` are plain values of the kind. `done` of `total` (None: not known yet)
    is what the bar shows. The file of a finished job is named by its `run_key`.
    """

    kind = models.CharField(_("kind"), max_length=60)
    state = models.CharField(
        _("state"), max_length=10, choices=JOB_STATE_CHOICES, default=JobState.WAITING.value
    )
    parameters = models.JSONField(_("parameters"), default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="jobs",
        verbose_name=_("requested by"),
        db_index=False,
    )
    # How the person read the portal when asking: a job speaks and tells the time in the same way.
    language = models.CharField(max_length=5)
    time_zone = models.CharField(max_length=64)

    requested_at = models.DateTimeField(_("requested at"))
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(_("started at"), null=True)
    alive_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    run_key = models.CharField(max_length=32, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    done = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("total"), null=True)
    failure = models.CharField(_("failure"), max_length=20, choices=FAILURE_CHOICES, blank=True)
    message = models.CharField(_("message"), max_length=500, blank=True)
    result = models.JSONField(_("result"), default=dict)

    file_name = models.CharField(_("file name"), max_length=140, blank=True)
    # Null: no file, or one that was deleted.
    file_size = models.BigIntegerField(_("size"), null=True)
    file_until = models.DateTimeField(_("kept until"), null=True)
    # What the person saw when it ran (`domain.scopes`).
    scope = models.JSONField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["-requested_at", "-id"], name="job_by_time"),
            models.Index(fields=["requested_by", "-requested_at", "-id"], name="job_by_person"),
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["running", "waiting"]),
                name="job_open",
            ),
            models.Index(
                fields=["file_until"],
                condition=models.Q(file_size__isnull=False),
                name="job_with_file",
            ),
        ]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")

    def __str__(self) -> str:
        kind = kind_of(self.kind)
        return str(kind.title) if kind else self.kind

    @property
    def is_open(self) -> bool:
        """Say whether the job waits or runs."""
        return self.state in OPEN_STATES
