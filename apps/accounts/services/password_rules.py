"""The rules that a new password has to follow, as Django asks them (AUTH_PASSWORD_VALIDATORS)."""

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.accounts.domain.passwords import NEEDED, is_known, unguessable_length, words_of
from apps.accounts.models import User
from apps.tenants.models import Tenant
from apps.tenants.selectors import brand_of, current_tenant

PLATFORM = "Chargeyard"


@lru_cache
def known_digests() -> bytes:
    """Return the digests of known passwords, which `tools/known_passwords.py` wrote."""
    return bytes(settings.KNOWN_PASSWORDS.read_bytes())


class KnownPasswordValidator:
    """Refuses what attackers try first: passwords that became known (ASVS 5.0, 6.2.4, 6.2.12)."""

    def validate(self, password: str, user: User | None = None) -> None:
        if is_known(password, known_digests()):
            raise ValidationError(
                _(
                    "Attackers know this password, or the one that it makes without the digits and "
                    "signs around it. Choose another one, for example four words that have nothing "
                    "to do with each other."
                ),
                code="password_known",
            )

    def get_help_text(self) -> str:
        return _("It is none that attackers know, not even with digits or signs around it.")


class ContextValidator:
    """Refuses what is made of names and rows of keys (ASVS 5.0, 6.2.11)."""

    def validate(self, password: str, user: User | None = None) -> None:
        left = unguessable_length(password, words_of(context(user)))
        if left < NEEDED:
            raise ValidationError(
                _(
                    "Without names, rows of keys and repetitions only %(left)s characters of this "
                    "password are left. It takes at least %(needed)s."
                )
                % {"left": left, "needed": NEEDED},
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _(
            "It is not made of your name, your e-mail, the portal's or the company's name, rows of "
            "keys or repetitions."
        )


def context(user: User | None) -> list[str]:
    """Return what everybody can know: names of the platform, of the tenant and of the user."""
    names = [PLATFORM]
    try:
        tenant = current_tenant()
    except Tenant.DoesNotExist:
        pass
    else:
        brand = brand_of(tenant)
        names += [tenant.name, tenant.schema_name, brand.product_name if brand else ""]
    if user is not None:
        names += [user.first_name, user.last_name, user.email]
    return [name for name in names if name]
