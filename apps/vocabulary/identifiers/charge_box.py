"""Charge box ids: the name under which a charger dials in."""

from __future__ import annotations

from urllib.parse import unquote

# OCPP-J 1.6 allows any URL-safe id; 2.0.1 part 4, 3.1.1 has 48 characters at most and no colon.
CHARGE_BOX_ID_MAX = 48


def normalise_charge_box_id(path: str) -> str:
    """Return the id at the end of a URL path, in the spelling that was dialled; "" for none.

    Slashes at the end are stripped, the last segment counts, percent signs are decoded once.
    Example: "/device/ocpp16/tenant/CB%2D1/" -> "CB-1".
    """
    segment = path.strip().rstrip("/").rpartition("/")[2]
    return unquote(segment, errors="replace").strip().strip("/").replace("\x00", "\ufffd")


def charge_box_key(charge_box_id: str) -> str:
    """Return the form under which ids are compared: case does not matter."""
    return charge_box_id.strip().casefold()


def same_charge_box(one: str, other: str) -> bool:
    """Tell whether two ids name one charger."""
    return charge_box_key(one) == charge_box_key(other)
