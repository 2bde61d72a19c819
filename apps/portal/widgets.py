"""The theme's widgets under plain names, for form fields that stand in no model."""

from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget as Checkboxes,
)
from unfold.widgets import (
    UnfoldAdminEmailInputWidget as EmailInput,
)
from unfold.widgets import (
    UnfoldAdminFileFieldWidget as FileInput,
)
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget as NumberInput,
)
from unfold.widgets import (
    UnfoldAdminPasswordWidget as PasswordInput,
)
from unfold.widgets import (
    UnfoldAdminSelectWidget as Select,
)
from unfold.widgets import (
    UnfoldAdminTextInputWidget as TextInput,
)
from unfold.widgets import (
    UnfoldAdminURLInputWidget as UrlInput,
)
from unfold.widgets import (
    UnfoldBooleanSwitchWidget as Switch,
)

__all__ = [
    "Checkboxes",
    "EmailInput",
    "FileInput",
    "NumberInput",
    "PasswordInput",
    "Select",
    "Switch",
    "TextInput",
    "UrlInput",
]
