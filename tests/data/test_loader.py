"""The loader: batches as PyTorch's, an order by seed and epoch, whole batches gathered, rows fetched side by side."""

import threading

import numpy as np
import pytest

import chainrule as cr
from chainrule import data
from chainrule.data import DataLoader, Dataset, Subset, TensorDataset, default_collate, epoch_order, random_split

X = np.arange(20.0).reshape(10, 2)
Y = np.arange(10)


def rows(loader):
    return np.concatenate([batch[1].numpy() for batch in loader])


@pytest.mark.parametrize(
    "dataset",
    [
        (X, Y),
        TensorDataset(X, Y),
        (cr.tensor(X), cr.tensor(Y)),
        [(x, y) for x, y in zip(X, Y, strict=True)],
        Subset(TensorDataset(X, Y), range(10)),
        Subset([(x, y) for x, y in zip(X, Y, strict=True)], list(range(10))),
        data.Samples(X, Y),
    ],
    ids=["arrays", "dataset", "tensors", "rows", "subset", "subset of rows", "samples"],
)
@pytest.mark.parametrize("shuffle", [False, True])
def test_all_kinds_of_data_give_the_same_batches(dataset, shuffle):
    loader = DataLoader(dataset, batch_size=4, shuffle=shuffle, seed=3)
    assert len(loader) == 3
    for epoch in range(2):
        order = epoch_order(10, 3, epoch) if shuffle else np.arange(10)
        batches = list(loader)
        assert [len(x) for x, _ in batches] == [4, 4, 2]
        for i, (x, y) in enumerate(batches):
            assert isinstance(x, cr.Tensor)
            assert x.dtype == np.float32
            assert y.dtype == np.int64
            np.testing.assert_array_equal(x.numpy(), X[order[4 * i : 4 * i + 4]])
            np.testing.assert_array_equal(y.numpy(), order[4 * i : 4 * i + 4])


def test_a_single_array_gives_bare_batches():
    for dataset in (X, cr.tensor(X)):
        first = next(iter(DataLoader(dataset, batch_size=3)))
        assert isinstance(first, cr.Tensor)
        np.testing.assert_array_equal(first.numpy(), X[:3])


def test_a_batch_that_holds_all_rows_is_not_shuffled():
    np.testing.assert_array_equal(rows(DataLoader((X, Y), batch_size=10, shuffle=True, seed=0)), Y)


def test_the_last_batch():
    assert [len(x) for x, _ in DataLoader((X, Y), batch_size=4, drop_last=True)] == [4, 4]
    assert len(DataLoader((X, Y), batch_size=4, drop_last=True)) == 2
    assert [len(x) for x, _ in DataLoader((X, Y))] == [1] * 10


def test_epochs_can_be_gone_on_from():
    loader = DataLoader((X, Y), batch_size=3, shuffle=True, seed=1)
    epochs = [rows(loader) for _ in range(4)]
    again = DataLoader((X, Y), batch_size=3, shuffle=True, seed=1)
    again.epoch = 3
    np.testing.assert_array_equal(rows(again), epochs[3])
    assert not np.array_equal(epochs[0], epochs[1])


def test_without_a_seed_the_global_stream_decides():
    cr.manual_seed(5)
    first = rows(DataLoader((X, Y), batch_size=3, shuffle=True))
    second = rows(DataLoader((X, Y), batch_size=3, shuffle=True))
    cr.manual_seed(5)
    np.testing.assert_array_equal(rows(DataLoader((X, Y), batch_size=3, shuffle=True)), first)
    assert not np.array_equal(first, second)
    made = lambda: rows(DataLoader((X, Y), batch_size=3, shuffle=True, generator=cr.Generator(7)))
    np.testing.assert_array_equal(made(), made())


def test_batches_are_not_the_users_memory():
    mine = X.copy()
    loader = DataLoader((mine, Y), batch_size=10)
    mine[:] = -1
    assert next(iter(loader))[0].numpy()[0, 1] == 1
    recorded = cr.tensor(X, requires_grad=True)
    assert not next(iter(DataLoader((recorded, Y), batch_size=2)))[0].requires_grad


class Squares(Dataset):
    def __init__(self, n):
        self.n, self.threads = n, set()

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        self.threads.add(threading.get_ident())
        assert type(i) is int
        return {"x": float(i), "name": f"row {i}", "pair": (np.full(2, i), i * i)}


@pytest.mark.parametrize("workers", [0, 3])
def test_rows_of_ones_own(workers):
    dataset = Squares(10)
    batches = list(DataLoader(dataset, batch_size=4, num_workers=workers))
    assert batches[2]["name"] == ["row 8", "row 9"]
    np.testing.assert_array_equal(batches[1]["pair"][1].numpy(), [16, 25, 36, 49])
    assert batches[0]["pair"][0].shape == (4, 2)
    assert batches[0]["x"].dtype == np.float32
    assert (threading.get_ident() in dataset.threads) == (workers == 0)


def test_an_error_in_a_worker_comes_through():
    class Broken(Squares):
        def __getitem__(self, i):
            raise KeyError(i)

    with pytest.raises(KeyError):
        list(DataLoader(Broken(4), batch_size=2, num_workers=2))


def test_a_collate_of_ones_own():
    loader = DataLoader(Squares(5), batch_size=2, collate_fn=lambda rows: [row["x"] for row in rows])
    assert list(loader) == [[0.0, 1.0], [2.0, 3.0], [4.0]]


def test_augmentation_depends_on_seed_epoch_and_batch_alone():
    def change(x, y, rng):
        return data.augment.noise(x, 0.1, seed=rng), y

    loader = DataLoader((X, Y), batch_size=4, shuffle=True, seed=2, augment=change)
    first, second = ([batch[0].numpy() for batch in loader] for _ in range(2))
    again = DataLoader((X, Y), batch_size=4, shuffle=True, seed=2, augment=change)
    again.epoch = 1
    for before, after in zip(second, [batch[0].numpy() for batch in again], strict=True):
        np.testing.assert_array_equal(before, after)
    plain = DataLoader((X, Y), batch_size=4, shuffle=True, seed=2)
    shift = np.concatenate([a - x.numpy() for a, (x, _) in zip(first, plain, strict=True)])
    assert 0.03 < shift.std() < 0.3
    assert not np.array_equal(first[0] - first[1], second[0] - second[1])
    still = DataLoader((X, Y), batch_size=4, seed=2, augment=change)
    epochs = [np.concatenate([x.numpy() for x, _ in still]) - X for _ in range(2)]
    assert not np.allclose(*epochs, atol=1e-3)  # other noise in each epoch
    assert not np.allclose(epochs[0][:4], epochs[0][4:8], atol=1e-3)  # and in each batch
    single = DataLoader(X, batch_size=4, augment=lambda x, rng: x + 1)
    np.testing.assert_array_equal(next(iter(single)).numpy(), X[:4] + 1)


def test_random_split_deals_each_row_once():
    cr.manual_seed(0)
    parts = random_split(TensorDataset(X, Y), [7, 2, 1])
    found = np.concatenate([rows(DataLoader(part, batch_size=3)) for part in parts])
    assert sorted(found) == list(range(10))
    assert [len(part) for part in parts] == [7, 2, 1]
    assert [len(part) for part in random_split(range(10), [0.5, 0.25, 0.25])] == [6, 2, 2]
    chosen = lambda: random_split(range(10), [5, 5], generator=cr.Generator(1))[0].indices
    assert chosen() == chosen() != list(range(5))


def test_it_agrees_with_pytorchs_batches():
    torch = pytest.importorskip("torch")
    theirs = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y)), batch_size=4)
    for ours, other in zip(DataLoader(TensorDataset(X, Y), batch_size=4), theirs, strict=True):
        assert type(ours) is type(other) is list
        for a, b in zip(ours, other, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
    one = [{"a": 1, "b": (2.0, "x")}, {"a": 3, "b": (4.0, "y")}]
    mine, other = default_collate(one), torch.utils.data.default_collate(one)
    assert list(mine) == list(other)
    assert mine["b"][1] == list(other["b"][1])
    np.testing.assert_array_equal(mine["a"].numpy(), other["a"].numpy())


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: DataLoader((X, Y), batch_size=0), cr.ArgumentError),
        (lambda: DataLoader((X, Y), batch_size=2.5), cr.ArgumentError),
        (lambda: DataLoader((X, Y[:5])), cr.ShapeError),
        (lambda: DataLoader(iter([1, 2])), cr.DtypeError),
        (lambda: DataLoader(None), cr.DtypeError),
        (lambda: DataLoader((X, Y), seed=-1), cr.ArgumentError),
        (lambda: DataLoader((X, Y), num_workers=-1), cr.ArgumentError),
        (lambda: DataLoader((X, Y), collate_fn=list), cr.ArgumentError),
        (lambda: DataLoader([1, 2], augment=lambda x, rng: x), cr.ArgumentError),
        (lambda: list(DataLoader((X, Y), augment=lambda x, y, rng: (x,))), cr.ShapeError),
        (lambda: list(DataLoader([np.zeros(2), np.zeros(3)], batch_size=2)), cr.ShapeError),
        (lambda: list(DataLoader([(1, 2), (1,)], batch_size=2)), cr.ShapeError),
        (lambda: list(DataLoader([object()], batch_size=1)), cr.DtypeError),
        (lambda: TensorDataset(), cr.ArgumentError),
        (lambda: TensorDataset(X, Y[:5]), cr.ShapeError),
        (lambda: TensorDataset(["a", "b"]), cr.DtypeError),
        (lambda: random_split(range(10), [5, 4]), cr.ArgumentError),
        (lambda: random_split(range(10), [11, -1]), cr.ArgumentError),
        (lambda: random_split(range(10), [4.5, 5.5]), cr.ArgumentError),
        (lambda: random_split(5, [5]), cr.DtypeError),
    ],
)
def test_what_cannot_be_loaded_is_refused(make, error):
    with pytest.raises(error) as caught:
        make()
    assert all(caught.value.part(part) for part in ("got", "expected", "try"))


def test_an_abstract_dataset_cannot_be_made():
    with pytest.raises(TypeError):
        Dataset()
