from apps.accounts.forms.groups import GroupForm
from apps.accounts.forms.people import (
    ForgottenPasswordForm,
    LocationForm,
    NewPasswordForm,
    OperatorAddForm,
    OwnPasswordForm,
    UserAddForm,
    UserForm,
)
from apps.accounts.forms.tenants import ChangeEmailForm, HostForm, TenantAddForm, TenantForm

__all__ = [
    "ChangeEmailForm",
    "ForgottenPasswordForm",
    "GroupForm",
    "HostForm",
    "LocationForm",
    "NewPasswordForm",
    "OperatorAddForm",
    "OwnPasswordForm",
    "TenantAddForm",
    "TenantForm",
    "UserAddForm",
    "UserForm",
]
