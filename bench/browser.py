"""A person at the portal over real HTTP: logs in, opens pages, and is timed."""

import http.cookiejar
import re
import time
import urllib.parse
import urllib.request

TIMEOUT_S = 60
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LOGIN = "/login/"


class PageFailed(RuntimeError):
    """The portal answered with something else than the page."""


class Browser:
    """One person with cookies of its own; `host` is the tenant's."""

    def __init__(self, port: int, host: str) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.headers = {"Host": f"{host}:{port}"}
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar(policy=AnyHost()))
        self.opener = urllib.request.build_opener(cookies, StayHere())

    def get(self, path: str) -> str:
        """Return the page. Raises urllib.error.HTTPError."""
        request = urllib.request.Request(self.base + path, headers=self.headers)
        with self.opener.open(request, timeout=TIMEOUT_S) as answer:
            text: str = answer.read().decode()
        return text

    def timed(self, path: str) -> float:
        """Return the seconds until the whole page was here."""
        began = time.perf_counter()
        self.get(path)
        return time.perf_counter() - began

    def log_in(self, email: str, password: str) -> float:
        """Log in and return the seconds from opening the form to being let in.

        Raises PageFailed when the portal does not let us in.
        """
        began = time.perf_counter()
        found = TOKEN.search(self.get(LOGIN))
        if found is None:
            raise PageFailed("the log-in page has no form")
        fields = {"csrfmiddlewaretoken": found[1], "username": email, "password": password}
        request = urllib.request.Request(
            self.base + LOGIN,
            data=urllib.parse.urlencode(fields).encode(),
            headers={**self.headers, "Referer": self.base + LOGIN},
        )
        with self.opener.open(request, timeout=TIMEOUT_S) as answer:
            if answer.status != 302:
                raise PageFailed(f"the log-in was answered {answer.status}")
        return time.perf_counter() - began


class AnyHost(http.cookiejar.DefaultCookiePolicy):
    """We ask 127.0.0.1 in the name of the tenant's host."""

    def return_ok_domain(self, cookie: http.cookiejar.Cookie, request: object) -> bool:
        return True

    def domain_return_ok(self, domain: str, request: object) -> bool:
        return True


class StayHere(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def http_error_302(self, request, answer, code, message, headers):  # type: ignore[no-untyped-def]
        return answer

    http_error_301 = http_error_303 = http_error_302
