"""One trained network on a thousand rows, in every format, as its users run it."""

import re
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from tests.export import judges

ROWS = np.random.default_rng(3).normal(size=(1000, 4)).astype(np.float32) * 2


def scaled(x):
    return (x - cr.tensor([0.5, -1.0, 0.0, 2.0])) / cr.tensor([1.0, 2.0, 0.5, 3.0])


@pytest.fixture(scope="module")
def model():
    cr.manual_seed(1)
    model = nn.MLP([4, 32, 32, 3], activation="gelu", norm="batch", dropout=0.1)
    y = (np.abs(ROWS[:, 0]) > 1).astype(np.int64) + (ROWS[:, 1] > 0)
    trainer = cr.Trainer(
        model, loss=nn.CrossEntropyLoss(), optimizer=optim.Adam(model.parameters(), lr=0.01), seed=0, engine="numpy"
    )
    trainer.fit((ROWS, y), epochs=3, batch_size=100, progress=False)
    return model.eval()


@pytest.fixture(scope="module")
def want(model):
    """Scaling, network and softmax, as the library answers, in float32."""
    with cr.no_grad():
        return cr.softmax(model(scaled(cr.tensor(ROWS)))).numpy()


def steps():
    return {"input_shape": (4,), "before": scaled, "after": cr.softmax}


def close(got, want):
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)


def csv(rows):
    return "".join(",".join(map(repr, row)) + "\n" for row in rows.astype(np.float64).tolist())


def table(text):
    return np.array([[float(word) for word in line.split(",")] for line in text.splitlines()])


def test_onnx(model, want, tmp_path):
    cr.export.onnx(model, tmp_path / "net.onnx", **steps())
    for answers in (judges.onnxruntime_answers, judges.reference_answers):
        (got,) = answers(tmp_path / "net.onnx", [ROWS])
        close(got, want)
        assert (got.argmax(1) == want.argmax(1)).all()


def test_numpy_alone(model, want, tmp_path):
    """In a process of its own that cannot find this library."""
    cr.export.numpy(model, tmp_path / "net.py", **steps())
    np.save(tmp_path / "rows.npy", ROWS)
    code = """\
import sys
sys.modules["chainrule"] = None
import net, numpy as np
assert set(m for m in sys.modules if m.startswith("chainrule")) == {"chainrule"}
np.save("answers.npy", net.predict(np.load("rows.npy")))
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    close(np.load(tmp_path / "answers.npy"), want)


@judges.needs_cc
@pytest.mark.parametrize("more", [[], ["-Wconversion", "-Wdouble-promotion", "-pedantic"]], ids=["", "pedantic"])
def test_c_reads_csv(more, model, want, tmp_path):
    cr.export.c(model, tmp_path / "net.c", **steps())
    command = [*judges.CC, *more, "-o", "net", "net.c", "-lm"]
    if more:
        command.remove("-Werror")
        command.append("-Werror=pedantic")
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    done = subprocess.run([tmp_path / "net"], input=csv(ROWS), capture_output=True, text=True, check=True)
    close(table(done.stdout), want)


@judges.needs_cc
def test_c_in_float(model, want, tmp_path):
    cr.export.c(model, tmp_path / "net.c", **steps())
    subprocess.run([*judges.CC, "-DNET_REAL=float", "-o", "net", "net.c", "-lm"], cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "net"], input=csv(ROWS), capture_output=True, text=True, check=True)
    np.testing.assert_allclose(table(done.stdout), want, rtol=1e-4, atol=1e-5)


@judges.needs_cc
def test_c_allocates_nothing(model, tmp_path):
    cr.export.c(model, tmp_path / "net.c", **steps())
    text = (tmp_path / "net.c").read_text()
    assert not re.search(r"\w*alloca?\(", text)
    subprocess.run([*judges.CC, "-DNET_NO_MAIN", "-c", "net.c"], cwd=tmp_path, check=True)
    symbols = subprocess.run(["nm", "-u", "net.o"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert set(symbols.split()) - {"U"} <= {"exp", "erf", "sqrt", "tanh"}


@judges.needs_cc
@pytest.mark.parametrize(
    ("text", "code", "lines"),
    [
        ("1,2,3,4\n", 0, 1), ("1,2,3,4", 0, 1), ("a,b,c,d\n1,2,3,4\n", 0, 1), ("1,2,3,4\r\n\r\n 5, 6,7,8\r\n", 0, 2),
        ("", 0, 0),
        ("1,2,3\n", 2, 0), ("1,2,3,4,5\n", 2, 0), ("1,2,3,4\n1,two,3,4\n", 2, 1), ("1,2,3,4\n1,,3,4\n", 2, 1),
        (f"1,2,3,{'9' * 80}\n1,2,3,4,\n", 2, 0), ("nan,inf,-inf,1e-3\n", 0, 1),
    ],
)
def test_c_refuses_what_is_no_row(text, code, lines, model, tmp_path):
    program = tmp_path.parent / "csv_program"
    if not program.exists():
        cr.export.c(model, tmp_path / "net.c", **steps())
        subprocess.run([*judges.CC, "-o", program, "net.c", "-lm"], cwd=tmp_path, check=True)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stdout.splitlines())) == (code, lines)
    assert (done.stderr != "") == (code != 0)


@judges.needs_node
def test_javascript(model, want, tmp_path):
    cr.export.javascript(model, tmp_path / "net.mjs", **steps())
    (got,) = judges.javascript_answers([tmp_path / "net.mjs"], [ROWS.astype(np.float64)])
    close(got, want)
    text = (tmp_path / "net.mjs").read_text()
    assert "import " not in text.split("export const")[1]
    assert "require" not in text


@judges.needs_node
def test_javascript_refuses_rows_of_another_width(model, tmp_path):
    cr.export.javascript(model, tmp_path / "net.mjs", **steps())
    code = "import { predict } from './net.mjs'; predict([[1, 2, 3]]);"
    command = ["node", "--input-type=module", "-e", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "expected 4 numbers, got 3" in done.stderr


def test_the_network_is_left_as_it_was(model, tmp_path):
    model.train()
    before = {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()}
    cr.manual_seed(5)
    drawn = cr.rand(3).numpy()
    cr.manual_seed(5)
    for kind, end in (("onnx", "onnx"), ("numpy", "py"), ("c", "c"), ("javascript", "mjs")):
        getattr(cr.export, kind)(model, tmp_path / f"net.{end}", **steps())
    assert (cr.rand(3).numpy() == drawn).all()
    assert all(module.training for module in model.modules())
    assert {name: tensor.numpy().tobytes() for name, tensor in model.state_dict().items()} == before
    model.eval()
