"""What the platform operator fills in: documents, their files, malfunctions and updates."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.help.choices import COMPONENT_CHOICES, FILE_FAULTS, MAX_MEGABYTES, STAGE_LABELS
from apps.help.domain.files import FileRefused, file_kind
from apps.help.domain.malfunctions import STAGES, Kind, Stage
from apps.help.models import Document, Malfunction
from apps.portal.options import language_options
from apps.portal.widgets import Checkboxes, FileInput, Select, TextInput

OWN = settings.LANGUAGE_CODE
LANGUAGES = [OWN, *(code for code, _name in settings.LANGUAGES if code != OWN)]


class TextsWidget(forms.MultiWidget):
    """An input for each language: English is shown, the others unfold."""

    class Media:
        css = {"all": ["help/forms.css"]}

    def __init__(self, kind: type[forms.Widget]) -> None:
        super().__init__({code: kind(attrs={"lang": code}) for code in LANGUAGES})

    def decompress(self, value: Any) -> list[str]:
        return [(value or {}).get(code, "") for code in LANGUAGES]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = self.get_context(name, value, attrs)["widget"]
        names = dict(settings.LANGUAGES)
        inputs = [
            {
                "code": code,
                "language": names[code],
                "id": part["attrs"].get("id", ""),
                "input": mark_safe(own.render(part["name"], part["value"], part["attrs"])),  # noqa: S308  a widget escapes
            }
            for code, own, part in zip(LANGUAGES, self.widgets, context["subwidgets"], strict=True)
        ]
        return mark_safe(  # noqa: S308  as above
            render_to_string(
                "help/parts/texts_input.html", {"own": inputs[0], "others": inputs[1:]}
            )
        )


class TextsField(forms.MultiValueField):
    """A text by language, {"en": ..., "de": ...}: English is needed, empty ones are left out."""

    def __init__(self, *, max_length: int, is_long: bool = False, **kwargs: Any) -> None:
        kind = UnfoldAdminTextareaWidget if is_long else TextInput
        fields = [
            forms.CharField(max_length=max_length, required=code == OWN) for code in LANGUAGES
        ]
        super().__init__(
            fields,
            require_all_fields=False,
            widget=TextsWidget(kind),
            error_messages={"incomplete": _("Fill in the English text; others fall back to it.")},
            **kwargs,
        )

    def compress(self, data_list: list[str]) -> dict[str, str]:
        return {code: text for code, text in zip(LANGUAGES, data_list, strict=False) if text}


def checked_file(file: Any) -> Any:
    """Return the uploaded file. Raises ValidationError with what is wrong."""
    try:
        file_kind(file.name, file, file.size)
    except FileRefused as refused:
        raise forms.ValidationError(
            FILE_FAULTS[refused.fault],
            code=refused.fault.value,
            params={"megabytes": MAX_MEGABYTES},
        ) from refused
    return file


class FileForm(forms.Form):
    """The file of a new version."""

    file = forms.FileField(label=_("File"), widget=FileInput)

    def clean_file(self) -> Any:
        return checked_file(self.cleaned_data["file"])


class ForTenantsForm(forms.ModelForm):
    """Says for whom the row is: for all, or for at least one chosen tenant."""

    class Media:
        js = ["help/forms.js"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("is_for_all"):
            values["tenants"] = []
        elif "tenants" in values and not values["tenants"]:
            self.add_error("tenants", _("Choose at least one tenant, or tick “for all tenants”."))
        return values


class DocumentForm(ForTenantsForm):
    """A document without its file."""

    language = forms.ChoiceField(label=_("Language"), required=False, widget=Select)

    class Meta:
        model = Document
        fields = (
            "title",
            "description",
            "category",
            "language",
            "is_for_all",
            "tenants",
            "valid_from",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self.fields:
            choices = [("", _("None of its own")), *language_options()]
            self.fields["language"].choices = choices  # type: ignore[attr-defined]


class NewDocumentForm(DocumentForm):
    """A document with its first file."""

    file = forms.FileField(label=_("File"), widget=FileInput)

    class Meta(DocumentForm.Meta):
        fields = DocumentForm.Meta.fields

    def clean_file(self) -> Any:
        return checked_file(self.cleaned_data["file"])


class MalfunctionForm(ForTenantsForm):
    """What is affected and since when; what happens is told by updates."""

    titles = TextsField(label=_("Title"), max_length=120)
    components = forms.MultipleChoiceField(
        label=_("Affected"), choices=COMPONENT_CHOICES, widget=Checkboxes
    )

    class Meta:
        model = Malfunction
        fields = (
            "kind",
            "titles",
            "severity",
            "components",
            "is_for_all",
            "tenants",
            "began_at",
            "ends_at",
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        kind = values.get("kind", self.instance.kind)
        began_at, ends_at = values.get("began_at"), values.get("ends_at")
        if kind == Kind.MALFUNCTION.value and ends_at:
            self.add_error(
                "ends_at", _("Only planned maintenance has a planned end. Leave it empty.")
            )
        if kind == Kind.MAINTENANCE.value and "ends_at" not in self.errors:
            if ends_at is None:
                self.add_error("ends_at", _("Say until when the maintenance is planned."))
            elif began_at and ends_at <= began_at:
                self.add_error("ends_at", _("The end has to be after the begin."))
        return values


class NewMalfunctionForm(MalfunctionForm):
    """A malfunction with what is told of it first."""

    text = TextsField(label=_("First update"), max_length=2_000, is_long=True)

    class Meta(MalfunctionForm.Meta):
        fields = MalfunctionForm.Meta.fields


class UpdateForm(forms.Form):
    """One update of a malfunction; how far it is, and what people should know."""

    stage = forms.ChoiceField(label=_("Stage"), widget=Select)
    text = TextsField(label=_("Text"), max_length=2_000, is_long=True)

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(stage.value, STAGE_LABELS[stage.value]) for stage in STAGES[kind]]
        self.fields["stage"].choices = choices  # type: ignore[attr-defined]

    def stage_told(self) -> Stage:
        """Return the chosen stage, once the form is valid."""
        return Stage(self.cleaned_data["stage"])
