"""Columns of the files of charge records; times local, energy in Wh."""

from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from apps.portal.exports import Column, field_column

PROVIDER_SIGNS = 5
"""Country and provider at the beginning of an EMAID: DE, ABC (ISO 15118-1, annex H)."""

RECORD = field_column("record", _("charge record"), "pk")
START = field_column("start", _("start"), "started_at")
END = field_column("end", _("end"), "ended_at")
DURATION = field_column("duration_s", _("duration (s)"), "duration_s")
ENERGY = field_column("energy_wh", _("energy (Wh)"), "energy_wh")
CHARGE_PORT_ID = field_column("charge_port_id", _("charge port ID"), "charge_point__charge_port_id")
EVSE_ID = field_column("evse_id", _("EVSE-ID"), "charge_point__evse_id")
LOCATION = field_column("location", _("location"), "station__location__name")
MEDIUM = field_column("medium", _("authentication medium"), "medium")
EMAID = field_column("emaid", _("EMAID"), "emaid")
BDR_STATUS = field_column("bdr_status", _("BDR status"), "bdr_main")
BDR_DETAIL = field_column("bdr_detail", _("detailed status"), "bdr_detail")
EKA = field_column("eka", _("EKA status"), "eka")
TRANSACTION = field_column("transaction", _("transaction"), "session__transaction_id")

RECORD_COLUMNS = [
    RECORD,
    START,
    END,
    DURATION,
    ENERGY,
    field_column("meter_start_wh", _("meter at start (Wh)"), "session__meter_start_wh"),
    field_column("meter_stop_wh", _("meter at end (Wh)"), "session__meter_stop_wh"),
    field_column("charge_box_id", _("Chargebox ID"), "station__charge_box_id"),
    CHARGE_PORT_ID,
    EVSE_ID,
    LOCATION,
    MEDIUM,
    field_column("rfid", _("RFID number"), "id_tag"),
    EMAID,
    BDR_STATUS,
    BDR_DETAIL,
    EKA,
    field_column("error", _("error"), "error_class"),
    TRANSACTION,
    field_column("stop_reason", _("reason of the end"), "session__stop_reason"),
]

# What a billing system elsewhere needs of each contract's sessions.
EMAID_COLUMNS = [
    EMAID,
    Column(
        "provider",
        _("provider"),
        lambda row: row.emaid[:PROVIDER_SIGNS],
        Left("emaid", PROVIDER_SIGNS),
    ),
    START,
    END,
    DURATION,
    ENERGY,
    LOCATION,
    field_column("street", _("street"), "station__location__street"),
    field_column("postal_code", _("postal code"), "station__location__postal_code"),
    field_column("city", _("city"), "station__location__city"),
    field_column("country", _("country"), "station__location__country"),
    CHARGE_PORT_ID,
    EVSE_ID,
    MEDIUM,
    BDR_STATUS,
    BDR_DETAIL,
    EKA,
    TRANSACTION,
    RECORD,
]
