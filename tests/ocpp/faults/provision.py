"""`python -m tests.ocpp.faults.provision SCHEMA KEY ID ...`: fill the database of DATABASE_URL.

A tenant with the card TAG and stations of these ids.
"""

import sys

import django
from django.core.management import call_command


def main(schema: str, key: str, *ids: str) -> None:
    """Bring the database to what the tests need."""
    django.setup()
    call_command("upgrade")
    call_command("create_tenant", schema, f"--name={schema}", f"--host={schema}.localhost")
    call_command("create_card", "TAG", f"--tenant={schema}")
    for name in ids:
        options = (f"--tenant={schema}", f"--password={key}", "--location=Site")
        call_command("create_station", name, *options)


if __name__ == "__main__":
    main(*sys.argv[1:])
