from apps.accounts.forms.factors import (
    CodeForm,
    OwnCurrentPasswordForm,
    PasskeyNameForm,
    SecondFactorRuleForm,
)
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
    "CodeForm",
    "ForgottenPasswordForm",
    "GroupForm",
    "HostForm",
    "LocationForm",
    "NewPasswordForm",
    "OperatorAddForm",
    "OwnCurrentPasswordForm",
    "OwnPasswordForm",
    "PasskeyNameForm",
    "SecondFactorRuleForm",
    "TenantAddForm",
    "TenantForm",
    "UserAddForm",
    "UserForm",
]
