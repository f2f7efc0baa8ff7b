"""`cr.script`: one code in two languages, data inside or beside, what is refused, and how long it may be."""

import ast
import subprocess
import sys

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim

X, Y = cr.data.spirals(40, arms=3, noise=0.1, seed=1)


def made(make=None, dtype="float64", **more):
    """A fresh Trainer on three classes."""
    cr.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 3))
    optimizer = (make or (lambda p: optim.Adam(p, lr=0.02)))(model.parameters())
    return cr.Trainer(model, nn.CrossEntropyLoss(), optimizer, seed=0, engine="numpy", dtype=dtype, **more)


def run(folder, name="network.py"):
    """Run a program by a bare interpreter; its weights."""
    command = [sys.executable, "-I", "-X", "utf8", name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return dict(np.load(folder / "weights.npz"))


def same(weights, trainer):
    for name, value in trainer.model.state_dict().items():
        np.testing.assert_array_equal(weights[name], value.numpy(), err_msg=name)


def code(text):
    """The program without its words."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            node.values = []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.isascii():
            node.value = ""
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value.value = ""
    return ast.dump(tree)


def test_both_languages_have_one_code():
    english, chinese = (cr.script(made(), (X, Y), epochs=2, batch_size=16, lang=lang) for lang in ("en", "zh"))
    assert code(english) == code(chinese)
    assert "前向传播" in chinese
    assert "反向传播" in chinese
    assert "损失" in chinese
    assert not any("一" <= letter <= "鿿" for letter in english)
    with pytest.raises(cr.ArgumentError, match="lang"):
        cr.script(made(), (X, Y), lang="fr")


def test_the_names_of_the_articles():
    text = cr.script(made(), (X, Y), lang="en", batch_size=16)
    for line in (
        "    z1 = X @ W1 + b1", "    a1 = np.tanh(n1)", "    z2 = h1 @ W2 + b2", "    dz2 = (p - aim) / m",
        "    dW2 = h1.T @ dz2", "    db2 = dz2.sum(axis=0)", "    dh1 = dz2 @ W2.T", "    dW1 = X.T @ dz1",
    ):
        assert any(row.startswith(f"{line}  # ") for row in text.splitlines()), line
    functions = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    assert functions[-3:] == ["forward", "backward", "update"]
    assert "chainrule" not in text


def test_the_trainer_stays_as_it_was():
    trainer, other = made(), made()
    cr.script(trainer, (X, Y), epochs=3, batch_size=16)
    first, second = (t.fit((X, Y), epochs=3, batch_size=16, progress=False) for t in (trainer, other))
    assert list(first["loss"]) == list(second["loss"])


def test_it_goes_on_where_the_trainer_stands(tmp_path):
    trainer = made(lambda p: optim.SGD(p, lr=0.1, momentum=0.9))
    trainer.fit((X, Y), epochs=2, batch_size=16, progress=False)
    (tmp_path / "network.py").write_text(cr.script(trainer, (X, Y), epochs=3, batch_size=16), encoding="utf-8")
    trainer.fit((X, Y), epochs=3, batch_size=16, progress=False)
    same(run(tmp_path), trainer)


def test_float32(tmp_path):
    trainer = made(dtype="float32")
    (tmp_path / "network.py").write_text(cr.script(trainer, (X, Y), epochs=2, batch_size=7), encoding="utf-8")
    trainer.fit((X, Y), epochs=2, batch_size=7, progress=False)
    same(run(tmp_path), trainer)


def test_data_beside(tmp_path):
    trainer = made()
    text = cr.script(trainer, (X, Y), epochs=2, batch_size=16, out=tmp_path / "folder")
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["network.npz", "network.py"]
    assert max(map(len, text.splitlines())) < 200
    trainer.fit((X, Y), epochs=2, batch_size=16, progress=False)
    same(run(tmp_path / "folder"), trainer)


def test_too_much_for_a_text(tmp_path):
    rows = np.random.default_rng(0).normal(size=(60_000, 10))
    model = nn.Sequential(nn.Linear(10, 1))
    trainer = cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), dtype="float64")
    with pytest.raises(cr.ArgumentError, match="out="):
        cr.script(trainer, (rows, rows[:, :1]), batch_size=100)
    cr.script(trainer, (rows, rows[:, :1]), batch_size=100, out=tmp_path)
    assert (tmp_path / "network.py").stat().st_size < 20_000


def test_a_last_batch_of_one_row(tmp_path):
    """With a batch norm it joins the batch before it; without one it has functions of its own where it must."""
    for model in (made().model, nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))):
        trainer = cr.Trainer(
            model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1), seed=0, engine="numpy", dtype="float64"
        )
        text = cr.script(trainer, (X, Y), epochs=2, batch_size=13)
        (tmp_path / "network.py").write_text(text, encoding="utf-8")
        trainer.fit((X, Y), epochs=2, batch_size=13, progress=False)
        same(run(tmp_path), trainer)


def test_what_is_refused():
    class Newton(optim.LBFGS):
        pass

    with pytest.raises(cr.CaptureError, match="Newton"):
        cr.script(made(Newton), (X, Y))
    with pytest.raises(cr.ArgumentError, match="DataLoader"):
        cr.script(made(), cr.data.DataLoader(cr.data.TensorDataset(X, Y), batch_size=8))

    class Looking(nn.Module):
        def forward(self, x):
            return x * float(x.sum() > 0)

    model = nn.Sequential(nn.Linear(2, 3), Looking())
    with pytest.raises(cr.CaptureError):
        cr.script(cr.Trainer(model, nn.CrossEntropyLoss()), (X, Y))


def test_schedules_that_are_refused():
    class Mine(optim.lr_scheduler.LRScheduler):
        def step(self, metric=None):
            self.last_epoch += 1

    for make, word in (
        (lambda o: optim.lr_scheduler.ReduceLROnPlateau(o, mode="max"), "metric"),
        (lambda o: [optim.lr_scheduler.ReduceLROnPlateau(o), Mine(o)], "Mine"),
    ):
        trainer = made()
        adam = trainer.optimizer
        other = cr.Trainer(
            trainer.model, nn.CrossEntropyLoss(), adam, metrics=["accuracy"], schedule=make(adam), dtype="float64"
        )
        with pytest.raises(cr.CaptureError, match=word):
            cr.script(other, (X, Y), epochs=2)


def test_a_folder_keeps_what_is_in_it(tmp_path, monkeypatch):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "network.py").write_text("old")

    def full(*args, **arrays):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        with pytest.raises(cr.FileError, match="No space"):
            cr.script(made(), (X, Y), out=tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"notes.txt": "mine", "network.py": "old"}
    text = cr.script(made(), (X, Y), out=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["network.npz", "network.py", "notes.txt"]
    assert (tmp_path / "network.py").read_text(encoding="utf-8") == text
    with pytest.raises(cr.FileError, match=r"notes\.txt"):
        cr.script(made(), (X, Y), out=tmp_path / "notes.txt")


@pytest.mark.parametrize(
    ("layers", "loss", "dense"),
    [
        ([nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)], nn.BCEWithLogitsLoss(), 3),
        ([nn.Linear(2, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, 1)], nn.MSELoss(), 4),
        ([nn.Linear(2, 8), nn.LayerNorm(8), nn.GELU("tanh"), nn.Linear(8, 1)], nn.BCEWithLogitsLoss(), 4),
        ([nn.Linear(2, 8), nn.BatchNorm1d(8), nn.SiLU(), nn.Linear(8, 1)], nn.HuberLoss(), 4),
    ],
)
@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Lion])
def test_how_long_it_is(layers, loss, dense, make):
    """At most 60 lines, and 14 a layer; empty ones are not counted."""
    model = nn.Sequential(*layers)
    trainer = cr.Trainer(model, loss, make(model.parameters(), lr=0.01), dtype="float64")
    text = cr.script(trainer, (X, (Y[:, None] > 0).astype(float)), epochs=5, batch_size=16)
    assert sum(bool(line.strip()) for line in text.splitlines()) <= 60 + 14 * dense
    assert max(len(line) for line in text.splitlines() if "array(" not in line and "ratio(" not in line) <= 200
