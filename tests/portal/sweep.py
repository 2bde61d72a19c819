"""Every address of the portal, and what a person got or changed there who should not.

Models, pages and fragments are found by looking at the site, so what is added later is covered too.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import ForeignKey, ManyToManyField
from django.test import Client
from django.urls import URLPattern

from apps.accounts.models import User
from apps.portal.site import portal_site
from tests.factories.base import make_place
from tests.factories.registry import factory_of

FOREIGN_MARK = "FRGN7Q"
FOREIGN_ID = 770_001
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")

# What everybody who is logged in may open; it still must not show anything foreign.
FOR_EVERYBODY = {
    *("index", "search", "jsi18n", "password_change", "password_change_done", "logout"),
    *("faq", "releases", "documents", "document_file", "status", "dismiss_banner"),
    *("own_security", "confirm_identity", "signed_in_places", "jobs_job_changelist"),
}
# Not a page: Django answers 404 or leads to the log-in.
NO_PAGES = {"login", "view_on_site", "logout", "app_list"}

LIST_QUERIES = ["", f"?q={FOREIGN_MARK}", f"?id__exact={FOREIGN_ID}", "?e=1"]
OBJECT_QUERIES = ["", "?tab=messages", "?tab=commands", "?tab=activations"]


@dataclass(frozen=True, slots=True)
class Address:
    """`name` as in the URL table; `model` for pages of a model admin."""

    path: str
    name: str
    model: type | None


@dataclass
class Findings:
    """What went wrong, and how many requests were made."""

    requests: int = 0
    faults: list[str] = field(default_factory=list)


def model_admins() -> list[Any]:
    return list(portal_site._registry.values())


def room_of(model_admin: Any) -> str:
    return type(model_admin).__module__.split(".")[1]


def make_rows(mark: str, first_id: int) -> dict[type, Any]:
    """Make one row of every model that has a page; their ids begin at `first_id`."""
    renumber(first_id)
    place = make_place(mark)
    return {
        model_admin.model: factory_of(room_of(model_admin), model_admin.model)(place)
        for model_admin in model_admins()
    }


def renumber(first_id: int) -> None:
    """Let every identity of the current schema go on at `first_id`, so that ids tell where from."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = %s AND is_identity = 'YES'",
            [connection.schema_name],
        )
        for table, column in cursor.fetchall():
            qualified = f'"{connection.schema_name}"."{table}"'
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, false)",
                [qualified, column, first_id],
            )


def addresses(rows: dict[type, Any]) -> Iterator[Address]:
    """Yield every address of the site, with the ids of `rows` where one is asked for."""
    for entry in portal_site.get_urls():
        if isinstance(entry, URLPattern) and entry.name and entry.name not in NO_PAGES:
            yield Address(fill(f"/{entry.pattern}", None), entry.name, None)
    for model_admin in model_admins():
        meta = model_admin.model._meta
        for entry in model_admin.get_urls():
            path = fill(
                f"/{meta.app_label}/{meta.model_name}/{entry.pattern}", rows[model_admin.model]
            )
            yield Address(path, entry.name or "redirect", model_admin.model)


def fill(pattern: str, row: Any) -> str:
    """Return the pattern with its parameters filled in; a row that is gone had the foreign id."""

    def value(match: re.Match[str]) -> str:
        if match["name"] in {"object_id", "pk", "id"}:
            return str((row.pk if row is not None else None) or FOREIGN_ID)
        raise AssertionError(f"{pattern}: the sweep knows no value for {match['name']}")

    return PARAMETER.sub(value, pattern)


def autocomplete_addresses() -> Iterator[Address]:
    """Yield a request for each relation of each model, as the drop-downs send them."""
    for model_admin in model_admins():
        meta = model_admin.model._meta
        for relation in [*meta.fields, *meta.many_to_many]:
            if isinstance(relation, ForeignKey | ManyToManyField):
                query = (
                    f"?app_label={meta.app_label}&model_name={meta.model_name}"
                    f"&field_name={relation.name}&term={FOREIGN_MARK[:4]}"
                )
                yield Address(f"/autocomplete/{query}", "autocomplete", model_admin.model)


def filter_queries(model_admin: Any) -> list[str]:
    """Return queries that ask a list for what belongs to the foreign row."""
    related = [
        f"?{relation.name}__id__exact={FOREIGN_ID}"
        for relation in model_admin.model._meta.fields
        if isinstance(relation, ForeignKey)
    ]
    return [*related, f"?location={FOREIGN_ID}", f"?station={FOREIGN_ID}"]


def snapshot() -> dict[str, str]:
    """Return a digest of every row of the tenants' tables; sessions and log-in traces aside."""
    left_out = {
        "django_session",
        "accounts_signedinplace",
        "axes_accesslog",
        "axes_accessattempt",
        "django_migrations",
        "audit_entry",  # grows by what the person may do, an export say
        "help_reader",  # when somebody read what everybody may read
    }
    digests = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN "
            "('alpha', 'beta', 'public') ORDER BY 1, 2"
        )
        for schema, table in cursor.fetchall():
            if table in left_out:
                continue
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(r::text, chr(10) ORDER BY r::text), '')) "
                f'FROM "{schema}"."{table}" r'
            )
            digests[f"{schema}.{table}"] = cursor.fetchone()[0]
    return digests


def content_of(response: Any) -> str:
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    if raw.startswith(b"PK"):
        return workbook_text(raw)
    return raw.decode("utf-8", "replace")


def workbook_text(raw: bytes) -> str:
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.endswith(".xml")]
    return b"\n".join(parts).decode("utf-8", "replace")


def shows_foreign(text: str) -> str:
    """Return what foreign thing stands in the text; what the address asked for is no leak."""
    echo = (
        rf"{FOREIGN_MARK}(?![-\w])|(?:=|%3D){FOREIGN_ID}(?=[\"&'<])"
        rf"|name=\"\w+\" value=\"{FOREIGN_ID}\""
    )
    without_query = re.sub(echo, "", text)
    for sign in (FOREIGN_MARK, FOREIGN_MARK.lower(), str(FOREIGN_ID)):
        if sign in without_query:
            return without_query[max(without_query.index(sign) - 80, 0) :][:200]
    return ""


POSTS: list[dict[str, Any]] = [
    {},
    {"_save": "1", "name": "taken over", "first_name": "taken over", "location": FOREIGN_ID},
    {"post": "yes"},
]


def action_posts(model_admin: Any) -> list[dict[str, Any]]:
    names = [name for _function, name, _text in model_admin._get_base_actions()]
    return [{"action": name, "_selected_action": FOREIGN_ID, "post": "yes"} for name in names]


def group_of_everything() -> Group:
    """Return a group with every permission: location and tenant must hold all the same."""
    group = Group.objects.create(name="everything")
    group.permissions.set(Permission.objects.all())
    return group


def log_in(user: User, host: str) -> Client:
    client = Client(HTTP_HOST=host, raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
