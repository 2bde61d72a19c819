"""The palette: bounded, exact id first, and never longer than a right."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from apps.accounts.models import Location, User
from apps.portal.search import HITS_PER_SOURCE
from apps.tenants.models import Tenant

ClientFor = Callable[..., Client]


def found(client: Client, term: str) -> str:
    answer = client.get("/search/", {"s": term, "extended": 1})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.req("ACC-03")
def test_search_when_many_match_then_few_and_the_exact_one_first(
    alpha: Tenant,
    make_user: Callable[..., User],
    make_location: Callable[..., Location],
    client_for: ClientFor,
) -> None:
    for number in range(30):
        make_location(f"Harbour {number}")
    make_location("Harbour")

    text = found(client_for(make_user("admin")), "harbour")

    hits = text.count("/accounts/location/")
    assert hits <= HITS_PER_SOURCE
    exact = Location.objects.get(name="Harbour")
    assert text.index(f"/accounts/location/{exact.pk}/") == text.index("/accounts/location/")


@pytest.mark.req("ACC-01")
def test_search_when_the_right_is_withdrawn_then_the_next_search_finds_nothing(
    alpha: Tenant,
    make_user: Callable[..., User],
    make_location: Callable[..., Location],
    client_for: ClientFor,
    enter: Callable[[str], None],
) -> None:
    make_location("Harbour")
    user = make_user("operator")
    client = client_for(user)
    assert "/accounts/location/" in found(client, "harbour")
    enter("alpha")
    user.groups.remove(Group.objects.get(name="Operator"))

    assert "/accounts/location/" not in found(client, "harbour")


@pytest.mark.req("TEN-01")
def test_search_when_asked_in_two_tenants_with_one_user_id_then_own_hits_only(
    alpha: Tenant,
    make_user: Callable[..., User],
    make_location: Callable[..., Location],
    client_for: ClientFor,
    enter: Callable[[str], None],
) -> None:
    """The theme keeps results under the user's id, which is the same in both tenants."""
    User.objects.filter(pk=5000).delete()
    user = make_user("admin", pk=5000)
    make_location("Harbour of alpha")
    assert "Harbour of alpha" in found(client_for(user), "harbour")
    enter("beta")
    other = make_user("admin", pk=5000)
    client = client_for(other, host="beta.localhost")

    assert "Harbour of alpha" not in found(client, "harbour")


@pytest.mark.req("ACC-01")
@pytest.mark.parametrize("term", ["", "x", "\x00\x00", "%", "'; DROP TABLE", "a" * 5000])
def test_search_when_the_term_is_odd_then_no_fault(
    alpha: Tenant, make_user: Callable[..., User], client_for: ClientFor, term: str
) -> None:
    found(client_for(make_user("admin")), term)
