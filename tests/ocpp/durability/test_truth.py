"""R23: what a fleet did is what is on record; each charger's own ledger is the truth."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.charge_records.models import ChargeRecord, ChargingSession, MeterSample, UnmatchedMessage
from apps.emaid.services import ensure_card
from apps.ocpp.simulator.charger import SimulatedCharger
from apps.ocpp.simulator.clock import Clock, from_text
from apps.ocpp.simulator.scenario import Cards, Pace, bring_to_life
from apps.ocpp.simulator.transactions import QueuedMessage
from tests.conftest import STATION_KEY
from tests.ocpp.gateway.clients import Place, eventually
from tests.ocpp.gateway.servers import GatewayProcess

CHARGERS = 20
SEED = 23
RUN_S = 12.0
SPEED = 300.0
DRAINED_S = 30.0
# Short visits, and far more trouble than in the field.
PACE = Pace(
    gap_s=120,
    session_s=(120, 900),
    linger_s=(5, 60),
    trouble_s=(20, 200),
    sample_s=60,
    power_cut_share=0.15,
    network_loss_share=0.25,
    jump_share=0.05,
)


@dataclass
class Ledger:
    """What a charger put into its queue, and the answers that it got."""

    place: Place
    messages: list[QueuedMessage] = field(default_factory=list)

    def of(self, action: str) -> list[tuple[dict[str, Any], Any]]:
        """Return payloads and answers; every message was answered."""
        told = [one for one in self.messages if one.action == action]
        assert all(one.answer is not None for one in told)
        return [(one.make_payload(), one.answer) for one in told]

    def starts(self) -> set[tuple[Any, ...]]:
        return {
            (
                answer["transactionId"],
                sent["connectorId"],
                sent["idTag"],
                sent["meterStart"],
                from_text(sent["timestamp"]),
                answer["idTagInfo"]["status"].lower(),
            )
            for sent, answer in self.of("StartTransaction")
        }

    def stops(self) -> set[tuple[Any, ...]]:
        return {
            (sent["transactionId"], sent["meterStop"], from_text(sent["timestamp"]))
            for sent, _ in self.of("StopTransaction")
        }

    def samples(self) -> Counter[tuple[Any, ...]]:
        """Return the distinct readings of each transaction, each once."""
        told = [(sent, sent["meterValue"]) for sent, _ in self.of("MeterValues")]
        told += [(sent, sent.get("transactionData", [])) for sent, _ in self.of("StopTransaction")]
        return Counter(
            {
                (
                    sent["transactionId"],
                    from_text(entry["timestamp"]),
                    value.get("measurand", "Energy.Active.Import.Register"),
                    value.get("phase", ""),
                    value.get("context", "Sample.Periodic"),
                    value["value"],
                )
                for sent, entries in told
                for entry in entries
                for value in entry["sampledValue"]
            }
        )


@pytest.mark.req("OCP-06", "OCP-02")
def test_r23_a_fleets_own_ledgers_are_what_is_on_record(
    gateway: GatewayProcess, place: Callable[..., Place]
) -> None:
    """20 chargers, an hour in 12 seconds, lost networks and power cuts: 0 differences."""
    places = [place() for _ in range(CHARGERS)]
    cards = [f"FLEET-{number:03d}" for number in range(CHARGERS * 2)]
    places[0].look(lambda: [ensure_card(card) for card in cards])

    ledgers = asyncio.run(live(gateway.url, places, Cards(cards, ("STRANGER",))))

    for ledger in ledgers:
        compare(ledger)
    assert sum(len(ledger.starts()) for ledger in ledgers) >= CHARGERS
    assert sum(len(ledger.stops()) for ledger in ledgers) >= CHARGERS


async def live(url: str, places: list[Place], cards: Cards) -> list[Ledger]:
    """Let the fleet live for a while, end what runs and deliver every queue."""
    clock = Clock(SPEED, since=datetime.now(UTC) - timedelta(days=1))
    ledgers: list[Ledger] = []
    chargers: list[SimulatedCharger] = []
    runs: list[asyncio.Task[None]] = []
    in_use: set[str] = set()
    for place in places:
        charger = SimulatedCharger(
            url,
            place.charge_box_id,
            password=STATION_KEY,
            clock=clock,
            rng=random.Random(f"{SEED}/{len(ledgers)}"),
            keep_frames=0,
        )
        ledger = Ledger(place)
        keep(charger, ledger)
        bring_to_life(charger, cards, PACE, cards_in_use=in_use)
        runs.append(asyncio.create_task(charger.run()))
        ledgers.append(ledger)
        chargers.append(charger)
    await asyncio.sleep(RUN_S)
    for charger in chargers:
        for life in charger.lives:
            life.cancel()
        for connector in charger.connectors.values():
            await charger.stop_at(connector, "Local")
    drained = [charger.outbox.drained() for charger in chargers]
    await asyncio.wait_for(asyncio.gather(*drained), DRAINED_S)
    await asyncio.gather(*[charger.leave() for charger in chargers])
    for run in runs:
        run.cancel()
    await asyncio.gather(*runs, return_exceptions=True)
    return ledgers


def keep(charger: SimulatedCharger, ledger: Ledger) -> None:
    """Note what goes into the charger's queue."""
    put = charger.outbox.put

    def noted(message: QueuedMessage) -> QueuedMessage:
        ledger.messages.append(message)
        return put(message)

    charger.outbox.put = noted  # type: ignore[method-assign]


def compare(ledger: Ledger) -> None:
    """Hold the ledger against sessions, records, meter values and what was kept aside."""
    place = ledger.place
    sessions = place.look(lambda: list(ChargingSession.objects.filter(station_id=place.pk)))
    starts = {
        (
            one.transaction_id,
            one.connector_number,
            one.id_tag,
            one.meter_start_wh,
            one.started_at,
            one.authorization_status.replace("_", ""),
        )
        for one in sessions
    }
    assert starts == ledger.starts()
    assert len(sessions) == len(ledger.of("StartTransaction"))
    ended = {(one.transaction_id, one.meter_stop_wh, one.ended_at) for one in sessions}
    assert ended == ledger.stops()
    assert not place.look(UnmatchedMessage.objects.filter(station_id=place.pk).exists)

    stored = place.look(
        lambda: Counter(
            MeterSample.objects.filter(station_id=place.pk).values_list(
                "transaction_id", "sampled_at", "measurand", "phase", "context", "raw_value"
            )
        )
    )
    assert stored == ledger.samples()

    def records() -> dict[int, tuple[int, int]]:
        rows = ChargeRecord.objects.filter(station_id=place.pk).select_related("session")
        return {row.session.transaction_id: (row.energy_wh, row.duration_s) for row in rows}

    eventually(lambda: len(place.look(records)) == len(sessions))
    began = {id_: (meter, at) for id_, _, _, meter, at, _ in ledger.starts()}
    assert place.look(records) == {
        id_: (meter - began[id_][0], round((at - began[id_][1]).total_seconds()))
        for id_, meter, at in ledger.stops()
    }
