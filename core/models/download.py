"""Fetch a file once, whole and checked, or say within seconds why not.

A `HEAD` request comes first, because a machine without a connection should answer at once. It runs
in a thread of its own: a name server that never answers keeps ``getaddrinfo`` waiting for half a
minute, whatever the socket's time limit. The file grows under another name beside its place and is
moved there only when its length and hash are right.
"""

import hashlib
import http.client
import re
import threading
import urllib.error
import urllib.request
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.errors import WeightsUnavailableError

Progress = Callable[[int, int], None]

ANSWER_S = 3.0  # for the first sign of life
STALL_S = 20.0  # for the next bytes of a file that has begun to arrive
_CHUNK = 2**18
_HEADERS = {"User-Agent": "netlens"}
# torch.hub's convention: the name ends in the first digits of the content's SHA-256
_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.")
_SHA256 = re.compile(r"[0-9a-f]{64}")


_locks: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)
_locks_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Remote:
    """What a server says of a file."""

    url: str
    sha256: str
    """The hash's first digits, as many as are known."""


def fetch(sources: Sequence[tuple[str, Path]], progress: Progress | None = None) -> Path:
    """Download the first of some files that its server has; each is (address, place).

    ``progress`` is called with the bytes done and the bytes in all, 0 while that is not known;
    whatever it raises ends the download. When several threads want the same file, one downloads it
    and the others wait. Raises WeightsUnavailableError; then nothing is left behind.
    """
    with _locks_lock:
        lock = _locks[sources[0][1]]
    with lock:
        for _, place in sources:
            if place.is_file():
                return place
        for url, place in sources:
            try:
                remote = _ask(url, place.name)
                if remote is not None:
                    _download(remote, place, progress or _ignore)
                    return place
            except _FailedError as failure:
                raise _unavailable(url, place, str(failure)) from failure.__cause__
    raise _unavailable(*sources[0], f"{_host(sources[0][0])} does not have it")


class _FailedError(Exception):
    """The reason for which a download failed; never leaves this module."""


def _unavailable(url: str, place: Path, reason: str) -> WeightsUnavailableError:
    return WeightsUnavailableError(
        f"{place.name} is not on this machine and cannot be downloaded now ({reason}): try again "
        f"with a connection, or fetch {url} elsewhere and put it into {place.parent} as "
        f"{place.name}."
    )


def _ignore(_done: int, _total: int) -> None:
    pass


def _ask(url: str, name: str) -> _Remote | None:
    """Ask a server for a file's headers; None where it has no such file. Raises _FailedError."""
    answer: list[Any] = []

    def head() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD", headers=_HEADERS)
            with _opener.open(request, timeout=ANSWER_S) as response:
                answer.append(response.headers)
        except urllib.error.HTTPError as error:
            error.close()
            answer.append(error)
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer.append(error)

    thread = threading.Thread(target=head, name="ask for weights", daemon=True)
    thread.start()
    thread.join(ANSWER_S + 0.5)
    headers = answer[0] if answer else TimeoutError()
    if isinstance(headers, urllib.error.HTTPError):
        if headers.code in (401, 404, 410):  # 401: how Hugging Face says that there is none
            return None
        if not 300 <= headers.code < 400:
            raise _FailedError(_reason(url, headers)) from headers
        headers = headers.headers
    if isinstance(headers, Exception):
        raise _FailedError(_reason(url, headers)) from headers
    return _Remote(url, _expected_hash(headers.get("X-Linked-ETag", ""), name))


def _expected_hash(etag: str, name: str) -> str:
    """From Hugging Face's header, where it is a SHA-256, or from the file's name, or nothing."""
    etag = etag.removeprefix("W/").strip('"')
    if _SHA256.fullmatch(etag):
        return etag
    in_name = _HASH_IN_NAME.search(name)
    return in_name[1] if in_name else ""


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follow a HEAD within its host; a redirection elsewhere is an answer in itself.

    Hugging Face puts the file's hash on that answer, and the signed addresses of the stores that
    it and GitHub lead to are for GET alone.
    """

    def redirect_request(  # noqa: PLR0917
        self,
        req: urllib.request.Request,
        fp: Any,  # noqa: ANN401
        code: int,
        msg: str,
        headers: Any,  # noqa: ANN401
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).netloc != req.host:
            return None
        return urllib.request.Request(newurl, method="HEAD", headers=_HEADERS)


_opener = urllib.request.build_opener(_SameHost)


def _download(remote: _Remote, place: Path, progress: Progress) -> None:
    partial = place.with_name(f"{place.name}.{uuid.uuid4().hex}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            digest = _receive(remote.url, partial, progress)
            if not digest.startswith(remote.sha256):
                raise _FailedError("what arrived is not the file expected: its hash is wrong")
            partial.replace(place)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise _FailedError(f"{place.parent} cannot be written: {why}") from error


def _receive(url: str, partial: Path, progress: Progress) -> str:
    """Download into a new file; returns the content's SHA-256. OSError is the disk's fault."""
    digest = hashlib.sha256()
    done = 0
    with partial.open("xb") as file, _open(url) as response:
        total = int(response.headers.get("Content-Length") or 0)
        progress(done, total)
        while chunk := _read(url, response):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            progress(done, total)
    if total and done != total:
        raise _FailedError(f"the connection broke after {done:,} of {total:,} bytes")
    return digest.hexdigest()


def _open(url: str) -> http.client.HTTPResponse:
    try:
        request = urllib.request.Request(url, headers=_HEADERS)
        return urllib.request.urlopen(request, timeout=STALL_S)
    except urllib.error.HTTPError as error:
        error.close()
        raise _FailedError(_reason(url, error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _FailedError(_reason(url, error)) from error


def _read(url: str, response: http.client.HTTPResponse) -> bytes:
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise _FailedError(_reason(url, error)) from error


def _reason(url: str, error: Exception) -> str:
    host = _host(url)
    if isinstance(error, urllib.error.HTTPError):
        return f"{host} answers {error.code} {error.reason}"
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"{host} does not answer"
    why = getattr(cause, "strerror", None) or str(cause)
    return f"no connection to {host}" + (f": {why}" if why else "")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url
