"""The recorded frames in tests/ocpp/frames, one file per message."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "frames"


def recordings(direction: str) -> list[dict[str, Any]]:
    """Return the files of one direction ("from charger", "to charger"), ordered by name."""
    files = [json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    return [file for file in files if file["direction"] == direction]
