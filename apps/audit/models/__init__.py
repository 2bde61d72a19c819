from apps.audit.models.entries import Entry
from apps.audit.models.rows import AuditedQuerySet

__all__ = ["AuditedQuerySet", "Entry"]
