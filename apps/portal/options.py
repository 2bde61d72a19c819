"""Options of fields that many forms have: languages, time zones, countries."""

import zoneinfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django_countries import countries

Options = list[tuple[str, object]]


def language_options() -> Options:
    return [(code, name) for code, name in settings.LANGUAGES]


def time_zone_options() -> Options:
    """Return the zones that a place can have; the empty one stands for 'as the tenant'."""
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name)
    return [(name, name) for name in names if not name.startswith(("Etc/", "SystemV/"))]


def country_options() -> Options:
    return [(country.code, country.name) for country in countries]


NONE_CHOSEN: Options = [("", _("Not chosen"))]
