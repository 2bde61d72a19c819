"""R18: a worker killed in the middle of a settlement: the record is made after all, and once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from apps.charge_records.tasks import settle_session
from tests.ocpp.faults.programs import QUEUEING, RedisServer, needs_redis_server, worker
from tests.ocpp.gateway.clients import Charger, Place, eventually, start_payload, stop_payload
from tests.ocpp.gateway.servers import GatewayProcess

pytestmark = [pytest.mark.slow, pytest.mark.req("OCP-06", "CDR-08"), needs_redis_server]

VISIBLE_AGAIN_S = "3"
# Workers look for lost tasks every ten seconds, and start slowly on a busy machine.
SETTLED_S = 40.0
STATE = """
SELECT s.is_settled, (SELECT count(*) FROM charge_records_chargerecord r WHERE r.session_id = s.id)
FROM charge_records_chargingsession s WHERE s.station_id = %s
"""
SESSION = "SELECT id FROM charge_records_chargingsession WHERE station_id = %s"
WAITERS = """
SELECT count(*) FROM pg_locks
WHERE NOT granted AND relation = 'charge_records_chargerecord'::regclass
"""


@contextmanager
def no_new_records(station: Place) -> Iterator[None]:
    """Let a settlement come as far as its record and no further."""

    def lock() -> None:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE charge_records_chargerecord IN SHARE MODE")

    with transaction.atomic():
        station.look(lock)
        yield


def test_r18_a_settlement_whose_worker_was_killed_takes_effect_once(
    station: Place, start_gateway: Callable[..., GatewayProcess], tmp_path: Path
) -> None:
    with RedisServer(tmp_path) as redis:
        settings = {"DJANGO_SETTINGS_MODULE": QUEUEING, "REDIS_URL": redis.url}
        gateway = start_gateway(**settings)
        doomed = worker(tmp_path, redis.url, TASK_VISIBILITY_TIMEOUT_S=VISIBLE_AGAIN_S)
        try:
            doomed.start()
            with Charger.dial(gateway.url, station) as charger:
                begun = charger.result("StartTransaction", start_payload())
                with no_new_records(station):
                    charger.result("StopTransaction", stop_payload(begun["transactionId"]))
                    eventually(lambda: station.value(WAITERS) >= 1, within_s=SETTLED_S)
                    doomed.kill()
                assert station.rows(STATE, station.pk) == [(False, 0)]
            doomed.start()
            eventually(lambda: station.rows(STATE, station.pk) == [(True, 1)], within_s=SETTLED_S)
            # What comes again, from Redis or from the periodic job, finds it done.
            settle_session(
                schema_name=station.schema, session_id=station.value(SESSION, station.pk)
            )
            assert station.rows(STATE, station.pk) == [(True, 1)]
        finally:
            doomed.stop()
