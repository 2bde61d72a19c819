"""Whatever comes, a frame gets the answer that fits, and the gateway lives (S9)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from tests.ocpp.fuzz.judging import fault_of, is_answered
from tests.ocpp.fuzz.strategies import SIZE_MAX, messages
from tests.ocpp.gateway.clients import WAIT_S, Charger
from tests.ocpp.gateway.places import new_place
from tests.ocpp.gateway.servers import GatewayProcess

SOCKETS = 4
PER_EXAMPLE = 10
EXAMPLES = 50


@pytest.fixture(scope="module")
def chargers(gateway: GatewayProcess) -> Iterator[list[Charger]]:
    sockets = [Charger.dial(gateway.url, new_place()) for _ in range(SOCKETS)]
    yield sockets
    for socket in sockets:
        socket.close()


def exchange(charger: Charger, frames: list[str | bytes]) -> list[str]:
    """Send all frames at once and return the faults of their answers, in order."""
    for frame in frames:
        charger.socket.send(frame)
    charger.socket.send('[2,"end of the frames","Heartbeat",{}]')
    awaited = deque(frame for frame in frames if is_answered(frame))
    faults = []
    while awaited:
        frame = awaited.popleft()
        try:
            answer = json.loads(charger.socket.recv(timeout=WAIT_S))
        except (TimeoutError, ConnectionClosed) as error:
            return [*faults, f"{type(error).__name__} after {frame!r}"]
        if fault := fault_of(frame, answer):
            faults.append(f"{fault}: {frame!r}")
    last = json.loads(charger.socket.recv(timeout=WAIT_S))
    assert last[:2] == [3, "end of the frames"], last
    return faults


@pytest.mark.req("OCP-07", "OCP-08")
def test_500_frames_get_the_answers_that_fit(
    chargers: list[Charger], gateway: GatewayProcess
) -> None:
    """S9: 0 silent, 0 InternalError, 0 tracebacks; every result is valid by the schema."""
    turns = iter(range(10**6))

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(messages(), min_size=PER_EXAMPLE, max_size=PER_EXAMPLE))
    def send(frames: list[str | bytes]) -> None:
        assert max(map(len, frames)) <= SIZE_MAX
        assert exchange(chargers[next(turns) % SOCKETS], frames) == []

    send()
    assert next(turns) * PER_EXAMPLE >= 500
    assert "Traceback" not in gateway.log.read_text()
