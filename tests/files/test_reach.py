"""Loading reaches for nothing: no pickle, code, process, network, no other file, no memory beyond the file's own."""

import ast
import copy
import subprocess
import sys
import tracemalloc
from contextlib import suppress

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.files.container import encoded, opened
from chainrule.files.storing import store
from tests.files.test_load import WICKED, notes
from tests.house import source

X, Y = cr.data.spirals(60, arms=3, seed=0)

PROGRAM = """
import sys
from pathlib import Path
import chainrule as cr
from chainrule import nn, optim, train

folder = Path(sys.argv[1]).resolve()
X, y = cr.data.spirals(60, arms=3, seed=0)

def work(folder):
    cr.manual_seed(0)
    net = nn.MLP([2, 8, 3], dropout=0.1, norm="batch")
    for epochs in (2, 4):
        keep = train.Checkpoint(folder / "run", every_epochs=1, best="loss")
        adam = optim.AdamW(net.parameters())
        trainer = cr.Trainer(net, nn.CrossEntropyLoss(), adam, callbacks=[keep, train.EarlyStopping("loss")], seed=0,
                             schedule=optim.schedules.cosine(0.01, 100))
        trainer.fit((X, y), epochs=epochs, resume=folder / "run", progress=False)
    cr.save(net, folder / "net.safetensors")
    cr.load(folder / "net.safetensors")
    cr.save(trainer, folder / "trainer.safetensors")
    cr.load(folder / "trainer.safetensors").predict(X)
    cr.load_into(net, folder / "run" / "best.safetensors")

work(folder / "warm")  # what is compiled and imported once is no concern of files
print(sys.argv[2:])
FORBIDDEN = {"pickle.find_class", "marshal.loads", "marshal.load", "exec", "compile", "import", "os.system", "os.exec",
             "os.posix_spawn", "subprocess.Popen", "socket.connect", "socket.bind", "ctypes.dlopen", "os.chmod"}
PLACES = ("chainrule/files/", "train/state.py", "train/resuming.py", "callbacks/checkpoint.py")
seen = []

def watch(event, args):
    if event in FORBIDDEN or (event == "open" and not str(args[0]).startswith(str(folder))):
        frame = sys._getframe()
        while frame is not None:  # compiling a training step is no concern of files either
            if any(place in frame.f_code.co_filename for place in PLACES):
                seen.append((event, str(args)[:200]))
                return
            frame = frame.f_back

if sys.argv[2:]:
    import pickle
    from chainrule.files import loading
    honest = loading.put_together
    loading.put_together = lambda *given: pickle.loads(pickle.dumps(OSError)) and honest(*given)
sys.addaudithook(watch)
work(folder / "watched")
print(seen)
sys.exit(bool(seen))
"""


def watched(folder, *more):
    command = [sys.executable, "-c", PROGRAM, folder, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={
        "PYTHONPATH": str(source.ROOT), "PATH": "/usr/bin", "HOME": str(folder),
    })


@pytest.mark.slow
def test_nothing_is_reached_for(tmp_path):
    done = watched(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_the_watch_can_fail(tmp_path):
    done = watched(tmp_path, "pickle")
    assert done.returncode == 1
    assert "pickle.find_class" in done.stdout


def test_no_module_of_files_imports_what_runs_code():
    known = {name: module for name, module in source.modules().items() if name.startswith("chainrule.files")}
    assert len(known) > 8
    for module in known.values():
        names = {found.module.split(".")[0] for found in source.imports(module)}
        assert not names & {"pickle", "marshal", "shelve", "importlib", "subprocess", "ctypes", "runpy", "copyreg"}
        used = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
        assert not used & {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize("name", [name for name in WICKED if WICKED[name] is not None])
def test_a_wicked_file_takes_no_memory(name, tmp_path):
    path = tmp_path / "wicked.safetensors"
    store(path, encoded({"weight": np.zeros((2, 2), np.float32)}, notes(WICKED[name])))
    tracemalloc.start()
    try:
        with pytest.raises(cr.FileError):
            cr.load(path)
        assert tracemalloc.get_traced_memory()[1] < 30e6
    finally:
        tracemalloc.stop()


# --- wicked states: whole files, sealed anew, whose notes somebody has changed --------------------------------------


def trainer():
    cr.manual_seed(0)
    net = nn.MLP([2, 6, 3], dropout=0.1, norm="batch")
    sgd = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    step = optim.lr_scheduler.StepLR(sgd, 2)
    return cr.Trainer(net, nn.CrossEntropyLoss(), sgd, metrics=["accuracy"], schedule=step, seed=0)


VALUES = (
    None, -1, 0, 3, 10**30, 0.5, "word", [], {}, [1], True, {"$array": "chainrule/none"}, {"$tuple": [1]}, {"$x": 1},
)


def mutated(data, rng):
    """The same plain data with one place changed."""
    changed = copy.deepcopy(data)
    holders = []

    def walk(part):
        keys = part.keys() if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
        for key in keys:
            holders.append((part, key))
            walk(part[key])

    walk(changed)
    holder, key = holders[rng.integers(len(holders))]
    if rng.random() < 0.3:
        del holder[key]
    else:
        holder[key] = VALUES[rng.integers(len(VALUES))]
    return changed


def bytes_of(used):
    return b"".join(t.numpy().tobytes() for t in used.model.state_dict().values()), used.epoch, used.step, used.seed


def mutants(tmp_path, count):
    """Whole files with wicked states: each is refused in our words, and then nothing has changed, or it is taken."""
    callbacks = [train.Checkpoint(tmp_path / "run", every_minutes=0), train.EarlyStopping("loss", patience=2)]
    used = trainer()
    used.callbacks = [*callbacks, train.LambdaCallback(on_batch_end=lambda t: t.step == 5 and t.stop("here"))]
    used.fit((X, Y), epochs=3, batch_size=16, progress=False)
    path = sorted((tmp_path / "run").iterdir())[-2]
    with opened(path) as file:
        arrays, kept = {name: file.read(name) for name in file.entries}, file.notes
    rng, verdicts = np.random.default_rng(0), []
    for _ in range(count):
        wicked = tmp_path / "wicked.safetensors"
        store(wicked, encoded(arrays, mutated(kept, rng)))
        verdicts.append(is_taken(wicked))
        with suppress(cr.ChainruleError, cr.ChainruleWarning):
            cr.load(wicked)
        folder = tmp_path / "folder"
        folder.mkdir(exist_ok=True)
        (folder / path.name).write_bytes(wicked.read_bytes())
        for resume in (wicked, folder):
            with suppress(cr.ChainruleError, cr.ChainruleWarning):
                trainer().fit((X, Y), epochs=1, batch_size=16, progress=False, resume=resume)
    return verdicts


def is_taken(wicked):
    other = trainer()
    before = bytes_of(other)
    try:
        cr.load_into(other, wicked)
    except cr.ChainruleError as error:
        told = str(error)
    else:
        return True
    assert "wicked" in told
    assert bytes_of(other) == before
    return False


def test_wicked_states_are_refused_in_our_words(tmp_path):
    assert mutants(tmp_path, 60).count(False) > 10


@pytest.mark.night
def test_many_wicked_states_are_refused_in_our_words(tmp_path):
    assert mutants(tmp_path, 1000).count(False) > 100
