"""`make clean`: stop the embedded PostgreSQL of DATA_DIR and delete what the instance kept there.

Only what Chargeyard itself made is deleted, so that a DATA_DIR named by mistake loses nothing.
"""

import shutil
import sys
from pathlib import Path

from config.embedded_postgres import EmbeddedPostgres
from config.settings.concerns.environment import DATA_DIR

OUR_FOLDERS = ("media", "static", "mails", "test-mails")
OUR_FILES = (
    "secret_key",
    "demo_fleet.json",
    "serve.lock",
    "postgres.json",
    "postgres.lock",
    "postgres.users",
)


def forget(data_dir: Path) -> None:
    """Delete the data of an instance; the folder too, once it is empty."""
    EmbeddedPostgres(data_dir).forget()
    for name in OUR_FOLDERS:
        if (data_dir / name).is_dir():
            shutil.rmtree(data_dir / name)
    for name in OUR_FILES:
        (data_dir / name).unlink(missing_ok=True)
    if data_dir.is_dir() and not any(data_dir.iterdir()):
        data_dir.rmdir()


if __name__ == "__main__":
    forget(DATA_DIR)
    print(f"Forgot the data of {DATA_DIR}.")
    sys.exit(0)
