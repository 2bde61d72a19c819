"""Portal users: add, change, lock out, unlock. Nobody edits the own account here."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms import SetPasswordForm, UserAddForm, UserForm
from apps.accounts.models import User
from apps.accounts.selectors import is_locked, may_manage, with_failures
from apps.accounts.services.people import add_user, change_user, set_password, unlock
from apps.portal import search
from apps.portal.admin import PortalModelAdmin
from apps.portal.pages import ObjectUrl
from apps.portal.site import portal_site


@admin.register(User, site=portal_site)
class UserAdmin(PortalModelAdmin):
    """Whoever is limited to locations sees no portal users: they stand at no location."""

    list_display = ("email", "full_name", "group_names", "is_active", "is_unlocked", "last_login")
    list_filter = ("is_active", "groups", "is_limited_to_locations")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    form = UserForm
    person = ("first_name", "last_name", "language", "time_zone")
    access = ("is_active", "groups", "is_limited_to_locations", "locations")
    add_fieldsets = (
        (_("Log-in"), {"fields": ("email", "password1", "password2")}),
        (_("Person"), {"fields": person}),
        (_("Access"), {"fields": access}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        if getattr(request.user, "is_limited_to_locations", True):
            return User.objects.none()
        return with_failures(super().get_queryset(request)).prefetch_related("groups")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        limited = getattr(request.user, "is_limited_to_locations", True)
        return not limited and super().has_view_permission(request, obj)

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
            (_("Log-in"), {"fields": ("email", "last_login", "is_unlocked")}),
            (_("Person"), {"fields": self.person}),
            (_("Access"), {"fields": access}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("email", "last_login", "is_unlocked", "group_names")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            change_user(request.user, obj, form.access())
        else:
            add_user(request.user, obj, form.access(), password=form.cleaned_data["password1"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Groups and locations were saved with the user."""

    def object_urls(self) -> list[ObjectUrl]:
        return [
            ObjectUrl(
                "unlock",
                "unlock",
                self.unlock_user,
                "change",
                label=_("Unlock"),
                icon="lock_open",
                is_shown=lambda request, user: is_locked(user) and may_manage(request.user, user),
            ),
            ObjectUrl("password", "password", self.password_page, "change", method="GET,POST"),
        ]

    def object_buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        buttons = super().object_buttons(request, obj)
        if self.has_change_permission(request, obj):
            url = reverse(f"admin:{self.url_name('password')}", args=[obj.pk])
            buttons.append({"url": url, "label": _("Set password"), "icon": "key", "is_link": True})
        return buttons

    def unlock_user(self, request: HttpRequest, user: User) -> HttpResponse:
        unlock(request.user, user)
        self.log_change(request, user, str(_("Unlocked")))
        messages.success(request, _("%(user)s is unlocked.") % {"user": user})
        return HttpResponseRedirect(reverse(f"admin:{self.url_name('change')}", args=[user.pk]))

    def password_page(self, request: HttpRequest, user: User) -> HttpResponse:
        form = SetPasswordForm(user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            set_password(request.user, user, form.cleaned_data["password1"])
            self.log_change(request, user, str(_("Password set")))
            messages.success(
                request, _("%(user)s has a new password. Tell it in person.") % {"user": user}
            )
            return HttpResponseRedirect(reverse(f"admin:{self.url_name('change')}", args=[user.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Set password of %(user)s") % {"user": user},
            "form": form,
            "opts": self.opts,
            "original": user,
            "submit": _("Set password"),
        }
        return TemplateResponse(request, "portal/form_page.html", context)

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=_("groups"))
    def group_names(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all())) or "–"

    @admin.display(description=_("unlocked"), boolean=True)
    def is_unlocked(self, user: User) -> bool:
        return (getattr(user, "failures", 0) or 0) < settings.AXES_FAILURE_LIMIT


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
