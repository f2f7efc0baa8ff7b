"""MNIST and its kin: where files are looked for, what comes of them, and fetching them."""

import gzip
import hashlib
import http.server
import os
import threading
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule import data
from chainrule.data import download, pictures
from chainrule.data.download import Remote, fetch
from tests.data.test_idx import idx

REAL = Path(os.environ.get("CHAINRULE_DATA") or "no such folder")


def make(folder, n=12, packed=True, classes=10):
    """Files like those of MNIST, with n training and n // 2 test pictures."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    for part, rows in (("train", n), ("t10k", n // 2)):
        for name, array in (
            ("images-idx3", rng.integers(0, 256, (rows, 28, 28)).astype(np.uint8)),
            ("labels-idx1", rng.integers(0, classes, rows).astype(np.uint8)),
        ):
            content = idx(array)
            path = folder / f"{part}-{name}-ubyte{'.gz' if packed else ''}"
            path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return folder


@pytest.fixture(autouse=True)
def _places(tmp_path, monkeypatch):
    """Data and cache in folders of this test; no mirror at all."""
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))
    for mirrors in ("MNIST_MIRRORS", "FASHION_MIRRORS"):
        monkeypatch.setattr(pictures, mirrors, ("http://127.0.0.1:9/",))


@pytest.mark.article("S1-24", "W-27")
@pytest.mark.skipif(not (REAL / "mnist").is_dir(), reason="MNIST is not on this machine")
def test_the_real_files(monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(REAL))
    X, y = test = data.mnist("test")
    assert X.shape == (10_000, 784)
    assert X.dtype == np.float32
    assert X.min() == 0
    assert X.max() == 1
    assert y.shape == (10_000,)
    assert y.dtype == np.int64
    assert np.bincount(y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert test.image_shape == (28, 28)
    assert test.classes == 10
    assert test.feature_names[29] == "pixel_1_1"


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
@pytest.mark.parametrize("place", ["data", "cache/data"])
def test_files_are_found_in_both_places_and_both_forms(tmp_path, name, packed, place):
    make(tmp_path / place / name, packed=packed)
    for split, rows in (("train", 12), ("test", 6)):
        X, y = data.load(name, split)
        assert X.shape == (rows, 784)
        assert y.shape == (rows,)
    raw = data.read_idx(next((tmp_path / place / name).glob("train-images*")))
    np.testing.assert_array_equal(data.load(name).X, (raw.reshape(12, 784) / np.float32(255)).astype(np.float32))


def test_the_users_own_folder_goes_first(tmp_path):
    make(tmp_path / "data" / "mnist", n=4)
    make(tmp_path / "cache" / "data" / "mnist", n=8)
    assert len(data.mnist().X) == 4


def test_what_is_missing_is_told_with_what_to_do(tmp_path):
    with pytest.raises(cr.FileError) as caught:
        data.mnist(download=False)
    words = str(caught.value)
    assert str(tmp_path / "data" / "mnist") in words
    assert "CHAINRULE_DATA" in words
    assert "http" in words
    with pytest.raises(cr.FileError) as caught:
        data.mnist()
    words = str(caught.value)
    assert "train-images-idx3-ubyte.gz" in words
    assert str(tmp_path / "cache" / "data" / "mnist") in words
    assert list((tmp_path / "cache" / "data" / "mnist").iterdir()) == []  # nothing half is left


@pytest.mark.parametrize("split", ["Train", "validation", None, 0])
def test_other_parts_are_refused(split):
    with pytest.raises(cr.ArgumentError):
        data.mnist(split)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("train-images-idx3-ubyte", np.zeros((3, 28), np.uint8)),
        ("train-images-idx3-ubyte", np.zeros((3, 32, 32), np.uint8)),
        ("train-images-idx3-ubyte", np.zeros((3, 28, 28), np.float32)),
        ("train-labels-idx1-ubyte", np.zeros(4, np.uint8)),
        ("train-labels-idx1-ubyte", np.zeros(3, np.int32)),
        ("train-labels-idx1-ubyte", np.full(3, 10, np.uint8)),
    ],
)
def test_files_of_other_contents_are_refused(tmp_path, name, array):
    folder = make(tmp_path / "data" / "mnist", n=3, packed=False)
    (folder / name).write_bytes(idx(array))
    with pytest.raises(cr.FileError) as caught:
        data.mnist()
    assert caught.value.key == "data.idx_content"
    assert name in caught.value.where


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, files):
        self.files = files
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content, told = self.server.files.get(self.path, (None, None))
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Length", str(told if content is not None else 0))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *words):
        pass


@pytest.fixture
def serve():
    servers = []

    def start(files):
        server = Server({f"/{name}": (content, told) for name, (content, told) in files.items()})
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


CONTENT = bytes(range(256)) * 700  # several parts
REMOTE = Remote("file.gz", len(CONTENT), "sha256", hashlib.sha256(CONTENT).hexdigest())


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_a_file_is_fetched_and_verified(tmp_path, serve, algorithm):
    remote = Remote("file.gz", len(CONTENT), algorithm, hashlib.new(algorithm, CONTENT).hexdigest())
    mirror = serve({"file.gz": (CONTENT, len(CONTENT))})
    path = fetch(remote, [mirror], tmp_path / "new" / "folder")
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir()] == ["file.gz"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (CONTENT[:-1], len(CONTENT) - 1),  # shorter
        (CONTENT[:-1], len(CONTENT)),  # broken off
        (CONTENT + b"x", len(CONTENT) + 1),  # longer
        (b"\xff" + CONTENT[1:], len(CONTENT)),  # one byte changed
        (None, 0),  # 404
    ],
)
def test_other_bytes_are_never_kept_and_the_next_mirror_is_asked(tmp_path, serve, content, told):
    bad, good = serve({"file.gz": (content, told)}), serve({"file.gz": (CONTENT, len(CONTENT))})
    with pytest.raises(cr.FileError) as caught:
        fetch(REMOTE, [bad], tmp_path)
    assert caught.value.key == "data.download"
    assert bad in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    assert fetch(REMOTE, [bad, good], tmp_path).read_bytes() == CONTENT


def test_an_endless_answer_is_broken_off(tmp_path, serve):
    mirror = serve({"file.gz": (CONTENT * 50, len(CONTENT) * 50)})
    with pytest.raises(cr.FileError, match=f"> {len(CONTENT)} bytes"):
        fetch(REMOTE, [mirror], tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(cr.FileError) as caught:
        fetch(REMOTE, ["http://127.0.0.1:9/"], tmp_path / "file" / "folder")
    assert caught.value.key == "data.unreadable"


def test_mnist_is_fetched_once(tmp_path, serve, monkeypatch):
    made = {path.name: path.read_bytes() for path in make(tmp_path / "elsewhere").iterdir()}
    remotes = {name: Remote(name, len(c), "sha256", hashlib.sha256(c).hexdigest()) for name, c in made.items()}
    mirror = serve({name: (content, len(content)) for name, content in made.items()})
    monkeypatch.setattr(pictures, "MNIST_FILES", remotes)
    monkeypatch.setattr(pictures, "MNIST_MIRRORS", (mirror,))
    first = data.mnist()
    monkeypatch.setattr(download, "fetch", None)
    monkeypatch.setattr(pictures, "fetch", None)
    np.testing.assert_array_equal(data.mnist().X, first.X)
    assert sorted(path.name for path in (tmp_path / "cache" / "data" / "mnist").iterdir()) == [
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
    ]


@pytest.mark.skipif(not (REAL / "mnist").is_dir(), reason="MNIST is not on this machine")
def test_the_checksums_are_those_of_the_real_files():
    for name, remote in pictures.MNIST_FILES.items():
        content = (REAL / "mnist" / name).read_bytes()
        assert len(content) == remote.size
        assert hashlib.sha256(content).hexdigest() == remote.digest


def test_the_cache_is_where_the_system_keeps_it(monkeypatch):
    from chainrule.data.places import cache_folder

    monkeypatch.setenv("CHAINRULE_CACHE", "~/somewhere")
    assert cache_folder() == Path.home() / "somewhere"
    monkeypatch.delenv("CHAINRULE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere/cache")
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert cache_folder() == Path("/nowhere/cache/chainrule")
