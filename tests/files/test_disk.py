"""Writing at every instant interrupted: killed, without power, on a disk that is full, broken or locked."""

import os
import resource
import signal
from contextlib import nullcontext

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, train
from chainrule.files.container import encoded
from chainrule.files.disk import Current
from chainrule.files.folder import Folder
from chainrule.files.storing import store
from tests.files.fake_disk import FAULTS, FailingDisk, Forgetful, Killed, lay_out

X, Y = cr.data.moons(60, noise=0.1, seed=0)


def net(seed):
    cr.manual_seed(seed)
    return nn.MLP([2, 16, 1])


def trainer(*callbacks):
    return cr.Trainer(net(0), nn.BCEWithLogitsLoss(), callbacks=callbacks, seed=0)


def numbers(module):
    return b"".join(tensor.numpy().tobytes() for tensor in module.state_dict().values())


def save_module(folder, seed):
    cr.save(net(seed), folder / "net.safetensors")


def save_trainer(folder, seed):
    cr.save(cr.Trainer(net(seed), nn.BCEWithLogitsLoss(), seed=0), folder / "net.safetensors")


KINDS = {"module": save_module, "trainer": save_trainer}


def held(folder):
    found = cr.load(folder / "net.safetensors")
    return numbers(found if isinstance(found, nn.Module) else found.model)


def calls_of(save, folder):
    with FailingDisk(10**9, None) as disk:
        save(folder, 1)
    return len(disk.calls)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_save_killed_at_every_call_leaves_the_old_file_or_the_new_one(kind, whole, tmp_path):
    save = KINDS[kind]
    count = calls_of(save, tmp_path)
    assert count > 5
    seen = set()
    for at in range(count):
        save(tmp_path, 1)
        with FailingDisk(at, None, whole=whole), pytest.raises(Killed):
            save(tmp_path, 2)
        found = held(tmp_path)
        assert found in (numbers(net(1)), numbers(net(2)))
        seen.add(found)
    assert len(seen) == 2  # both happen


@pytest.mark.parametrize("error", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_failing_disk_is_one_error_and_leaves_the_old_file(kind, error, tmp_path):
    save = KINDS[kind]
    for at in range(calls_of(save, tmp_path)):
        save(tmp_path, 1)
        with FailingDisk(at, error) as disk, pytest.raises(cr.FileError, match=r"net\.safetensors") as caught:
            save(tmp_path, 2)
        assert os.strerror(error) in str(caught.value)
        replaced = disk.calls[at] == "sync_folder"  # the new one is there, and may yet be lost with the power
        assert held(tmp_path) == numbers(net(2 if replaced else 1))
        assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


def run(folder, epochs=8, **options):
    used = trainer(train.Checkpoint(folder, every_epochs=1, keep=2))
    used.fit((X, Y), epochs=epochs, progress=False, **options)
    return used


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_a_fit_killed_at_any_call_of_its_checkpoints_is_resumed_to_the_same_bytes(every, tmp_path):
    expected = numbers(run(tmp_path / "whole", 4).model)
    with FailingDisk(10**9, None) as disk:
        run(tmp_path / "counted", 4)
    assert len(disk.calls) > 20
    for at in range(0, len(disk.calls), every):
        folder = tmp_path / f"run{at}"
        with FailingDisk(at, None), pytest.raises(Killed):
            run(folder, 4)
        assert numbers(run(folder, 4, resume=folder).model) == expected
        assert not list(folder.glob("*.part"))  # orphans are removed
        assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("error", [FAULTS[0], *(pytest.param(error, marks=pytest.mark.slow) for error in FAULTS[1:])])
def test_a_fit_on_a_failing_disk_ends_with_one_error_and_can_be_resumed(error, tmp_path):
    expected = numbers(run(tmp_path / "whole", 5).model)
    with FailingDisk(10**9, None) as disk:
        run(tmp_path / "counted", 5)
    calls = disk.calls
    for at in range(0, len(calls), 5):
        folder = tmp_path / f"{error}-{at}"
        with FailingDisk(at, error) as disk:
            harmless = calls[at] == "remove"  # an old checkpoint that cannot be removed stays
            with nullcontext() if harmless else pytest.raises(cr.FileError, match=r"^Checkpoint\.on_"):
                run(folder, 5)
        assert disk.calls[at] == calls[at]
        assert numbers(run(folder, 5, resume=folder).model) == expected


def checkpoint(step):
    return {"w": np.full(300, step, np.float32)}, {"format": 1, "state": {"step": step}}


def test_the_last_acknowledged_checkpoint_survives_a_power_cut(tmp_path):
    folder = Folder(tmp_path)
    with Forgetful() as disk:
        for step in range(1, 8):
            name = folder.file(step).name
            folder.write(name, *checkpoint(step))
            disk.told.append(name)
            folder.prune(step, 2)
    looked = 0
    for contents, told in disk.crashes():
        lay_out(tmp_path, contents)
        if not told:
            continue
        looked += 1
        with pytest.warns() if _broken(contents, told) else nullcontext():
            newest = folder.newest()
        assert newest is not None
        assert newest.name >= told[-1]
    assert looked > 200


def _broken(contents, told):
    newer = [name for name in contents if name > told[-1] and name.endswith(".safetensors")]
    whole = {b"".join(bytes(part) for part in encoded(*checkpoint(step))) for step in range(1, 8)}
    return any(contents[name] not in whole for name in newer)


def test_the_test_of_the_power_cut_can_fail(tmp_path, monkeypatch):
    """Without waiting for the disk, a power cut loses what was told to be safe."""
    monkeypatch.setattr(Forgetful, "sync", lambda self, file: None)
    with Forgetful() as disk:
        store(tmp_path / "a.safetensors", encoded({"w": np.ones(300)}, {}))
        disk.told.append("a.safetensors")
        disk._note()
    assert any(told and not any(contents.get("a.safetensors", b"")) for contents, told in disk.crashes())


def test_a_limit_on_the_size_of_files_is_an_error(tmp_path):
    cr.save(net(1), tmp_path / "net.safetensors")
    big = nn.Linear(200, 200)
    before = resource.getrlimit(resource.RLIMIT_FSIZE), signal.getsignal(signal.SIGXFSZ)
    try:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[0][1]))
        with pytest.raises(cr.FileError):
            cr.save(big, tmp_path / "net.safetensors")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before[0])
        signal.signal(signal.SIGXFSZ, before[1])
    assert held(tmp_path) == numbers(net(1))
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


def test_a_folder_that_is_not_there_or_is_a_file(tmp_path):
    with pytest.raises(cr.FileError, match="nowhere"):
        cr.save(net(1), tmp_path / "nowhere" / "net.safetensors")
    (tmp_path / "file").write_text("")
    with pytest.raises(cr.FileError):
        cr.save(net(1), tmp_path / "file" / "net.safetensors")
    (tmp_path / "folder").mkdir()
    with pytest.raises(cr.FileError):
        cr.save(net(1), tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
    with pytest.raises(cr.FileError, match="Checkpoint"):
        run(tmp_path / "file" / "run", 1)


def test_a_link_is_followed(tmp_path):
    cr.save(net(1), tmp_path / "net.safetensors")
    (tmp_path / "link.safetensors").symlink_to(tmp_path / "net.safetensors")
    cr.save(net(2), tmp_path / "link.safetensors")
    assert (tmp_path / "link.safetensors").is_symlink()
    assert held(tmp_path) == numbers(net(2))


def test_a_circle_of_links(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(cr.FileError):
        cr.save(net(1), tmp_path / "a" / "net.safetensors")
    for name in ("a", "a/net.safetensors"):
        with pytest.raises(cr.FileError):
            cr.load(tmp_path / name)


def test_the_disk_of_the_machine_is_in_force():
    assert type(Current.disk).__name__ == "Disk"
