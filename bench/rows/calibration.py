"""Calibration law: one record verified beside the bare signature, and what settlement costs."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.stage import Stage
from bench.table import Line, at_most

TITLE = "OCMF records verified beside bare signatures; settlement of a session"
MINUTES = 1
# A bare verification takes 0.1 to 0.4 ms by curve; reading and rules may cost as much again.
RECORD_TIMES = 4
SETTLED_MS = 30


@dataclass(frozen=True, slots=True)
class Size:
    """Verifications by curve, and sessions settled of each kind."""

    verifications: int
    sessions: int


FULL = Size(verifications=2_000, sessions=300)
QUICK = Size(verifications=20, sessions=3)


def stations(size: Size) -> int:
    return 0


def crowd(size: Size, tenants: int = 20) -> int:
    """One station of the tenant; stations are spread over all tenants."""
    return tenants


def run(stage: Stage, size: Size) -> Iterator[Line]:
    """Yield µs a record by curve with the bare signature as the floor, then ms a settlement."""
    tenant = stage.tenants()[0]
    with stage.desk() as desk:
        for curve in ("secp256r1", "secp192r1", "secp384r1"):
            ours, bare = desk.ask("verifications", curve=curve, number=size.verifications)
            yield Line(
                f"OCMF record verified, {curve}",
                ours * 1e6,
                "µs",
                at_most(bare * 1e6 * RECORD_TIMES),
                floor=bare * 1e6,
            )
        for is_signed, words in ((False, "nothing signed"), (True, "a signed record")):
            took_s = desk.ask(
                "settlements", tenant=tenant, number=size.sessions, is_signed=is_signed
            )
            yield Line(f"settlement, {words}", took_s * 1000, "ms", at_most(SETTLED_MS), places=1)
