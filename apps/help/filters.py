"""Filter bar above the documents."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.help.choices import Category
from apps.portal.filterforms import FilterForm
from apps.portal.options import language_options

ALL = ("", _("All"))


class DocumentFilterForm(FilterForm):
    """Words, category and language."""

    search = forms.CharField(label=_("Search"), max_length=100, required=False)
    category = forms.ChoiceField(
        label=_("Category"), required=False, choices=[ALL, *Category.choices]
    )
    language = forms.ChoiceField(label=_("Language"), required=False)

    def prepare(self) -> None:
        self.fields["language"].choices = [ALL, *language_options()]  # type: ignore[attr-defined]
