"""Which topic helps on which page: what the question mark beside a page's title leads to."""

# The beginning of the page's URL name; the longest that fits counts.
TOPIC_OF_PAGES = {
    "infrastructure_station": "stations",
    "infrastructure_station_ask": "ocpp",
    "infrastructure_chargepoint": "stations",
    "infrastructure_productassignment": "products",
    "infrastructure_securitypolicy": "security-profiles",
    "infrastructure_certificateauthority": "security-profiles",
    "infrastructure_stationcommand": "commands-wait",
    "ocpp_": "ocpp",
    "charge_records_activation": "activations",
    "charge_records_chargerecord": "records",
    "emaid_": "cards",
    "accounts_user": "people",
    "accounts_location": "limit-locations",
    "accounts_location_import": "import",
    "auth_group": "roles",
    "audit_": "who-changed",
    "support_access": "support",
    "branding": "brand",
    "password_change": "change-email",
    "index": "status-words",
}


def anchor_for(url_name: str) -> str:
    """Return the anchor of the topic or answer for a page; "" where there is none.

    "infrastructure_station_change" -> "stations"
    """
    fitting = [start for start in TOPIC_OF_PAGES if url_name.startswith(start)]
    return TOPIC_OF_PAGES[max(fitting, key=len)] if fitting else ""
