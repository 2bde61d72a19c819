"""Judging records by hand: exclusion, goodwill, taking back, evaluation again, and the history."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.charge_records.choices import BDR_MAIN_BADGES, EKA_BADGES
from apps.charge_records.forms.evaluation import ReasonForm
from apps.charge_records.models import ChargeRecord
from apps.charge_records.selectors import evaluation as selectors
from apps.charge_records.selectors.evaluation import Prospect
from apps.charge_records.services.evaluation import Evaluated, evaluate_by_hand
from apps.charge_records.services.exclusion import step_each
from apps.charge_records.views.deeds import DEED_NAMED, DEEDS, Deed
from apps.charge_records.views.evaluation_jobs import evaluate_all
from apps.charge_records.views.explanations import explanations_page
from apps.charge_records.views.prospects import Shown, reasons_to_stay, shown_of
from apps.core.errors import AppError
from apps.portal.pages import ListUrl, ObjectUrl
from apps.portal.refusals import show_refusal
from apps.portal.rendering import render_fragment, render_page
from apps.tenants.selectors import current_tenant

LIST = "admin:charge_records_chargerecord_changelist"
# Ours: a page of the list, which can be looked through before one decides.
CHOSEN_MAX = 50
# What the audit trail says of each.
ACTION_WORDS = {
    "manual": _("Excluded by hand"),
    "manual_back": _("Exclusion taken back"),
    "goodwill": _("Given as goodwill"),
    "goodwill_back": _("Goodwill taken back"),
    "evaluate": _("Evaluated again"),
    "check": _("Checked by calibration law"),
}


def object_urls() -> list[ObjectUrl]:
    """Return what can be done to one record; GET asks in a dialog, POST does it."""
    deeds = [
        ObjectUrl(deed.name, deed.name.replace("-", "_"), deed_view(deed), "exclude", "GET,POST")
        for deed in DEEDS
    ]
    return [*deeds, ObjectUrl("evaluate", "evaluate", evaluate_one, "evaluate", "GET,POST")]


def list_urls() -> list[ListUrl]:
    """Return the pages beside the list of records."""
    return [
        ListUrl("explanations", "explanations", explanations_page),
        ListUrl("exclude-chosen", "exclude_chosen", exclude_chosen, "exclude", "GET,POST"),
        ListUrl("evaluate-chosen", "evaluate_chosen", evaluate_chosen, "evaluate", "GET,POST"),
        ListUrl("evaluate-all", "evaluate_all", evaluate_all, "evaluate", "GET,POST"),
    ]


# -- one record


def deed_view(deed: Deed) -> Callable[[HttpRequest, ChargeRecord], HttpResponse]:
    """Return the view that asks for the reason and does the deed."""

    def view(request: HttpRequest, record: ChargeRecord) -> HttpResponse:
        form = ReasonForm(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid():
            try:
                reason = form.cleaned_data["reason"]
                deed.step(record.session_id, deed.mark, reason, request.user, now=timezone.now())
            except AppError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The record was judged again. Its history says why."))
                return to_record(request, record)
        [prospect] = selectors.prospects_with(
            [record.pk], deed.mark, is_set=deed.is_set, tenant=current_tenant()
        )
        context = {"deed": deed, "form": form, "title": deed.title, "submit": deed.title}
        return dialog(request, record, {**context, "shown": shown_of(prospect, deed)})

    return view


def evaluate_one(request: HttpRequest, record: ChargeRecord) -> HttpResponse:
    """Show what an evaluation would come to, or do it."""
    now = timezone.now()
    if request.method == "POST":
        tell(request, evaluate_by_hand(record.session_id, request.user, now=now))
        return to_record(request, record)
    [prospect] = selectors.prospects_now([record.pk], tenant=current_tenant(), now=now)
    context = {"title": _("Evaluate again"), "submit": _("Evaluate again")}
    return dialog(request, record, {**context, "shown": shown_of(prospect)})


def tell(request: HttpRequest, evaluated: Evaluated) -> None:
    """Tell what an evaluation changed, or why nothing."""
    if evaluated.has_changed:
        messages.success(request, _("The record was evaluated again. See its history."))
    else:
        prospect = Prospect(
            evaluated.record, evaluated.before, evaluated.after, frozenset(), evaluated.kept
        )
        messages.info(request, " ".join(str(text) for text in reasons_to_stay(prospect)))


def dialog(request: HttpRequest, record: ChargeRecord, context: dict[str, Any]) -> HttpResponse:
    context = {"row": record, "record": record, "send_url": request.path, **context}
    return render_fragment(request, "charge_records/parts/judge_dialog.html", context)


def to_record(request: HttpRequest, record: ChargeRecord) -> HttpResponse:
    """Lead to the record's page; the dialog is told in a header, for it fetched a part only."""
    url = reverse("admin:charge_records_chargerecord_change", args=[record.pk])
    if "HX-Request" not in request.headers:
        return HttpResponseRedirect(url)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = url
    return response


# -- a selection of the list


def exclude_chosen(request: HttpRequest) -> HttpResponse:
    """Show what a deed would do to the chosen records, and do it for a reason."""
    deed = DEED_NAMED.get(request.GET.get("deed", DEEDS[0].name))
    if deed is None:
        raise Http404
    records = chosen(request, "exclude")
    form = ReasonForm(request.POST or None, label_suffix="")
    if request.method == "POST" and records and form.is_valid():
        sessions = [record.session_id for record in records]
        try:
            reason, now = form.cleaned_data["reason"], timezone.now()
            stepped = step_each(deed.step, sessions, deed.mark, reason, request.user, now=now)
        except AppError as error:
            show_refusal(form, error)
        else:
            tell_numbers(request, changed=stepped.done, left=stepped.left)
            return to_list(request)
    prospects = selectors.prospects_with(
        [record.pk for record in records], deed.mark, is_set=deed.is_set, tenant=current_tenant()
    )
    shown = [shown_of(prospect, deed) for prospect in prospects]
    return selection_page(request, shown, {"deed": deed, "form": form, "title": deed.title})


def evaluate_chosen(request: HttpRequest) -> HttpResponse:
    """Show what an evaluation of the chosen records would come to, and do it."""
    records, now = chosen(request, "evaluate"), timezone.now()
    if request.method == "POST" and records:
        sessions = sorted(record.session_id for record in records)
        done = [evaluate_by_hand(session, request.user, now=now) for session in sessions]
        changed = sum(evaluated.has_changed for evaluated in done)
        tell_numbers(request, changed=changed, left=len(done) - changed)
        return to_list(request)
    ids = [record.pk for record in records]
    prospects = selectors.prospects_now(ids, tenant=current_tenant(), now=now)
    shown = [shown_of(prospect) for prospect in prospects]
    return selection_page(request, shown, {"title": _("Evaluate again")})


def chosen(request: HttpRequest, action: str) -> list[ChargeRecord]:
    """Return the named records with which the person may do `action`."""
    values = request.POST if request.method == "POST" else request.GET
    keys = [key for key in values.getlist("record") if key.isascii() and key.isdigit()]
    ids = [int(key) for key in keys[:CHOSEN_MAX] if len(key) < 19]
    return list(ChargeRecord.objects.visible_to(request.user, action).filter(pk__in=ids))


def selection_page(
    request: HttpRequest, shown: Iterable[Shown], context: dict[str, Any]
) -> HttpResponse:
    """Show the preview of a selection with the button that does it."""
    shown = list(shown)
    context = {
        **context,
        "rows": shown,
        "changes": sum(one.prospect.has_changed for one in shown),
        "back_url": list_url(request),
        "chosen_max": CHOSEN_MAX,
    }
    title = context.pop("title")
    return render_page(
        request, "charge_records/judge_chosen.html", context, title=title, model=ChargeRecord
    )


def tell_numbers(request: HttpRequest, *, changed: int, left: int) -> None:
    """Tell how many records were judged otherwise and how many stayed."""
    done = ngettext("%(number)s record was changed.", "%(number)s records were changed.", changed)
    messages.success(request, done % {"number": changed})
    if left:
        stayed = ngettext(
            "%(number)s record stayed as it was.", "%(number)s records stayed as they were.", left
        )
        messages.info(request, stayed % {"number": left})


def to_list(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(list_url(request))


def list_url(request: HttpRequest) -> str:
    """Return the address of the list with the filter from which the person came."""
    back = request.GET.get("back", "")
    return f"{reverse(LIST)}?{back}" if back else reverse(LIST)


# -- parts of a record's page


def judge_panel(request: HttpRequest, record: ChargeRecord) -> dict[str, Any] | None:
    """Return what the person can do to the record; None where that is nothing."""
    may_exclude = request.user.has_perm("charge_records.exclude_chargerecord")
    may_evaluate = request.user.has_perm("charge_records.evaluate_chargerecord")
    if not (may_exclude or may_evaluate):
        return None
    marks = selectors.marks_on(record)
    deeds = [deed for deed in DEEDS if may_exclude and deed.is_open(marks)]
    base = "admin:charge_records_chargerecord"
    buttons = [
        (deed.title, deed.icon, reverse(f"{base}_{deed.name.replace('-', '_')}", args=[record.pk]))
        for deed in deeds
    ]
    if may_evaluate:
        url = reverse(f"{base}_evaluate", args=[record.pk])
        buttons.append((_("Evaluate again"), "refresh", url))
    return {"buttons": buttons}


def history_panel(request: HttpRequest, record: ChargeRecord) -> dict[str, Any]:
    """Return the history of the record's statuses, the newest first."""
    return {
        "turns": [
            {
                "turn": turn,
                "bdr": BDR_MAIN_BADGES.get(turn.entry.bdr_main),
                "eka": EKA_BADGES.get(turn.entry.eka),
                "bdr_before": BDR_MAIN_BADGES.get(turn.before.bdr_main) if turn.before else None,
                "eka_before": EKA_BADGES.get(turn.before.eka) if turn.before else None,
            }
            for turn in selectors.history_of(record)
        ]
    }
