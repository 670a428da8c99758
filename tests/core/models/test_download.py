"""Downloads: whole and checked, or not at all."""

import hashlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import WeightsUnavailableError
from core.models import download

CONTENT = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def place(tmp_path):
    return tmp_path / "weights" / f"net-{DIGEST[:8]}.pth"


@pytest.fixture
def fails(server, place):
    """Fetching must fail with words that match, and leave nothing."""

    def check(words, path="/net"):
        with pytest.raises(WeightsUnavailableError, match=words) as caught:
            download.fetch([(server.url + path, place)])
        assert place.name in str(caught.value)
        assert str(place.parent) in str(caught.value)
        assert "Traceback" not in str(caught.value)
        assert not place.parent.exists() or not list(place.parent.iterdir())

    return check


def test_fetch__reports_progress_and_keeps_the_bytes(server, place):
    server.files["/net"] = CONTENT
    seen = []
    assert download.fetch([(server.url + "/net", place)], lambda *x: seen.append(x)) == place
    assert place.read_bytes() == CONTENT
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)


def test_fetch__leaves_a_file_alone_that_is_there(server, place):
    place.parent.mkdir()
    place.write_bytes(b"mine, whatever its hash")
    download.fetch([(server.url + "/net", place)])
    assert place.read_bytes() == b"mine, whatever its hash"
    assert server.log == []


def test_fetch__wrong_hash(server, fails):
    server.files["/net"] = CONTENT[::-1]
    fails("hash is wrong")


def test_fetch__wrong_hash_by_hugging_faces_header(server, place):
    server.files["/net"] = CONTENT
    server.headers["X-Linked-ETag"] = f'"{"0" * 64}"'
    with pytest.raises(WeightsUnavailableError, match="hash is wrong"):
        download.fetch([(server.url + "/net", place.with_name("model.safetensors"))])


def test_fetch__name_without_a_hash_and_ordinary_etag(server, place):
    server.files["/net"] = CONTENT
    server.headers["ETag"] = '"1234"'
    place = place.with_name("model.safetensors")
    download.fetch([(server.url + "/net", place)])
    assert place.read_bytes() == CONTENT


def test_fetch__follows_to_a_store_that_answers_get_alone(server, place):
    """Hugging Face: the hash is on the redirection, whose goal refuses HEAD."""

    def redirect(handler):
        handler.send_response(302)
        handler.send_header("Location", f"http://localhost:{server.server_port}/store")
        handler.send_header("X-Linked-ETag", f'"{DIGEST}"')
        handler.end_headers()

    server.answers["GET /net"] = server.answers["HEAD /net"] = redirect
    server.answers["HEAD /store"] = lambda handler: handler.send_error(403)
    server.files["/store"] = CONTENT
    place = place.with_name("model.safetensors")
    assert download.fetch([(server.url + "/net", place)]).read_bytes() == CONTENT
    server.files["/store"] = CONTENT[1:]
    place.unlink()
    with pytest.raises(WeightsUnavailableError, match="hash is wrong"):
        download.fetch([(server.url + "/net", place)])


def test_fetch__follows_within_the_host(server, place):
    def redirect(handler):
        handler.send_response(307)
        handler.send_header("Location", "/renamed")
        handler.end_headers()

    server.answers["GET /net"] = server.answers["HEAD /net"] = redirect
    server.files["/renamed"] = CONTENT
    assert download.fetch([(server.url + "/net", place)]).read_bytes() == CONTENT
    assert server.log[:2] == ["HEAD /net", "HEAD /renamed"]


def test_fetch__not_there(fails):
    fails("does not have it")


def test_fetch__second_choice(server, place):
    server.files["/second"] = CONTENT
    sources = [(f"{server.url}/first", place), (f"{server.url}/second", place.with_suffix(".bin"))]
    assert download.fetch(sources) == place.with_suffix(".bin")


@pytest.mark.parametrize("command", ["HEAD", "GET"])
def test_fetch__server_is_ill(server, fails, command):
    server.files["/net"] = CONTENT
    server.answers[f"{command} /net"] = lambda handler: handler.send_error(503)
    fails("answers 503")


def test_fetch__connection_cut_half_way(server, fails):
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:500_000])

    server.files["/net"] = CONTENT
    server.answers["GET /net"] = half
    fails("broke after 500,000 of 1,024,000 bytes")


def test_fetch__stalls_half_way(server, fails, monkeypatch):
    monkeypatch.setattr(download, "STALL_S", 0.3)
    go_on = threading.Event()

    def stall(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        handler.wfile.write(CONTENT[:1000])
        go_on.wait(10)

    server.files["/net"] = CONTENT
    server.answers["GET /net"] = stall
    fails("does not answer")
    go_on.set()


def test_fetch__garbage_instead_of_http(server, fails):
    server.answers["HEAD /net"] = lambda handler: handler.wfile.write(b"\x00\xff" * 100 + b"\n")
    fails("no connection to")


def test_fetch__connection_refused(place):
    started = time.perf_counter()
    with pytest.raises(WeightsUnavailableError, match=r"no connection to 127\.0\.0\.1"):
        download.fetch([("http://127.0.0.1:9/net", place)])
    assert time.perf_counter() - started < 20


def test_fetch__server_that_never_answers(place):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/net"
        started = time.perf_counter()
        with pytest.raises(WeightsUnavailableError, match="does not answer"):
            download.fetch([(url, place)])
    assert time.perf_counter() - started < 20


def test_fetch__name_server_that_never_answers(place, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(download, "ANSWER_S", 0.2)

    def never(*_, **__):
        go_on.wait(10)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(WeightsUnavailableError, match="does not answer"):
        download.fetch([("http://weights.example/net", place)])
    go_on.set()


@pytest.mark.parametrize("url", ["nonsense", "ftp2://x/y", "http://[broken/net"])
def test_fetch__bad_address(url, place):
    with pytest.raises(WeightsUnavailableError):
        download.fetch([(url, place)])


def test_fetch__folder_cannot_be_made(server, tmp_path):
    server.files["/net"] = CONTENT
    (tmp_path / "file").touch()
    with pytest.raises(WeightsUnavailableError, match="cannot be written"):
        download.fetch([(server.url + "/net", tmp_path / "file" / "net.pth")])


def test_fetch__interrupted_by_its_watcher(server, place):
    """Streamlit ends a script by an exception from inside the progress bar."""

    class Stop(BaseException):
        pass

    def watch(done, _total):
        if done:
            raise Stop

    server.files["/net"] = CONTENT
    with pytest.raises(Stop):
        download.fetch([(server.url + "/net", place)], watch)
    assert list(place.parent.iterdir()) == []
    assert download.fetch([(server.url + "/net", place)]).read_bytes() == CONTENT


def test_fetch__two_threads_one_download(server, place):
    server.files["/net"] = CONTENT
    barrier = threading.Barrier(4)

    def get(_):
        barrier.wait()
        return download.fetch([(server.url + "/net", place)]).read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(get, range(4))) == {CONTENT}
    assert server.log == ["HEAD /net", "GET /net"]
