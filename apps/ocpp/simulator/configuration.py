"""Configuration keys of a simulated charger (OCPP 1.6, section 9)."""

from dataclasses import dataclass
from typing import Any

BOOLEAN = ("true", "false")


@dataclass(frozen=True, slots=True)
class Key:
    """What a key allows; `kind` is one of integer, boolean, text."""

    default: str
    kind: str = "text"
    is_readonly: bool = False
    needs_reboot: bool = False
    is_secret: bool = False


def _integer(default: int) -> Key:
    return Key(str(default), "integer")


def _flag(default: str) -> Key:
    return Key(default, "boolean")


def _fixed(value: str) -> Key:
    return Key(value, is_readonly=True)


SAMPLED = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC"
PROFILES = "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger"

KEYS: dict[str, Key] = {
    "AllowOfflineTxForUnknownId": _flag("false"),
    "AuthorizationCacheEnabled": _flag("true"),
    "AuthorizationKey": Key("", is_secret=True),
    "AuthorizeRemoteTxRequests": _flag("true"),
    "BlinkRepeat": _integer(3),
    "ChargeProfileMaxStackLevel": _fixed("10"),
    "ChargingScheduleAllowedChargingRateUnit": _fixed("Current,Power"),
    "ChargingScheduleMaxPeriods": _fixed("24"),
    "ClockAlignedDataInterval": _integer(0),
    "ConnectionTimeOut": _integer(60),
    "ConnectorPhaseRotation": Key("0.RST"),
    # OCPP 1.6 security white paper, edition 3: the O of certificate requests.
    "CpoName": Key(""),
    "GetConfigurationMaxKeys": _fixed("100"),
    "HeartbeatInterval": _integer(300),
    "LightIntensity": _integer(80),
    "LocalAuthListEnabled": _flag("true"),
    "LocalAuthListMaxLength": _fixed("1000"),
    "LocalAuthorizeOffline": _flag("true"),
    "LocalPreAuthorize": _flag("false"),
    "MaxChargingProfilesInstalled": _fixed("20"),
    "MeterValueSampleInterval": _integer(60),
    "MeterValuesAlignedData": Key("Energy.Active.Import.Register"),
    "MeterValuesSampledData": Key(SAMPLED),
    "MinimumStatusDuration": _integer(0),
    "NumberOfConnectors": _fixed("1"),
    "ReserveConnectorZeroSupported": _fixed("false"),
    "ResetRetries": _integer(1),
    # OCA application note "Signed Meter Values in OCPP", 2025.
    "SampledDataSignStartedReadings": _flag("false"),
    "SendLocalListMaxLength": _fixed("200"),
    "StopTransactionOnEVSideDisconnect": _flag("true"),
    "StopTransactionOnInvalidId": _flag("true"),
    "StopTxnAlignedData": Key(""),
    "StopTxnSampledData": Key("Energy.Active.Import.Register"),
    "SupportedFeatureProfiles": _fixed(PROFILES),
    "TransactionMessageAttempts": _integer(3),
    "TransactionMessageRetryInterval": _integer(60),
    "UnlockConnectorOnEVSideDisconnect": _flag("true"),
    "WebSocketPingInterval": Key("0", "integer", needs_reboot=True),
    # Keys of makers, as found on real chargers.
    "Language": Key("en"),
    "MaxChargingCurrentA": Key("32", "integer", needs_reboot=True),
    "Free-Charging": Key("false", "boolean", needs_reboot=True),
}


class Configuration:
    """The keys of one charger; only what differs from the defaults is stored."""

    def __init__(self, *, number_of_connectors: int = 1) -> None:
        self._values: dict[str, str] = {"NumberOfConnectors": str(number_of_connectors)}
        # What only this charger has: names and values that nobody changes.
        self._own: dict[str, str] = {}

    def text(self, name: str) -> str:
        """Return the value of a known key."""
        return self._values.get(name, KEYS[name].default)

    def integer(self, name: str) -> int:
        """Return the value of a known integer key."""
        return int(self.text(name))

    def flag(self, name: str) -> bool:
        """Return the value of a known boolean key."""
        return self.text(name).lower() == "true"

    def force(self, name: str, value: object) -> None:
        """Set a known key from inside, whatever it allows from outside."""
        self._values[name] = str(value)

    def add_fixed(self, name: str, value: str) -> None:
        """Add a read-only key of this charger alone."""
        self._own[name] = value

    def change(self, name: str, value: str) -> str:
        """Set a key as the central system asks; return the status of ChangeConfiguration.conf."""
        if name in self._own:
            return "Rejected"
        key = KEYS.get(name)
        if key is None:
            return "NotSupported"
        if key.is_readonly or not _fits(key, value):
            return "Rejected"
        self._values[name] = value.lower() if key.kind == "boolean" else value
        return "RebootRequired" if key.needs_reboot else "Accepted"

    def report(self, names: list[str]) -> dict[str, Any]:
        """Return the payload of GetConfiguration.conf; no names: all keys."""
        all_names = KEYS.keys() | self._own.keys()
        known = [name for name in (names or sorted(all_names)) if name in all_names]
        answer: dict[str, Any] = {"configurationKey": [self._entry(name) for name in known]}
        if unknown := [name for name in names if name not in all_names]:
            answer["unknownKey"] = unknown
        return answer

    def _entry(self, name: str) -> dict[str, Any]:
        if name in self._own:
            return {"key": name, "readonly": True, "value": self._own[name]}
        entry: dict[str, Any] = {"key": name, "readonly": KEYS[name].is_readonly}
        if not KEYS[name].is_secret:  # the authorization key is write-only
            entry["value"] = self.text(name)
        return entry


def _fits(key: Key, value: str) -> bool:
    match key.kind:
        case "integer":
            return value.isascii() and value.isdigit()
        case "boolean":
            return value.lower() in BOOLEAN
    return len(value) <= 500  # CiString500Type
