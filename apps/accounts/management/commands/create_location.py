"""Provision a location of a tenant. Idempotent."""

from typing import Any

from django.core.management import BaseCommand, CommandParser

from apps.accounts.models import Location
from apps.accounts.services.locations import ensure_location
from apps.tenants.commands import add_tenant_argument, get_tenant, plain_errors
from apps.tenants.context import run_in_schema


class Command(BaseCommand):
    help = "Create a location, or bring an existing one to this state."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        add_tenant_argument(parser)
        for field in ("street", "postal-code", "city", "country", "time-zone"):
            parser.add_argument(f"--{field}")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("street", "postal_code", "city", "country", "time_zone")
        fields = {name: options[name] for name in names if options[name] is not None}
        with plain_errors():
            tenant = get_tenant(options["tenant"])
            location: Location = run_in_schema(
                tenant.schema_name, ensure_location, options["name"], **fields
            )
        self.stdout.write(f"location {location.name}")
