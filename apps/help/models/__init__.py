from apps.help.models.documents import Document, DocumentVersion
from apps.help.models.malfunctions import Malfunction, MalfunctionUpdate
from apps.help.models.readers import Dismissal, Reader
from apps.help.models.reports import HealthReport

__all__ = [
    "Dismissal",
    "Document",
    "DocumentVersion",
    "HealthReport",
    "Malfunction",
    "MalfunctionUpdate",
    "Reader",
]
