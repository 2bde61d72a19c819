"""The theme. What depends on the tenant is a dotted path that is called with the request."""

UNFOLD = {
    "SITE_TITLE": "apps.portal.branding.site_title",
    "SITE_HEADER": "apps.portal.branding.site_header",
    "SITE_SUBHEADER": "apps.portal.branding.site_subheader",
    "SITE_URL": "/",
    "SITE_SYMBOL": "ev_station",
    "SITE_ICON": "apps.portal.branding.site_icon",
    "SITE_FAVICONS": [],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": "apps.portal.branding.colors",
    "STYLES": ["apps.portal.branding.stylesheet"],
    "SCRIPTS": ["apps.portal.branding.script"],
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "apps.portal.navigation.sidebar",
    },
    "COMMAND": {
        "search_models": False,
        "search_callback": "apps.portal.search.palette",
        "show_history": False,
    },
}
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
