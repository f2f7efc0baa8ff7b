"""The file of a table's model: rot, torn ends, foreign files are refused; a disk that fails leaves the old one."""

import errno
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.files.container import encoded, opened
from tests.files.fake_disk import FailingDisk, Killed


@pytest.fixture(scope="module")
def model():
    rows = {"x": [float(i % 7) for i in range(70)], "w": list("abcde") * 14, "y": ["up", "down"] * 35}
    frame = pd.DataFrame(rows)
    return cr.tables.fit(frame, "y", hidden=(3,), epochs=2, progress=False)


@pytest.fixture
def saved(model, tmp_path):
    path = tmp_path / "model.safetensors"
    model.save(path)
    return path


def is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(cr.FileError, match=path.name) as caught:
        cr.tables.load(path)
    assert all(caught.value.part(name) for name in ("got", "expected", "try"))
    return str(caught.value)


def changed(path, change):
    """The bytes of a file whose digests are right, but whose notes somebody has changed."""
    with opened(path) as file:
        arrays = {name: file.read(name) for name in file.entries}
        notes = json.loads(json.dumps(file.notes))
    change(notes, arrays)
    return b"".join(bytes(part) for part in encoded(arrays, notes))


def test_every_byte_counts(saved, tmp_path):
    content = saved.read_bytes()
    for place in range(len(content)):
        rotten = bytearray(content)
        rotten[place] ^= 1 << place % 8
        is_refused(tmp_path / "rotten", rotten)


def test_every_end_counts(saved, tmp_path):
    content = saved.read_bytes()
    for length in (*range(0, len(content), 97), len(content) - 1):
        is_refused(tmp_path / "torn", content[:length])
    is_refused(tmp_path / "torn", content + b"\0")


def test_files_of_others(tmp_path):
    net = tmp_path / "net"
    cr.save(nn.MLP([2, 3, 1]), net)
    assert "cr.load" in is_refused(net, net.read_bytes())
    plain = b"".join(bytes(part) for part in encoded({"a": np.zeros(3)}, {}))
    for content in (b"", b"PK\3\4" + b"\0" * 99, b"\x80\4K\1.", b"x,y\n1,2\n", plain):
        is_refused(tmp_path / "foreign", content)


@pytest.mark.parametrize(
    "change",
    [
        lambda notes, arrays: notes.update(format=2),
        lambda notes, arrays: notes.pop("schema"),
        lambda notes, arrays: notes["schema"].update(fields=[]),
        lambda notes, arrays: notes["schema"]["fields"][0].update(kind="code"),
        lambda notes, arrays: notes["schema"]["fields"][1].update(embedded=10**12),
        lambda notes, arrays: notes["design"].update(sizes=[notes["design"]["sizes"][0], 10**15, 1]),
        lambda notes, arrays: notes["design"].update(sizes=[notes["design"]["sizes"][0], -3, 1]),
        lambda notes, arrays: notes["design"].update(sizes=[]),
        lambda notes, arrays: notes["design"].update(activation="os.system"),
        lambda notes, arrays: notes["design"].update(dropout=7.0),
        lambda notes, arrays: arrays.update({"more": np.zeros(3, np.float32)}),
        lambda notes, arrays: arrays.update({"other": arrays.pop("0.weight")}),
        lambda notes, arrays: arrays.update({"0.weight": arrays["0.weight"].T.copy()}),
        lambda notes, arrays: arrays.update({"0.weight": np.full_like(arrays["0.weight"], np.nan)}),
    ],
)
def test_notes_that_lie_are_refused(saved, tmp_path, change):
    is_refused(tmp_path / "lies", changed(saved, change))


def test_the_same_notes_again_are_the_same_file(saved):
    assert changed(saved, lambda notes, arrays: None) == saved.read_bytes()


def test_a_model_comes_back_and_leaves_random_numbers_alone(model, saved):
    rows = pd.DataFrame({"x": [1.0, np.nan, 99.0], "w": ["a", "new", None]})
    cr.manual_seed(3)
    before = cr.rand(4).numpy()
    cr.manual_seed(3)
    again = cr.tables.load(saved)
    assert (cr.rand(4).numpy() == before).all()
    assert (again.predict_proba(rows) == model.predict_proba(rows)).all()


def test_what_reads_networks_says_where_to_turn(model, saved):
    with pytest.raises(cr.FileError, match=r"cr\.tables\.load"):
        cr.load(saved)
    fresh = cr.load_into(nn.MLP(model.design.sizes, dropout=model.design.dropout), saved)
    assert (fresh.state_dict()["0.weight"].numpy() == model.network.state_dict()["0.weight"].numpy()).all()


def test_a_disk_that_fails_or_a_kill_leaves_the_file_of_before(model, saved):
    whole = saved.read_bytes()
    with FailingDisk(10**9, None) as disk:
        model.save(saved)
    steps = len(disk.calls)
    assert {"sync", "replace", "sync_folder"} <= set(disk.calls)
    old = b"old"
    for at in range(steps):
        saved.write_bytes(old)
        with FailingDisk(at, errno.ENOSPC), pytest.raises(cr.FileError, match="No space"):
            model.save(saved)
        assert saved.read_bytes() in (old, whole)
        assert sorted(path.name for path in saved.parent.iterdir()) == [saved.name]
        saved.write_bytes(old)
        with FailingDisk(at, None), pytest.raises(Killed):
            model.save(saved)
        assert saved.read_bytes() in (old, whole)
        Path(f"{saved}.part").unlink(missing_ok=True)


def test_numbers_that_change_places_are_found(saved, tmp_path):
    content = bytearray(saved.read_bytes())
    assert content[-8:-4] != content[-4:]
    content[-8:] = content[-4:] + content[-8:-4]
    assert "than were written" in is_refused(tmp_path / "swapped", content)
