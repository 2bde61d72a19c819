"""Measuring the platform. Asked for by pages without a log-in too, so what was measured is kept."""

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Sum
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from apps.core import queues
from apps.core.kept import Kept
from apps.help.domain.health import Health, QueueFigure
from apps.help.models import HealthReport
from apps.notifications.choices import MailState
from apps.notifications.models import OutgoingMail
from apps.tenants.models import GatewayProcess

logger = logging.getLogger(__name__)

KEPT_S = 10.0
DATABASE_KEPT_S = 5.0
PATIENCE_S = 3.0
GATEWAY_ALIVE = timedelta(seconds=45)
"""As in the console: a gateway renews its sign of life every few seconds."""
MAIL_OVERDUE = timedelta(minutes=10)
AWAY = (DatabaseError, InterfaceError)


def database_answers() -> bool:
    """Ask PostgreSQL for nothing; a connection that does not answer is given up."""
    try:
        connection.ensure_connection()
        with connection.connection.within(PATIENCE_S), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except AWAY as error:
        logger.warning("status: PostgreSQL is away (%s)", type(error).__name__)
        connection.close()
        return False
    return True


database_up = Kept(database_answers, for_s=DATABASE_KEPT_S)


def measure() -> Health:
    """Measure everything: a query each for database, report and gateways, two a queue of Redis."""
    now = timezone.now()
    began = time.monotonic()
    if not database_answers():
        return Health(measured_at=now)
    database_ms = (time.monotonic() - began) * 1000
    redis_up, waiting = broker()
    report = HealthReport.objects.first()
    alive = GatewayProcess.objects.filter(beat_at__gte=now - GATEWAY_ALIVE)
    gateways = alive.aggregate(number=Count("pk"), sockets=Sum("connections"))
    return Health(
        measured_at=now,
        database_ms=database_ms,
        redis_up=redis_up,
        queues=waiting,
        worker_age_s=max((now - report.reported_at).total_seconds(), 0.0) if report else None,
        mails_overdue=report.mails_overdue if report else 0,
        gateways=gateways["number"],
        connections=gateways["sockets"] or 0,
    )


def broker() -> tuple[bool | None, tuple[QueueFigure, ...]]:
    """Return whether Redis answers (None where there is none) and what waits in its queues."""
    if not settings.REDIS_URL:
        return None, ()
    try:
        return True, tuple(QueueFigure(*figures) for figures in queues.look())
    except (RedisError, OperationalError, OSError):
        return False, ()


health = Kept(measure, for_s=KEPT_S)


def overdue_mails(now: datetime) -> int:
    """Return how many mails of the current schema should have left long ago."""
    waiting = OutgoingMail.objects.filter(state=MailState.WAITING)
    return waiting.filter(created_at__lt=now - MAIL_OVERDUE).count()
