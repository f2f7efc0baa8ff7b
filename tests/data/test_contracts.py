"""What holds for all of `cr.data` that takes arrays: awkward ones are the same array, and none is written to."""

import importlib
import inspect

import numpy as np
import pytest

import chainrule as cr
from chainrule import data

X = np.random.default_rng(0).normal(size=(24, 6)).astype(np.float32).astype(np.float64)
CLASSES = np.arange(24) % 3



def pictures(x):
    """The rows as pictures, in the clothes they wear; what is no table stays as it is."""
    if isinstance(x, list | tuple) and len(x) == len(X):
        return [[row[:3], row[3:]] for row in x]
    return x.reshape(-1, 2, 3) if getattr(x, "shape", None) == X.shape else x


# Every public function that takes arrays, with a call that gives an array to compare.
ARRAYS = {
    "split": lambda x, y: data.split(x, y, test=0.25)[0].X,
    "k_fold": lambda x, y: next(data.k_fold(x, y, k=3))[1].X,
    "describe": lambda x, y: np.array([column.mean for column in data.describe(x, y).columns]),
    "permutation_test": lambda x, y: np.array(data.permutation_test(x, y, permutations=19)),
    "Standardizer": lambda x, y: data.Standardizer().fit(x).transform(x),
    "MinMax": lambda x, y: data.MinMax().fit(x).inverse(x),
    "windows": lambda x, y: data.windows(x, 4)[0],
    "one_hot": lambda x, y: data.one_hot(y),
    "DataLoader": lambda x, y: next(iter(data.DataLoader((np.asarray(x), np.asarray(y)), batch_size=9)))[0].numpy(),
    "TensorDataset": lambda x, y: data.TensorDataset(x, y).tensors[0].numpy(),
    "augment.noise": lambda x, y: data.augment.noise(x),
    "augment.mixup": lambda x, y: data.augment.mixup(x, data.one_hot(y))[0],
    "augment.shift": lambda x, y: data.augment.shift(pictures(x), 1),
    "text.decode": lambda x, y: np.array(data.text.decode(y, "abc")),
    "text.batch": lambda x, y: data.text.batch(y, 2, 3)[0],
}
# And those that take none, or are held to more elsewhere.
OTHERS = {
    *("xor", "clusters", "circles", "moons", "blobs", "spirals", "checkerboard"),
    *("linear", "polynomial", "sine", "step", "friedman", "houses"),
    *("iris", "breast_cancer", "wine", "digits", "diabetes", "mnist", "fashion_mnist"),
    *("names", "entry", "load", "read_csv", "read_idx", "batches", "epoch_order", "split_rows", "fold_rows"),
    *("random_split", "default_collate", "Samples", "Dropped", "Dataset", "Subset"),
    *("ConcatDataset", "Sampler", "SequentialSampler", "RandomSampler"),
    *("SubsetRandomSampler", "WeightedRandomSampler"),
    *("Entry", "Report", "Finding", "Column"),
    *("augment.flip", "augment.rotate", "augment.cutout", "text.read", "text.vocabulary", "text.encode"),
}


def public():
    for name in data.__all__:
        thing = getattr(data, name)
        if inspect.ismodule(thing):
            yield from (f"{name}.{inner}" for inner in thing.__all__)
        else:
            yield name


def test_every_public_name_is_a_row():
    assert set(public()) == set(ARRAYS) | OTHERS


def strided(array):
    return np.repeat(array, 2, axis=0)[::2]


def read_only(array):
    found = array.copy()
    found.flags.writeable = False
    return found


CLOTHES = {
    "list": lambda a: a.tolist(),
    "tuple": lambda a: tuple(map(tuple, a.tolist())) if a.ndim > 1 else tuple(a.tolist()),
    "fortran": np.asfortranarray,
    "strided": strided,
    "reversed": lambda a: a[::-1].copy()[::-1],
    "read-only": read_only,
    "big-endian": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "tensor": lambda a: cr.tensor(a, dtype=a.dtype),
}


@pytest.mark.parametrize("call", ARRAYS.values(), ids=ARRAYS)
@pytest.mark.parametrize("dress", CLOTHES.values(), ids=CLOTHES)
def test_awkward_arrays_are_the_same_array(call, dress):
    np.testing.assert_array_equal(call(dress(X), dress(CLASSES)), call(X.copy(), CLASSES.copy()))


@pytest.mark.parametrize("call", ARRAYS.values(), ids=ARRAYS)
def test_what_the_user_gave_is_left_alone(call):
    x, y = X.copy(), CLASSES.copy()
    call(x, y)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, CLASSES)
    call(read_only(X), read_only(CLASSES))


FOREIGN = [None, object(), "words", {"a": 1}, np.array([1j]), np.array(["2020-01-01"], "datetime64[D]"), [[1], [2, 3]]]
REFUSING = [name for name in ARRAYS if name != "DataLoader"]


@pytest.mark.parametrize("name", REFUSING)
@pytest.mark.parametrize("foreign", FOREIGN, ids=[type(value).__name__ + str(i) for i, value in enumerate(FOREIGN)])
def test_what_is_no_array_is_refused(name, foreign):
    with pytest.raises(cr.ChainruleError):
        ARRAYS[name](foreign, foreign)


def test_masked_values_are_refused():
    masked = np.ma.masked_greater(X, 1.0)
    with pytest.raises(cr.DataError, match="mask"):
        data.Standardizer().fit(masked)
    whole = np.ma.array(X)
    np.testing.assert_array_equal(data.Standardizer().fit_transform(whole), data.Standardizer().fit_transform(X))


def test_frames_are_tables():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcdef"))
    np.testing.assert_array_equal(data.Standardizer().fit_transform(frame), data.Standardizer().fit_transform(X))
    train, _ = data.split(frame, pandas.Series(CLASSES))
    assert train.X.shape == (19, 6)


def test_the_room_is_cheap_to_enter():
    for name in ("arrays", "samples", "order", "streams"):
        importlib.import_module(f"chainrule.data.{name}")
    assert sorted(data.__all__) == dir(data)
