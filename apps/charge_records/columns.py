"""Columns of the list of charge records, from which people choose; cells are in the template."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.charge_records.choices import Tab


@dataclass(frozen=True, slots=True)
class ListColumn:
    """`id` stands in addresses and views; `exports`: ids of the columns of files that say it."""

    id: str
    title: str | Promise
    exports: tuple[str, ...]
    is_number: bool = False


LIST_COLUMNS = {
    column.id: column
    for column in (
        ListColumn("start", _("Start"), ("start",)),
        ListColumn("end", _("End"), ("end",)),
        ListColumn("duration", _("Duration"), ("duration_s",), is_number=True),
        ListColumn("energy", _("Energy"), ("energy_wh",), is_number=True),
        ListColumn("power", _("Mean power"), (), is_number=True),
        ListColumn("meter", _("Meter"), ("meter_start_wh", "meter_stop_wh"), is_number=True),
        ListColumn("charge_point", _("Charge point"), ("charge_port_id", "evse_id", "location")),
        ListColumn("station", _("Charging station"), ("charge_box_id",)),
        ListColumn("authentication", _("Authentication"), ("medium", "rfid", "emaid")),
        ListColumn("emaid", _("EMAID"), ("emaid",)),
        ListColumn("bdr", _("BDR status"), ("bdr_status", "bdr_detail")),
        ListColumn("eka", _("EKA"), ("eka",)),
        ListColumn("error", _("Error"), ("error",)),
        ListColumn("transaction", _("Transaction"), ("transaction",)),
        ListColumn("reason", _("Reason of the end"), ("stop_reason",)),
    )
}

SHOWN_FIRST = {
    Tab.CHARGE_POINT: (
        "start", "end", "duration", "energy", "charge_point", "authentication", "bdr", "eka",
    ),
    Tab.EMAID: (
        "emaid", "start", "end", "duration", "energy", "charge_point", "bdr", "eka",
    ),
}  # fmt: skip
"""What a tab shows to whoever chose nothing."""

TO_CHECK = ("start", "duration", "energy", "charge_point", "eka")
"""What CheckBill shows to choose records by."""

EXPORTED_ALWAYS = "record"


def in_order(tab: Tab) -> list[str]:
    """Return the ids of all columns in the order of the tab: that of contracts begins with them."""
    if tab is Tab.EMAID:
        return ["emaid", *(name for name in LIST_COLUMNS if name != "emaid")]
    return list(LIST_COLUMNS)


def exported(shown: Sequence[str]) -> set[str]:
    """Return the ids of the files' columns that say what the shown columns say, with the key."""
    return {EXPORTED_ALWAYS}.union(*(LIST_COLUMNS[name].exports for name in shown))
