"""Pages and commands of an object beside Django's own: right first, then the row, then the view."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class ObjectUrl:
    """`<object id>/<path>/` of a model admin, named `<app>_<model>_<name>`.

    `view(request, obj)` is called only when the person holds the right `action` and sees the row.
    With a `label` the object's page shows a button for it: a POST form, which asks `confirm` first.
    """

    path: str
    name: str
    view: Callable[[HttpRequest, Any], HttpResponse]
    action: str
    method: str = "POST"
    label: str | Promise = ""
    icon: str = ""
    confirm: str | Promise = ""
    is_shown: Callable[[HttpRequest, Any], bool] | None = None


@dataclass(frozen=True, slots=True)
class ListUrl:
    """`<path>/` beside the list of a model admin; `view(request)` runs with the right `action`."""

    path: str
    name: str
    view: Callable[[HttpRequest], HttpResponse]
    action: str = "view"
    method: str = "GET"


def refused_method(request: HttpRequest, method: str) -> HttpResponse | None:
    """Return 405 unless the request uses the method; "GET,POST" allows both, HEAD counts as GET."""
    allowed = method.split(",")
    if "GET" in allowed:
        allowed.append("HEAD")
    return None if request.method in allowed else HttpResponseNotAllowed(allowed)
