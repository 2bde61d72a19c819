"""What a service refused, shown on the form that asked for it."""

from django import forms

from apps.core.errors import AppError


def show_refusal(form: forms.BaseForm, error: AppError) -> None:
    """Show the error at the field at fault, above the form where it names none of its fields."""
    form.add_error(error.field if error.field in form.fields else None, str(error))
