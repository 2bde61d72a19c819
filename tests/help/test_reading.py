"""Answers, release notes and documents as a tenant's people read them (TEN-06)."""

import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.core.schemas import run_in_schema
from apps.help.models import Document
from apps.help.services.documents import Upload, add_version, restore, withdraw
from apps.help.texts import releases
from apps.help.texts.entries import open_links
from apps.help.texts.faq import TOPICS
from apps.help.texts.places import TOPIC_OF_PAGES, anchor_for
from apps.tenants.models import Tenant
from tests.conftest import make_client
from tests.help.conftest import OPERATOR, PDF, body_of, pdf, text_of

pytestmark = pytest.mark.req("TEN-06")

Make = Callable[..., Any]
PAGES = ["/help/faq/", "/help/releases/", "/help/documents/", "/help/status/"]
ENTRIES = [entry for topic in TOPICS for entry in topic.entries]


@pytest.mark.parametrize("path", PAGES)
def test_help_when_somebody_has_no_right_at_all_then_it_opens(
    alpha: Tenant, make_user: Make, path: str
) -> None:
    user = make_user("operator")
    user.groups.clear()

    assert make_client(user).get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_help_when_nobody_is_logged_in_then_to_the_log_in(alpha: Tenant, path: str) -> None:
    response = make_client().get(path)

    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_answers_when_read_then_each_can_be_linked(client: Client) -> None:
    text = text_of(client, "/help/faq/")

    assert all(f'id="{entry.slug}"' in text for entry in ENTRIES)
    assert all(f'href="#{topic.slug}"' in text for topic in TOPICS)


def test_answers_when_anchors_are_compared_then_all_differ() -> None:
    anchors = [entry.slug for entry in ENTRIES] + [topic.slug for topic in TOPICS]

    assert len(anchors) == len(set(anchors))
    assert set(TOPIC_OF_PAGES.values()) <= set(anchors)


def test_answers_when_searched_then_those_with_every_word_are_shown(client: Client) -> None:
    text = text_of(client, "/help/faq/?q=Locked+ADMIN")

    assert "An account is locked." in text
    assert "How do I connect a new charger?" not in text


@pytest.mark.parametrize("term", ["no such words", "%00", "%3Cscript%3E", "x" * 5_000])
def test_answers_when_nothing_fits_then_it_says_so(client: Client, term: str) -> None:
    text = text_of(client, f"/help/faq/?q={term}")

    assert "<script>alert" not in text
    assert ("No answer found" in text) is (term != "%00")


def test_answers_when_their_links_are_followed_then_every_page_exists(
    alpha: Tenant, make_user: Make
) -> None:
    client = make_client(make_user("admin"))
    client.get("/")
    request: Any = client.get("/help/faq/").wsgi_request
    links = {address for entry in ENTRIES for _label, address in open_links(request, entry.links)}
    offered = {link.url_name for entry in ENTRIES for link in entry.links}

    assert len(links) >= len(offered) - 2  # security policy and authorities need more rights
    assert [path for path in links if client.get(path).status_code != 200] == []


def test_answers_when_the_reader_lacks_a_right_then_its_page_is_not_linked(
    alpha: Tenant, make_user: Make
) -> None:
    user = make_user("operator")
    text = text_of(make_client(user), "/help/faq/")

    assert 'class="cy-link" href="/infrastructure/station/"' in text
    assert 'class="cy-link" href="/audit/entry/"' not in text
    assert 'class="cy-link" href="/branding/"' not in text


@pytest.mark.parametrize(
    "path, anchor",
    [
        ("/infrastructure/station/", "stations"),
        ("/charge_records/chargerecord/", "records"),
        ("/emaid/card/", "cards"),
        ("/", "status-words"),
    ],
)
def test_page_when_it_has_a_topic_then_a_question_mark_leads_there(
    client: Client, path: str, anchor: str
) -> None:
    assert f'href="/help/faq/#{anchor}"' in text_of(client, path)


@pytest.mark.parametrize(
    "name, anchor",
    [
        ("infrastructure_station_change", "stations"),
        ("accounts_location_import", "import"),
        ("accounts_location_change", "limit-locations"),
        ("jsi18n", ""),
        ("", ""),
    ],
)
def test_anchor_when_names_share_a_beginning_then_the_longest_counts(
    name: str, anchor: str
) -> None:
    assert anchor_for(name) == anchor


def test_search_when_a_word_of_a_question_is_typed_then_its_answer_is_found(
    client: Client,
) -> None:
    assert "/help/faq/#password-lost" in text_of(client, "/search/?s=password")


def test_sidebar_when_shown_then_it_leads_to_help(client: Client) -> None:
    text = text_of(client, "/")

    assert all(f'href="{path}"' in text for path in PAGES)


# --- release notes ---------------------------------------------------------------------------


def test_releases_when_compared_with_the_project_then_the_newest_is_its_version() -> None:
    project = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())

    assert releases.newest() == project["project"]["version"]
    days = [one.released_on for one in releases.RELEASES]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize(
    "version, seen, is_new",
    [("0.1.0", "", True), ("0.1.0", "0.1.0", False), ("0.10.0", "0.9.1", True)],
)
def test_release_when_compared_then_new_only_after_what_was_seen(
    version: str, seen: str, is_new: bool
) -> None:
    assert releases.is_new_since(version, seen) is is_new


def test_releases_when_read_again_then_nothing_is_new(client: Client, make_user: Make) -> None:
    mark = '<span class="cy-badge cy-busy">New</span>'

    assert mark in text_of(client, "/help/releases/")
    assert mark not in text_of(client, "/help/releases/")
    assert mark in text_of(make_client(make_user("operator")), "/help/releases/")


# --- documents -------------------------------------------------------------------------------


def test_documents_when_for_all_or_the_own_tenant_then_shown(
    client: Client, make_document: Make
) -> None:
    make_document("For everybody")
    make_document("Contract of Alpha", only_for=("alpha",))
    make_document("Contract of Beta", only_for=("beta",))
    make_document("For nobody").tenants.clear()
    Document.objects.filter(title="For nobody").update(is_for_all=False)

    text = text_of(client, "/help/documents/")

    assert "For everybody" in text
    assert "Contract of Alpha" in text
    assert "Contract of Beta" not in text
    assert "For nobody" not in text


def test_document_when_of_another_tenant_then_its_file_is_not_found(
    client: Client, make_document: Make
) -> None:
    foreign = make_document("Contract of Beta", only_for=("beta",))

    assert client.get(f"/help/documents/{foreign.pk}/file/").status_code == 404
    for guess in (0, 999_999, 2**63):
        assert client.get(f"/help/documents/{guess}/file/").status_code == 404


def test_document_when_signed_in_elsewhere_then_the_session_opens_nothing_here(
    alpha: Tenant, make_user: Make, make_document: Make
) -> None:
    own = make_document("Contract of Beta", only_for=("beta",))
    client = make_client(make_user("admin"))
    client.defaults["HTTP_HOST"] = "beta.localhost"

    response = client.get(f"/help/documents/{own.pk}/file/")

    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_document_when_downloaded_then_it_is_saved_and_never_shown(
    client: Client, make_document: Make
) -> None:
    document = make_document(file=pdf("Handbuch für Ladesäulen.pdf"))

    response = client.get(f"/help/documents/{document.pk}/file/")

    assert response.status_code == 200
    assert body_of(response) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "Handbuch%20f%C3%BCr" in response["Content-Disposition"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/media/", "/static/", "/brand/files/"])
def test_document_when_its_place_is_guessed_then_no_address_leads_there(
    client: Client, make_document: Make, path: str
) -> None:
    name = make_document().versions.get().file.name

    assert name.startswith("documents/")
    assert "manual" not in name
    assert client.get(f"{path}{name}").status_code == 404


def test_document_when_its_file_is_gone_then_not_found(client: Client, make_document: Make) -> None:
    document = make_document()
    version = document.versions.get()
    version.file.storage.delete(version.file.name)

    assert client.get(f"/help/documents/{document.pk}/file/").status_code == 404


def test_document_when_withdrawn_then_gone_until_it_is_handed_out_again(
    client: Client, make_document: Make
) -> None:
    document = make_document("Old price sheet")
    withdraw(document, now=timezone.now())
    assert "Old price sheet" not in text_of(client, "/help/documents/")
    assert client.get(f"/help/documents/{document.pk}/file/").status_code == 404

    restore(document)

    assert "Old price sheet" in text_of(client, "/help/documents/")


def test_document_when_not_valid_yet_then_not_shown(client: Client, make_document: Make) -> None:
    tomorrow = timezone.localdate() + timedelta(days=2)
    document = make_document("Next year", valid_from=tomorrow)

    assert "Next year" not in text_of(client, "/help/documents/")
    assert client.get(f"/help/documents/{document.pk}/file/").status_code == 404


def test_document_when_replaced_then_the_newest_file_is_handed_out(
    client: Client, make_document: Make
) -> None:
    document = make_document()
    newer = PDF + b"% second\n"
    add_version(document, Upload(pdf("second.pdf", newer), OPERATOR), now=timezone.now())

    response = client.get(f"/help/documents/{document.pk}/file/")

    assert body_of(response) == newer
    assert "second.pdf" in response["Content-Disposition"]
    assert [version.number for version in document.versions.all()] == [2, 1]


def test_documents_when_filtered_then_category_language_and_words_narrow(
    client: Client, make_document: Make
) -> None:
    make_document("Price sheet", category="prices", language="de")
    make_document(
        "Wallbox manual", category="manual", language="en", description="for electricians"
    )
    make_document("Terms", category="contract")

    def titles(query: str) -> set[str]:
        text = text_of(client, f"/help/documents/?{query}")
        return {name for name in ("Price sheet", "Wallbox manual", "Terms") if name in text}

    assert titles("") == {"Price sheet", "Wallbox manual", "Terms"}
    assert titles("category=prices") == {"Price sheet"}
    assert titles("language=de") == {"Price sheet", "Terms"}
    assert titles("search=ELECTRICIANS+wallbox") == {"Wallbox manual"}
    assert titles("search=nothing+of+it") == set()
    assert titles("category=%27%3B--") == {"Price sheet", "Wallbox manual", "Terms"}


def test_documents_when_they_came_since_the_last_visit_then_marked_new(
    client: Client, make_document: Make
) -> None:
    mark = '<span class="cy-badge cy-busy">New</span>'
    make_document("First")
    assert text_of(client, "/help/documents/").count(mark) == 1
    assert text_of(client, "/help/documents/").count(mark) == 0

    make_document("Second")

    assert text_of(client, "/help/documents/").count(mark) == 1


def test_documents_when_there_are_many_then_paged_in_as_many_queries(
    client: Client, make_document: Make, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        make_document(f"Sheet {number}")

    with django_assert_max_num_queries(25):
        first = text_of(client, "/help/documents/")
    second = text_of(client, "/help/documents/?page=2")

    assert first.count("/file/") == 50
    assert second.count("/file/") == 10


def test_documents_when_there_is_none_then_it_says_so(client: Client) -> None:
    assert "No documents yet" in text_of(client, "/help/documents/")


def test_reader_when_the_key_is_the_same_in_two_tenants_then_each_is_somebody_else(
    client: Client, user: User, make_document: Make, make_user: Make
) -> None:
    """Keys of users count up in every tenant; what one saw is not seen by the other's namesake."""
    mark = '<span class="cy-badge cy-busy">New</span>'
    make_document("For everybody")
    assert mark in text_of(client, "/help/documents/")

    def visit_beta() -> str:
        other = User.objects.filter(pk=user.pk).first() or make_user("operator", pk=user.pk)
        return text_of(make_client(other, host="beta.localhost"), "/help/documents/")

    assert mark in run_in_schema("beta", visit_beta)
