"""The console's pages about a tenant as a whole: suspend, support access, archive, deletion."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms.lifecycle import DeletionForm, SupportForm
from apps.accounts.services.support import begin_support, end_support, make_token
from apps.audit.domain.kinds import Kind
from apps.audit.services.platform import record_both
from apps.core.addresses import base_url
from apps.core.errors import AppError
from apps.core.tasks import enqueue
from apps.portal import formats
from apps.portal.pages import ObjectUrl
from apps.portal.refusals import show_refusal
from apps.portal.rendering import render_page
from apps.portal.scope import get_row_or_404
from apps.portal.site import console_site
from apps.tenants.choices import ArchiveState
from apps.tenants.models import DataArchive, SupportAccess, Tenant
from apps.tenants.selectors import open_support_access, primary_host
from apps.tenants.services import lifecycle
from apps.tenants.services.archives import ask_for_archive, folder

SHOWN = 20


def life_urls() -> list[ObjectUrl]:
    """Return the addresses that hang below a tenant's page in the console."""
    return [
        ObjectUrl(
            "suspend",
            "suspend",
            suspend_view,
            "change",
            label=_("Suspend"),
            icon="pause_circle",
            confirm=_("Suspend this tenant? Nobody finds its portal until it is resumed."),
            is_shown=lambda request, tenant: not tenant.is_suspended,
        ),
        ObjectUrl(
            "resume",
            "resume",
            resume_view,
            "change",
            label=_("Resume"),
            icon="play_circle",
            confirm=_("Open the portal again? A planned deletion is taken back."),
            is_shown=lambda request, tenant: tenant.is_suspended,
        ),
        ObjectUrl("support", "support", support_page, "change", method="GET,POST"),
        # By GET: browsers let no form lead to another host (form-action of our own policy).
        ObjectUrl("support/enter", "support_enter", enter_view, "change", method="GET"),
        ObjectUrl("support/end", "support_end", end_view, "change"),
        ObjectUrl("archive", "archive", archive_page, "change", method="GET"),
        ObjectUrl("archive/make", "archive_make", make_view, "change"),
        ObjectUrl("archive/file", "archive_file", file_view, "change", method="GET"),
        # Django's own page would delete at once; nobody has that right.
        ObjectUrl("deletion", "deletion", deletion_page, "change", method="GET,POST"),
    ]


def life_links(tenant: Tenant) -> list[dict[str, Any]]:
    """Return the links on a tenant's page."""
    pages = (
        ("support", _("Support access"), "support_agent"),
        ("archive", _("Data archive"), "archive"),
        ("deletion", _("Delete"), "delete_forever"),
    )
    return [
        {"url": address(name, tenant), "label": label, "icon": icon, "is_link": True}
        for name, label, icon in pages
    ]


def address(name: str, tenant: Tenant) -> str:
    return reverse(f"admin:tenants_tenant_{name}", args=[tenant.pk])


def to_tenant(tenant: Tenant) -> HttpResponse:
    return HttpResponseRedirect(address("change", tenant))


def show(
    request: HttpRequest, template: str, tenant: Tenant, title: Any, context: dict[str, Any]
) -> HttpResponse:
    return render_page(
        request, template, context, title=title, model=Tenant, row=tenant, site=console_site
    )


def suspend_view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    lifecycle.suspend(tenant)
    messages.success(request, _("%(tenant)s is suspended.") % {"tenant": tenant})
    return to_tenant(tenant)


def resume_view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    lifecycle.resume(tenant)
    messages.success(request, _("%(tenant)s is open again.") % {"tenant": tenant})
    return to_tenant(tenant)


def support_page(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show who was in the portal and why; open it for a reason and a while."""
    user: Any = request.user
    form = SupportForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            begin_support(user, tenant, now=timezone.now(), **form.cleaned_data)
        except AppError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The portal is open to you. Its people see that."))
            return HttpResponseRedirect(request.path)
    context = {
        "form": form,
        "accesses": SupportAccess.objects.filter(tenant=tenant)[:SHOWN],
        "open": open_support_access(tenant, timezone.now()),
        "enter_url": address("support_enter", tenant),
        "end_url": address("support_end", tenant),
        "may_enter": user.email,
    }
    return show(request, "accounts/tenant_support.html", tenant, _("Support access"), context)


def open_access(tenant: Tenant) -> SupportAccess:
    """Return the open access. Raises Http404 when there is none."""
    access = open_support_access(tenant, timezone.now())
    if access is None:
        raise Http404
    return access


def enter_view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Lead the operator who opened the portal into it, by a link that works once."""
    access = open_access(tenant)
    user: Any = request.user
    host = primary_host(tenant)
    if access.operator != user.email or host is None:
        raise Http404
    base = base_url(request, host=host)
    return HttpResponseRedirect(base + reverse("enter_as_support", args=[make_token(access)]))


def end_view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    user: Any = request.user
    end_support(open_access(tenant), by=user.email, now=timezone.now())
    messages.success(request, _("The support access has ended."))
    return HttpResponseRedirect(address("support", tenant))


def archive_page(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the archives of the tenant's data and how far they are."""
    archives = DataArchive.objects.filter(tenant=tenant)[:SHOWN]
    context = {
        "archives": [
            {"archive": archive, "megabytes": megabytes(archive), "is_there": is_there(archive)}
            for archive in archives
        ],
        "make_url": address("archive_make", tenant),
        "file_url": address("archive_file", tenant),
    }
    return show(request, "accounts/tenant_archive.html", tenant, _("Data archive"), context)


def megabytes(archive: DataArchive) -> str:
    if archive.size is None:
        return formats.NOTHING
    return formats.decimal(Decimal(archive.size) / 1_000_000, "#,##0.00")


def is_there(archive: DataArchive) -> bool:
    return archive.state == ArchiveState.DONE and (folder() / archive.path).is_file()


def make_view(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    user: Any = request.user
    try:
        ask_for_archive(
            tenant,
            asked_by=user.email,
            now=timezone.now(),
            queue=lambda archive: enqueue("accounts.make_archive", archive_id=archive.pk),
        )
    except AppError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The archive is being made. Load this page again for it."))
    return HttpResponseRedirect(address("archive", tenant))


def file_view(request: HttpRequest, tenant: Tenant) -> Any:
    """Hand out a finished archive; both trails tell of it."""
    archives = DataArchive.objects.filter(tenant=tenant)
    archive: DataArchive = get_row_or_404(archives, request.GET.get("archive", ""))
    if not is_there(archive):
        raise Http404
    name = f"{tenant.schema_name}-{archive.asked_at:%Y-%m-%d}.zip"
    record_both(Kind.EXPORTED, tenant, {"file": name, "rows": archive.rows})
    response = FileResponse((folder() / archive.path).open("rb"), as_attachment=True, filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def deletion_page(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Plan the deletion of a tenant; it can be taken back while the waiting period runs."""
    form = DeletionForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            lifecycle.plan_deletion(
                tenant,
                typed_name=values["typed_name"],
                days=values["days"],
                now=timezone.now(),
            )
        except AppError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The tenant is suspended and will be deleted."))
            return to_tenant(tenant)
    context = {"form": form, "resume_url": address("resume", tenant)}
    return show(request, "accounts/tenant_deletion.html", tenant, _("Delete"), context)
