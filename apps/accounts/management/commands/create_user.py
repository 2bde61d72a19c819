"""Provision a portal user of a tenant. Idempotent."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.accounts.models import Location
from apps.accounts.services.users import ROLES, ensure_user, limit_to_locations
from apps.tenants.commands import add_tenant_argument, get_tenant, plain_errors
from apps.tenants.context import run_in_schema


class Command(BaseCommand):
    help = "Create a portal user, or bring an existing one to this state."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        add_tenant_argument(parser)
        parser.add_argument("--password", help="none: nobody can log in until one is set")
        parser.add_argument("--role", choices=sorted(ROLES), default="operator")
        parser.add_argument("--first-name")
        parser.add_argument("--last-name")
        parser.add_argument("--language")
        parser.add_argument(
            "--location",
            action="append",
            dest="locations",
            help="limit the user to this location (repeatable)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            run_in_schema(get_tenant(options["tenant"]).schema_name, self.create, options)
        self.stdout.write(f"{options['role']} {options['email']}")

    @transaction.atomic
    def create(self, options: dict[str, Any]) -> None:
        names = ("first_name", "last_name", "language")
        fields = {name: options[name] for name in names if options[name] is not None}
        user = ensure_user(
            options["email"], password=options["password"], role=options["role"], **fields
        )
        if options["locations"]:
            locations = list(Location.objects.filter(name__in=options["locations"]))
            missing = set(options["locations"]) - {location.name for location in locations}
            if missing:
                raise CommandError(
                    f"No such location: {', '.join(sorted(missing))}; see create_location."
                )
            limit_to_locations(user, locations)
