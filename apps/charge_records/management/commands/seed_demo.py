"""Fill the instance with two demo tenants and their history. Idempotent."""

from typing import Any

from django.core.management import BaseCommand
from django.utils import timezone

from apps.charge_records.demo.seeding import seed
from apps.tenants.commands import plain_errors


class Command(BaseCommand):
    help = "Create the demo tenants volt and nordlys; writes DATA_DIR/demo_fleet.json."

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            seed(now=timezone.now(), say=self.stdout.write)
