"""The theme. What depends on the tenant is a dotted path that is called with the request."""

UNFOLD = {
    "SITE_TITLE": "apps.portal.branding.site_title",
    "SITE_HEADER": "apps.portal.branding.site_header",
    "SITE_SUBHEADER": "apps.portal.branding.site_subheader",
    "SITE_URL": None,
    "SITE_SYMBOL": "ev_station",
    "SITE_ICON": "apps.portal.branding.site_icon",
    "SITE_LOGO": "apps.portal.branding.site_logo",
    "SITE_FAVICONS": "apps.portal.branding.favicons",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": "apps.portal.branding.colors",
    "STYLES": ["apps.portal.branding.stylesheet"],
    "SCRIPTS": [
        "apps.portal.branding.script",
        "apps.portal.branding.live_script",
        "apps.portal.branding.session_script",
    ],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "apps.portal.navigation.sidebar",
    },
    "ACCOUNT": {"navigation": "apps.portal.navigation.account_links"},
    "COMMAND": {
        "search_models": False,
        "show_history": False,
    },
}
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
CSRF_FAILURE_VIEW = "apps.portal.views.csrf_failed"
