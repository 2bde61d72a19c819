"""What our management commands share: finding the tenant, plain errors, who ran them."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.core.management import CommandError, CommandParser

from apps.core.errors import AppError
from apps.core.origin import Actor, Origin, Way, came_from
from apps.tenants.models import Tenant


def add_tenant_argument(parser: CommandParser) -> None:
    parser.add_argument("--tenant", required=True, help="short name of the tenant")


def get_tenant(short_name: str) -> Tenant:
    """Return the customer of that short name. Raises CommandError naming the ones there are."""
    try:
        return Tenant.objects.customers().get(schema_name=short_name)
    except Tenant.DoesNotExist:
        known = ", ".join(Tenant.objects.customers().values_list("schema_name", flat=True))
        raise CommandError(
            f"There is no tenant {short_name!r}. Known: {known or 'none; see create_tenant'}."
        ) from None


def system_user() -> Actor:
    return Actor(id=None, name=getpass.getuser())


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn our errors and validation errors into one line each, without a traceback.

    What is done inside came from the command line, by the operating system's user.
    """
    try:
        with came_from(Origin(way=Way.COMMAND_LINE, find_actor=system_user)):
            yield
    except AppError as error:
        raise CommandError(str(error)) from error
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            lines = [f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items()]
        else:
            lines = error.messages
        raise CommandError("\n".join(lines)) from error
