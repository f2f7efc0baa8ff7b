"""Every number of a training step: recomputed from the formula shown beside it, and compared with the real step."""

import html
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import chainrule as cr
from chainrule import language, nn, optim
from chainrule.errors import ArgumentError, ChainruleError, DtypeError
from chainrule.glass.explaining.teaching import computed
from tests.glass.backwards import Task
from tests.glass.mutations import softmax
from tests.glass.networks import data, trainer

DRAW = np.random.default_rng(0)
ROWS = DRAW.normal(size=(6, 4))
IMAGES = DRAW.normal(size=(5, 2, 8, 8))
WORDS = DRAW.integers(0, 9, size=(5, 4))
TARGETS = {
    "MSELoss": DRAW.normal(size=(6, 2)), "L1Loss": DRAW.normal(size=(6, 2)), "SmoothL1Loss": DRAW.normal(size=(6, 2)),
    "HuberLoss": DRAW.normal(size=(6, 2)), "QuantileLoss": DRAW.normal(size=(6, 2)),
    "PoissonNLLLoss": DRAW.integers(0, 4, size=(6, 2)) * 1.0, "BCEWithLogitsLoss": DRAW.integers(0, 2, (6, 2)) * 1.0,
    "CrossEntropyLoss": DRAW.integers(0, 2, 6), "HingeLoss": DRAW.integers(0, 2, (6, 2)) * 1.0,
}


def explained(model, loss, batch, dtype="float64", optimizer=None, **options):
    made = optim.SGD(model.parameters(), lr=0.1) if optimizer is None else optimizer(model.parameters())
    where = cr.Trainer(model, loss=loss, optimizer=made, dtype=dtype, seed=0, **options)
    return where, cr.explain(where, batch)


@pytest.fixture(autouse=True)
def _english():
    before = list(language._chosen)
    language.choose("en")
    cr.manual_seed(0)
    yield
    language._chosen[:] = before


def recomputed(step):
    """How many formulas gave their value when run as Python; a call of a layer is not arithmetic, and left out."""
    held = {quantity.name: quantity.value for quantity in step}
    held |= {"erf": np.vectorize(math.erf), "logical_and": np.logical_and, "expm1": np.expm1, "square": np.square}
    held["broadcast_to"] = np.broadcast_to
    held["one_hot"] = lambda y: np.eye(held["p"].shape[1])[y]
    held["softmax"] = softmax
    count = 0
    for quantity in step:
        if not quantity.expression:
            continue
        try:
            found = computed(quantity.expression, held)
        except NameError:
            assert re.match(r"\w+\(", quantity.expression), quantity.formula
            continue
        close = 1e-9 * max(1.0, np.abs(quantity.value).max())
        assert np.allclose(np.reshape(found, quantity.shape), quantity.value, rtol=1e-7, atol=close), quantity.formula
        count += 1
    return count


def test_the_names_of_the_articles_with_formula_shape_value_and_check():
    X, y = cr.data.xor()
    where = trainer(Task((2, 3, 1), "tanh", "none", "bce"))
    step = cr.explain(where, (X, y))
    shapes = {"z1": (4, 3), "a1": (4, 3), "z2": (4, 1), "p": (4, 1), "loss": (), "dz2": (4, 1), "dW2": (3, 1),
              "db2": (1,), "da1": (4, 3), "dz1": (4, 3), "dW1": (2, 3), "db1": (3,)}
    for name, shape in shapes.items():
        assert step[name].shape == shape
        assert step[name].formula.startswith(f"{name} = ")
        assert step[name].latex
        assert step[name].factors
        assert step[name].meaning
    assert [q.name for q in step.part("backward")] == ["dz2", "dW2", "db2", "da1", "dz1", "dW1", "db1"]
    assert all(step[name].numeric_error < 1e-7 for name in ("dW1", "db1", "dW2", "db2"))
    assert recomputed(step) == len([q for q in step if q.expression])
    assert step["0.weight"] is step["W1"]
    assert step["d0.weight"] is step["dW1"]
    assert step["dz1"].latex == r"dz_{1} = da_{1} \odot \left(1 - a_{1} \odot a_{1}\right)"
    assert "<mfrac>" in step["dz2"].mathml


def test_update_is_the_one_that_training_makes():
    X, y = cr.data.xor()
    where = trainer(Task((2, 3, 1), "tanh", "none", "bce"))
    step = cr.explain(where, (X, y))
    update = step.updates["W1"]
    assert update.formula == "W1 ← W1 - lr * dW1"
    assert update.settings == {"lr": 0.1}
    assert np.array_equal(update.before - 0.1 * step["dW1"].value, update.after)
    where.fit((X, y), epochs=1, batch_size=4, progress=False)
    assert np.array_equal(where.model.weights()["W1"], update.after)


OPTIMIZERS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1), "momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True), "Adam": optim.Adam, "AdamW": optim.AdamW,
    "amsgrad": lambda p: optim.Adam(p, amsgrad=True), "RMSprop": optim.RMSprop, "Adagrad": optim.Adagrad,
    "Adadelta": optim.Adadelta, "NAdam": optim.NAdam, "Lion": optim.Lion,
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_tells_its_terms(name):
    model = nn.MLP([4, 5, 2], activation="tanh")
    batch = (ROWS, TARGETS["MSELoss"])
    where, _ = explained(model, nn.MSELoss(), batch, optimizer=OPTIMIZERS[name], engine="numpy")
    for _ in range(3):  # from the start, and from a state that others have left
        step = cr.explain(where, batch)
        where.fit(batch, epochs=1, batch_size=6, progress=False)
        for number, held in model.weights().items():
            assert np.array_equal(step.updates[number].after.reshape(held.shape), held), number
    update = step.updates["W1"]
    spaces = {"W1": update.before, "dW1": step["dW1"].value, **update.settings}
    for term in update.terms:
        spaces[term.name.removesuffix("_new")] = term.before
        spaces[term.name] = term.after
    for term in update.terms:
        assert np.allclose(computed(term.expression, spaces), term.after, rtol=1e-9), term.expression
    assert np.allclose(computed(update.expression, spaces), update.after, rtol=1e-9), update.formula


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_every_loss_tells_its_terms(name, reduction):
    model = nn.MLP([4, 5, 2 if name != "CrossEntropyLoss" else 3], activation="sigmoid")
    loss = getattr(nn, name)(reduction=reduction)
    _, step = explained(model, loss, (ROWS, TARGETS[name]))
    assert recomputed(step) >= 12
    assert all(q.numeric_error < 1e-6 for q in step if q.numeric_error is not None)


ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "mish", "softplus",
               "hardtanh", "softsign")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(name):
    model = nn.MLP([4, 5, 3, 2], activation=name)
    _, step = explained(model, nn.MSELoss(), (ROWS, TARGETS["MSELoss"]))
    assert {"z1", "a1", "z2", "a2", "z3", "da2", "dz2", "da1", "dz1"} <= set(step.names)
    assert recomputed(step) == len([q for q in step if q.expression])
    assert all(q.numeric_error < 1e-6 for q in step if q.numeric_error is not None)


class Functions(nn.Module):
    """A network whose activations are functions."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(4, 5), nn.Linear(5, 2)

    def forward(self, x):
        return self.two(nn.functional.relu(self.one(x)))


NETWORKS = {
    "batch norm": (lambda: nn.MLP([4, 5, 2], norm="batch"), ROWS),
    "layer norm": (lambda: nn.MLP([4, 5, 2], norm="layer", activation="tanh"), ROWS),
    "dropout": (lambda: nn.MLP([4, 8, 8, 2], dropout=0.5, activation="tanh"), ROWS),
    "residual": (lambda: nn.MLP([4, 5, 5, 2], residual=True, activation="tanh"), ROWS),
    "functions": (Functions, ROWS),
    "one layer": (lambda: nn.Linear(4, 2), ROWS),
    "without bias": (lambda: nn.Sequential(nn.Linear(4, 3, bias=False), nn.Tanh(), nn.Linear(3, 2)), ROWS),
    "convolution": (
        lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                              nn.Linear(27, 2)), IMAGES,
    ),
    "embedding": (lambda: nn.Sequential(nn.Embedding(9, 3), nn.Flatten(), nn.Linear(12, 2)), WORDS),
    "recurrence": (lambda: Last(nn.LSTM(4, 3, batch_first=True), nn.Linear(3, 2)), DRAW.normal(size=(5, 7, 4))),
    "attention": (
        lambda: Mean(nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True), nn.Linear(4, 2)),
        DRAW.normal(size=(5, 7, 4)),
    ),
}


class Last(nn.Module):
    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x):
        return self.second(self.first(x)[0][:, -1])


class Mean(nn.Module):
    def __init__(self, first, second):
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x):
        return self.second(self.first(x).mean(1))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_kind_of_layer(name):
    make, X = NETWORKS[name]
    model = make()
    y = DRAW.normal(size=(len(X), 2))
    where, step = explained(model, nn.MSELoss(), (X, y), engine="numpy")
    recomputed(step)
    for dotted, _ in model.named_parameters():
        quantity = step[f"d{dotted}"]
        assert quantity.numeric_error < 1e-5, quantity
    where.fit((X, y), epochs=1, batch_size=len(X), progress=False)
    for dotted, parameter in model.named_parameters():
        update = step.updates[step[dotted].name]
        now = parameter.detach().numpy()
        now = now.T if step[dotted].name.startswith("W") and now.ndim == 2 and now.shape != update.after.shape else now
        if now.shape == update.after.shape and not np.array_equal(now, update.after):
            now = now.T
        assert np.array_equal(now, update.after), dotted
    for lang in language.LANGUAGES:
        check_page(step.to_html(lang=lang), lang)
    assert str(step)


def test_mask_of_dropout_is_the_one_that_training_draws():
    make, X = NETWORKS["dropout"]
    _, step = explained(make(), nn.MSELoss(), (X, DRAW.normal(size=(6, 2))))
    assert set(np.unique(step["mask1"].value)) == {0, 1}
    assert np.array_equal(step["r1"].value, step["a1"].value * step["mask1"].value / 0.5)


def state_of(where):
    state = {name: tensor.numpy().tobytes() for name, tensor in where.model.state_dict().items()}
    kept = [[(k, np.asarray(v).tobytes()) for k, v in held.items()] for held in where.optimizer.state.values()]
    grads = [None if p.grad is None else p.grad.numpy().tobytes() for p in where.model.parameters()]
    modes = [module.training for module in where.model.modules()]
    groups = [{k: v for k, v in group.items() if k != "params"} for group in where.optimizer.param_groups]
    return state, kept, grads, modes, groups, where.noise.get_state(), where.step, where.epoch


@pytest.mark.parametrize("fitted", [False, True])
def test_the_trainer_is_left_as_it_was(fitted):
    model = nn.MLP([4, 8, 2], norm="batch", dropout=0.3)
    where = cr.Trainer(model, nn.MSELoss(), optim.Adam(model.parameters()), seed=0, clip_norm=1.0,
                       schedule=optim.schedules.cosine(0.01, steps=50))
    batch = (ROWS, TARGETS["MSELoss"])
    if fitted:
        where.fit(batch, epochs=2, progress=False)
    model.eval()
    before = state_of(where)
    cr.explain(where, batch)
    cr.examine(lambda p, X, y: {name: 0 * array for name, array in p.items()}, where, batch)
    assert state_of(where) == before
    with pytest.raises(ChainruleError):
        cr.explain(where, (ROWS[:, :2], TARGETS["MSELoss"]))
    assert state_of(where) == before


def test_clipping_and_sample_weights_are_shown():
    model = nn.MLP([4, 5, 2], activation="tanh")
    batch = (ROWS, TARGETS["MSELoss"], np.array([1.0, 2, 0.5, 1, 3, 1]))
    _, step = explained(model, nn.MSELoss(), batch, clip_norm=0.1)
    assert step.updates["W1"].terms[0].name == "clipped_dW1"
    norm = np.sqrt(sum((step[n].value ** 2).sum() for n in ("dW1", "db1", "dW2", "db2")))
    assert np.isclose(step.updates["W1"].settings["norm"], norm)
    assert np.allclose(step.updates["W1"].terms[0].after, step["dW1"].value * 0.1 / norm)
    assert "weights" in step
    assert recomputed(step) >= 12


def test_schedule_sets_the_rate_of_the_step():
    model = nn.Linear(4, 2)
    made = optim.SGD(model.parameters(), lr=0.1)
    where = cr.Trainer(model, nn.MSELoss(), made, schedule=lambda step: 0.25 / (1 + step), seed=0)
    assert cr.explain(where, (ROWS, TARGETS["MSELoss"])).updates["W1"].settings["lr"] == 0.25
    assert made.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize("name", NETWORKS)
def test_latex_can_be_set(name):
    mathtext = pytest.importorskip("matplotlib.mathtext")
    make, X = NETWORKS[name]
    for optimizer in (optim.Adam, optim.NAdam, lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)):
        model = make()
        _, step = explained(model, nn.MSELoss(), (X, DRAW.normal(size=(len(X), 2))), optimizer=optimizer)
        setter = mathtext.MathTextParser("path")
        for quantity in step:
            setter.parse(f"${quantity.latex}$")
        for update in step.updates.values():
            setter.parse(f"${update.latex}$")


# --- one edge, and zeros -------------------------------------------------------------------------------------------


def test_an_edge_is_delta_times_a():
    where = trainer(Task((2, 3, 1), "tanh", "none", "bce"))
    step = cr.explain(where, data(Task((2, 3, 1), "tanh", "none", "bce"), 5))
    edge = step.edge(1, 0, 2)
    assert np.isclose(edge.products.sum(), step["dW1"].value[0, 2], rtol=1e-12)
    assert np.isclose(edge.gradient, step["dW1"].value[0, 2], rtol=1e-12)
    alone = step.edge(2, 1, 0, row=3)
    assert alone.products[0] == step["dz2"].value[3, 0] * step["a1"].value[3, 1]
    assert "W2[1, 0]" in str(alone)
    for wrong in ((3, 0, 0), (1, 2, 0), (1, 0, 3)):
        with pytest.raises(ArgumentError):
            step.edge(*wrong)
    with pytest.raises(ArgumentError):
        step.edge(1, 0, 0, row=5)


def why(change=None, activation="relu", X=None, y=None, name="dW1", place=(), dropout=0.0, **options):
    model = nn.MLP([3, 4, 1], activation=activation, dropout=dropout)
    with cr.no_grad():
        if change:
            change(model.state_dict())
    X = DRAW.normal(size=(5, 3)) if X is None else X
    y = (np.arange(5) % 2.0)[:, None] if y is None else y
    where = cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), dtype="float64", seed=0, **options)
    return cr.explain(where, (X, y)).why_zero(name, *place)


def silent(column):
    X = np.random.default_rng(3).normal(size=(5, 3))
    X[:, column] = 0
    return X


def setting(name, place, value):
    def change(state):
        state[name][place] = value

    return change


WHY = [
    ("dead_unit", {"change": setting("0.bias", 2, -60.0), "place": (0, 2)}, "z1[:, 2]"),
    ("dead_unit", {"change": setting("0.bias", 2, -60.0), "name": "db1", "place": (None, 2)}, "z1[:, 2]"),
    ("dead_unit", {"change": setting("0.bias", 2, -60.0), "name": "dW2", "place": (2, 0)}, "z1[:, 2]"),
    ("saturated", {"change": setting("0.bias", 1, 40.0), "activation": "tanh", "place": (0, 1)}, "z1[:, 1]"),
    ("saturated", {"change": setting("0.bias", 1, -40.0), "activation": "sigmoid", "place": (1, 1)}, "z1[:, 1]"),
    ("zero_input", {"X": silent(1), "activation": "tanh", "place": (1, 0)}, "X[:, 1]"),
    ("zero_weight", {"change": setting("2.weight", (0, 3), 0.0), "activation": "tanh", "place": (0, 3)}, "W2[3, :]"),
    ("not_zero", {"activation": "tanh", "place": (0, 0)}, "dW1"),
    ("clipped", {"activation": "tanh", "clip_value": 0.0}, "maximum"),
]


@pytest.mark.parametrize(("cause", "options", "factor"), WHY, ids=[f"{n}-{row[0]}" for n, row in enumerate(WHY)])
def test_why_a_gradient_is_zero(cause, options, factor):
    found = why(**options)
    assert found.causes == (cause,)
    assert factor in found.reasons[0].factor
    for lang in language.LANGUAGES:
        language.choose(lang)
        assert factor in str(found)


def test_why_zero_names_a_right_answer_and_what_cancels_and_what_is_dropped():
    model = nn.Linear(2, 1)
    with cr.no_grad():
        model.weight.zero_()
        model.bias.zero_()
    where = cr.Trainer(model, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), dtype="float64", seed=0)
    assert cr.explain(where, ([[1.0, 2.0]], [[0.0]])).why_zero("dW1").causes == ("no_error",)
    both = ([[1.0, 1.0], [1.0, 2.0]], [[1.0], [-1.0]])
    assert cr.explain(where, both).why_zero("dW1", 0, 0).causes == ("cancelled",)
    apart = ([[0.0, 1.0], [1.0, 2.0]], [[1.0], [0.0]])
    assert cr.explain(where, apart).why_zero("dW1", 0, 0).causes == ("alternating",)
    causes = set()
    for seed in range(8):
        cr.manual_seed(seed)
        net = nn.MLP([3, 6, 1], activation="tanh", dropout=0.7)
        made = cr.Trainer(net, nn.MSELoss(), optim.SGD(net.parameters(), lr=0.1), dtype="float64", seed=seed)
        causes |= set(cr.explain(made, (ROWS[:2, :3], [[1.0], [0.0]])).why_zero("dW1").causes)
    assert "dropped" in causes


# --- pages ---------------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Notes addresses, anchors and tags of a page, and whether they close."""

    def __init__(self):
        super().__init__()
        self.links, self.anchors, self.open, self.tags = [], set(), [], set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add(tag)
        self.links += [given[key] for key in ("src", "href") if key in given]
        self.anchors.add(given.get("id"))
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def check_page(text, lang):
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert {"table", "math"} <= reader.tags
    assert "script" not in reader.tags
    assert all(link.startswith("#") and link[1:] in reader.anchors for link in reader.links)
    assert not re.search(r"https?:|@import|url\(", text)
    assert ("反向传播" in text) is (lang == "zh")


def test_pages_in_both_languages(tmp_path):
    step = cr.explain(trainer(Task((2, 3, 1), "tanh", "none", "bce")), cr.data.xor())
    for lang in language.LANGUAGES:
        place = tmp_path / f"{lang}.html"
        text = step.to_html(place, lang=lang)
        assert place.read_text(encoding="utf-8") == text
        check_page(text, lang)
        for quantity in step:
            assert html.escape(quantity.formula) in text
    assert "<table>" in step._repr_html_()
    assert "<html" not in step._repr_html_()
    with pytest.raises(ArgumentError):
        step.to_html(lang="fr")
    with pytest.raises(ChainruleError):
        step.to_html(tmp_path / "no" / "page.html")
    language.choose("zh")
    assert "前向传播" in str(step)
    assert step["z1"].meaning == "第 1 层的加权和"


def test_what_cannot_be_explained_is_refused():
    model = nn.Linear(4, 2)
    batch = (ROWS, TARGETS["MSELoss"])
    with pytest.raises(DtypeError):
        cr.explain(model, batch)
    with pytest.raises(ArgumentError):
        explained(model, nn.MSELoss(), batch, optimizer=optim.LBFGS)
    _, step = explained(model, nn.MSELoss(), batch)
    with pytest.raises(ArgumentError):
        step["z9"]
    with pytest.raises(ArgumentError):
        step.why_zero("z1")
    with pytest.raises(ArgumentError):
        step.why_zero("dW1", 4)


def test_large_arrays_are_shortened_and_checked_in_part():
    model = nn.MLP([60, 40, 2], activation="tanh")
    X = DRAW.normal(size=(50, 60))
    _, step = explained(model, nn.MSELoss(), (X, DRAW.normal(size=(50, 2))))
    assert step["dW1"].checked == 400
    assert step["dW1"].numeric_error < 1e-7
    assert "400 of 2,400" in str(step)
    assert len(str(step).splitlines()) < 250
