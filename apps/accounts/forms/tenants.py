"""Forms of the platform console about tenants and their hosts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.portal.options import country_options, language_options, time_zone_options
from apps.portal.widgets import (
    Checkboxes,
    EmailInput,
    NumberInput,
    Select,
    TextInput,
)
from apps.tenants.choices import PRODUCT_CHOICES
from apps.tenants.models import Host, Tenant
from apps.tenants.services.hosts import HostRefused, kept_name
from apps.tenants.services.provisioning import RESERVED


def free_host(value: str) -> str:
    """Return the host name as it is kept. Raises ValidationError when no tenant can have it."""
    try:
        name = kept_name(value)
    except HostRefused as error:
        raise forms.ValidationError(str(error)) from error
    if Host.objects.filter(domain=name).exists():
        raise forms.ValidationError(_("This host is in use. Choose another one."))
    return name


class TenantForm(forms.ModelForm):
    """An existing tenant; its short name names the schema and stays."""

    country = forms.ChoiceField(
        label=_("Country"), choices=country_options, widget=Select, initial="DE"
    )
    default_language = forms.ChoiceField(
        label=_("Default language"), choices=language_options, widget=Select, initial="en"
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zone_options, widget=Select, initial="Europe/Berlin"
    )

    class Meta:
        model = Tenant
        fields = (
            *("schema_name", "name", "country", "default_language", "time_zone"),
            *("analysis_years", "enforces_products", "is_suspended"),
        )


class TenantAddForm(TenantForm):
    """A new tenant with all it needs to begin."""

    host = forms.CharField(
        label=_("Host"), max_length=253, widget=TextInput, help_text=_("Without port.")
    )
    hue = forms.IntegerField(
        label=_("Hue"),
        min_value=0,
        max_value=359,
        initial=210,
        widget=NumberInput,
        help_text=_("0 to 359 degrees: 30 orange, 110 green, 210 blue, 330 pink."),
    )
    products = forms.MultipleChoiceField(
        label=_("Booked products"), choices=PRODUCT_CHOICES, required=False, widget=Checkboxes
    )
    admin_first_name = forms.CharField(label=_("First name"), max_length=100, widget=TextInput)
    admin_last_name = forms.CharField(label=_("Last name"), max_length=100, widget=TextInput)
    admin_email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("An invitation goes there; with its link the admin sets the password."),
    )

    class Meta(TenantForm.Meta):
        fields = ("schema_name", "name", "country", "default_language", "time_zone")

    def clean_schema_name(self) -> str:
        name = str(self.cleaned_data["schema_name"])
        if name in RESERVED or name.startswith("pg_"):
            raise forms.ValidationError(_("This short name is reserved. Choose another one."))
        return name

    def clean_host(self) -> str:
        return free_host(self.cleaned_data["host"])


class HostForm(forms.ModelForm):
    """A host that a tenant gets; it leads to its portal once it was proven."""

    class Meta:
        model = Host
        fields = ("domain", "tenant")
        help_texts = {"domain": _("Without port, for example charging.example.com.")}

    def clean_domain(self) -> str:
        return free_host(self.cleaned_data["domain"])


class ChangeEmailForm(forms.Form):
    """Another e-mail for a tenant's user; `user` is the id."""

    user = forms.IntegerField(widget=forms.HiddenInput)
    email = forms.EmailField(
        label=_("New e-mail"),
        max_length=254,
        widget=EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("The user logs in with it from now on. Both addresses are told by mail."),
    )
