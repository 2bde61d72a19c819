"""Numbers, durations and times as the active language writes them (Babel, never by hand)."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent
from django.utils import timezone, translation
from django.utils.translation import gettext as _

NOTHING = "–"
# English is written the European way: day before month, 24 hours.
LOCALES = {"en": "en_GB"}
WH_PER_KWH = Decimal(1000)


def active_locale() -> Locale:
    """Return Babel's locale of the active language."""
    language = translation.get_language() or "en"
    try:
        return Locale.parse(LOCALES.get(language, language).replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def energy(wh: int | Decimal | None) -> str:
    """Return energy in kWh with one to three decimals: 12340 -> "12.34 kWh"."""
    if wh is None:
        return NOTHING
    return _("%(number)s kWh") % {"number": decimal(Decimal(wh) / WH_PER_KWH, "#,##0.0##")}


def energy_rounded(wh: int | Decimal | None) -> str:
    """Return a sum of energy in kWh with one decimal: 122225523 -> "122,225.5 kWh"."""
    if wh is None:
        return NOTHING
    return _("%(number)s kWh") % {"number": decimal(Decimal(wh) / WH_PER_KWH, "#,##0.0")}


def power(watts: int | Decimal | None) -> str:
    """Return power in kW with one or two decimals: 22000 -> "22.0 kW"."""
    if watts is None:
        return NOTHING
    return _("%(number)s kW") % {"number": decimal(Decimal(watts) / WH_PER_KWH, "#,##0.0#")}


def decimal(number: int | Decimal, pattern: str = "#,##0.###") -> str:
    """Return a number by a CLDR pattern."""
    return format_decimal(number, format=pattern, locale=active_locale())


def percent(share: Decimal | None) -> str:
    """Return a share of 0 to 1 as per cent with one decimal; "–" without data."""
    if share is None:
        return NOTHING
    return format_percent(share, format="#,##0.0 %", locale=active_locale())


def duration(seconds: int | float | None) -> str:
    """Return h:mm:ss, with a sign where the end lies before the start: 3725 -> "1:02:05"."""
    if seconds is None:
        return NOTHING
    whole = int(seconds)
    minutes, second = divmod(abs(whole), 60)
    hours, minute = divmod(minutes, 60)
    return f"{'-' if whole < 0 else ''}{hours}:{minute:02}:{second:02}"


def moment(value: datetime | None, style: str = "medium") -> str:
    """Return date and time in the zone of the request; "medium" has seconds, "short" has none."""
    if value is None:
        return NOTHING
    return format_datetime(timezone.localtime(value), style, locale=active_locale())


def day(value: date | None) -> str:
    """Return a date, numbers only."""
    return NOTHING if value is None else format_date(value, "short", locale=active_locale())


def age(value: datetime | None, now: datetime) -> str:
    """Return how long ago something was: "3 minutes ago"."""
    if value is None:
        return _("never")
    delta = value - now
    if delta > -timedelta(seconds=1):  # a station's clock may be fast
        return _("just now")
    return format_timedelta(delta, add_direction=True, locale=active_locale())


def short_day(value: date) -> str:
    """Return day and month, for the axis of a chart: "24 Nov"."""
    return format_skeleton("MMMd", value, locale=active_locale())


def month(value: date) -> str:
    """Return month and year, for the axis of a chart: "Nov 2026"."""
    return format_skeleton("yMMM", value, locale=active_locale())
