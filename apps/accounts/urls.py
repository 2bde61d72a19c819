"""Addresses of the pages without a log-in, the same on every host."""

from django.urls import path

from apps.accounts import views
from apps.accounts.admin.own_places import session_state, session_stay
from apps.accounts.admin.portal_support import enter_as_support
from apps.accounts.admin.sign_in import passkey_log_in, passkey_options, second_step
from apps.accounts.admin.sign_on import begin, callback, log_out

urlpatterns = [
    # Before the site's own, which knows of no provider.
    path("logout/", log_out),
    path("sso/<int:number>/", begin, name="sign_on"),
    path("sso/<int:number>/callback/", callback, name="sign_on_callback"),
    path("account/session/", session_state, name="session_state"),
    path("account/session/stay/", session_stay, name="session_stay"),
    path("login/second-step/", second_step, name="second_step"),
    path("login/passkey/", passkey_log_in, name="passkey_log_in"),
    path("login/passkey/options/", passkey_options, name="passkey_options"),
    path("forgotten-password/", views.forgotten_password, name="forgotten_password"),
    path("forgotten-password/sent/", views.forgotten_password_sent, name="forgotten_password_sent"),
    path("welcome/", views.accept_invitation_form, name="accept_invitation_form"),
    path("welcome/<str:token>/", views.accept_invitation, name="accept_invitation"),
    path("new-password/", views.reset_password_form, name="reset_password_form"),
    path("new-password/<str:token>/", views.reset_password, name="reset_password"),
    path("support/<str:token>/", enter_as_support, name="enter_as_support"),
]
