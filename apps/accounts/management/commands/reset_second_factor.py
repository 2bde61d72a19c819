"""Take the second factors of an operator or a portal user away, where no page can. Idempotent."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.accounts.services.factors import take_all_away
from apps.tenants.commands import get_tenant, plain_errors
from apps.tenants.context import run_in_schema


class Command(BaseCommand):
    help = "Let somebody who lost the second factor log in with the password alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--tenant", help="short name; without it an operator of the platform")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = options["tenant"]
        with plain_errors():
            schema = get_tenant(tenant).schema_name if tenant else "public"
            run_in_schema(schema, self.reset, options["email"])
        self.stdout.write(f"{options['email']} logs in with the password alone")

    def reset(self, email: str) -> None:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError(f"There is nobody with the e-mail {email!r}.")
        take_all_away(user, None)
