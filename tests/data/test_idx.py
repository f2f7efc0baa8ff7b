"""The IDX format: what is written comes back, and nothing torn or foreign is read."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.data import read_idx
from chainrule.data.idx import TYPES


def idx(array):
    code = next(code for code, kind in TYPES.items() if np.dtype(kind).newbyteorder("=") == array.dtype)
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(TYPES[code]).tobytes()


@pytest.mark.parametrize("kind", list(TYPES.values()))
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), (0,), (0, 5), (1, 1, 1, 1)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_type_comes_back(tmp_path, kind, shape, pack):
    array = np.random.default_rng(0).normal(size=shape, scale=50).astype(np.dtype(kind).newbyteorder("="))
    (tmp_path / "file").write_bytes(pack(idx(array)))
    found = read_idx(tmp_path / "file")
    assert found.dtype == array.dtype
    assert found.dtype.isnative
    assert found.flags.writeable
    np.testing.assert_array_equal(found, array)


WHOLE = idx(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_cut_is_noticed(tmp_path, pack):
    for length in range(len(WHOLE)):
        (tmp_path / "file").write_bytes(pack(WHOLE[:length]))
        with pytest.raises(cr.FileError, match="file"):
            read_idx(tmp_path / "file")


def test_every_cut_of_a_packed_file_is_noticed(tmp_path):
    packed = gzip.compress(WHOLE, mtime=0)
    for length in range(len(packed)):
        (tmp_path / "file").write_bytes(packed[:length])
        with pytest.raises(cr.FileError):
            read_idx(tmp_path / "file")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "key"),
    [
        (WHOLE + b"x", "data.idx_size"),
        (b"hello, world", "data.idx_foreign"),
        (b"\x00\x00\x08\x00", "data.idx_foreign"),  # no axes
        (b"\x00\x00\x07\x01" + struct.pack(">I", 1) + b"x", "data.idx_foreign"),
        (b"\x00\x00\x08\xff", "data.idx_foreign"),
        (b"\x00\x00\x08\x03" + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 2**32 - 1), "data.idx_size"),
        (b"\x00\x00\x0e\x02" + struct.pack(">2I", 60_000, 60_000) + b"1234", "data.idx_size"),  # 29 GB, never taken
    ],
)
def test_foreign_files_are_refused_before_memory_is_taken(tmp_path, content, key, pack):
    (tmp_path / "file").write_bytes(pack(content))
    with pytest.raises(cr.FileError) as caught:
        read_idx(tmp_path / "file")
    assert caught.value.key == key
    assert str(tmp_path / "file") == caught.value.where


def test_places_that_are_no_files(tmp_path):
    for path, error in ((tmp_path, cr.FileError), (tmp_path / "none", cr.FileError), (None, cr.DtypeError)):
        with pytest.raises(error):
            read_idx(path)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_read_or_refused_by_our_own_error(tmp_path_factory, content, packed):
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(gzip.compress(content) if packed else content)
    words = ""
    try:
        read_idx(path)
    except cr.FileError as error:
        words = str(error)
    assert not words or str(path) in words
