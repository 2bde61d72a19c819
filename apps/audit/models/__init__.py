from apps.audit.models.entries import Entry

__all__ = ["Entry"]
