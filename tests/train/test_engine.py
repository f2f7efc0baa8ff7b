"""The compiled engine in a fit: the same training as NumPy's, the same bytes however it is cut into calls."""

import copy
import subprocess
import sys
import threading
import tracemalloc

import numpy as np
import pytest

import chainrule as cr
from chainrule import config, nn, optim, train
from chainrule.nn import functional as F
from chainrule.train.engine import running

pytestmark = pytest.mark.skipif(not config.can_compile(), reason="needs llvmlite")

X, Y = cr.data.spirals(70, arms=3, noise=0.1, seed=1)
NUMBERS = np.stack([X[:, 0] * 2 - X[:, 1], X[:, 0] ** 2], axis=1)
FITTING = ("batch_size", "validation", "shuffle", "sample_weight", "steps", "epochs", "progress")


class Mixed(nn.Module):
    """Shared weights, a branch around, a buffer, a number that counts calls for itself."""

    def __init__(self):
        super().__init__()
        self.first, self.again = nn.Linear(2, 5), nn.Linear(5, 5)
        self.last = nn.Linear(5, 3)
        self.register_buffer("scale", cr.tensor([0.5]))

    def forward(self, x):
        h = self.first(x).tanh()
        return self.last(self.again(self.again(h).relu()) + h * self.scale)


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(7, 4), nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.table(x).mean(1))


def dense(**options):
    return lambda: nn.MLP([2, 9, 3], **{"activation": "tanh", **options})


def two_groups(model):
    first, *rest = list(model.parameters())
    return [{"params": [first]}, {"params": rest, "lr": 0.05}]


def trained(engine, build=None, loss=None, rule=None, data=(X, Y), fits=(4,), groups=None, **options):
    """A Trainer after some fits, and the history of each."""
    cr.manual_seed(0)
    model = (build or dense())()
    fitting = {"batch_size": 16, "progress": False, **{k: options.pop(k) for k in FITTING if k in options}}
    parameters = list(model.parameters()) if groups is None else groups(model)
    optimizer = (rule or (lambda p: optim.Adam(p, lr=0.02)))(parameters)
    made = {name: value(optimizer) if name == "schedule" else value for name, value in options.items()}
    made = {"seed": 3, "engine": engine, "dtype": "float64", **made}
    trainer = cr.Trainer(model, loss or nn.CrossEntropyLoss(), optimizer, **made)
    histories = [trainer.fit(data, **{"epochs": epochs, **fitting}) for epochs in fits]
    return trainer, histories


def state(trainer):
    """All that a training leaves behind, as bytes."""
    tensors = [*trainer.model.parameters(), *trainer.model.buffers()]
    kept = [value for held in trainer.optimizer.state.values() for value in held.values()]
    arrays = [np.asarray(part).tobytes() for part in (*tensors, *kept) if not isinstance(part, list)]
    return arrays, trainer.noise.get_state(), trainer.epoch, trainer.step


def close(one, other, **tolerance):
    """Both trainings came to the same: curves, weights, running statistics, state, noise and counters."""
    (a, mine), (b, theirs) = one, other
    for x, y in zip(mine, theirs, strict=True):
        assert x.epoch == y.epoch
        assert x.keys() == y.keys()
        for name in x:
            np.testing.assert_allclose(x[name], y[name], **{"rtol": 1e-8, "atol": 1e-11, **tolerance}, err_msg=name)
    for x, y in zip(
        [*a.model.parameters(), *a.model.buffers()], [*b.model.parameters(), *b.model.buffers()], strict=True
    ):
        np.testing.assert_allclose(x.numpy(), y.numpy(), **{"rtol": 1e-7, "atol": 1e-9, **tolerance})
    for x, y in zip(a.optimizer.state.values(), b.optimizer.state.values(), strict=True):
        assert x.keys() == y.keys()
        for name in x:
            np.testing.assert_allclose(x[name].numpy(), y[name].numpy(), **{"rtol": 1e-6, "atol": 1e-9, **tolerance})
    assert a.noise.get_state() == b.noise.get_state()
    assert (a.epoch, a.step) == (b.epoch, b.step)
    assert [g["lr"] for g in a.optimizer.param_groups] == [g["lr"] for g in b.optimizer.param_groups]


TABLE = {
    "plain": {},
    "one batch of all": {"batch_size": 70},
    "more than all": {"batch_size": 1000},
    "even batches": {"batch_size": 14},
    "single rows": {"batch_size": 1},
    "in order": {"shuffle": False},
    "two fits": {"fits": (2, 3)},
    "dropout": {"build": dense(dropout=0.3)},
    "dropout and norm": {"build": dense(dropout=0.3, norm="batch")},
    "a single row joins": {"build": dense(norm="batch"), "batch_size": 23},
    "layer norm": {"build": dense(norm="layer")},
    "float32": {"dtype": "float32"},
    "sgd": {"rule": lambda p: optim.SGD(p, lr=0.1)},
    "momentum": {"rule": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)},
    "nesterov": {"rule": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)},
    "rmsprop": {"rule": lambda p: optim.RMSprop(p, lr=0.01)},
    "adagrad": {"rule": lambda p: optim.Adagrad(p, lr=0.1)},
    "adadelta": {"rule": optim.Adadelta},
    "adamw": {"rule": lambda p: optim.AdamW(p, lr=0.01)},
    "nadam": {"rule": lambda p: optim.NAdam(p, lr=0.01)},
    "lion": {"rule": lambda p: optim.Lion(p, lr=0.01)},
    "amsgrad": {"rule": lambda p: optim.Adam(p, lr=0.01, amsgrad=True)},
    "groups": {"groups": two_groups},
    "clip norm": {"clip_norm": 0.1},
    "clip value": {"clip_value": 0.01},
    "metrics": {"metrics": ["accuracy", "f1"]},
    "metrics on few": {"metrics": ["accuracy"], "batch_size": 1},
    "validation": {"validation": 0.3, "metrics": ["accuracy"]},
    "validation of noise": {"validation": 0.3, "build": dense(dropout=0.3, norm="batch")},
    "schedule": {"schedule": lambda o: optim.schedules.cosine(0.05, steps=15, warmup=3)},
    "schedule of groups": {
        "schedule": lambda o: optim.schedules.cosine(0.05, steps=15, warmup=3), "groups": two_groups,
    },
    "scheduler": {"schedule": lambda o: optim.lr_scheduler.StepLR(o, 2, gamma=0.5)},
    "two schedulers": {
        "schedule": lambda o: [
            optim.lr_scheduler.StepLR(o, 2, gamma=0.5), optim.lr_scheduler.ReduceLROnPlateau(o, patience=0),
        ],
    },
    "one cycle": {"schedule": lambda o: optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=10)},
    "plateau": {"schedule": lambda o: optim.lr_scheduler.ReduceLROnPlateau(o, patience=0, factor=0.5), "fits": (9,)},
    "weights of rows": {"sample_weight": np.linspace(0, 2, 70)},
    "weights of classes": {"class_weight": {0: 2.0, 2: 0.5}},
    "classes in the loss": {"loss": nn.CrossEntropyLoss(weight=[1.0, 2.0, 0.5], ignore_index=1)},
    "a loss that sums": {"loss": nn.CrossEntropyLoss(reduction="sum"), "rule": lambda p: optim.SGD(p, lr=0.01)},
    "a function": {"loss": F.cross_entropy},
    "numbers": {"loss": nn.MSELoss(), "build": lambda: nn.MLP([2, 9, 2]), "data": (X, NUMBERS)},
    "huber": {"loss": nn.HuberLoss(), "build": lambda: nn.MLP([2, 9, 2]), "data": (X, NUMBERS)},
    "two classes": {"loss": nn.BCEWithLogitsLoss(), "build": lambda: nn.MLP([2, 9, 1]), "data": (X, Y[:, None] > 0)},
    "learning itself": {"loss": nn.MSELoss(), "build": lambda: nn.MLP([2, 1, 2]), "data": (X,)},
    "a module of one's own": {"build": Mixed},
    "words": {"build": Words, "data": (np.random.default_rng(0).integers(0, 7, (70, 3)), Y)},
    "steps": {"steps": 7, "epochs": None},
    "steps of epochs": {"steps": 7, "epochs": 5},
}


@pytest.mark.parametrize("name", TABLE)
def test_engines_agree(name):
    options = dict(TABLE[name])
    one, other = trained("numpy", **options), trained("numba", **options)
    report = other[0].report()
    assert (report.engine, report.reason) == ("numba", "")
    assert report.steps > 0
    small = options.get("dtype") == "float32"
    close(one, other, **({"rtol": 2e-3, "atol": 2e-4} if small else {}))


@pytest.mark.parametrize("name", ["plain", "dropout and norm", "validation", "schedule", "scheduler", "metrics"])
@pytest.mark.parametrize("most", [1, 2, 7])
def test_the_bytes_do_not_depend_on_how_many_steps_a_call_has(name, most, monkeypatch):
    whole, histories = trained("numba", **TABLE[name])
    monkeypatch.setattr(running, "AT_ONCE", 0.0)
    monkeypatch.setattr(running.Running, "most", most, raising=False)
    cut, others = trained("numba", **TABLE[name])
    assert cut.report().calls > whole.report().calls
    assert state(cut) == state(whole)
    assert [h.history for h in histories] == [h.history for h in others]


def test_a_second_fit_goes_on_where_the_first_one_ended():
    options = {"build": dense(dropout=0.3, norm="batch"), "validation": 0.2, "metrics": ["accuracy"]}
    whole, (history,) = trained("numba", fits=(5,), **options)
    parts, (first, second) = trained("numba", fits=(2, 3), **options)
    assert state(parts) == state(whole)
    assert first["loss"] + second["loss"] == history["loss"]
    assert first["val_accuracy"] + second["val_accuracy"] == history["val_accuracy"]


def test_the_bytes_do_not_depend_on_threads():
    data = (np.random.default_rng(0).normal(size=(300, 200)), np.arange(300) % 5)
    found = []
    for threads in (1, 2, 4):
        with cr.settings(threads=threads):
            used, _ = trained("numba", build=lambda: nn.MLP([200, 120, 60, 5]), data=data, batch_size=128, fits=(3,))
        found.append(state(used))
    assert found[0] == found[1] == found[2]


def test_concurrent_fits_are_what_they_are_one_after_the_other():
    options = {"build": dense(dropout=0.3), "metrics": ["accuracy"], "fits": (6,)}
    alone = state(trained("numba", **options)[0])
    found, errors = [], []

    def run():
        try:
            cr_model = dense(dropout=0.3)
            with lock:
                cr.manual_seed(0)
                model = cr_model()
            trainer = cr.Trainer(
                model, nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=0.02), ["accuracy"], seed=3,
                engine="numba", dtype="float64",
            )
            trainer.fit((X, Y), epochs=6, batch_size=16, progress=False)
            assert trainer.report().engine == "numba"
            found.append(state(trainer))
        except BaseException as error:  # noqa: BLE001 - it is told below
            errors.append(error)

    lock = threading.Lock()
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert found == [alone] * 4


PROGRAM = """
import hashlib
from tests.train.test_engine import TABLE, state, trained
used, _ = trained("numba", **TABLE["dropout and norm"])
print(hashlib.sha256(repr(state(used)).encode()).hexdigest())
"""


def test_the_bytes_are_the_same_in_any_process():
    found = [
        subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert found[0] == found[1]


# --- callbacks ------------------------------------------------------------------------------------------------------


class Reader(train.Callback):
    """Reads the history, and stops at some epoch."""

    reads = "history"

    def __init__(self, last):
        self.last, self.seen = last, []

    def on_epoch_end(self, trainer):
        self.seen.append((trainer.epoch, trainer.step, trainer.history.last["loss"]))
        if trainer.epoch == self.last:
            trainer.stop("enough")


def test_stopping_takes_back_what_was_run_too_far():
    reader = Reader(37)
    used, (history,) = trained("numba", fits=(500,), callbacks=[reader], build=dense(dropout=0.1))
    plain, (other,) = trained("numba", fits=(38,), build=dense(dropout=0.1))
    assert used.report().calls < 10
    assert history.stopped == "enough"
    assert history.history == other.history
    assert state(used) == state(plain)
    assert reader.seen == [(e, 5 * (e + 1), loss) for e, loss in enumerate(other["loss"])]


def test_an_error_of_a_callback_leaves_the_weights_of_its_epoch():
    class Bad(train.Callback):
        reads = "history"

        def on_epoch_end(self, trainer):
            if trainer.epoch == 11:
                raise ValueError("no")

    cr.manual_seed(0)
    model = dense()()
    used = cr.Trainer(
        model, nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=0.02), callbacks=[Bad()], seed=3,
        engine="numba", dtype="float64",
    )
    with pytest.raises(cr.ChainruleError):
        used.fit((X, Y), epochs=100, batch_size=16, progress=False)
    plain, _ = trained("numba", fits=(12,))
    assert state(used) == state(plain)


def test_early_stopping_gives_back_the_best_weights():
    found = []
    for engine in ("numpy", "numba"):
        stop = train.EarlyStopping(patience=3)
        used, (history,) = trained(
            engine, fits=(200,), callbacks=[stop], validation=0.3, rule=lambda p: optim.SGD(p, lr=2.0)
        )
        found.append((used, history))
    (a, one), (b, other) = found
    assert b.report().engine == "numba"
    assert (one.epoch, one.best_epoch, one.stopped) == (other.epoch, other.best_epoch, other.stopped)
    for x, y in zip(a.model.parameters(), b.model.parameters(), strict=True):
        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("lr", [30.0, 1e4, 1e200])
@pytest.mark.parametrize("fits", [(60,), (20, 40)])
def test_a_training_ends_at_the_very_step_that_goes_wrong(lr, fits):
    found = []
    for engine in ("numpy", "numba"):
        watch = train.TerminateOnNaN()
        numbers = {"loss": nn.MSELoss(), "build": lambda: nn.MLP([2, 9, 2], activation="tanh"), "data": (X, NUMBERS)}
        used, histories = trained(
            engine, fits=fits, callbacks=[watch], rule=lambda p: optim.SGD(p, lr=lr), metrics=["mae"], **numbers
        )
        found.append((used, histories, watch.found))
    (a, one, mine), (b, other, theirs) = found
    assert mine == theirs
    assert mine is not None
    assert (a.step, a.epoch) == (b.step, b.epoch)
    assert [h.epoch for h in one] == [h.epoch for h in other]
    assert all(np.isfinite(p.numpy()).all() for p in b.model.parameters())
    bare, _ = trained(
        "numba", steps=b.step, epochs=None, rule=lambda p: optim.SGD(p, lr=lr), **numbers
    ) if b.step else (b, None)
    assert [p.numpy().tobytes() for p in bare.model.parameters()] == [p.numpy().tobytes() for p in b.model.parameters()]


def test_what_a_callback_changes_holds_from_the_next_epoch_on():
    def act(trainer):
        if trainer.epoch == 1:
            trainer.optimizer.param_groups[0]["lr"] = 0.001
        if trainer.epoch == 2:
            trainer.model[0].weight.requires_grad_(False)
        if trainer.epoch == 3:
            with cr.no_grad():
                trainer.model[2].weight.mul_(0.5)
        if trainer.epoch == 4:
            trainer.model[2].bias = nn.Parameter(cr.zeros(3, dtype="float64"))

    acting = train.LambdaCallback(on_epoch_end=act)
    runs = [trained(engine, fits=(6,), callbacks=[acting]) for engine in ("numpy", "numba")]
    assert runs[1][0].report().engine == "numba"
    assert len(runs[1][0].report().again) >= 2
    close(*runs)


def test_a_subclass_that_changes_something_is_noticed_though_its_base_only_looks():
    """EarlyStopping looks at weights and leaves them alone; whoever inherits from it may freeze a layer."""
    class Freezing(train.EarlyStopping):
        def on_epoch_end(self, trainer):
            super().on_epoch_end(trainer)
            next(trainer.model.parameters()).requires_grad = False

    kept = []
    for engine in ("numba", "numpy"):
        cr.manual_seed(0)
        net = nn.MLP([2, 4, 1])
        model = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=0.5), seed=0, engine=engine)
        first = next(net.parameters())
        model.fit(cr.data.xor(), epochs=1, batch_size=4, progress=False)
        before = first.numpy().copy()
        model.fit(cr.data.xor(), epochs=5, batch_size=4, callbacks=[Freezing("loss")], progress=False)
        kept.append((before, first.numpy().copy()))
    assert not np.array_equal(kept[0][0], kept[0][1])  # the first epoch moved it
    np.testing.assert_allclose(kept[0][1], kept[1][1], rtol=1e-6)


def test_gradients_that_an_optimizer_of_ones_own_does_not_clear_add_up_in_both_engines():
    class Hoarding(optim.SGD):
        def zero_grad(self, set_to_none=True):
            """Forgotten."""

    runs = []
    for engine in ("numpy", "numba"):
        cr.manual_seed(0)
        net = nn.MLP([2, 4, 1])
        model = cr.Trainer(net, nn.BCEWithLogitsLoss(), Hoarding(net.parameters(), lr=0.1), seed=0, engine=engine)
        with pytest.warns(cr.ChainruleWarning, match="earlier step"):
            runs.append(model.fit(cr.data.xor(), epochs=5, batch_size=2, progress=False)["loss"])
    assert "Hoarding" in str(model.report())
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-6)
    cr.manual_seed(0)
    net = nn.MLP([2, 4, 1])
    plain = cr.Trainer(net, nn.BCEWithLogitsLoss(), optim.SGD(net.parameters(), lr=0.1), seed=0)
    assert plain.fit(cr.data.xor(), epochs=5, batch_size=2, progress=False)["loss"] != runs[0]


@pytest.mark.parametrize("event", ["on_batch_start", "on_before_step", "on_batch_end"])
def test_batches_that_callbacks_look_at(event):
    def run(engine):
        seen = []

        def look(trainer):
            batch = trainer.batch
            loss = None if event == "on_batch_start" else batch.loss
            outputs = None if event == "on_batch_start" else batch.outputs.numpy().copy()
            slope = trainer.model[0].weight.grad.numpy().copy() if event == "on_before_step" else None
            seen.append((trainer.step, batch.number, batch.rows, loss, outputs, slope))

        pair = trained(engine, callbacks=[train.LambdaCallback(**{event: look})], build=dense(dropout=0.2))
        return pair, seen

    (one, mine), (other, theirs) = run("numpy"), run("numba")
    assert other[0].report().engine == "numba"
    close(one, other)
    for a, b in zip(mine, theirs, strict=True):
        assert a[:3] == b[:3]
        for x, y in zip(a[3:], b[3:], strict=True):
            if x is not None:
                np.testing.assert_allclose(x, y, rtol=1e-7, atol=1e-10)
    bare, _ = trained("numba", build=dense(dropout=0.2))
    assert state(bare) == state(other[0])  # looking changes nothing


def test_a_loader_gives_the_bytes_of_its_arrays():
    loader = cr.data.DataLoader((X, Y), batch_size=16)
    used, (history,) = trained("numba", data=loader, build=dense(dropout=0.2), dtype="float32")
    plain, (other,) = trained("numba", shuffle=False, build=dense(dropout=0.2), dtype="float32")
    assert used.report().engine == "numba"
    assert state(used) == state(plain)
    assert history["loss"] == other["loss"]


# --- what stays NumPy's -----------------------------------------------------------------------------------------------


class Looking(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 3)

    def forward(self, x):
        z = self.inner(x)
        return z * 2 if z.sum().item() > 0 else z


class Counting(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.calls = nn.Linear(2, 3), 0

    def forward(self, x):
        self.calls += 1
        return self.inner(x) * (1 + 1 / self.calls)


def hooked():
    model = nn.MLP([2, 4, 3])
    model[0].register_forward_hook(lambda module, args, out: None)
    return model


class Plain(optim.Optimizer):
    def step(self, closure=None):
        with cr.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.sub_(group["lr"] * p.grad)


REASONS = {
    "a look at numbers": {"build": Looking},
    "a count of its own": {"build": Counting},
    "hooks": {"build": hooked},
    "l-bfgs": {"rule": lambda p: optim.LBFGS(p, lr=0.1)},
    "a rate that is not read": {
        "rule": lambda p: Plain(p, {"lr": 0.1}), "schedule": lambda o: optim.schedules.cosine(0.1, steps=20),
    },
}


@pytest.mark.parametrize("name", REASONS)
def test_what_cannot_be_compiled_is_trained_as_before(name):
    one, other = trained("numpy", **REASONS[name]), trained("numba", **REASONS[name])
    report = other[0].report()
    assert report.engine == "numpy"
    assert report.reason
    assert report.reason in str(report)
    assert state(one[0]) == state(other[0])
    assert one[1][0].history == other[1][0].history


def test_bad_classes_are_refused_as_before():
    for engine in ("numpy", "numba"):
        with pytest.raises(cr.ChainruleError, match="3"):
            trained(engine, data=(X, np.where(np.arange(70) == 69, 3, Y)), guard="off")


def test_bad_words_are_refused_as_before():
    tokens = np.zeros((70, 3), np.int64)
    tokens[66, 1] = 7
    for engine in ("numpy", "numba"):
        with pytest.raises(cr.ArgumentError, match="7"):
            trained(engine, build=Words, data=(tokens, Y))


def test_nan_goes_on_as_before():
    runs = [trained(engine, rule=lambda p: optim.SGD(p, lr=1e200), fits=(3,)) for engine in ("numpy", "numba")]
    assert runs[1][0].report().engine == "numba"
    assert np.isnan(runs[0][1][0]["loss"]).tolist() == np.isnan(runs[1][1][0]["loss"]).tolist()


def test_a_fit_writes_to_nothing_that_was_given():
    data = (np.ascontiguousarray(X), np.array(Y))
    before = [part.copy() for part in data]
    trained("numba", data=data)
    trained("numba", data=data, batch_size=70)
    assert all((a == b).all() for a, b in zip(data, before, strict=True))


@pytest.mark.filterwarnings("ignore::chainrule.errors.ChainruleWarning")  # a rate of 0
def test_the_rehearsal_leaves_no_trace():
    cr.manual_seed(0)
    model = dense(dropout=0.2, norm="batch")()
    used = cr.Trainer(model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.0), seed=3, engine="numba")
    before = [p.numpy().copy() for p in model.parameters()]
    used.fit((X, Y), epochs=2, batch_size=70, progress=False)
    assert model.state_dict()["1.num_batches_tracked"].item() == 2
    assert used.noise.get_state()[1] == 1_000_000 + 2
    assert all((a == p.numpy()).all() for a, p in zip(before, model.parameters(), strict=True))


def test_a_copy_of_a_trainer_goes_its_own_way():
    used, _ = trained("numba", metrics=["accuracy"])
    used.predict(X[:1])
    other = copy.deepcopy(used)
    before = state(used)
    other.fit((X, Y), epochs=3, batch_size=16, progress=False)
    assert state(used) == before
    used.fit((X, Y), epochs=3, batch_size=16, progress=False)
    assert state(used) == state(other)


def test_callbacks_of_epochs_see_the_last_batch():
    def run(engine):
        seen = []
        look = train.LambdaCallback(
            on_epoch_end=lambda t: seen.append((t.batch.number, t.batch.rows, t.batch.loss, t.batch.inputs[0].numpy()))
        )
        trained(engine, callbacks=[look])
        return seen

    for one, other in zip(run("numpy"), run("numba"), strict=True):
        assert one[:2] == other[:2]
        assert one[2] == pytest.approx(other[2], rel=1e-8)
        np.testing.assert_array_equal(one[3], other[3])


def test_memory_stays_flat_over_many_fits():
    cr.manual_seed(0)
    model = dense()()
    used = cr.Trainer(model, nn.CrossEntropyLoss(), optim.Adam(model.parameters()), seed=3, engine="numba")
    sizes = []
    tracemalloc.start()
    try:
        for turn in range(40):
            used.fit((X, Y), epochs=3, batch_size=16, progress=False)
            if turn in (10, 39):
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[1] - sizes[0] < 100_000


def test_a_warm_start_begins_with_numpy_and_goes_on_compiled():
    one = trained("numpy", fits=(150, 2))
    other = trained("numba", fits=(150, 2), warm_start="numpy")
    assert other[0].report().engine == "numba"
    close(one, other, rtol=1e-4, atol=1e-6)
    with pytest.raises(cr.ArgumentError):
        trained("numba", warm_start="numba")


# --- predictions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(30, 64, 64, 1), (2, 4, 1), (50, 17, 3), (200, 30, 10)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_row_alone_gets_the_bits_that_it_gets_among_others(sizes, dtype):
    cr.manual_seed(0)
    used = cr.Trainer(nn.MLP(list(sizes), norm="layer"), nn.MSELoss(), seed=0, dtype=dtype, engine="numba")
    rows = np.random.default_rng(0).normal(size=(256, sizes[0])).astype(dtype)
    many = used.predict(rows)
    assert (used.predict(rows[:100]) == many[:100]).all()
    for _ in range(2):
        for i in range(0, 256, 41):
            assert (used.predict(rows[i : i + 1]) == many[i]).all()
    plain = cr.Trainer(used.model, nn.MSELoss(), seed=0, engine="numpy")
    np.testing.assert_allclose(many, plain.predict(rows), rtol=1e-4, atol=1e-5)
    assert used._forwards.row is not None


def test_a_prediction_notices_what_has_changed():
    cr.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    used = cr.Trainer(model, nn.MSELoss(), seed=0, engine="numba")
    plain = cr.Trainer(model, nn.MSELoss(), seed=0, engine="numpy")
    row = np.ones((1, 4), np.float32)

    def agree():
        for _ in range(7):
            np.testing.assert_allclose(used.predict(row), plain.predict(row), rtol=1e-5, atol=1e-6)

    agree()
    model[1] = nn.Tanh()
    agree()
    with cr.no_grad():
        model[0].weight.mul_(2.0)
    agree()
    model[0].weight = nn.Parameter(cr.ones(8, 4))
    agree()
    model.load_state_dict({name: cr.zeros_like(value) + 0.1 for name, value in model.state_dict().items()})
    agree()
    row = np.full((1, 4), 0.5, np.float32)
    agree()
    remove = model[0].register_forward_hook(lambda module, args, out: out * 3)
    agree()
    remove()
    agree()
    with pytest.raises(cr.DataError):
        used.predict(np.full((1, 4), np.nan, np.float32))
    with pytest.raises(cr.ShapeError):
        used.predict(np.ones((1, 5), np.float32))


def test_evaluations_agree():
    used, _ = trained("numba", metrics=["accuracy"], build=dense(norm="batch", dropout=0.2))
    plain = cr.Trainer(used.model, nn.CrossEntropyLoss(), metrics=["accuracy"], seed=3, engine="numpy")
    weights = np.linspace(0.1, 1, 70)
    for options in ({}, {"batch_size": 16}, {"sample_weight": weights}):
        mine, theirs = used.evaluate((X, Y), **options), plain.evaluate((X, Y), **options)
        assert mine == pytest.approx(theirs, rel=1e-10)


def counted(monkeypatch):
    """How often a step is recorded from here on."""
    from chainrule.train.engine import rehearsal

    calls = []
    own = rehearsal.record
    monkeypatch.setattr(rehearsal, "record", lambda *args, **more: calls.append(1) or own(*args, **more))
    monkeypatch.setattr(rehearsal, "_steady", {})
    return calls


def test_a_step_known_to_be_steady_is_recorded_once(monkeypatch):
    calls = counted(monkeypatch)
    X, y = cr.data.moons(64, noise=0.1, seed=0)

    def fitted(seed, width=5, make=lambda: nn.Tanh()):
        cr.manual_seed(seed)
        model = nn.Sequential(nn.Linear(2, width), make(), nn.Dropout(0.2), nn.Linear(width, 1))
        trainer = cr.Trainer(model, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters()), seed=seed, engine="numba")
        history = trainer.fit((X, y), epochs=3, batch_size=64, progress=False)
        return [p.numpy().tobytes() for p in model.parameters()], history["loss"]

    before = fitted(1)
    assert len(calls) == 2
    assert fitted(1) == before  # to the byte, recorded once
    assert len(calls) == 3
    assert fitted(2) != before
    assert len(calls) == 4
    fitted(1, width=6)
    assert len(calls) == 6

    class Own(nn.Module):
        def forward(self, x):
            return x.tanh()

    for _ in range(2):
        fitted(1, make=Own)
    assert len(calls) == 10  # the user's code may do anything: twice each time
