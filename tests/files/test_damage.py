"""A flipped bit, a torn end, zeros, a swapped or foreign file: each is found, in words, and the older one is used."""

import json
import os
import shutil

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, train
from chainrule.files.container import encoded, opened
from chainrule.files.folder import Folder, verify
from chainrule.files.storing import store

X, Y = cr.data.moons(60, noise=0.1, seed=0)
ARRAYS = {
    "w": np.arange(12, dtype=np.float32).reshape(3, 4), "b": np.zeros(3), "n": np.array(7),
    "flags": np.array([True, False]),
    "none": np.zeros((0, 4), np.float32),
}


@pytest.fixture
def whole(tmp_path):
    path = tmp_path / "whole.safetensors"
    store(path, encoded(ARRAYS, {"format": 1, "words": 'quotes " and \\ and é'}))
    return path


def is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(cr.FileError, match="damaged") as caught:
        verify(path)
    parts = [caught.value.part(name) for name in ("got", "expected", "try")]
    assert all(parts)


@pytest.mark.parametrize("bits", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_every_single_bit_counts(bits, whole, tmp_path):
    content = whole.read_bytes()
    verify(whole)
    for place in range(len(content)):
        for bit in range(bits):
            changed = bytearray(content)
            changed[place] ^= 1 << (place + bit) % 8
            is_refused(tmp_path / "damaged", changed)


def test_every_end_counts(whole, tmp_path):
    content = whole.read_bytes()
    for length in (*range(0, len(content), 7), len(content) - 1):
        is_refused(tmp_path / "damaged", content[:length])
    for more in (b"\0", b" ", b"\n", content):
        is_refused(tmp_path / "damaged", content + more)


def test_pages_of_zeros_and_parts_of_another_file(whole, tmp_path):
    content = whole.read_bytes()
    other = b"".join(bytes(part) for part in encoded(ARRAYS | {"w": -ARRAYS["w"]}, {"format": 1, "words": "x"}))
    for begin in range(0, len(content), 64):
        zeros = content[:begin] + b"\0" * len(content[begin : begin + 64]) + content[begin + 64 :]
        if zeros != content:
            is_refused(tmp_path / "damaged", zeros)
        if 0 < begin < len(other):
            is_refused(tmp_path / "damaged", content[:begin] + other[begin:])


def header(entries, meta=None, data=b""):
    rows = {**({} if meta is None else {"__metadata__": meta}), **entries}
    text = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(dtype="F32", shape=(2,), offsets=(0, 8), **more):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets, **more}


def raw(text, data=b""):
    return len(text).to_bytes(8, "little") + text + data


EIGHT = b"\0" * 8
HOSTILE = {
    "empty": b"", "short": b"abc", "text": b"hello, world, this is no such file", "zeros": bytes(4096),
    "a huge header": (2**63).to_bytes(8, "little") + b"{}",
    "a long header": (2**25 + 1).to_bytes(8, "little") + b"{}" * 20,
    "no object": raw(b"[]"), "no JSON": raw(b"{nope}"), "a name twice": raw(b'{"a":1,"a":2}'), "NaN": raw(b'{"a":NaN}'),
    "infinity": raw(b'{"a":1e999}'), "depth": raw(b"[" * 100_000), "depth of objects": raw(b'{"a":' * 50_000),
    "not UTF-8": raw(b'{"\xff":1}'), "metadata no text": header({}, {"a": 1}), "metadata a list": header({}, ["a"]),
    "no dtype": header({"a": {"shape": [2], "data_offsets": [0, 8]}}, data=EIGHT),
    "unknown dtype": header({"a": entry("F8")}, data=EIGHT), "dtype a number": header({"a": entry(4)}, data=EIGHT),
    "more fields": header({"a": entry(extra=1)}, data=EIGHT), "entry a list": header({"a": [1, 2, 3]}, data=EIGHT),
    "negative shape": header({"a": entry(shape=(-2,))}, data=EIGHT),
    "shape of floats": header({"a": entry(shape=(2.0,))}, data=EIGHT),
    "shape of booleans": header({"a": entry("F64", shape=(True,))}, data=EIGHT),
    "shape a number": header({"a": entry(shape=2)}, data=EIGHT),
    "overflow": header({"a": entry(shape=(2**32, 2**32), offsets=(0, 0))}),
    "many axes": header({"a": entry(shape=(1,) * 33, offsets=(0, 4))}, data=EIGHT[:4]),
    "wrong size": header({"a": entry(shape=(3,))}, data=EIGHT),
    "beyond the end": header({"a": entry()}, data=EIGHT[:7]),
    "a hole": header({"a": entry(offsets=(8, 16))}, data=EIGHT * 2),
    "behind the end": header({"a": entry()}, data=EIGHT * 2),
    "overlap": header({"a": entry(), "b": entry(offsets=(4, 12))}, data=EIGHT * 2),
    "the same place": header({"a": entry(), "b": entry()}, data=EIGHT),
    "backwards": header({"a": entry(offsets=(8, 0))}, data=EIGHT),
    "three offsets": header({"a": entry(offsets=(0, 4, 8))}, data=EIGHT),
    "a terabyte": header({"a": entry(shape=(2**38,), offsets=(0, 2**40))}, data=EIGHT),
    "ours without digests": header({}, {"chainrule": "{}"}),
    "ours with a wrong seal": header({}, {"chainrule": "{}", "chainrule.digests": "{}", "chainrule.header": "0" * 32}),
    "pickle": b"\x80\x04\x95" + bytes(50), "zip": b"PK\x03\x04" + bytes(50), "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(50),
    "a NumPy array": b"\x93NUMPY\x01\x00" + bytes(50),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_every_door(name, tmp_path):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(HOSTILE[name])
    net = nn.Linear(2, 1)
    doors = [
        lambda: cr.load(path), lambda: cr.load_into(net, path),
        lambda: cr.Trainer(net, nn.MSELoss(), seed=0).fit((X, Y), resume=path, progress=False),
    ]
    for door in doors:
        with pytest.raises(cr.FileError, match=r"damaged\.safetensors"):
            door()


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, tmp_path / "nothing", "/dev/zero", "a\0b"):
        with pytest.raises(cr.FileError):
            cr.load(path)
        with pytest.raises(cr.FileError):
            cr.load_into(nn.Linear(1, 1), path)


def test_more_tensors_than_there_may_be(tmp_path):
    entries = {str(i): entry(shape=(0,), offsets=(0, 0)) for i in range(70_000)}
    (tmp_path / "many").write_bytes(header(entries))
    with pytest.raises(cr.FileError, match="70000 tensors"), opened(tmp_path / "many"):
        pass


def test_a_foreign_kind_is_named(tmp_path):
    for name, word in (("pickle", "pickle"), ("zip", "zip"), ("HDF5", "HDF5")):
        (tmp_path / name).write_bytes(HOSTILE[name])
        with pytest.raises(cr.FileError, match=word):
            cr.load(tmp_path / name)


# --- checkpoints ----------------------------------------------------------------------------------------------------


def run(folder, epochs, **options):
    cr.manual_seed(0)
    net = nn.MLP([2, 6, 1], dropout=0.1)
    used = cr.Trainer(net, nn.BCEWithLogitsLoss(), seed=0, callbacks=[train.Checkpoint(folder, every_epochs=1)])
    used.fit((X, Y), epochs=epochs, progress=False, **options)
    return b"".join(tensor.numpy().tobytes() for tensor in net.state_dict().values())


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "folder"
    run(folder, 4)
    return folder, run(folder.parent / "whole", 6)


DAMAGES = {
    "a bit": lambda content: content[:-5] + bytes([content[-5] ^ 1]) + content[-4:],
    "a bit in the header": lambda content: content[:100] + bytes([content[100] ^ 4]) + content[101:],
    "half": lambda content: content[: len(content) // 2],
    "zeros": lambda content: bytes(len(content)),
    "nothing": lambda content: b"",
    "foreign": lambda content: header({"0.weight": entry(shape=(2,))}, data=EIGHT),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_older_good_one_is_used_aloud(damage, checkpoints, tmp_path):
    folder, expected = checkpoints
    shutil.copytree(folder, tmp_path / "run")
    newest = max((tmp_path / "run").glob("checkpoint-*"))
    newest.write_bytes(DAMAGES[damage](newest.read_bytes()))
    with pytest.warns(cr.ChainruleWarning, match="checkpoint-000000006"):
        found = run(tmp_path / "run", 6, resume=tmp_path / "run")
    assert found == expected
    assert Folder(tmp_path / "run").newest() is not None  # what was broken has been written anew


def test_none_that_is_whole_is_an_error(checkpoints, tmp_path):
    shutil.copytree(checkpoints[0], tmp_path / "run")
    for path in (tmp_path / "run").iterdir():
        path.write_bytes(b"gone")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    with pytest.raises(cr.FileError, match="3 checkpoints, none of them whole"):
        run(tmp_path / "run", 6, resume=tmp_path / "run")
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}


def test_a_checkpoint_under_another_name_is_passed_over(checkpoints, tmp_path):
    folder, expected = checkpoints
    shutil.copytree(folder, tmp_path / "run")
    names = sorted((tmp_path / "run").glob("checkpoint-*"))
    shutil.copy(names[0], names[-1])
    with pytest.warns(cr.ChainruleWarning, match="step 4 under this name"):
        assert run(tmp_path / "run", 6, resume=tmp_path / "run") == expected
