"""Columns of the files of error rates: place, rate beside that of the period before, and period."""

from django.utils.translation import gettext_lazy as _

from apps.portal.exports import Column

RATE_COLUMNS = [
    Column("from", _("From"), lambda row: row[2].first),
    Column("to", _("To"), lambda row: row[2].last),
    Column("location", _("location"), lambda row: row[0].location.name if row[0].location else ""),
    Column(
        "charge_box_id",
        _("Chargebox ID"),
        lambda row: row[0].station.charge_box_id if row[0].station else "",
    ),
    Column(
        "charge_port_id",
        _("charge port ID"),
        lambda row: row[0].charge_point.charge_port_id if row[0].charge_point else "",
    ),
    Column("activations", _("activations"), lambda row: row[1].now.activations),
    Column("errors", _("errors"), lambda row: row[1].now.errors),
    Column("error_rate", _("error rate (0 to 1)"), lambda row: row[1].now.rate),
    Column("rate_before", _("error rate of the period before"), lambda row: row[1].before.rate),
    Column("authorization_failures", _("Authorisation failed"), lambda row: row[1].refused),
]
