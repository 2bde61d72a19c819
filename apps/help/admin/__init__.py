"""Pages of the portal to read, pages of the console to write."""

from apps.help.admin.documents import DocumentAdmin
from apps.help.admin.malfunctions import MalfunctionAdmin
from apps.help.admin.pages import AnswerSource

__all__ = ["AnswerSource", "DocumentAdmin", "MalfunctionAdmin"]
