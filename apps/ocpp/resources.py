"""Columns of the downloaded message log; times local with zone."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.ocpp.models import MessageExchange
from apps.ocpp.selectors import message_row
from apps.portal.exports import Column


def latency_ms(exchange: MessageExchange) -> Any:
    return message_row(exchange).latency_ms


MESSAGE_COLUMNS = [
    Column("time", _("time"), lambda row: row.requested_at),
    Column("charge_box_id", _("Chargebox ID"), lambda row: row.station.charge_box_id),
    Column("direction", _("direction"), lambda row: row.direction),
    Column("message", _("message"), lambda row: row.action),
    Column("message_id", _("message id"), lambda row: row.message_id),
    Column("outcome", _("outcome"), lambda row: row.outcome),
    Column("error", _("error"), lambda row: row.error_code),
    Column("latency_ms", _("latency (ms)"), latency_ms),
    Column("request", _("request"), lambda row: row.request),
    Column("answer", _("answer"), lambda row: row.answer),
    Column("remarks", _("remarks"), lambda row: ", ".join(map(str, row.flags))),
]
