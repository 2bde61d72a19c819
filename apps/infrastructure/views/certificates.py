"""Certificates of a station, and the authorities that sign them (OCP-05)."""

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError
from apps.infrastructure.forms.commands import CommandForm
from apps.infrastructure.forms.roots import ROOT_FORMS, ROOT_USE_LABELS
from apps.infrastructure.forms.security import CertificateForm, OwnAuthorityForm, RenewalForm
from apps.infrastructure.models import CertificateAuthority, Station, StationCertificate
from apps.infrastructure.selectors import certificates as selectors
from apps.infrastructure.selectors.roots import installed_roots
from apps.infrastructure.services import authorities, certificates
from apps.portal.exports import attachment
from apps.portal.refusals import show_refusal
from apps.portal.rendering import render_fragment, render_page
from apps.portal.scope import has_right

DIALOG = "infrastructure/parts/security_dialog.html"
AUTHORITY = "admin:infrastructure_certificateauthority_change"
CERTIFICATE = "admin:infrastructure_stationcertificate_change"
PEM = "application/x-pem-file"


def certificates_context(request: HttpRequest, station: Station) -> dict[str, Any]:
    """Return what the station's Security tab shows of its certificates."""
    now, rows = timezone.now(), selectors.certificates_of(station)
    signing = selectors.signing_authority()
    return {
        "certificates": [
            {"row": row, "badge": selectors.certificate_badge(row, now=now)} for row in rows
        ],
        "can_see_certificates": has_right(request, StationCertificate, "view"),
        "has_signer": selectors.has_trusted_authority(),
        "roots": [
            {"root": root, "use": ROOT_USE_LABELS[root.use]} for root in installed_roots(station)
        ],
        "root_buttons": [root_button(form, station) for form in ROOT_FORMS.values()],
        "waiting": None if signing is not None else selectors.open_request(station),
    }


def root_button(form: type[CommandForm], station: Station) -> dict[str, Any]:
    """Return the button that opens the dialog of a command about roots."""
    name = f"admin:infrastructure_station_ask_{form.name.replace('-', '_')}"
    return {"title": form.title, "icon": form.icon, "url": reverse(name, args=[station.pk])}


# A station's dialogs


def ask_renewal(request: HttpRequest, station: Station) -> HttpResponse:
    """Show the dialog that tells the station to ask for a certificate."""
    has_none = not station.certificates.exclude(chain="").exists()
    form = RenewalForm(initial={"tells_name": has_none}, station=station)
    return renewal_dialog(request, station, form)


def send_renewal(request: HttpRequest, station: Station) -> HttpResponse:
    """Tell the station to ask; the browser loads the tab again."""
    user: Any = request.user
    form = RenewalForm(request.POST, station=station)
    if not form.is_valid():
        return renewal_dialog(request, station, form)
    tells_name = form.cleaned_data.get("tells_name", False)
    try:
        certificates.ask_for_request(station, tells_name=tells_name, actor=user, now=timezone.now())
    except AppError as error:
        show_refusal(form, error)
        return renewal_dialog(request, station, form)
    messages.success(request, _("The station was told to ask for a new certificate."))
    return to_tab(station)


def renewal_dialog(request: HttpRequest, station: Station, form: RenewalForm) -> HttpResponse:
    context = {
        "station": station,
        "form": form,
        "title": _("Renew the certificate"),
        "icon": "autorenew",
        "submit": _("Renew now"),
        "text": _(
            "The station makes a new key and asks for a certificate. What it uses now stays valid "
            "until its end."
        ),
        "send_url": reverse("admin:infrastructure_station_send_renewal", args=[station.pk]),
    }
    return render_fragment(request, DIALOG, context)


def ask_certificate(request: HttpRequest, station: Station) -> HttpResponse:
    """Show the dialog that takes a certificate which was signed outside."""
    return certificate_dialog(request, station, CertificateForm())


def send_certificate(request: HttpRequest, station: Station) -> HttpResponse:
    """Send the station what was entered; the browser loads the tab again."""
    user: Any = request.user
    form = CertificateForm(request.POST)
    if not form.is_valid():
        return certificate_dialog(request, station, form)
    text = form.cleaned_data["certificate"]
    try:
        certificates.enter_certificate(station, text, actor=user, now=timezone.now())
    except AppError as error:
        show_refusal(form, error)
        return certificate_dialog(request, station, form)
    messages.success(request, _("The certificate is on its way to the station."))
    return to_tab(station)


def certificate_dialog(
    request: HttpRequest, station: Station, form: CertificateForm
) -> HttpResponse:
    context = {
        "station": station,
        "form": form,
        "title": _("Enter a certificate"),
        "icon": "upload",
        "submit": _("Send to the station"),
        "text": _(
            "For certificates that an authority outside has signed: it is checked as at a connect "
            "and sent to the station."
        ),
        "send_url": reverse("admin:infrastructure_station_send_certificate", args=[station.pk]),
    }
    return render_fragment(request, DIALOG, context)


def to_tab(station: Station) -> HttpResponse:
    """Let the browser of a dialog load the Security tab."""
    response = HttpResponse(status=204)
    url = reverse("admin:infrastructure_station_change", args=[station.pk])
    response.headers["HX-Redirect"] = f"{url}?tab=security"
    return response


# One certificate


def request_file(request: HttpRequest, row: StationCertificate) -> HttpResponse:
    """Return the station's request as a file, for somebody who signs outside."""
    return pem_file(row.request, f"{row.station.charge_box_id}-request")


def chain_file(request: HttpRequest, row: StationCertificate) -> HttpResponse:
    """Return the station's certificate with what was sent along."""
    return pem_file(row.chain, f"{row.station.charge_box_id}-{row.serial_number}")


def revoke(request: HttpRequest, row: StationCertificate) -> HttpResponse:
    """Revoke the certificate and say so on its page."""
    user: Any = request.user
    certificates.revoke_certificate(row, actor=user, now=timezone.now())
    messages.success(request, _("The certificate is revoked: it opens no connection any more."))
    return HttpResponseRedirect(reverse(CERTIFICATE, args=[row.pk]))


def send_again(request: HttpRequest, row: StationCertificate) -> HttpResponse:
    """Send a certificate that did not arrive once more."""
    user: Any = request.user
    certificates.send_again(row, actor=user, now=timezone.now())
    messages.success(request, _("The certificate is on its way to the station."))
    return HttpResponseRedirect(reverse(CERTIFICATE, args=[row.pk]))


# Authorities


def own_authority_page(request: HttpRequest) -> HttpResponse:
    """Ask what the new authority is to be, and make it."""
    user: Any = request.user
    form = OwnAuthorityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = authorities.create_authority(form.plan(), actor=user, now=timezone.now())
        except AppError as error:
            show_refusal(form, error)
        else:
            text = _("%(name)s signs the requests of your stations from now on.")
            messages.success(request, text % {"name": made})
            return HttpResponseRedirect(reverse(AUTHORITY, args=[made.pk]))
    return render_page(
        request,
        "infrastructure/own_authority.html",
        {"form": form, "signing": selectors.signing_authority()},
        title=_("Authority of our own"),
        model=CertificateAuthority,
    )


def authority_file(request: HttpRequest, authority: CertificateAuthority) -> HttpResponse:
    """Return the authority's certificate as a file."""
    return pem_file(authority.certificate, str(authority))


def list_file(request: HttpRequest, authority: CertificateAuthority) -> HttpResponse:
    """Return the authority's list of revoked certificates as a file."""
    return pem_file(authority.revocation_list, f"{authority}-revoked")


def start_signing(request: HttpRequest, authority: CertificateAuthority) -> HttpResponse:
    user: Any = request.user
    authorities.start_signing(authority, actor=user)
    return told(request, authority, _("%(name)s signs requests from now on."))


def stop_signing(request: HttpRequest, authority: CertificateAuthority) -> HttpResponse:
    user: Any = request.user
    authorities.stop_signing(authority, actor=user)
    return told(request, authority, _("%(name)s signs no more. Its certificates stay valid."))


def withdraw(request: HttpRequest, authority: CertificateAuthority) -> HttpResponse:
    user: Any = request.user
    authorities.withdraw_authority(authority, actor=user, now=timezone.now())
    return told(request, authority, _("%(name)s is withdrawn and its key destroyed."))


def told(
    request: HttpRequest, authority: CertificateAuthority, text: str | Promise
) -> HttpResponse:
    messages.success(request, str(text) % {"name": authority})
    return HttpResponseRedirect(reverse(AUTHORITY, args=[authority.pk]))


def pem_file(text: str, name: str) -> HttpResponse:
    """Return the text as a file to keep. Raises Http404 where there is none."""
    if not text:
        raise Http404
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-") or "certificate"
    return attachment(text.encode(), f"{plain}.pem", PEM)
