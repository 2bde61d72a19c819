"""Provision a card of a tenant. Idempotent."""

from datetime import UTC, datetime
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from apps.emaid.services import ensure_card
from apps.tenants.commands import add_tenant_argument, get_tenant, plain_errors
from apps.tenants.context import run_in_schema


class Command(BaseCommand):
    help = "Create a card, or bring an existing one to this state."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tag", help="the idTag as stations send it, at most 20 characters")
        add_tenant_argument(parser)
        parser.add_argument("--blocked", action="store_true")
        parser.add_argument("--expires", help="ISO 8601, for example 2027-12-31T23:59:59Z")
        parser.add_argument("--emaid", default="", help="contract; none: a card of the operator")
        parser.add_argument("--label", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            card = run_in_schema(
                get_tenant(options["tenant"]).schema_name,
                ensure_card,
                options["tag"],
                emaid=options["emaid"],
                label=options["label"],
                is_blocked=options["blocked"],
                valid_until=read_expiry(options["expires"]),
            )
        self.stdout.write(f"card {card.tag}")


def read_expiry(text: str | None) -> datetime | None:
    """Return the instant; a date alone lasts to its end, a time without zone is taken as UTC."""
    if not text:
        return None
    try:
        at = parse_datetime(text) if len(text) > len("2027-12-31") else None
        day = parse_date(text) if at is None else None
    except ValueError:
        at = day = None
    if day is not None:
        at = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    if at is None:
        raise CommandError(f"{text!r} is no time; write it like 2027-12-31T23:59:59Z.")
    return at if at.tzinfo else at.replace(tzinfo=UTC)
