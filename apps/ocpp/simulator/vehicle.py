"""Electric vehicles: how much power they draw, over their state of charge."""

import random
from dataclasses import dataclass

VOLTAGE_V = 230.0
MIN_CURRENT_A = 6.0  # IEC 61851: below 6 A no charging is offered
INTEGRATION_STEP_S = 15.0

# (share of AC cars, phases, on-board charger in W)
AC_CARS = ((0.15, 1, 3_680.0), (0.15, 1, 7_360.0), (0.55, 3, 11_000.0), (0.15, 3, 22_000.0))
DC_POWERS_W = (50_000.0, 80_000.0, 110_000.0, 150_000.0, 220_000.0)


@dataclass(slots=True)
class Vehicle:
    """One car at a connector; `soc` and `target_soc` in per cent, `phases` 0 for DC."""

    capacity_wh: float = 60_000.0
    soc: float = 30.0
    target_soc: float = 100.0
    max_power_w: float = 11_000.0
    phases: int = 3

    @property
    def is_full(self) -> bool:
        """Whether the car has what it wants."""
        return self.soc >= self.target_soc

    def power_w(self, offered_w: float) -> float:
        """Return the power drawn now when `offered_w` are on offer."""
        if self.is_full or self.max_power_w <= 0:
            return 0.0
        if self.phases and offered_w < MIN_CURRENT_A * VOLTAGE_V * self.phases:
            return 0.0
        wanted = self.max_power_w * (self._ac_share() if self.phases else self._dc_share())
        return max(min(wanted, offered_w), 0.0)

    def charge(self, seconds: float, offered_w: float) -> float:
        """Let the car draw for some seconds; return the energy in Wh."""
        energy_wh = 0.0
        step = max(INTEGRATION_STEP_S, seconds / 200)
        while seconds > 0 and (power := self.power_w(offered_w)) > 0:
            part = min(step, seconds)
            portion = min(power * part / 3600, self._missing_wh())
            energy_wh += portion
            self.soc += portion / self.capacity_wh * 100
            seconds -= part
            if self._missing_wh() < 0.01:
                self.soc = self.target_soc
        return energy_wh

    def _missing_wh(self) -> float:
        return max(self.target_soc - self.soc, 0.0) * self.capacity_wh / 100

    def _ac_share(self) -> float:
        """Flat, then a tail while the cells are balanced."""
        return 1.0 if self.soc < 95 else max(1.0 - (self.soc - 95) / 5 * 0.85, 0.15)

    def _dc_share(self) -> float:
        """Flat to 55 %, down to a quarter at 85 %, to a twentieth when full."""
        if self.soc < 55:
            return 1.0
        if self.soc < 85:
            return 1.0 - (self.soc - 55) / 30 * 0.75
        return max(0.25 - (self.soc - 85) / 15 * 0.2, 0.05)


def draw_vehicle(rng: random.Random, current_type: str, power_w: float) -> Vehicle:
    """Return a car as it may arrive at a charge point of `power_w`, AC or DC."""
    if current_type.upper() == "DC":
        return Vehicle(
            capacity_wh=rng.uniform(40_000, 95_000),
            soc=rng.uniform(8, 55),
            target_soc=rng.choice((80.0, 80.0, 85.0, 90.0, 100.0)),
            max_power_w=min(rng.choice(DC_POWERS_W), power_w) * rng.uniform(0.85, 0.99),
            phases=0,
        )
    weights = [share for share, _, _ in AC_CARS]
    _, phases, on_board_w = rng.choices(AC_CARS, weights)[0]
    if power_w < VOLTAGE_V * MIN_CURRENT_A * 3:
        phases = 1
    return Vehicle(
        capacity_wh=rng.uniform(28_000, 90_000),
        soc=rng.uniform(15, 75),
        target_soc=rng.choice((80.0, 90.0, 100.0, 100.0)),
        max_power_w=min(on_board_w, power_w) * rng.uniform(0.94, 0.99),
        phases=phases,
    )


def fit_battery(vehicle: Vehicle, seconds: float, offered_w: float) -> Vehicle:
    """Return the car with a battery that about fills in `seconds`, to be watched while it does."""
    energy_wh = max(vehicle.power_w(offered_w), 100.0) * seconds / 3600
    vehicle.capacity_wh = energy_wh / ((vehicle.target_soc - vehicle.soc) / 100)
    return vehicle
