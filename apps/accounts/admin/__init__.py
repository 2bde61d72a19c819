"""Pages about people, in the portal and in the platform console."""

from apps.accounts.admin.console import OperatorAdmin, TenantAdmin
from apps.accounts.admin.groups import GroupAdmin
from apps.accounts.admin.hosts import HostAdmin
from apps.accounts.admin.locations import LocationAdmin
from apps.accounts.admin.own_places import places_page
from apps.accounts.admin.own_security import security_page
from apps.accounts.admin.portal_support import support_page
from apps.accounts.admin.providers import IdentityProviderAdmin
from apps.accounts.admin.second_factor_rule import rule_page
from apps.accounts.admin.session_times import times_page
from apps.accounts.admin.sign_in import LogInView
from apps.accounts.admin.users import UserAdmin
from apps.accounts.forms import OwnPasswordForm
from apps.accounts.forms.sign_on import SignInForm
from apps.portal.site import console_site, portal_site

__all__ = [
    "GroupAdmin",
    "HostAdmin",
    "IdentityProviderAdmin",
    "LocationAdmin",
    "OperatorAdmin",
    "TenantAdmin",
    "UserAdmin",
    "places_page",
    "rule_page",
    "security_page",
    "support_page",
    "times_page",
]

for site in (portal_site, console_site):
    site.login_view = LogInView
    site.login_form = SignInForm
    site.password_change_form = OwnPasswordForm
