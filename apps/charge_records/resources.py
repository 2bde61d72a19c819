"""Columns of the export of charge records; times local, energy in Wh."""

from django.utils.translation import gettext_lazy as _

from apps.portal.exports import Column

RECORD_COLUMNS = [
    Column("record", _("charge record"), lambda row: row.pk),
    Column("start", _("start"), lambda row: row.started_at),
    Column("end", _("end"), lambda row: row.ended_at),
    Column("duration_s", _("duration (s)"), lambda row: row.duration_s),
    Column("energy_wh", _("energy (Wh)"), lambda row: row.energy_wh),
    Column("meter_start_wh", _("meter at start (Wh)"), lambda row: row.session.meter_start_wh),
    Column("meter_stop_wh", _("meter at end (Wh)"), lambda row: row.session.meter_stop_wh),
    Column("charge_box_id", _("Chargebox ID"), lambda row: row.station.charge_box_id),
    Column(
        "charge_port_id",
        _("charge port ID"),
        lambda row: row.charge_point.charge_port_id if row.charge_point else "",
    ),
    Column(
        "evse_id", _("EVSE-ID"), lambda row: row.charge_point.evse_id if row.charge_point else ""
    ),
    Column("location", _("location"), lambda row: row.station.location.name),
    Column("medium", _("authentication medium"), lambda row: row.medium),
    Column("rfid", _("RFID number"), lambda row: row.id_tag),
    Column("emaid", _("EMAID"), lambda row: row.emaid),
    Column("bdr_status", _("BDR status"), lambda row: row.bdr_main),
    Column("bdr_detail", _("detailed status"), lambda row: row.bdr_detail),
    Column("eka", _("EKA status"), lambda row: row.eka),
    Column("error", _("error"), lambda row: row.error_class),
    Column("transaction", _("transaction"), lambda row: row.session.transaction_id),
    Column("stop_reason", _("reason of the end"), lambda row: row.session.stop_reason),
]
