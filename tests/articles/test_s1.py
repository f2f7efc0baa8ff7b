"""The second article's rows that no other file holds: its class, its PyTorch program, cures measured, projects."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule import language, lessons, nn, optim
from chainrule.train import EarlyStopping
from tests.house.source import ROOT

X, Y = cr.data.xor()


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# --- the article's networks -----------------------------------------------------------------------------------------


@pytest.mark.article("S1-11")
def test_the_chain_rule_through_both_layers():
    cr.manual_seed(0)
    net = nn.MLP([2, 4, 1], activation="sigmoid", init=1.0).double()
    W1, b1, W2, b2 = net.weights().values()
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    dz2 = a2 - Y  # what the article descends: cross-entropy's, not that of the squared error it prints
    dz1 = dz2 @ W2.T * a1 * (1 - a1)
    wanted = [(X.T @ dz1 / 4).T, dz1.mean(0), (a1.T @ dz2 / 4).T, dz2.mean(0)]
    inputs, targets, loss = cr.tensor(X, dtype="float64"), cr.tensor(Y, dtype="float64"), nn.BCEWithLogitsLoss()
    loss(net(inputs), targets).backward()
    for parameter, gradient in zip(net.parameters(), wanted, strict=True):
        np.testing.assert_allclose(parameter.grad.numpy(), gradient, rtol=1e-12)

    def whole(w1, c1, w2, c2):
        return loss(cr.sigmoid(inputs @ w1 + c1) @ w2 + c2, targets)

    cr.testing.check_gradients(whole, W1, b1, W2, b2)


class SimpleNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(hidden_size, output_size)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        return self.sigmoid(self.fc2(self.relu(self.fc1(x))))


@pytest.mark.article("S1-13")
def test_the_weights_of_the_pytorch_program_load_and_train_alike():
    torch = pytest.importorskip("torch")

    class TheirNN(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc2 = torch.nn.Linear(2, 4), torch.nn.Linear(4, 1)

        def forward(self, x):
            return torch.sigmoid(self.fc2(torch.relu(self.fc1(x))))

    torch.manual_seed(0)
    theirs, ours = TheirNN().double(), SimpleNN(2, 4, 1).double()
    ours.load_state_dict(theirs.state_dict())
    x, y = cr.tensor(X, dtype="float64"), cr.tensor(Y, dtype="float64")
    inputs, targets = torch.tensor(X), torch.tensor(Y)
    sides = [
        (theirs, torch.optim.Adam(theirs.parameters(), lr=0.01), torch.nn.MSELoss(), inputs, targets),
        (ours, optim.Adam(ours.parameters(), lr=0.01), nn.MSELoss(), x, y),
    ]
    losses = []
    for net, optimizer, criterion, rows, wanted in sides:
        losses.append([])
        for _ in range(500):
            loss = criterion(net(rows), wanted)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[-1].append(loss.item())
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-8)
    with torch.no_grad():
        theirs.load_state_dict({name: torch.tensor(p.numpy()) for name, p in ours.state_dict().items()})
        np.testing.assert_allclose(theirs(inputs).numpy(), ours(x).detach().numpy(), rtol=1e-12)


@pytest.mark.article("S1-14")
@pytest.mark.filterwarnings("ignore:Trainer, SGD, lr")  # a rate of 0, so that gradients can be compared
def test_the_order_of_the_loop():
    net = SimpleNN(2, 4, 1)
    criterion, x, y = nn.MSELoss(), cr.tensor(X), cr.tensor(Y)
    criterion(net(x), y).backward()
    once = [p.grad.numpy().copy() for p in net.parameters()]
    criterion(net(x), y).backward()  # without zero_grad the gradients add up
    for parameter, gradient in zip(net.parameters(), once, strict=True):
        np.testing.assert_allclose(parameter.grad.numpy(), 2 * gradient, rtol=1e-6)
    with cr.no_grad():
        assert not net(x).requires_grad
    trainer = cr.Trainer(net, criterion, optim.SGD(net.parameters(), lr=0.0), seed=0, engine="numpy")
    trainer.fit((X, Y), epochs=3, batch_size=4, progress=False)  # which it cannot forget
    for parameter, gradient in zip(net.parameters(), once, strict=True):
        np.testing.assert_allclose(parameter.grad.numpy(), gradient, rtol=1e-6)
    assert isinstance(trainer.predict(X), np.ndarray)
    for lang, words in {"en": ("zero_grad", "backward", "step", "adds"), "zh": ("zero_grad", "累加")}.items():
        assert all(word in language.say("lesson2.loop", lang) for word in words)


# --- cures, each measured with and without --------------------------------------------------------------------------

MOONS = cr.data.moons(200, noise=0.1, seed=0)


def deep(seed, optimizer, clip=None, **options):
    """Loss and accuracy of a network of 20 layers after 400 steps."""
    cr.manual_seed(seed)
    net = nn.MLP([2, *[16] * 19, 1], **options)
    trainer = cr.Trainer(
        net, nn.BCEWithLogitsLoss(), optimizer(net.parameters()), ["accuracy"], clip_norm=clip, seed=seed
    )
    trainer.fit(MOONS, steps=400, batch_size=50, progress=False)
    found = trainer.evaluate(MOONS)
    return found["loss"], found["accuracy"]


def median(run, **options):
    return np.median([run(seed, **options) for seed in range(3)], axis=0)


@pytest.mark.slow
@pytest.mark.article("S1-19")
def test_each_cure_of_vanishing_gradients_lets_twenty_layers_learn():
    adam = lambda parameters: optim.Adam(parameters, lr=0.01)
    for sick in ({"activation": "sigmoid"}, {"activation": "tanh", "init": 0.01}):
        loss, accuracy = median(deep, optimizer=adam, **sick)
        assert loss == pytest.approx(np.log(2), abs=2e-3)
        assert accuracy == 0.5
    cures = [
        {"activation": "relu"}, {"activation": "sigmoid", "norm": "batch"}, {"activation": "sigmoid", "residual": True},
        {"activation": "sigmoid", "init": 1.0}, {"activation": "tanh"},
    ]
    for cure in cures:
        loss, accuracy = median(deep, optimizer=adam, **cure)
        assert loss < 0.5, cure
        assert accuracy > 0.8, cure


@pytest.mark.slow
@pytest.mark.article("S1-20")
def test_each_cure_of_exploding_gradients():
    sgd = lambda rate: lambda parameters: optim.SGD(parameters, lr=rate)
    too_large = {"activation": "relu", "init": 0.5}  # He's would be 0.35
    cr.manual_seed(0)
    net = nn.MLP([2, *[16] * 19, 1], **too_large)
    nn.BCEWithLogitsLoss()(net(cr.tensor(MOONS.X)), cr.tensor(MOONS.y)).backward()
    assert net[0].weight.grad.norm().item() > 100
    assert np.isnan(median(deep, optimizer=sgd(0.1), **too_large)).all()
    cures = [
        {"optimizer": sgd(0.1), "clip": 1.0}, {"optimizer": sgd(0.001)}, {"optimizer": sgd(0.1), "norm": "batch"},
    ]
    for cure in cures:
        loss, accuracy = median(deep, **cure, **too_large)
        assert loss < 0.3
        assert accuracy > 0.85


KNOWN, UNSEEN, WATCHED = (cr.data.moons(n, noise=0.3, seed=seed) for seed, n in enumerate((80, 2_000, 80)))


def unseen(seed, adam=optim.Adam, dropout=0.0, penalty=0.0, copies=0, watched=None, callbacks=(), **decay):
    """The loss on new rows of a network large enough to learn 80 noisy rows by heart."""
    cr.manual_seed(seed)
    net = nn.MLP([2, 64, 64, 1], dropout=dropout)
    bce = nn.BCEWithLogitsLoss()
    optimizer = adam(net.parameters(), lr=0.01, **decay)

    def lasso(outputs, targets):
        return bce(outputs, targets) + penalty * sum(p.abs().sum() for p in net.parameters() if p.ndim > 1)

    rows, targets = KNOWN
    if copies:
        rows = np.concatenate([cr.data.augment.noise(rows, 0.3, seed=i) for i in range(copies)])
        targets = np.concatenate([targets] * copies)
    trainer = cr.Trainer(net, lasso if penalty else bce, optimizer, callbacks=list(callbacks), seed=seed)
    trainer.fit((rows, targets), validation=watched, steps=600, batch_size=80, progress=False)
    return cr.Trainer(net, bce, optimizer, seed=seed).evaluate(UNSEEN)["loss"]


@pytest.mark.slow
@pytest.mark.article("S1-21")
def test_each_cure_of_over_fitting():
    sick = median(unseen)
    assert sick > 1
    assert median(unseen, dropout=0.5) < 0.8 * sick
    cures = [
        {"penalty": 0.002}, {"weight_decay": 0.01}, {"adam": optim.AdamW, "weight_decay": 1.0}, {"copies": 20},
        {"watched": WATCHED, "callbacks": [EarlyStopping(patience=20)]},
    ]
    for cure in cures:
        assert median(unseen, **cure) < 0.4 * sick, cure


# --- projects -------------------------------------------------------------------------------------------------------

BANDS = {"iris": (0.92, 1.0), "breast_cancer": (0.95, 1.0), "digits": (0.98, 1.0), "houses": (0.96, 0.99)}


@pytest.mark.article("S1-24")
def test_every_project_is_run():
    assert {path.stem for path in (ROOT / "examples").glob("*.py")} == set(BANDS)
    for name in BANDS:
        text = (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")
        assert f"python examples/{name}.py [FOLDER]" in text
        assert len(text.splitlines()) < 65


@pytest.mark.slow
@pytest.mark.article("S1-24")
@pytest.mark.parametrize("name", BANDS)
def test_a_project_ends_within_its_band_with_a_report(name, tmp_path):
    program, environment = ROOT / "examples" / f"{name}.py", {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", program, tmp_path / "out"], env=environment, cwd=tmp_path, capture_output=True,
        text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    score, least, most = (float(number) for number in re.search(
        r": (\d\.\d+) \(expected (\d\.\d+) to (\d\.\d+)\)", done.stdout
    ).groups())
    assert (least, most) == BANDS[name]
    assert least <= score <= most
    files = {path.name: path.stat().st_size for path in (tmp_path / "out").iterdir()}
    assert set(files) == {"report.txt", "history.png", "residuals.png" if name == "houses" else "confusion.png"}
    assert all(size > 5_000 for file, size in files.items() if file.endswith(".png"))
    report = Path(tmp_path / "out" / "report.txt").read_text(encoding="utf-8")
    assert done.stdout.strip() in report
    assert "parameters:" in report
    assert "val_loss" in report or name == "digits"
    if name == "houses":
        assert score > float(re.search(r"a linear model: (\d\.\d+)", report)[1]) + 0.04


@pytest.mark.article("S1-26")
def test_the_four_key_points_say_what_the_article_says():
    words = {
        "en": ("forward", "backward", "Activation functions", "initial weights and regularisation"),
        "zh": ("前向传播", "反向传播", "非线性", "初始化和正则化"),
    }
    for lang, points in words.items():
        with cr.settings(lang=lang):
            rows = lessons.table("key_points", write=lambda line: None)
        assert all(point in row[0] for point, row in zip(points, rows, strict=True))
