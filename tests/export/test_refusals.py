"""What cannot be exported is refused in four parts, and no file is left behind."""

import os
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.export.files import written
from tests.export import judges
from tests.house import source

FORMATS = {"onnx": "onnx", "numpy": "py", "c": "c", "javascript": "mjs"}
LINEAR = nn.Linear(2, 3)


class Looks(nn.Module):
    def forward(self, x):
        return x * 2 if x.sum().item() > 0 else x


class Draws(nn.Module):
    def forward(self, x):
        return x + cr.rand(2)


class Writes(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", cr.zeros(2))

    def forward(self, x):
        self.seen.copy_(self.seen + 1.0)
        return x + self.seen


class Mixes(nn.Module):
    def forward(self, x):
        return x - x.amax(0)


class Sums(nn.Module):
    def forward(self, x):
        return x.sum()


class Nothing(nn.Module):
    def forward(self, x):
        return 3


class ByMask(nn.Module):
    def forward(self, x):
        return cr.arange(6.0).reshape((2, 3))[x.argmax(1), 1:]


CASES = [
    (Looks(), {}, "tensors.value_recorded"), (Draws(), {}, "export.draws"), (Writes(), {}, "export.writes"),
    (Mixes(), {}, "export.mixed_rows"), (Sums(), {}, "export.no_rows"), (Nothing(), {}, "export.answer"),
    (print, {}, "export.model"), (LINEAR, {"input_shape": None}, "export.one_of"),
    (LINEAR, {"example": np.zeros((1, 2))}, "export.one_of"), (LINEAR, {"input_shape": (0,)}, "export.shape"),
    (LINEAR, {"input_shape": "2"}, "export.shape"), (LINEAR, {"input_shape": (2.5,)}, "export.shape"),
    (LINEAR, {"batch_axis": -1}, "export.axis"), (LINEAR, {"batch_axis": 4}, "export.axis"),
    (LINEAR, {"input_shape": None, "example": np.zeros((0, 2))}, "export.example"),
    (LINEAR, {"weights": "int4"}, "export.weights"), (LINEAR, {"weights": "int8"}, "export.data"),
    (LINEAR, {"data": np.zeros((1, 2))}, "export.data"),
    (LINEAR, {"weights": "int8", "data": np.zeros((5, 3))}, "export.data_shape"),
    (LINEAR, {"before": 3}, "export.step"), (LINEAR, {"after": "softmax"}, "export.step"),
    (LINEAR, {"input_shape": (5,)}, "layers.width"),
]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("model", "given", "key"), CASES, ids=[f"{key} {n}" for n, (_, _, key) in enumerate(CASES)])
def test_refused(model, given, key, kind, tmp_path):
    with pytest.raises(cr.ChainruleError) as found:
        getattr(cr.export, kind)(model, tmp_path / f"net.{FORMATS[kind]}", **{"input_shape": (2,), **given})
    assert found.value.key == key
    assert all(found.value.part(part) for part in ("got", "expected", "try"))
    assert list(tmp_path.iterdir()) == []


def test_an_example_of_one_row_shows_rows_that_mix(tmp_path):
    for example in (np.array([[1.0, 2.0]]), np.array([[1, 2, 3, 4, 5, 6]])):
        with pytest.raises(cr.CaptureError) as found:
            cr.export.numpy(Mixes(), tmp_path / "net.py", example=example)
        assert found.value.key == "export.mixed_rows"


@judges.needs_cc
@judges.needs_node
def test_names_cannot_end_a_comment(tmp_path):
    model = nn.Module()
    model.register_parameter('a*/ evil(); /*\n""" b', nn.Parameter(cr.tensor([1.0, 2.0])))
    model.forward = lambda x: x * next(model.parameters())
    rows, want = np.array([[3.0, 4.0]], np.float32), np.array([[3.0, 8.0]])
    for kind, end in FORMATS.items():
        getattr(cr.export, kind)(model, tmp_path / f"net.{end}", input_shape=(2,))
    np.testing.assert_array_equal(judges.numpy_answers(tmp_path / "net.py", [rows])[0], want)
    np.testing.assert_array_equal(judges.onnxruntime_answers(tmp_path / "net.onnx", [rows])[0], want)
    np.testing.assert_array_equal(judges.c_answers([tmp_path / "net.c"], [rows])[0], want)
    np.testing.assert_array_equal(judges.javascript_answers([tmp_path / "net.mjs"], [rows])[0], want)


@pytest.mark.parametrize("kind", ["onnx", "c", "javascript"])
def test_an_operation_without_a_form_is_named_with_its_line(kind, tmp_path):
    with pytest.raises(cr.ArgumentError, match=r"test_refusals.py:\d+") as found:
        getattr(cr.export, kind)(ByMask(), tmp_path / f"net.{FORMATS[kind]}", input_shape=(2,))
    assert found.value.key == "export.primitive"


def test_numpy_exports_every_operation(tmp_path):
    cr.export.numpy(ByMask(), tmp_path / "net.py", input_shape=(2,))
    space = {}
    exec((tmp_path / "net.py").read_text(), space)  # noqa: S102
    np.testing.assert_array_equal(space["predict"](np.array([[0.0, 1.0], [1.0, 0.0]])), [[4, 5], [1, 2]])


@pytest.mark.parametrize(("kind", "name"), [("c", "net.cpp"), ("javascript", "net.ts"), ("numpy", "net")])
def test_another_suffix_is_refused(kind, name, tmp_path):
    with pytest.raises(cr.ArgumentError) as found:
        getattr(cr.export, kind)(LINEAR, tmp_path / name, input_shape=(2,))
    assert found.value.key == "export.suffix"


@pytest.mark.parametrize(("file", "name"), [("my-net.c", None), ("1net.c", None), ("net.c", "a b"), ("net.c", "ß")])
def test_names_that_are_none_in_c(file, name, tmp_path):
    with pytest.raises(cr.ArgumentError) as found:
        cr.export.c(LINEAR, tmp_path / file, input_shape=(2,), name=name)
    assert found.value.key == "export.name"
    cr.export.c(LINEAR, tmp_path / file, input_shape=(2,), name="net")
    assert "void net_predict" in (tmp_path / file).with_suffix(".h").read_text()


def test_a_folder_is_made(tmp_path):
    made = cr.export.onnx(LINEAR, tmp_path / "a" / "b" / "net.onnx", input_shape=(2,))
    assert made.files[0].stat().st_size == made.size
    assert str(made) == f"{made.files[0]}: {made.size:,} bytes"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_place_that_cannot_be_written(kind, tmp_path):
    path = tmp_path / f"net.{FORMATS[kind]}"
    path.mkdir()
    with pytest.raises(cr.FileError) as found:
        getattr(cr.export, kind)(LINEAR, path, input_shape=(2,))
    assert found.value.key == "export.file"
    assert str(path) in found.value.where
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / "file").write_text("x")
    with pytest.raises(cr.FileError):
        getattr(cr.export, kind)(LINEAR, tmp_path / "file" / path.name, input_shape=(2,))


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_disk_that_fails_leaves_what_was_there(call, number, tmp_path, monkeypatch):
    """Both files of a C export are the old ones, or both are the new ones, unless the second rename itself fails."""
    paths = {tmp_path / "net.c": b"new source", tmp_path / "net.h": b"new header"}
    for path in paths:
        path.write_bytes(b"old")
    real, seen = getattr(os, call), []

    def fail(*args, **kwargs):
        seen.append(1)
        if len(seen) == number:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(cr.FileError) as found:
        written(paths, "export.c")
    assert "No space left" in str(found.value)
    kept = [path.read_bytes() for path in paths]
    assert kept == ([b"new source", b"old"] if (call, number) == ("replace", 2) else [b"old", b"old"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.c", "net.h"]


def test_rights_of_a_new_file_are_those_of_any_other(tmp_path):
    (tmp_path / "other").write_text("x")
    cr.export.numpy(LINEAR, tmp_path / "net.py", input_shape=(2,))
    assert (tmp_path / "net.py").stat().st_mode == (tmp_path / "other").stat().st_mode


def _python(code):
    environment = {**os.environ, "PYTHONPATH": str(source.ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_what_is_imported_when_first_used_is_not_recorded(tmp_path):
    code = f"""\
import chainrule as cr
class Net(cr.nn.Module):
    def forward(self, x):
        return cr.nn.functional.scaled_dot_product_attention(x, x, x)
cr.export.numpy(Net(), {str(tmp_path / "net.py")!r}, input_shape=(3, 2))
"""
    done = _python(code)
    assert done.returncode == 0, done.stderr


def test_onnx_is_imported_only_when_a_model_is_written():
    code = "import sys, chainrule as cr; cr.export.onnx, cr.export.c; print('onnx' in sys.modules)"
    assert _python(code).stdout == "False\n"


def test_a_missing_package_is_named_with_the_line_that_installs_it(tmp_path):
    code = f"""\
import sys
sys.modules["onnx"] = None
import chainrule as cr
try:
    cr.export.onnx(cr.nn.Linear(2, 3), {str(tmp_path / "net.onnx")!r}, input_shape=(2,))
except cr.MissingExtraError as error:
    print(error)
cr.export.c(cr.nn.Linear(2, 3), {str(tmp_path / "net.c")!r}, input_shape=(2,))
"""
    done = _python(code)
    assert done.returncode == 0, done.stderr
    assert 'pip install "chainrule[onnx]"' in done.stdout
    assert not (tmp_path / "net.onnx").exists()
