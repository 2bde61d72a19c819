"""Bring every schema to the newest migration: public, template, tenants. Safe at each start."""

from functools import partial
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandParser, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django_tenants.utils import schema_context, schema_exists

from apps.accounts.services.roles import sync_roles
from apps.core.patient_locks import with_patient_locks
from apps.tenants.context import run_in_schema
from apps.tenants.models import Tenant
from apps.tenants.services.provisioning import PUBLIC_SCHEMA, ensure_platform


class Command(BaseCommand):
    help = "Migrate the public schema, the template and every tenant; create what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host",
            action="append",
            dest="hosts",
            default=None,
            help="host name of the platform console (repeatable; default: localhost, 127.0.0.1)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        if self.is_behind(PUBLIC_SCHEMA):
            self.migrate(shared=True)
        ensure_platform(options["hosts"] or ["localhost", "127.0.0.1"])
        template = settings.TENANT_TEMPLATE_SCHEMA
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{template}"')
        customers = list(Tenant.objects.customers().values_list("schema_name", flat=True))
        for schema_name in [template, *customers]:
            if schema_exists(schema_name) and self.is_behind(schema_name):
                self.migrate(schema_name=schema_name)
                run_in_schema(schema_name, sync_roles)
                if options["verbosity"] > 1:
                    self.stdout.write(f"migrated {schema_name}")

    def migrate(self, **which: Any) -> None:
        """Run what is missing; beside running processes, whose locks are waited for shortly."""
        with_patient_locks(
            partial(call_command, "migrate_schemas", interactive=False, verbosity=0, **which)
        )

    def is_behind(self, schema_name: str) -> bool:
        """Say whether a migration is missing in the schema."""
        with schema_context(schema_name):
            executor = MigrationExecutor(connection)
            return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
