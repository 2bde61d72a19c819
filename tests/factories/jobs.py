"""Rows of jobs: one that is done and has a file."""

from datetime import timedelta

from apps.jobs.models import Job
from tests.factories.accounts import make_user
from tests.factories.base import NOW, Place


def make_job(place: Place) -> Job:
    user = make_user(place)
    return Job.objects.create(
        kind="charge_records.export",
        state="done",
        requested_by=user,
        language="en",
        time_zone="Europe/Berlin",
        requested_at=NOW,
        queued_at=NOW,
        started_at=NOW,
        finished_at=NOW,
        done=3,
        total=3,
        result={"rows": 3},
        file_name=f"{place.mark}-records.csv",
        file_size=1_000,
        file_until=NOW + timedelta(days=7),
        run_key="0" * 32,
        scope={"locations": None, "sees_drivers": True},
    )


FACTORIES = {Job: make_job}
