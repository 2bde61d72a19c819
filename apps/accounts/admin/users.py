"""Portal users: invite, change, disable, unlock. Nobody edits the own account here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.admin.user_factors import FactorsMixin
from apps.accounts.admin.user_places import places_context, places_urls
from apps.accounts.admin.words import last_mail_in_words, state_in_words
from apps.accounts.choices import USER_STATE_LABELS
from apps.accounts.domain.states import UserState
from apps.accounts.filters import SecondFactorFilter, SeenLocationFilter, UserStateFilter
from apps.accounts.forms import UserAddForm, UserForm
from apps.accounts.forms.rights import show_rights
from apps.accounts.models import User
from apps.accounts.models.scope import accessible_locations
from apps.accounts.selectors import (
    in_tree_order,
    is_limited,
    is_locked,
    location_path,
    may_manage,
    rights_of,
    state_of,
    with_factors,
    with_failures,
    with_granted_names,
)
from apps.accounts.services.people import (
    change_user,
    invite_again,
    invite_user,
    revoke_invitation,
    start_reset,
    unlock,
)
from apps.portal import search
from apps.portal.admin import PortalModelAdmin
from apps.portal.pages import ObjectUrl
from apps.portal.site import portal_site
from apps.tenants.selectors import url_for_mails

INVITE_HELP = _(
    "The user gets a mail with a link and sets the password. The e-mail cannot be changed later."
)


@admin.register(User, site=portal_site)
class UserAdmin(FactorsMixin, PortalModelAdmin):
    """Whoever is limited to locations sees no portal users: they stand at no location."""

    list_display = (
        "email",
        "full_name",
        "group_names",
        "location_names",
        "state_label",
        "second_factor",
        "last_login",
    )
    list_filter = (UserStateFilter, "groups", SeenLocationFilter, SecondFactorFilter)
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    form = UserForm
    change_form_after_template = "accounts/user_after.html"
    person = ("first_name", "last_name", "language", "time_zone")
    access = ("is_active", "groups", "is_limited_to_locations", "locations")
    log_in = (
        "email",
        "state_text",
        "second_factor_text",
        "invited_at",
        "joined_at",
        "last_login",
        "last_mail",
    )
    add_fieldsets = (
        (_("Log-in"), {"fields": ("email",), "description": INVITE_HELP}),
        (_("Person"), {"fields": person}),
        (_("Access"), {"fields": access[1:]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        if is_limited(request.user):
            return User.objects.none()
        rows = with_failures(super().get_queryset(request)).prefetch_related("groups")
        return with_factors(with_granted_names(rows))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_limited(request.user) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:  # type: ignore[override]
        return self.has_view_permission(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or may_manage(request.user, obj))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = UserAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        access = self.access
        if not self.has_change_permission(request, obj):
            access = ("is_active", "group_names", "is_limited_to_locations")
        return (
            (_("Log-in"), {"fields": self.log_in}),
            (_("Person"), {"fields": self.person}),
            (_("Access"), {"fields": access}),
            (_("What this user can see and do"), {"fields": ("seen_places", "rights_table")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else (*self.log_in, "group_names", "seen_places", "rights_table")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            change_user(request.user, obj, form.access())
        else:
            address, now = url_for_mails(request), timezone.now()
            invite_user(request.user, obj, form.access(), base_url=address, now=now)

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, _("An invitation is on its way to %(email)s.") % said(obj))
        return HttpResponseRedirect(self.page_of(obj))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Groups and locations were saved with the user."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        user = kwargs.get("obj")
        if user is not None:
            may_end = self.has_change_permission(request, user)
            context |= places_context(user, may_end=may_end)
        return super().render_change_form(request, context, *args, **kwargs)

    def object_urls(self) -> list[ObjectUrl]:
        return [
            *places_urls(),
            ObjectUrl(
                "unlock",
                "unlock",
                self.unlock_user,
                "change",
                label=_("Unlock"),
                icon="lock_open",
                is_shown=lambda request, user: is_locked(user),
            ),
            ObjectUrl(
                "invite",
                "invite",
                self.invite_user_again,
                "change",
                label=_("Send invitation again"),
                icon="forward_to_inbox",
                is_shown=lambda request, user: user.is_waited_for,
            ),
            ObjectUrl(
                "revoke",
                "revoke",
                self.revoke_invitation_of,
                "change",
                label=_("Revoke invitation"),
                icon="unsubscribe",
                confirm=_("The link in the mail stops working. You can invite the user again."),
                is_shown=lambda request, user: user.is_waited_for and user.is_active,
            ),
            ObjectUrl(
                "reset",
                "reset",
                self.send_reset_link,
                "change",
                label=_("Send link for a new password"),
                icon="key",
                confirm=_("The user gets a mail with a link that works for one hour."),
                is_shown=lambda request, user: user.is_active and not user.is_waited_for,
            ),
            *self.factor_urls(),
        ]

    def page_of(self, user: User) -> str:
        return reverse(f"admin:{self.url_name('change')}", args=[user.pk])

    def done(self, request: HttpRequest, user: User, text: str) -> HttpResponse:
        """Say what was done, and show the user's page."""
        messages.success(request, text)
        return HttpResponseRedirect(self.page_of(user))

    def unlock_user(self, request: HttpRequest, user: User) -> HttpResponse:
        unlock(request.user, user)
        return self.done(request, user, _("%(user)s is unlocked.") % said(user))

    def invite_user_again(self, request: HttpRequest, user: User) -> HttpResponse:
        invite_again(request.user, user, base_url=url_for_mails(request), now=timezone.now())
        text = _("An invitation is on its way to %(email)s.") % said(user)
        return self.done(request, user, text)

    def revoke_invitation_of(self, request: HttpRequest, user: User) -> HttpResponse:
        revoke_invitation(request.user, user)
        return self.done(request, user, _("The invitation of %(user)s is revoked.") % said(user))

    def send_reset_link(self, request: HttpRequest, user: User) -> HttpResponse:
        start_reset(request.user, user, base_url=url_for_mails(request))
        text = _("A link for a new password is on its way to %(email)s.") % said(user)
        return self.done(request, user, text)

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("groups"))
    def group_names(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all())) or "–"

    @admin.display(description=_("locations"))
    def location_names(self, user: Any) -> str:
        if not user.is_limited_to_locations:
            return str(_("All"))
        return ", ".join(user.granted_names) or str(_("None"))

    @display(
        description=_("state"),
        label={
            UserState.INVITED.value: "info",
            UserState.ACTIVE.value: "success",
            UserState.LOCKED.value: "danger",
            UserState.DISABLED.value: "warning",
        },
    )
    def state_label(self, user: User) -> tuple[str, str]:
        state = state_of(user)
        return state.value, str(USER_STATE_LABELS[state])

    @admin.display(description=_("state"))
    def state_text(self, user: User) -> str:
        return state_in_words(user)

    @admin.display(description=_("rights"))
    def rights_table(self, user: User) -> str:
        """Show what the user's groups give together, as saved."""
        return show_rights(rights_of(user))

    @admin.display(description=_("locations"))
    def seen_places(self, user: User) -> str:
        """Name every location that the user sees, with those that came by being part of another."""
        if not user.is_limited_to_locations:
            return str(_("All locations, and those to come"))
        places = in_tree_order(accessible_locations(user))
        return "; ".join(location_path(place) for place in places) or str(_("None"))

    @admin.display(description=_("last mail"))
    def last_mail(self, user: User) -> str:
        return last_mail_in_words(user)


def said(user: User) -> dict[str, str]:
    return {"user": str(user), "email": user.email}


search.register(
    search.ModelSource(
        User,
        exact=("email",),
        contains=("email", "first_name", "last_name"),
        icon="person",
        describe=lambda user: user.email,
        is_open=lambda user: not user.is_limited_to_locations,
    )
)
