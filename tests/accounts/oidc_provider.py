"""A small OpenID provider over real HTTP, which can be told to misbehave.

with Provider() as provider:
    provider.person = {"sub": "1", "email": "ada@example.com", "email_verified": True}
    provider.fault = "nonce"
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT_ID = "chargeyard"
SECRET = "s3cret / with: signs"


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Key:
    """A signing key with a name, and how a provider publishes it."""

    def __init__(self, algorithm: str, key_id: str) -> None:
        self.algorithm = algorithm
        self.key_id = key_id
        self.private: Any
        if algorithm.startswith("ES"):
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def public(self) -> dict[str, Any]:
        kind = jwt.get_algorithm_by_name(self.algorithm)
        jwk = kind.to_jwk(self.private.public_key(), as_dict=True)  # type: ignore[call-overload]
        return {**jwk, "kid": self.key_id, "use": "sig", "alg": self.algorithm}

    def public_pem(self) -> bytes:
        key = self.private.public_key()
        return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


class Provider:
    """`fault` names one thing that it does wrong; "" for none. `claims` come on top of `person`."""

    def __init__(self, algorithm: str = "RS256") -> None:
        self.key = Key(algorithm, "first")
        self.person: dict[str, Any] = {"sub": "subject-1"}
        self.fault = ""
        self.secret = SECRET
        self.asks = False
        self.offers_log_out = True
        self.email_only_in_userinfo = False
        self.codes: dict[str, dict[str, str]] = {}
        self.access_tokens: set[str] = set()
        self.asked: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def issuer(self) -> str:
        return self.url + "/realms/main"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *details: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def rotate(self) -> None:
        self.key = Key(self.key.algorithm, secrets.token_hex(4))

    def discovery(self) -> dict[str, Any]:
        document = {
            "issuer": self.issuer if self.fault != "discovery_issuer" else self.issuer + "/x",
            "authorization_endpoint": self.url + "/authorize",
            "token_endpoint": self.url + "/token",
            "jwks_uri": self.url + "/keys",
            "userinfo_endpoint": self.url + "/userinfo",
            "id_token_signing_alg_values_supported": [self.key.algorithm],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        if self.fault == "discovery_lacks":
            del document["token_endpoint"]
        if self.offers_log_out:
            document["end_session_endpoint"] = self.url + "/log-out"
        return document

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser goes with a new code."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        if self.fault == "error":
            answer = {"error": "access_denied", "state": query["state"], "iss": self.issuer}
        if self.fault == "mix_up":
            answer["iss"] = "https://evil.example"
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Return tokens for a code that is known, unused, and proven by its verifier."""
        asked = self.codes.pop(form.get("code", ""), None)
        if not self.is_client(form, authorization) or asked is None:
            return 401, {"error": "invalid_client" if asked else "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        is_proven = encoded(digest) == asked.get("code_challenge")
        if not is_proven or form.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        access_token = secrets.token_urlsafe(16)
        self.access_tokens.add(access_token)
        return 200, {
            "token_type": "Bearer",
            "access_token": access_token,
            "id_token": self.id_token(asked),
        }

    def is_client(self, form: dict[str, str], authorization: str) -> bool:
        if form.get("client_id") != CLIENT_ID:
            return False
        if not self.secret:
            return True
        if authorization.startswith("Basic "):
            name, _colon, secret = base64.b64decode(authorization[6:]).decode().partition(":")
            return (unquote(name), unquote(secret)) == (CLIENT_ID, self.secret)
        return form.get("client_secret") == self.secret

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": asked["client_id"],
            "nonce": asked.get("nonce", ""),
            "iat": now,
            "exp": now + 300,
            **self.person,
        }
        if self.email_only_in_userinfo:
            claims = {k: v for k, v in claims.items() if not k.startswith("email")}
        wrong: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "no_nonce": {"nonce": None},
            "aud": {"aud": "somebody-else"},
            "several_aud": {"aud": [CLIENT_ID, "somebody-else"]},
            "azp": {"azp": "somebody-else"},
            "expired": {"exp": now - 3600, "iat": now - 7200},
            "future": {"iat": now + 3600, "nbf": now + 3600},
            "issuer": {"iss": "https://evil.example"},
            "no_exp": {"exp": None},
            "no_sub": {"sub": None},
            "long_sub": {"sub": "x" * 300},
        }
        claims |= wrong.get(self.fault, {})
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.signed(claims)

    def signed(self, claims: dict[str, Any]) -> str:
        if self.fault == "alg_none":
            return self.by_hand({"alg": "none"}, claims, b"")
        if self.fault == "hs256":
            return self.by_hand({"alg": "HS256"}, claims, self.key.public_pem())
        if self.fault == "hs256_secret":
            return self.by_hand({"alg": "HS256"}, claims, self.secret.encode())
        key = Key(self.key.algorithm, self.key.key_id) if self.fault == "forged" else self.key
        key_id = "unheard-of" if self.fault == "unknown_key" else key.key_id
        return jwt.encode(claims, key.private, key.algorithm, headers={"kid": key_id})

    def by_hand(self, header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
        parts = [{**header, "kid": self.key.key_id, "typ": "JWT"}, claims]
        body = ".".join(encoded(json.dumps(part).encode()) for part in parts)
        seal = hmac.new(secret, body.encode(), hashlib.sha256).digest() if secret else b""
        return f"{body}.{encoded(seal)}"

    def userinfo(self, authorization: str) -> tuple[int, dict[str, Any]]:
        if authorization.removeprefix("Bearer ") not in self.access_tokens:
            return 401, {}
        other = {"sub": "somebody-else"} if self.fault == "userinfo_sub" else {}
        return 200, {**self.person, **other}

    def handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                provider.asked.append(parts.path)
                if parts.path.endswith("/.well-known/openid-configuration"):
                    self.answer(200, provider.discovery())
                elif parts.path == "/keys":
                    keys = [] if provider.fault == "no_keys" else [provider.key.public()]
                    self.answer(200, {"keys": keys})
                elif parts.path == "/authorize" and provider.asks:
                    self.page(f'<a href="/agree?{parts.query}">Go on as Ada</a>')
                elif parts.path in {"/authorize", "/agree"}:
                    self.lead(provider.authorize(query))
                elif parts.path == "/userinfo":
                    self.answer(*provider.userinfo(self.headers.get("Authorization", "")))
                elif parts.path == "/log-out":
                    self.page("<h1>Logged out everywhere</h1>")
                else:
                    self.answer(404, {})

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                form = parse_qs(self.rfile.read(length).decode())
                provider.asked.append(self.path)
                values = {name: texts[0] for name, texts in form.items()}
                authorization = self.headers.get("Authorization", "")
                self.answer(*provider.token(values, authorization))

            def answer(self, status: int, value: dict[str, Any]) -> None:
                self.send(status, json.dumps(value).encode(), "application/json")

            def page(self, content: str) -> None:
                head = "<!DOCTYPE html><html lang=en><title>Provider</title>"
                self.send(200, f"{head}{content}".encode(), "text/html")

            def lead(self, address: str) -> None:
                self.send_response(302)
                self.send_header("Location", address)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def send(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *details: Any) -> None:
                """Say nothing."""

        return Handler
