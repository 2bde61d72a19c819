from apps.accounts.forms.people import (
    GroupForm,
    LocationForm,
    OperatorAddForm,
    SetPasswordForm,
    UserAddForm,
    UserForm,
)
from apps.accounts.forms.tenants import HostForm, TenantAddForm, TenantForm

__all__ = [
    "GroupForm",
    "HostForm",
    "LocationForm",
    "OperatorAddForm",
    "SetPasswordForm",
    "TenantAddForm",
    "TenantForm",
    "UserAddForm",
    "UserForm",
]
