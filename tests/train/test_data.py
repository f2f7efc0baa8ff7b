"""What a Trainer takes as data, how it casts it, and what it refuses before the first step."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, train

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 2))
Y = X[:, :1] - X[:, 1:]
KINDS = rng.integers(0, 3, 12)


def trainer(outputs=1, loss=None, **options):
    cr.manual_seed(0)
    return cr.Trainer(nn.MLP([2, 4, outputs]), loss or nn.MSELoss(), seed=0, **options)


def end(data, *, given=None, **options):
    used = given or trainer()
    used.fit(data, epochs=2, batch_size=5, progress=False, **options)
    return used.predict(X)


class Twins(nn.Module):
    """Answers twice."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 1)

    def forward(self, x):
        return self.inner(x), self.inner(x)


class Frame:
    """What of a data frame matters: names, and a way to an array."""

    columns = ("age", "height")

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def awkward():
    strided = np.zeros((24, 4))
    strided[::2, ::2] = X
    locked = X.copy()
    locked.flags.writeable = False
    return {
        "lists": (X.tolist(), Y.tolist()),
        "tensors": (cr.tensor(X, dtype="float64"), cr.tensor(Y, dtype="float64")),
        "fortran": (np.asfortranarray(X), np.asfortranarray(Y)),
        "strided": (strided[::2, ::2], Y[::-1][::-1]),
        "big-endian": (X.astype(">f8"), Y.astype(">f8")),
        "read-only": (locked, Y),
        "frame": (Frame(X), Y),
        "tensor data set": cr.data.TensorDataset(cr.tensor(X, dtype="float64"), cr.tensor(Y, dtype="float64")),
        "samples": cr.data.Samples(X, Y),
    }


@pytest.mark.parametrize("name", awkward())
def test_arrays_of_every_make(name):
    np.testing.assert_array_equal(end(awkward()[name]), end((X, Y)))


def test_nothing_given_is_written_to():
    class Changes(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(2, 1)

        def forward(self, x):
            x += 1
            return self.inner(x)

    given = X.astype(np.float32)
    kept = given.copy()
    own = cr.Trainer(Changes(), nn.MSELoss(), seed=0)
    for size in (12, 5):
        seen = []
        look = train.LambdaCallback(on_batch_start=lambda t, seen=seen: seen.append(t.batch.inputs[0].numpy().sum()))
        own.fit((given, Y), epochs=3, batch_size=size, shuffle=False, progress=False, callbacks=[look])
        assert len(set(np.round(seen, 5))) == len(seen) // 3  # every epoch begins with the numbers as they were given
    own.predict(given)
    np.testing.assert_array_equal(given, kept)


def loaders():
    pairs = [(X[i : i + 5], Y[i : i + 5]) for i in (0, 5, 10)]
    return {
        "list of batches": pairs,
        "loader": cr.data.DataLoader((X, Y), batch_size=5),
        "rows by number": type("Rows", (), {"__len__": lambda s: 12, "__getitem__": lambda s, i: (X[i], Y[i])})(),
        "subset": cr.data.Subset(cr.data.TensorDataset(X, Y), range(12)),
    }


@pytest.mark.parametrize("name", loaders())
def test_whatever_gives_batches(name):
    found = end(loaders()[name], shuffle=False)
    np.testing.assert_allclose(found, end((X, Y), shuffle=False), rtol=1e-5, atol=1e-6)


def test_a_generator_lasts_one_epoch_and_an_endless_one_as_many_steps_as_asked():
    one = lambda: ((X[i : i + 5], Y[i : i + 5]) for i in (0, 5, 10))
    used = trainer()
    assert len(used.fit(one(), progress=False)) == 1
    with pytest.raises(cr.DataError, match="epoch 2"):
        used.fit(one(), epochs=2, progress=False)

    def endless():
        while True:
            yield X, Y

    used = trainer()
    assert len(used.fit(endless(), steps=7, progress=False)) == 1
    assert used.step == 7


def test_a_loader_reads_the_epoch_that_the_trainer_is_at():
    loader = cr.data.DataLoader((X, Y), batch_size=5, shuffle=True, seed=4)
    whole, parts = trainer(), trainer()
    whole.fit(loader, epochs=3, progress=False)
    parts.fit(loader, epochs=1, progress=False)
    list(loader)  # somebody else goes through it in between
    parts.fit(loader, epochs=2, progress=False)
    np.testing.assert_array_equal(whole.predict(X), parts.predict(X))


def test_weights_come_with_the_rows():
    w = rng.uniform(0.5, 2, 12)
    with_argument = end((X, Y), sample_weight=w, shuffle=False)
    np.testing.assert_array_equal(end((X, Y, w), shuffle=False), with_argument)
    np.testing.assert_allclose(
        end(cr.data.DataLoader((X, Y, w), batch_size=5)), with_argument, rtol=1e-5, atol=1e-6
    )


def test_whole_numbers_become_what_the_network_and_the_loss_need():
    seen = []
    look = train.LambdaCallback(on_batch_end=lambda t: seen.append((t.batch.inputs[0].dtype, t.batch.targets.dtype)))
    bits = [[0, 0], [0, 1], [1, 0], [1, 1]]
    trainer(callbacks=[look]).fit((bits, [[0], [1], [1], [0]]), progress=False)
    trainer(3, nn.CrossEntropyLoss(), callbacks=[look]).fit((bits, [0, 1, 2, 0]), progress=False)
    trainer(loss=nn.BCEWithLogitsLoss(), dtype="float64", callbacks=[look]).fit(
        (np.array(bits, bool), [[False], [True], [True], [False]]), progress=False
    )
    table = nn.Sequential(nn.Embedding(2, 2), nn.Flatten(), nn.Linear(4, 1))
    cr.Trainer(table, nn.MSELoss(), seed=0, callbacks=[look]).fit((bits, np.ones((4, 1))), progress=False)
    single, double, whole = (np.dtype(name) for name in ("float32", "float64", "int64"))
    assert seen == [(single, single), (single, whole), (double, double), (whole, single)]


def refused():
    broken, endless = X.copy(), Y.copy()
    broken[3, 1] = np.nan
    endless[5, 0] = np.inf
    named = cr.data.Samples(broken, Y, feature_names=("age", "height"))
    return {
        "nan": ((broken, Y), {}, cr.DataError, ["X, row 3, column 1", "nan"]),
        "nan in a named column": (named, {}, cr.DataError, ["row 3, column 1", '"height"']),
        "nan in a frame": ((Frame(broken), Y), {}, cr.DataError, ['"height"']),
        "infinity in y": ((X, endless), {}, cr.DataError, ["y, row 5, column 0", "inf"]),
        "too large": ((X * 1e300, Y), {}, cr.DataError, ["float32 cannot hold"]),
        "nothing": ((X[:0], Y[:0]), {}, cr.DataError, ["(0, 2)"]),
        "no columns": ((X[:, :0], Y), {}, cr.DataError, ["(12, 0)"]),
        "lengths": ((X, Y[:5]), {}, cr.ShapeError, ["(12, 2)", "(5, 1)"]),
        "columns": ((np.ones((12, 3)), Y), {}, cr.ShapeError, ["Linear", "3"]),
        "flat targets": ((X, Y[:, 0]), {}, cr.ShapeError, ["(12,)"]),
        "words": ((X, np.array(["a"] * 12)), {}, cr.DtypeError, ["words"]),
        "two arrays in a list": ([X, Y], {}, cr.DtypeError, ["list"]),
        "X alone": (X, {}, cr.DtypeError, ["ndarray"]),
        "a number": (3, {}, cr.DtypeError, ["int"]),
        "four parts": ((X, Y, Y, Y), {}, cr.DtypeError, ["4"]),
        "a scalar": ((3.0, Y), {}, cr.ShapeError, ["single number"]),
        "a batch of four": ([(X, Y, Y, Y)], {}, cr.DtypeError, ["4"]),
        "an empty batch": ([(X[:0], Y[:0])], {}, cr.DataError, ["batch 0"]),
        "nan in a later batch": ([(X, Y), (broken, Y)], {}, cr.DataError, ["batch 1, X, row 3"]),
        "weights of other length": ((X, Y), {"sample_weight": [1, 2]}, cr.ShapeError, ["sample_weight"]),
        "negative weights": ((X, Y), {"sample_weight": -np.ones(12)}, cr.DataError, ["sample_weight"]),
        "no weight at all": ((X, Y), {"sample_weight": np.zeros(12)}, cr.DataError, ["sample_weight"]),
        "weights twice": ((X, Y, np.ones(12)), {"sample_weight": np.ones(12)}, cr.ArgumentError, ["sample_weight"]),
        "weights beside a loader": ([(X, Y)], {"sample_weight": np.ones(12)}, cr.ArgumentError, ["sample_weight"]),
        "a share of a loader": ([(X, Y)], {"validation": 0.2}, cr.ArgumentError, ["validation"]),
        "a share of one row": ((X[:1], Y[:1]), {"validation": 0.5}, cr.ArgumentError, ["validation"]),
        "a share too large": ((X, Y), {"validation": 1.5}, cr.ArgumentError, ["Trainer.fit, validation", "1.5"]),
        "validation with nan": ((X, Y), {"validation": (broken, Y)}, cr.DataError, ["validation, X, row 3"]),
        "validation=True": ((X, Y), {"validation": True}, cr.DtypeError, ["validation"]),
        "no epochs": ((X, Y), {"epochs": 0}, cr.ArgumentError, ["epochs"]),
        "half a batch": ((X, Y), {"batch_size": 0.5}, cr.ArgumentError, ["batch_size"]),
        "no steps": ((X, Y), {"steps": 0}, cr.ArgumentError, ["steps"]),
    }


@pytest.mark.parametrize("name", refused())
def test_refused_with_four_parts_before_the_first_step(name):
    data, options, kind, words = refused()[name]
    used = trainer()
    before = [p.numpy().copy() for p in used.model.parameters()]
    with pytest.raises(kind) as caught:
        used.fit(data, progress=False, **{"epochs": 1, **options})
    text = str(caught.value)
    assert text.count("\n") == 3
    assert all(word in text for word in words), text
    if "batch 1" not in text:
        assert used.step == 0
        assert all((a == b.numpy()).all() for a, b in zip(before, used.model.parameters(), strict=True))


@pytest.mark.article("W-22")
def test_targets_that_the_loss_refuses_are_found_before_the_first_step():
    used = trainer(3, nn.CrossEntropyLoss())
    labels = KINDS.copy()
    labels[-1] = 3
    with pytest.raises(cr.DataError, match="3"):
        used.fit((X, labels), batch_size=2, shuffle=False, progress=False)
    assert used.step == 0
    used = trainer(loss=nn.BCEWithLogitsLoss())
    with pytest.raises(cr.DataError, match=r"1\.5"):
        used.fit((X, np.full((12, 1), 1.5)), progress=False)


def test_rows_that_do_not_fit_name_the_layer():
    for ask in (
        lambda t: t.fit((np.ones((12, 3)), Y), progress=False),
        lambda t: t.evaluate((np.ones((12, 3)), Y)),
        lambda t: t.predict(np.ones((12, 3))),
    ):
        with pytest.raises(cr.ShapeError, match=r"^0 Linear\(in_features=2"):
            ask(trainer())


def test_guard_off_lets_a_training_begin_that_cannot_go_well():
    broken = X.copy()
    broken[0, 0] = np.nan
    history = trainer(guard="off").fit((broken, Y), epochs=1, progress=False)
    assert np.isnan(history["loss"][0])


def bad_trainers():
    model = nn.Linear(2, 1)
    other = nn.Linear(2, 1)
    frozen = nn.Linear(2, 1).requires_grad_(False)
    return {
        "model": (lambda: cr.Trainer(lambda x: x, nn.MSELoss()), cr.DtypeError),
        "loss class": (lambda: cr.Trainer(model, nn.MSELoss), cr.DtypeError),
        "loss of rows": (lambda: cr.Trainer(model, nn.MSELoss(reduction="none")), cr.ArgumentError),
        "loss a number": (
            lambda: cr.Trainer(model, lambda a, b: 1.0, seed=0).fit((X, Y), progress=False), cr.DtypeError
        ),
        "loss of rows by hand": (
            lambda: cr.Trainer(model, lambda a, b: a - b, seed=0).fit((X, Y), progress=False), cr.DtypeError
        ),
        "optimizer": (lambda: cr.Trainer(model, nn.MSELoss(), 0.1), cr.DtypeError),
        "optimizer of another": (
            lambda: cr.Trainer(model, nn.MSELoss(), cr.optim.SGD(other.parameters(), lr=1)).fit((X, Y)), cr.StateError
        ),
        "frozen": (
            lambda: cr.Trainer(frozen, nn.MSELoss(), cr.optim.SGD(frozen.parameters(), lr=1)).fit((X, Y)), cr.StateError
        ),
        "metric": (lambda: cr.Trainer(model, nn.MSELoss(), metrics=["acuracy"]), cr.ArgumentError),
        "metric for numbers": (lambda: cr.Trainer(model, nn.MSELoss(), metrics=["accuracy"]), cr.ArgumentError),
        "schedule": (lambda: cr.Trainer(model, nn.MSELoss(), schedule=0.1), cr.DtypeError),
        "schedule of another": (
            lambda: cr.Trainer(
                model, nn.MSELoss(),
                schedule=cr.optim.lr_scheduler.StepLR(cr.optim.SGD(other.parameters(), lr=1), step_size=1),
            ),
            cr.ArgumentError,
        ),
        "metrics of several outputs": (
            lambda: cr.Trainer(Twins(), lambda a, b: a[0].mean(), metrics=["mse"], seed=0).fit((X, Y)), cr.ShapeError
        ),
        "seed": (lambda: cr.Trainer(model, nn.MSELoss(), seed=-1), cr.ArgumentError),
        "dtype": (lambda: cr.Trainer(model, nn.MSELoss(), dtype="float8"), cr.DtypeError),
        "clip_norm": (lambda: cr.Trainer(model, nn.MSELoss(), clip_norm=0), cr.ArgumentError),
        "class_weight": (lambda: cr.Trainer(model, nn.MSELoss(), class_weight="even"), cr.ArgumentError),
        "engine": (lambda: cr.Trainer(model, nn.MSELoss(), engine="steam"), cr.ArgumentError),
        "guard": (lambda: cr.Trainer(model, nn.MSELoss(), guard="maybe"), cr.ArgumentError),
        "callback class": (
            lambda: cr.Trainer(model, nn.MSELoss(), callbacks=[train.EarlyStopping]).fit((X, Y)), cr.DtypeError
        ),
        "callback function": (lambda: cr.Trainer(model, nn.MSELoss(), callbacks=[print]).fit((X, Y)), cr.DtypeError),
        "plateau": (
            lambda: cr.Trainer(
                model, nn.MSELoss(), optimizer := cr.optim.SGD(model.parameters(), lr=1),
                schedule=cr.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max"),
            ).fit((X, Y)),
            cr.ArgumentError,
        ),
    }


@pytest.mark.parametrize("name", bad_trainers())
def test_a_trainer_made_wrongly(name):
    make, kind = bad_trainers()[name]
    with pytest.raises(kind) as caught:
        make()
    assert str(caught.value).count("\n") == 3
