"""Places on a page of a lower room where higher rooms hang something of theirs.

The station's page belongs to `infrastructure`, which must not read charge records or messages. So
those rooms register a panel or a tab here, and the page shows what is registered.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

Context = Callable[[HttpRequest, Any], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """`context(request, row)` gives the template's values; None: nothing to show for this user.

    `topic`: live topic on which the browser fetches the panel again. `title`: only for tabs.
    `right`: permission without which the panel is not shown.
    """

    name: str
    template: str
    context: Context
    right: str
    title: str | Promise = ""
    topic: str = ""

    def is_open_to(self, request: HttpRequest) -> bool:
        """Say whether the person holds the panel's right."""
        return bool(request.user.has_perm(self.right))


_panels: dict[str, list[Panel]] = defaultdict(list)


def register(place: str, panel: Panel) -> None:
    """Hang a panel; registering the same name again replaces it."""
    _panels[place] = [other for other in _panels[place] if other.name != panel.name] + [panel]


def registered(place: str) -> list[Panel]:
    """Return the panels of a place in the order of their registration."""
    return list(_panels[place])


def render(place: str, request: HttpRequest, row: Any, only: str = "") -> list[SafeString]:
    """Return the panels as HTML, or the one named `only`."""
    shown = []
    for panel in _panels[place]:
        if (only and panel.name != only) or not panel.is_open_to(request):
            continue
        context = panel.context(request, row)
        if context is not None:
            shown.append(
                render_to_string(panel.template, {"row": row, "panel": panel, **context}, request)
            )
    return shown
