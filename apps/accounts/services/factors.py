"""Second factors of a person: an authenticator app, recovery codes, and taking them away.

Rows are allauth's `Authenticator`, in the schema of the user; secrets in them are sealed by our
adapter. Of an app a row keeps `{"secret": sealed, "last_step": the step of the code used last}`.
"""

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.domain.factors import Factor, fitting_step, is_app_code, plain_code
from apps.accounts.models import User
from apps.accounts.selectors import has_factor
from apps.accounts.services import mails
from apps.accounts.services.people import check_manageable, lock_row, require
from apps.audit.domain.kinds import Kind
from apps.audit.services.trail import record
from apps.core.errors import AppError
from apps.portal.login import requires_second_factor
from apps.tenants.selectors import current_tenant

NAME_LENGTH = 60


class WrongCodeError(AppError):
    code = "wrong_code"
    message = _("The code is wrong or was used already. Enter the next one.")


class LastFactorError(AppError):
    code = "last_factor"
    message = _("Everybody here needs a second factor. Add another one before you remove this one.")


class PasskeyNameError(AppError):
    code = "passkey_name"
    message = _("Enter a name of 1 to %(most)s characters.")


def new_secret() -> str:
    """Return a secret for an authenticator app: 160 random bits in base32."""
    return str(generate_totp_secret())


@transaction.atomic
def add_app(user: User, secret: str, code: str, *, now: datetime) -> None:
    """Keep the app that made the code; an app set up before is replaced. Raises WrongCodeError."""
    lock_row(user)
    step = fitting_step(secret, plain_code(code), now=now, last_step=0)
    if step is None:
        raise WrongCodeError("code")
    data = {"secret": encrypt(secret), "last_step": step}
    Authenticator.objects.filter(user=user, type=Factor.APP).delete()
    Authenticator.objects.create(user=user, type=Factor.APP, data=data, last_used_at=now)
    tell_added(user, Factor.APP)


def tell_added(user: User, factor: Factor) -> None:
    """Give recovery codes with the first factor; write the trail and a mail."""
    if not Authenticator.objects.filter(user=user, type=Factor.RECOVERY).exists():
        RecoveryCodes.activate(user)
    record(Kind.SECOND_FACTOR, user, user, details={"factor": factor.value, "done": "added"})
    mails.send_factor_added(user, factor)


@transaction.atomic
def use_code(user: User, code: str, *, now: datetime) -> Factor | None:
    """Return whose code it is, the app's or a recovery code, and use it up; None: it is wrong."""
    code = plain_code(code)
    if is_app_code(code):
        return Factor.APP if use_app_code(user, code, now=now) else None
    return Factor.RECOVERY if use_recovery_code(user, code, now=now) else None


def use_app_code(user: User, code: str, *, now: datetime) -> bool:
    app = locked_row(user, Factor.APP)
    if app is None:
        return False
    secret = decrypt(app.data["secret"])
    step = fitting_step(secret, code, now=now, last_step=app.data["last_step"])
    if step is None:
        return False
    app.data["last_step"] = step
    app.last_used_at = now
    app.save(update_fields=["data", "last_used_at"])
    return True


def use_recovery_code(user: User, code: str, *, now: datetime) -> bool:
    row = locked_row(user, Factor.RECOVERY)
    if row is None or not code.isascii() or not RecoveryCodes(row).validate_code(code):
        return False
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=now)
    left = len(recovery_codes(user))
    details = {"factor": Factor.RECOVERY.value, "done": "used", "left": left}
    record(Kind.SECOND_FACTOR, user, user, details=details)
    mails.send_recovery_code_used(user, left)
    return True


def locked_row(user: User, factor: Factor) -> Authenticator | None:
    """Return the user's one row of the kind; nobody else uses it until the transaction ends."""
    rows = Authenticator.objects.select_for_update()
    row: Authenticator | None = rows.filter(user=user, type=factor).first()
    return row


def recovery_codes(user: User) -> list[str]:
    """Return the codes that are not used yet."""
    row = Authenticator.objects.filter(user=user, type=Factor.RECOVERY).first()
    return RecoveryCodes(row).get_unused_codes() if row is not None else []


def are_codes_kept(user: User) -> bool:
    """Say whether the user said to have the codes; from then on nobody sees them again."""
    row = Authenticator.objects.filter(user=user, type=Factor.RECOVERY).first()
    return row is None or RecoveryCodes(row).did_view


@transaction.atomic
def keep_recovery_codes(user: User) -> None:
    """Show the codes no more."""
    row = locked_row(user, Factor.RECOVERY)
    if row is not None:
        RecoveryCodes(row).mark_as_viewed()


@transaction.atomic
def renew_recovery_codes(user: User) -> None:
    """Make new codes; the former ones work no more. Only for who has a factor to recover."""
    lock_row(user)
    if not has_factor(user):
        return
    Authenticator.objects.filter(user=user, type=Factor.RECOVERY).delete()
    RecoveryCodes.activate(user)
    details = {"factor": Factor.RECOVERY.value, "done": "renewed"}
    record(Kind.SECOND_FACTOR, user, user, details=details)
    mails.send_recovery_codes_renewed(user)


def remove_app(user: User) -> None:
    """Take the app away. Raises LastFactorError where everybody needs one."""
    remove(user, Factor.APP, None)


def remove_passkey(user: User, number: int) -> None:
    """Take one of the user's own passkeys away.

    Raises LastFactorError, and Authenticator.DoesNotExist for one that is not the user's.
    """
    remove(user, Factor.PASSKEY, number)


@transaction.atomic
def remove(user: User, factor: Factor, number: int | None) -> None:
    """Remove one factor; with the last one the recovery codes go too."""
    lock_row(user)
    rows = Authenticator.objects.filter(user=user)
    named = {"type": factor} if number is None else {"type": factor, "pk": number}
    row = rows.get(**named)
    is_last = not rows.exclude(pk=row.pk).exclude(type=Factor.RECOVERY).exists()
    if is_last and requires_second_factor(current_tenant()):
        raise LastFactorError
    (rows if is_last else rows.filter(pk=row.pk)).delete()
    record(Kind.SECOND_FACTOR, user, user, details={"factor": factor.value, "done": "removed"})
    mails.send_factor_removed(user, factor)


@transaction.atomic
def rename_passkey(user: User, number: int, name: str) -> None:
    """Name one of the user's own passkeys. Raises PasskeyNameError, Authenticator.DoesNotExist."""
    rows = Authenticator.objects.select_for_update()
    row = rows.get(user=user, type=Factor.PASSKEY, pk=number)
    row.data["name"] = checked_name(name)
    row.save(update_fields=["data"])


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise PasskeyNameError("name", most=NAME_LENGTH)
    return name


@transaction.atomic
def reset_factors(actor: User, user: User) -> None:
    """Take all second factors of another user away. Raises as `change_user`."""
    require(actor, "accounts.change_user")
    check_manageable(actor, user)
    take_all_away(user, actor)


def take_all_away(user: User, actor: User | None) -> None:
    lock_row(user)
    gone, _by_model = Authenticator.objects.filter(user=user).delete()
    if not gone:
        return
    record(Kind.SECOND_FACTOR, actor, user, details={"done": "reset"})
    mails.send_factors_reset(user)
