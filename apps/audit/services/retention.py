"""Old entries go: the only way in which the database lets any go."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

PIECE = 5_000


def drop_old_entries(*, now: datetime) -> int:
    """Delete entries older than AUDIT_KEPT_DAYS, at least a year; return how many went."""
    limit = now - timedelta(days=max(settings.AUDIT_KEPT_DAYS, 366))
    dropped = 0
    while piece := drop_piece(limit):
        dropped += piece
    return dropped


@transaction.atomic
def drop_piece(limit: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.dropped_before', %s, true)", [limit.isoformat()])
        cursor.execute(
            "DELETE FROM audit_entry WHERE id IN (SELECT id FROM audit_entry "
            "WHERE happened_at < %s ORDER BY happened_at, id LIMIT %s)",
            [limit, PIECE],
        )
        dropped = cursor.rowcount
        # The permission ends with its statement, not only with the transaction around.
        cursor.execute("SELECT set_config('audit.dropped_before', '', true)")
    return dropped
