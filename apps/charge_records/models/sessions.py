"""Charging sessions: the transactions as the station reports them. Never deleted, never edited."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.identity import masked
from apps.accounts.models import LocationScoped
from apps.charge_records.choices import SESSION_STATE_CHOICES
from apps.charge_records.domain.statuses import SessionState
from apps.infrastructure.models import ChargePoint, Station


class ChargingSession(LocationScoped):
    """One transaction. A repeated start finds its row by content, in the database (OCP-06)."""

    location_path = "station__location"
    identity_fields: ClassVar = {"id_tag": masked, "stop_id_tag": masked}

    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="sessions",
        verbose_name=_("charging station"),
    )
    charge_point = models.ForeignKey(
        ChargePoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sessions",
        verbose_name=_("charge point"),
    )
    connector_number = models.PositiveIntegerField(_("connector number"))
    transaction_id = models.BigIntegerField(_("transaction"))
    id_tag = models.CharField(_("RFID number"), max_length=255)
    state = models.CharField(
        _("state"), max_length=10, choices=SESSION_STATE_CHOICES, default=SessionState.ACTIVE.value
    )
    # The answer given to the start; a repeated start gets the same one.
    authorization_status = models.CharField(_("authorisation"), max_length=20)

    started_at = models.DateTimeField(_("start"))
    start_received_at = models.DateTimeField(_("start received at"))
    meter_start_wh = models.BigIntegerField(_("meter at start (Wh)"))
    reservation_id = models.BigIntegerField(_("reservation"), null=True, blank=True)

    ended_at = models.DateTimeField(_("end"), null=True, blank=True)
    stop_received_at = models.DateTimeField(_("end received at"), null=True, blank=True)
    meter_stop_wh = models.BigIntegerField(_("meter at end (Wh)"), null=True, blank=True)
    stop_reason = models.CharField(_("reason of the end"), max_length=64, blank=True)
    stop_id_tag = models.CharField(_("RFID number at the end"), max_length=255, blank=True)

    # Its charge record stands. What a crash left unsettled is found by the partial index.
    is_settled = models.BooleanField(_("settled"), default=False)

    # The newest register seen in meter values: what the live views show.
    last_meter_wh = models.BigIntegerField(_("latest meter reading (Wh)"), null=True, blank=True)
    last_power_w = models.BigIntegerField(_("latest power (W)"), null=True, blank=True)
    last_sample_at = models.DateTimeField(_("latest meter values"), null=True, blank=True)
    # What had to be forgiven in the messages: ["time_unparsable", ...].
    flags = models.JSONField(_("remarks"), default=list, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["station", "transaction_id"], name="session_transaction_unique"
            ),
            # OCPP's idTag does not know case, so neither does the recognition of a repeated start.
            models.UniqueConstraint(
                "station",
                "connector_number",
                Upper("id_tag"),
                "started_at",
                "meter_start_wh",
                name="session_start_unique_any_case",
            ),
        ]
        indexes = [
            models.Index(
                fields=["station", "connector_number"],
                condition=models.Q(state__in=["active", "hanging"]),
                name="session_open_by_connector",
            ),
            models.Index(fields=["-started_at"], name="session_by_start"),
            # Is this card charging elsewhere?
            models.Index(
                Upper("id_tag"),
                condition=models.Q(state="active"),
                name="session_active_by_tag",
            ),
            models.Index(
                fields=["stop_received_at"],
                condition=models.Q(state="ended", is_settled=False),
                name="session_awaiting_record",
            ),
        ]
        verbose_name = _("charging session")
        verbose_name_plural = _("charging sessions")

    def __str__(self) -> str:
        return f"{self.station.charge_box_id} {self.transaction_id}"


class UnmatchedMessage(LocationScoped):
    """A stop (or repeated stop) that belongs to no open session; kept as sent, never applied."""

    location_path = "station__location"

    station = models.ForeignKey(
        Station,
        on_delete=models.PROTECT,
        related_name="unmatched_messages",
        verbose_name=_("charging station"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    transaction_id = models.BigIntegerField(_("transaction"), null=True, blank=True)
    payload = models.JSONField(_("content"))
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = _("unmatched message")
        verbose_name_plural = _("unmatched messages")

    def __str__(self) -> str:
        return f"{self.kind} {self.transaction_id}"
