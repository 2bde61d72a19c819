"""Import and export of master data: rights, locations and limits, whatever the file says.

    class StationResource(PortalResource):
        location = Field("location", "location", ScopedForeignKeyWidget(Location, "name"))

        class Meta(PortalResource.Meta):
            model = Station
            fields = ("charge_box_id", "name", "location")
            import_id_fields = ("charge_box_id",)

Columns are found by these ids, not by translated titles.
"""

from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from import_export.admin import ExportMixin, ImportMixin
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget
from unfold.contrib.import_export.forms import ImportForm, SelectableFieldsExportForm

from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core.errors import AppError
from apps.core.origin import Way, by_way
from apps.portal.exports import record_export
from apps.portal.scope import right_name, visible_rows
from apps.portal.workbooks import (
    FORMATS,
    WorkbookRefused,
    check_size,
    escape_formula,
    unescape_formula,
)


class ScopedForeignKeyWidget(ForeignKeyWidget):
    """Finds a related row by `field` among those that the importing person may see."""

    def get_queryset(self, value: Any, row: Any, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        return visible_rows(self.model, kwargs["user"])

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except (self.model.DoesNotExist, ValueError) as error:
            raise ValidationError(
                _("%(value)s was not found."), params={"value": str(value)[:100]}
            ) from error


class PortalResource(ModelResource):
    """Columns of a model for one person (`user`); import touches only rows that the person may."""

    class Meta:
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def __init__(self, user: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows that an import may find and change."""
        return visible_rows(self._meta.model, self.user, "change")

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        """Refuse a file without a column that this resource knows."""
        known = {field.column_name for field in self.get_import_fields()}
        if not known & set(dataset.headers or []):
            raise ValidationError(
                _("None of the columns is known. Known are: %(columns)s."),
                params={"columns": ", ".join(sorted(known))},
            )

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        for name, value in row.items():
            row[name] = unescape_formula(value)

    def import_instance(self, instance: Model, row: Any, **kwargs: Any) -> None:
        super().import_instance(instance, row, **{**kwargs, "user": self.user})

    def before_save_instance(self, instance: Model, row: Any, **kwargs: Any) -> None:
        """Refuse a row that the person may not write, or that would go to a foreign location."""
        action = "add" if instance._state.adding else "change"
        if not self.user.has_perm(right_name(type(instance), action)):
            raise ValidationError(_("You do not have the right to write this row."))
        if not self.stands_at_visible_place(instance):
            raise ValidationError(_("The row belongs to a location that you do not see."))

    def stands_at_visible_place(self, instance: Model) -> bool:
        """Say whether the row would stand where the person sees it, by its `location_path`."""
        path = getattr(type(instance), "location_path", None)
        if path is None:
            return True
        first = path.split("__")[0]
        if first == "pk":
            return not (instance._state.adding and self.user.is_limited_to_locations)
        field = instance._meta.get_field(first)
        related = visible_rows(field.related_model, self.user)
        return related.filter(pk=getattr(instance, field.attname)).exists()

    def export_field(self, field: Any, instance: Model, **kwargs: Any) -> Any:
        return escape_formula(super().export_field(field, instance, **kwargs))


class PortalImportForm(ImportForm):
    """The theme's form; refuses a file that is too large before it is kept or read."""

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        try:
            if file.size > len(data := b"".join(file.chunks())):
                raise WorkbookRefused
            check_size(data)
        except AppError as error:
            raise ValidationError(str(error), code=error.code) from error
        file.seek(0)
        return file


class PortalExportForm(SelectableFieldsExportForm):
    """The theme's form; columns are called as on the pages."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        for resource in resources:
            meta = resource._meta.model._meta
            names = {
                field.name: field.verbose_name for field in meta.get_fields() if field.concrete
            }
            for name in resource.fields:
                box = self.fields.get(self.create_boolean_field_name(resource, name))
                if box is not None and name in names:
                    box.label = capfirst(str(names[name]))


class ResourceForUserMixin:
    """Hands the person to the resource."""

    formats = FORMATS
    to_encoding = "utf-8"

    def get_resource_kwargs(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> dict[str, Any]:
        return {"user": request.user}


class PortalExportAdmin(ResourceForUserMixin, ExportMixin):
    """Mix in before `PortalModelAdmin`: an Export button for whoever holds `export_<model>`."""

    export_form_class = PortalExportForm

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        allowed = visible_rows(self.model, request.user, "export").values("pk")
        return super().get_export_queryset(request).filter(pk__in=allowed)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Export what the list shows; a filter that the list does not know leads back to it."""
        try:
            return super().export_action(request)
        except IncorrectLookupParameters:
            return self.to_list_without_filters()

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: Any, **kwargs: Any
    ) -> Any:
        data = super().get_export_data(file_format, request, queryset, **kwargs)
        name = f"{self.opts.model_name}.{file_format.get_extension()}"
        record_export(name, queryset.count(), self.model)
        return data

    def get_valid_export_item_pks(self, request: HttpRequest) -> list[Any]:
        return list(visible_rows(self.model, request.user, "export").values_list("pk", flat=True))


class PortalImportExportAdmin(PortalExportAdmin, ImportMixin):
    """Mix in before `PortalModelAdmin`: import with `import_<model>`, export as above."""

    import_export_change_list_template = "admin/import_export/change_list_import_export.html"
    import_form_class = PortalImportForm
    skip_admin_log = True

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        known = e if isinstance(e, AppError) else WorkbookRefused()
        form.add_error("import_file", str(known))

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import what was shown; a preview that is gone or altered leads back to the first step."""
        if request.method == "POST" and not self.has_import_permission(request):
            raise PermissionDenied
        if request.method == "POST" and not self.is_preview_kept(request):
            messages.error(request, _("The preview has expired. Choose the file again."))
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_import"
            return HttpResponseRedirect(reverse(name))
        with transaction.atomic(), by_way(Way.IMPORT):
            return super().process_import(request, **kwargs)

    def process_result(self, result: Any, request: HttpRequest) -> HttpResponse:
        details = {name: number for name, number in result.totals.items() if number}
        record(Kind.IMPORTED, None, self.model, details=details)
        return super().process_result(result, request)

    def is_preview_kept(self, request: HttpRequest) -> bool:
        """Say whether the file of the preview is still there and can be read as it was."""
        form = self.create_confirm_form(request)
        if not form.is_valid():
            return False
        values = form.cleaned_data
        numbers = (values["format"], values.get("resource") or "0")
        counts = (len(self.get_import_formats()), len(self.get_import_resource_classes(request)))
        if not all(
            number.isascii() and number.isdigit() and int(number) < count
            for number, count in zip(numbers, counts, strict=True)
        ):
            return False
        input_format = self.get_import_formats()[int(values["format"])]()
        storage = self.get_tmp_storage_class()(
            name=values["import_file_name"], read_mode=input_format.get_read_mode()
        )
        data = storage.read()
        return data is not None and input_format.is_binary() == data.startswith(b"PK")
