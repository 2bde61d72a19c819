"""Provision a tenant with host, brand, products and first admin. Idempotent."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from apps.accounts.services.users import ensure_user
from apps.tenants.commands import plain_errors
from apps.tenants.context import run_in_schema
from apps.tenants.domain.products import Product
from apps.tenants.services.provisioning import create_tenant


class Command(BaseCommand):
    help = "Create a tenant, or bring an existing one to this state."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("short_name", help="names the schema: small letters, digits, _")
        parser.add_argument("--name", required=True, help="name of the business partner")
        parser.add_argument("--host", action="append", required=True, dest="hosts")
        parser.add_argument("--hue", type=int, default=210, help="0 to 359 degrees")
        parser.add_argument("--country", default="DE", help="two letters")
        parser.add_argument("--language", default="en", help="default language of the portal")
        parser.add_argument("--time-zone", default="Europe/Berlin")
        parser.add_argument(
            "--product",
            action="append",
            dest="products",
            choices=[product.value for product in Product],
            help="booked product (repeatable; default: all)",
        )
        parser.add_argument("--admin-email")
        parser.add_argument("--admin-password")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["admin_email"]) != bool(options["admin_password"]):
            raise CommandError("Give --admin-email and --admin-password together.")
        with plain_errors(), transaction.atomic():
            tenant = create_tenant(
                options["short_name"],
                name=options["name"],
                hosts=options["hosts"],
                hue=options["hue"],
                products=[Product(name) for name in options["products"] or list(Product)],
                today=timezone.localdate(),
                country=options["country"].upper(),
                default_language=options["language"],
                time_zone=options["time_zone"],
            )
            if options["admin_email"]:
                run_in_schema(
                    tenant.schema_name,
                    ensure_user,
                    options["admin_email"],
                    password=options["admin_password"],
                    role="admin",
                )
        self.stdout.write(f"tenant {tenant.schema_name} at {', '.join(options['hosts'])}")
