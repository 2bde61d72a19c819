"""Make a tenant's daily totals anew from charge records and activations. Safe at any time."""

from datetime import date
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date

from apps.charge_records.services.rebuild import rebuild_totals
from apps.tenants.commands import add_tenant_argument, get_tenant, plain_errors
from apps.tenants.context import run_in_schema


class Command(BaseCommand):
    help = "Make the roll-ups behind dashboard and error rate anew for a range of days."

    def add_arguments(self, parser: CommandParser) -> None:
        add_tenant_argument(parser)
        parser.add_argument("--from", dest="first", type=day, required=True, help="2026-11-01")
        parser.add_argument("--to", dest="last", type=day, required=True, help="included")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if last < first:
            raise CommandError("The last day lies before the first.")
        with plain_errors():
            schema_name = get_tenant(options["tenant"]).schema_name
            number = run_in_schema(schema_name, rebuild_totals, first, last)
        self.stdout.write(f"{number} daily totals from {first} to {last}")


def day(text: str) -> date:
    """Return the day that is written like 2026-11-24. Raises CommandError."""
    try:
        read = parse_date(text)
    except ValueError:
        read = None
    if read is None:
        raise CommandError(f"{text!r} is no day; write it like 2026-11-24.")
    return read
