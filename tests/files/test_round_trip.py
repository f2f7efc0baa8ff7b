"""What is written is read back, whatever its layout, type and name; by safetensors' own reader too."""

import hypothesis
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import strategies as st

import chainrule as cr
from chainrule import nn
from chainrule.files.container import CODES, encoded, opened
from chainrule.files.packing import Packer, Unpacker
from chainrule.files.storing import store
from chainrule.ops.layout import array_order

LAYOUTS = {
    "C": lambda a: a, "Fortran": np.asfortranarray, "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "reversed": lambda a: np.ascontiguousarray(a[::-1])[::-1] if a.ndim else a,
    "big end first": lambda a: a.astype(a.dtype.newbyteorder(">")),
    "read only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
    "channels last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 0, -1)), -1, 0) if a.ndim > 2 else a,
}
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda name: name != "__metadata__")


def filled(draw, shape, kind):
    size = int(np.prod(shape))
    data = draw(st.binary(min_size=size * 8, max_size=size * 8))
    array = np.frombuffer(data, np.uint64)
    with np.errstate(all="ignore"):
        made = array % 2 == 0 if kind == "|b1" else array.astype(np.dtype(kind))
    return made.reshape(shape)


@st.composite
def tensors(draw):
    found = {}
    for name in draw(st.lists(names, unique=True, max_size=4)):
        shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
        array = filled(draw, shape, draw(st.sampled_from(sorted(CODES))))
        found[name] = LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))](array)
    return found


@hypothesis.given(tensors())
def test_every_array_comes_back(tmp_path_factory, given):
    path = tmp_path_factory.mktemp("round") / "file"
    store(path, encoded(given, {"format": 1}))
    with opened(path) as file:
        assert set(file.entries) == set(given)
        for name, array in given.items():
            found = file.read(name)
            assert (found.shape, found.dtype) == (array.shape, array.dtype.newbyteorder("="))
            np.testing.assert_array_equal(found, array)
    if not any("chainrule" in name for name in given):
        others = safetensors.numpy.load_file(path)
        for name, array in given.items():
            np.testing.assert_array_equal(others[name], array)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"]))
    | st.tuples(st.sampled_from(["<f4", "<f8", "<i8"]), st.lists(st.integers(0, 3), max_size=3)).map(
        lambda row: np.asfortranarray(np.arange(np.prod(row[1], dtype=int)).reshape(row[1]).astype(row[0]))
    ),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple)
    | st.dictionaries(st.text(max_size=3) | st.integers() | st.just("$array"), inner, max_size=3),
    max_leaves=8,
)


def same(a, b):
    if isinstance(a, np.ndarray):
        assert array_order(a) == array_order(b)
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


@hypothesis.given(plain)
def test_every_state_comes_back(tmp_path_factory, value):
    packer = Packer("chainrule/")
    data = packer.pack(value, "state")
    path = tmp_path_factory.mktemp("state") / "file"
    store(path, encoded(packer.arrays, {"format": 1, "data": data}))
    with opened(path) as file:
        assert same(value, Unpacker(file.read).unpack(file.notes["data"]))


def test_what_no_file_can_hold_is_refused():
    for value in (object(), {1, 2}, b"bytes", np.array(["a"]), np.array([1j]), len, [1, object()]):
        with pytest.raises(cr.StateError):
            Packer("").pack(value, "state")
    with pytest.raises(cr.DtypeError):
        encoded({"a": np.array([1j])}, {})


def test_words_that_no_packer_says_are_refused():
    for data in ({"$array": 3}, {"$other": 1}, {"$tuple": 3}, {"$float": "1"}, {"$array": "a", "order": [0, 0]}):
        with pytest.raises(ValueError, match=r"unknown|order"):
            Unpacker(lambda name: np.zeros((2, 2))).unpack(data)


def test_a_file_is_saved_onto_itself(tmp_path):
    path = tmp_path / "net.safetensors"
    cr.save(nn.Linear(3, 2), path)
    net = cr.load(path)
    with cr.no_grad():
        net.weight += 1
    cr.save(net, path)
    np.testing.assert_array_equal(cr.load(path).weight.numpy(), net.weight.numpy())


def test_files_of_others(tmp_path):
    """Half precision and bfloat16, as PyTorch users have them."""
    path = tmp_path / "torch.safetensors"
    weight = np.array([[1.5, -2.0, 0.25]], np.float32)
    upper = (weight.view(np.uint32) >> 16).astype(np.uint16)
    store(path, [*_foreign({"weight": ("BF16", upper), "bias": ("F16", np.array([0.5], np.float16))})])
    net = cr.load_into(nn.Linear(3, 1), path)
    np.testing.assert_array_equal(net.weight.numpy(), weight)
    assert net.bias.numpy().tolist() == [0.5]
    with pytest.raises(cr.FileError, match="tensors alone"):
        cr.load(path)
    with pytest.raises(cr.StateError, match="weight"):
        cr.load_into(nn.Sequential(nn.Linear(3, 1)), path)
    with pytest.raises(cr.ShapeError):
        cr.load_into(nn.Linear(4, 1), path)
    other = nn.ModuleDict({"weight": nn.Linear(1, 1)})
    assert cr.load_into(other, path, strict=False) is other


def _foreign(rows):
    import json

    header, data = {}, b""
    for name, (code, array) in rows.items():
        header[name] = {"dtype": code, "shape": array.shape, "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    return [len(text).to_bytes(8, "little") + text, data]
