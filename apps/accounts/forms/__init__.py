from apps.accounts.forms.people import (
    ForgottenPasswordForm,
    GroupForm,
    LocationForm,
    NewPasswordForm,
    OperatorAddForm,
    OwnPasswordForm,
    UserAddForm,
    UserForm,
)
from apps.accounts.forms.tenants import HostForm, TenantAddForm, TenantForm

__all__ = [
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
