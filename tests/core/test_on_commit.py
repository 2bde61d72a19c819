"""What follows a commit may fail, when Redis is away: Django logs it, and it harms nobody."""

import pytest
from django.db import connection

from apps.core.live import publish
from apps.core.tasks import enqueue
from apps.tenants.models import Tenant

pytestmark = pytest.mark.req("OCP-06")


def test_follow_ups_when_queued_are_robust_and_have_a_name_to_be_logged_by(alpha: Tenant) -> None:
    before = len(connection.run_on_commit)

    enqueue("nobody.declared.this")
    publish("records", 1, [1])

    follow_ups = connection.run_on_commit[before:]
    # Django names a robust function that failed; one without a name would raise after all.
    assert [(function.__qualname__, is_robust) for _, function, is_robust in follow_ups] == [
        ("enqueue.<locals>.queue_it", True),
        ("publish.<locals>.announce", True),
    ]
