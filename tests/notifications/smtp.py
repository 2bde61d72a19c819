"""A small mail server on loopback that can refuse, stall and die as real ones do (RFC 5321)."""

import socketserver
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

Decide = Callable[[int], str]
"""Gets the number of the mail (from 1) and returns one of the words below."""

ACCEPT = "accept"
BUSY = "busy"  # 451 to the recipient: try again later
UNKNOWN = "unknown"  # 550 to the recipient: never
DIE_BEFORE = "die before"  # the connection ends before the text is kept
DIE_AFTER = "die after"  # the text is kept, the connection ends before the answer

REFUSALS = {BUSY: "451 later", UNKNOWN: "550 nobody here"}


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    server: Any

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.server.connections += 1
        self.taken = 0
        self.say("220 test")
        while line := self.rfile.readline():
            if self.taken == self.server.mails_per_connection:
                return
            command = line.decode().strip().upper()
            verb = command.partition(" ")[0].partition(":")[0]
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb == "DATA":
                if not self.take_text():
                    return
            elif verb == "RCPT":
                self.server.count += 1
                self.verdict = self.server.decide(self.server.count)
                self.say(REFUSALS.get(self.verdict, "250 ok"))
            else:
                self.say("250 ok")

    def take_text(self) -> bool:
        """Take the text of a mail; False when the connection is to end here."""
        if self.verdict == DIE_BEFORE:
            return False
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.texts.append(b"".join(lines))
        self.taken += 1
        if self.verdict == DIE_AFTER:
            return False
        self.say("250 taken")
        return True


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class MailServer:
    """Runs while the `with` lasts; `mails` are those that it kept.

    After `mails_per_connection` it hangs up at the next command, as some servers do.
    """

    def __init__(
        self, decide: Decide = lambda number: ACCEPT, *, mails_per_connection: int | None = None
    ) -> None:
        self.server = Server(("127.0.0.1", 0), Session)
        self.server.decide = decide  # type: ignore[attr-defined]
        self.server.count = 0  # type: ignore[attr-defined]
        self.server.connections = 0  # type: ignore[attr-defined]
        self.server.mails_per_connection = mails_per_connection  # type: ignore[attr-defined]
        self.server.texts = []  # type: ignore[attr-defined]
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def mails(self) -> list[EmailMessage]:
        texts = self.server.texts  # type: ignore[attr-defined]
        return [message_from_bytes(text, policy=policy.default) for text in texts]  # type: ignore[misc]

    @property
    def connections(self) -> int:
        return int(self.server.connections)  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *details: Any) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)
