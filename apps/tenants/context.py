"""The one way into a tenant outside a request."""

from apps.core.schemas import current_schema, run_in_schema

__all__ = ["current_schema", "run_in_schema"]
