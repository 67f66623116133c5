"""The line to a server: its limits, where it may lead, and its faults in plain words."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from chemtag.base.problems import InputProblem
from chemtag.base.text import without_credentials

CHUNK = 1 << 16


@dataclass(frozen=True)
class Patience:
    """How long to wait (seconds) and how often to try when no byte arrives.

    `slow` is the time in which a body must bring `CHUNK` bytes: one that drips never ends.
    """

    connect: float = 20.0
    read: float = 60.0
    slow: float = 600.0
    attempts: int = 8
    first_wait: float = 2.0
    longest_wait: float = 120.0
    query: float = 3600.0


class Session(requests.Session):
    """A session with a time limit on every request, which never leaves https for http."""

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self.patience = patience
        self.headers["User-Agent"] = "chemtag (+requests)"

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        # pyvo sets no limit.
        kwargs["timeout"] = kwargs.get("timeout") or (self.patience.connect, self.patience.read)
        return super().request(*args, **kwargs)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where the server sends us; raises `InputProblem` for http out of https."""
        target = super().get_redirect_target(resp)
        if target is None:
            return None
        whole = urljoin(resp.url, target)
        if urlsplit(resp.url).scheme == "https" and urlsplit(whole).scheme != "https":
            raise InputProblem(
                f"{without_credentials(resp.url)}: the server sends us on to "
                f"{without_credentials(whole)}, out of https, where anybody could change the file; "
                "look for the file at the archive and correct its address."
            )
        return target


def lasting(fault: Exception) -> bool:
    """Is a fault the same at every attempt: certificate, circle of redirects, no web address?"""
    if isinstance(fault, requests.exceptions.SSLError):
        return any(word in str(fault) for word in ("CERTIFICATE", "certificate", "WRONG_VERSION"))
    kinds = requests.exceptions
    return isinstance(
        fault,
        (
            kinds.TooManyRedirects,
            kinds.InvalidURL,
            kinds.InvalidSchema,
            kinds.MissingSchema,
            kinds.InvalidHeader,
            urllib3.exceptions.LocationValueError,
        ),
    )


def plain(fault: Exception) -> str:
    """Say a network fault in plain words."""
    said = without_credentials(" ".join(str(fault).split()))
    kinds = requests.exceptions
    if isinstance(fault, (requests.Timeout, urllib3.exceptions.TimeoutError)):
        return "no byte arrived within the time limit"
    if isinstance(fault, kinds.SSLError):
        kind = "the certificate is not valid" if "certif" in said.lower() else "no secure line"
        return f"{kind} ({said[:160]})"
    if isinstance(fault, kinds.TooManyRedirects):
        return "the server sends us round in a circle of redirects"
    if isinstance(fault, (kinds.InvalidSchema, kinds.MissingSchema, kinds.InvalidURL)):
        return f"the server names or we ask for what is no web address ({said[:160]})"
    if "NameResolutionError" in said:
        return f"no such host is known, or there is no network ({said[:160]})"
    if isinstance(fault, (requests.ConnectionError, urllib3.exceptions.ProtocolError)):
        return f"the connection broke ({type(fault).__name__}: {said[:160]})"
    return said
