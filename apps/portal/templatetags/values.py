"""Filters and tags of our pages: values by locale, status badges, changed addresses."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.portal import formats
from apps.portal.badges import Badge

register = template.Library()

register.filter("energy", formats.energy)
register.filter("energy_rounded", formats.energy_rounded)
register.filter("power", formats.power)
register.filter("duration", formats.duration)
register.filter("percent", formats.percent)
register.filter("moment", formats.moment)
register.filter("day", formats.day)


@register.filter
def number(value: int | Decimal | None) -> str:
    """Return a number with separators; "–" for nothing."""
    return formats.NOTHING if value is None else formats.decimal(value)


@register.filter("json")
def as_json(value: Any) -> str:
    """Return a value as readable JSON text; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@register.simple_tag
def ago(value: datetime | None) -> SafeString:
    """Return how long ago, with the exact time as tooltip and for machines."""
    text = formats.age(value, timezone.now())
    if value is None:
        return format_html("{}", text)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), formats.moment(value), text
    )


@register.simple_tag
def badge(value: Badge | None) -> SafeString:
    """Return a status as word and sign on a coloured ground; never by colour alone."""
    if value is None:
        return format_html("{}", formats.NOTHING)
    return format_html(
        '<span class="cy-badge cy-{}"><span class="cy-icon" aria-hidden="true">{}</span>{}</span>',
        value.tone,
        value.icon,
        value.label,
    )


@register.simple_tag(takes_context=True)
def query(context: Mapping[str, Any], **changes: Any) -> str:
    """Return the address's query with these parameters changed; None takes one out."""
    request: HttpRequest = context["request"]
    parameters = request.GET.copy()
    parameters.pop("fragment", None)
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"
