#!/usr/bin/env python3
"""Entry point of all management commands."""

import os
import sys


def main() -> None:
    """Run a management command in the settings of DJANGO_SETTINGS_MODULE (default: development)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
