"""Changing a brand: what was dropped is deleted, what pages go by is brought up to date."""

from collections.abc import Iterable

from django.db import transaction

from apps.tenants.choices import LegalKind
from apps.tenants.files import brand_storage
from apps.tenants.models import Brand, LegalText


@transaction.atomic
def save_brand(brand: Brand) -> None:
    """Save the brand; files that it no longer names go once that is certain."""
    row = Brand.objects.select_for_update().get(pk=brand.pk)
    before = file_names(row)
    # The texts are another page's, which may have been saved meanwhile.
    brand.own_texts = row.own_texts
    brand.save()
    dropped = before - file_names(brand)
    transaction.on_commit(lambda: delete_files(dropped))


def file_names(brand: Brand) -> set[str]:
    return {file.name for name in Brand.FILES if (file := getattr(brand, name))}


def delete_files(names: Iterable[str]) -> None:
    for name in names:
        brand_storage().delete(name)


@transaction.atomic
def save_legal_text(brand: Brand, kind: LegalKind, language: str, text: str) -> bool:
    """Keep the text in that language, or forget it when it is empty; say whether it changed."""
    row = Brand.objects.select_for_update().get(pk=brand.pk)
    texts = LegalText.objects.filter(tenant=row.tenant_id, kind=kind)
    found = texts.filter(language=language).first()
    new = text.replace("\r\n", "\n").strip()
    if new == (found.text if found else ""):
        return False
    if not new and found:
        found.delete()
    else:
        legal = found or LegalText(tenant_id=row.tenant_id, kind=kind, language=language)
        legal.text = new
        legal.full_clean(validate_unique=False, validate_constraints=False)
        legal.save()
    row.own_texts = {
        **row.own_texts,
        kind.value: sorted(texts.values_list("language", flat=True)),
    }
    row.save(update_fields=["own_texts", "updated_at"])
    return True
