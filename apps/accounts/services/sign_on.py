"""Who comes by single sign-on: found, linked, made or refused; and the groups they bring along."""

from datetime import datetime

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from apps.accounts.domain.roles import ADMIN
from apps.accounts.domain.sign_on import Fault, Person, fits_domains
from apps.accounts.models import ExternalIdentity, IdentityProvider, User
from apps.accounts.selectors import is_last_admin, is_locked
from apps.accounts.services import mails
from apps.accounts.services.oidc import SignOnFailed
from apps.accounts.services.support import SUPPORT_EMAIL


@transaction.atomic
def let_in(provider: IdentityProvider, person: Person, *, now: datetime) -> User:
    """Return the user who the person is. Raises SignOnFailed.

    A known subject counts first; only somebody unknown is looked for by e-mail, and linked once.
    """
    user = linked_user(person) or link_by_email(provider, person, now=now)
    if not user.is_active:
        raise SignOnFailed(Fault.DISABLED)
    if is_locked(user):
        raise SignOnFailed(Fault.LOCKED)
    if user.joined_at is None:
        user.joined_at = now
        user.save(update_fields=["joined_at", "updated_at"])
    bring_groups(provider, user, person.groups)
    return user


def linked_user(person: Person) -> User | None:
    """Return the user to whom the subject belongs, locked until the transaction ends."""
    identity = ExternalIdentity.objects.filter(issuer=person.issuer, subject=person.subject).first()
    return User.objects.select_for_update().get(pk=identity.user_id) if identity else None


def link_by_email(provider: IdentityProvider, person: Person, *, now: datetime) -> User:
    """Return the user of the e-mail, or a new one, and remember the subject.

    Whoever had an account already is told by mail that another way leads into it.
    """
    check_email(provider, person)
    user = User.objects.select_for_update().filter(email__iexact=person.email).first()
    had_account = user is not None
    if user is None:
        user = make_user(provider, person, now=now)
    elif ExternalIdentity.objects.filter(issuer=person.issuer, user=user).exists():
        # Whoever got somebody's old e-mail at the provider is not that person.
        raise SignOnFailed(Fault.LINKED_TO_ANOTHER)
    ExternalIdentity.objects.create(
        user=user, issuer=person.issuer, subject=person.subject, linked_at=now
    )
    if had_account and user.is_active:
        mails.send_identity_linked(user, str(provider))
    return user


def check_email(provider: IdentityProvider, person: Person) -> None:
    """Raise SignOnFailed unless the e-mail may say who somebody is here."""
    try:
        validate_email(person.email)
    except ValidationError as error:
        raise SignOnFailed(Fault.EMAIL_MISSING) from error
    if person.email == SUPPORT_EMAIL:
        raise SignOnFailed(Fault.UNKNOWN_USER)
    if not (person.is_email_verified or provider.trusts_emails):
        raise SignOnFailed(Fault.EMAIL_NOT_VERIFIED)
    if not fits_domains(person.email, provider.email_domains):
        raise SignOnFailed(Fault.EMAIL_DOMAIN)


def make_user(provider: IdentityProvider, person: Person, *, now: datetime) -> User:
    """Create the user with the groups of new users, where the tenant wants that."""
    if not provider.creates_users:
        raise SignOnFailed(Fault.UNKNOWN_USER)
    user = User(
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        joined_at=now,
    )
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise SignOnFailed(Fault.EMAIL_MISSING) from error
    user.save()
    user.groups.set(provider.default_groups.all())
    return user


def bring_groups(provider: IdentityProvider, user: User, values: frozenset[str] | None) -> None:
    """Give and take the groups that a mapping speaks of; all others stay as they are.

    The last active admin stays one, whatever the provider says.
    """
    mappings = list(provider.mappings.select_related("group"))
    if values is None or not mappings:
        return
    # As in `people.change_user`: of two admins who lose the group at once one waits here.
    list(Group.objects.select_for_update().filter(name=ADMIN))
    wanted = {mapping.group for mapping in mappings if mapping.claim_value in values}
    held = set(user.groups.all())
    lost = ({mapping.group for mapping in mappings} - wanted) & held
    if any(group.name == ADMIN for group in lost) and is_last_admin(user):
        lost = {group for group in lost if group.name != ADMIN}
    user.groups.add(*(wanted - held))
    user.groups.remove(*lost)
