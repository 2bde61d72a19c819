"""What the two demo tenants own: sites, stations, contracts. Names and people are made up."""

from dataclasses import dataclass

from apps.infrastructure.choices import ConnectorType, Current
from apps.infrastructure.services.stations import ChargePointPlan

PASSWORD = "charge-the-yard"  # noqa: S105 - shown to whoever starts the demo
PLATFORM_OPERATOR = "root@chargeyard.example"


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of charger; power in W per charge point."""

    manufacturer: str
    name: str
    firmware: str
    current: Current
    power_w: int

    def charge_point(self, evse_id: str) -> ChargePointPlan:
        """Return the plan of one of its charge points."""
        if self.current is Current.DC:
            return ChargePointPlan(
                max_power_w=self.power_w,
                current=self.current.value,
                connector_type=ConnectorType.CCS_2.value,
                evse_id=evse_id,
            )
        return ChargePointPlan(
            max_power_w=self.power_w,
            voltage_v=400,
            current_a=16 if self.power_w <= 11_000 else 32,
            phases=3,
            evse_id=evse_id,
        )


WALL_11 = Model("Nordwerk", "Wall 11", "1.8.2", Current.AC, 11_000)
POST_22 = Model("Nordwerk", "Post 22 Duo", "2.4.0", Current.AC, 22_000)
FAST_50 = Model("Helios", "DC 50", "5.1.3", Current.DC, 50_000)
FAST_150 = Model("Helios", "DC 150 Twin", "6.0.1", Current.DC, 150_000)


@dataclass(frozen=True, slots=True)
class StationPlan:
    """One charger: its id and how many charge points it has.

    `is_free`: anyone may charge without a card. `had_key`: its meters had a public key until they
    were changed, but never sent signed data.
    """

    charge_box_id: str
    model: Model
    charge_points: int = 1
    is_free: bool = False
    had_key: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """A location and what stands there."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    time_zone: str
    latitude: str
    longitude: str
    stations: tuple[StationPlan, ...]


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """A demo tenant. `foreign`: provider ids of partners whose drivers come, too."""

    short_name: str
    name: str
    hue: int
    country: str
    language: str
    time_zone: str
    operator_id: str
    providers: tuple[str, ...]
    foreign: tuple[str, ...]
    sites: tuple[Site, ...]

    def email(self, person: str) -> str:
        return f"{person}@{self.short_name}.example"


VOLT = TenantPlan(
    short_name="volt",
    name="Volt",
    hue=210,
    country="DE",
    language="de",
    time_zone="Europe/Berlin",
    operator_id="VLT",
    providers=("DEVLT",),
    foreign=("DE8RM", "ATEMO", "NLCHG", "FRVOI"),
    sites=(
        Site(
            "Hamburg Altona", "Max-Brauer-Allee 45", "22765", "Hamburg", "DE", "Europe/Berlin",
            "53.551700", "9.935200",
            (
                StationPlan("VLT-HAM-01", POST_22, 2),
                StationPlan("VLT-HAM-02", POST_22, 2),
                StationPlan("VLT-HAM-03", FAST_50),
            ),
        ),
        Site(
            "Berlin Südkreuz", "General-Pape-Straße 1", "12101", "Berlin", "DE", "Europe/Berlin",
            "52.475500", "13.365300",
            (
                StationPlan("VLT-BER-01", FAST_150, 2),
                StationPlan("VLT-BER-02", FAST_150, 2),
                StationPlan("VLT-BER-03", WALL_11),
            ),
        ),
        Site(
            "München Riem", "Willy-Brandt-Platz 5", "81829", "München", "DE", "Europe/Berlin",
            "48.132800", "11.691700",
            (
                StationPlan("VLT-MUC-01", POST_22, 2),
                StationPlan("VLT-MUC-02", WALL_11),
            ),
        ),
        Site(
            "Köln Deutz", "Ottoplatz 1", "50679", "Köln", "DE", "Europe/Berlin",
            "50.940800", "6.974300",
            (
                StationPlan("VLT-CGN-01", FAST_50, had_key=True),
                StationPlan("VLT-CGN-02", WALL_11),
            ),
        ),
    ),
)  # fmt: skip

NORDLYS = TenantPlan(
    short_name="nordlys",
    name="Nordlys",
    hue=150,
    country="DK",
    language="da",
    time_zone="Europe/Copenhagen",
    operator_id="NLY",
    providers=("DKNLY", "SENLY"),
    foreign=("DE8RM", "SEELB", "NOLAD"),
    sites=(
        Site(
            "København Nordhavn", "Århusgade 88", "2100", "København", "DK", "Europe/Copenhagen",
            "55.706100", "12.593900",
            (
                StationPlan("NLY-CPH-01", FAST_150, 2),
                StationPlan("NLY-CPH-02", POST_22, 2),
                StationPlan("NLY-CPH-03", POST_22, 2),
                StationPlan("NLY-CPH-04", WALL_11),
            ),
        ),
        Site(
            "Aarhus Ø", "Bernhardt Jensens Boulevard 1", "8000", "Aarhus", "DK",
            "Europe/Copenhagen", "56.162100", "10.228300",
            (
                StationPlan("NLY-AAR-01", FAST_50),
                StationPlan("NLY-AAR-02", POST_22, 2),
                StationPlan("NLY-AAR-03", WALL_11, is_free=True),
            ),
        ),
        Site(
            "Malmö Hyllie", "Hyllie Stationstorg 2", "215 32", "Malmö", "SE", "Europe/Stockholm",
            "55.562700", "12.976000",
            (
                StationPlan("NLY-MMA-01", FAST_150, 2),
                StationPlan("NLY-MMA-02", FAST_50),
                StationPlan("NLY-MMA-03", WALL_11),
            ),
        ),
    ),
)  # fmt: skip

TENANTS = (VOLT, NORDLYS)
