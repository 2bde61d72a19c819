"""Does a host lead here? It is asked for a proof that only this installation can give.

The proof answers a question that is new each time, at one fixed path, without a log-in, over plain
HTTP: a host has no certificate before it leads here.
"""

import http.client
import ipaddress
import secrets
import socket

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from apps.tenants.domain.hosts import CheckFailure, looked_up

PATH = "/.well-known/chargeyard-host"
SALT = "tenants.host"
PATIENCE_S = 5.0
LONGEST_ANSWER = 200
QUESTION_LENGTH = 32


def proof_of(domain: str, question: str) -> str:
    """Return what this installation answers when it is asked under that name."""
    return salted_hmac(SALT, f"{domain} {question}", algorithm="sha256").hexdigest()


def failure_of(domain: str) -> CheckFailure | None:
    """Return why the host was not seen to lead here, None when it was."""
    try:
        found = socket.getaddrinfo(
            looked_up(domain), settings.HOST_CHECK_PORT, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        return CheckFailure.UNKNOWN_NAME
    addresses = [str(entry[4][0]) for entry in found]
    # Every address counts, and the one that was looked at is the one that is asked: no name can
    # change its mind in between.
    if not settings.HOST_CHECK_INNER and not all(map(is_outer, addresses)):
        return CheckFailure.INNER_ADDRESS
    question = secrets.token_hex(QUESTION_LENGTH // 2)
    answer = ask(addresses[0], domain, question)
    if answer is None:
        return CheckFailure.NO_ANSWER
    is_ours = constant_time_compare(answer, proof_of(domain, question))
    return None if is_ours else CheckFailure.ELSEWHERE


def is_outer(address: str) -> bool:
    """Say whether the address lies in the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return ip.is_global and not ip.is_multicast


def ask(address: str, domain: str, question: str) -> str | None:
    """Return what the host answers, at most LONGEST_ANSWER signs; None without an answer."""
    link = http.client.HTTPConnection(address, settings.HOST_CHECK_PORT, timeout=PATIENCE_S)
    try:
        link.request("GET", f"{PATH}?question={question}", headers={"Host": domain})
        return link.getresponse().read(LONGEST_ANSWER).decode("ascii", "replace").strip()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        link.close()
