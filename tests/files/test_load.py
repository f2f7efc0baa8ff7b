"""Networks and trainings from files: every class of the library comes back, and nothing else can be asked for."""

import inspect
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim, train
from chainrule.files.container import encoded, opened
from chainrule.files.registry import FUNCTIONS, MODULES, OPTIMIZERS, SCHEDULERS, SCHEDULES
from chainrule.files.storing import store
from chainrule.optim import lr_scheduler, schedules
from chainrule.tensors.random import default_generator
from tests.house import source

BASES = {"Module"}
# Every module that a file may ask for, as a user would make it, with arguments that are not the defaults.
ROWS = {
    "Linear": lambda: nn.Linear(3, 2, bias=False), "Conv1d": lambda: nn.Conv1d(2, 4, 3, stride=2, padding=1, groups=2),
    "Conv2d": lambda: nn.Conv2d(2, 3, (3, 1), padding="same", dilation=2, bias=False),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(2, 3, 3, stride=2, output_padding=1),
    "Embedding": lambda: nn.Embedding(7, 3, padding_idx=2), "RNN": lambda: nn.RNN(3, 4, 2, nonlinearity="relu"),
    "LSTM": lambda: nn.LSTM(3, 4, 2, bidirectional=True, dropout=0.2, batch_first=True),
    "GRU": lambda: nn.GRU(3, 4, bias=False),
    "RNNCell": lambda: nn.RNNCell(3, 4, nonlinearity="relu"), "LSTMCell": lambda: nn.LSTMCell(3, 4),
    "GRUCell": lambda: nn.GRUCell(3, 4),
    "Dropout": lambda: nn.Dropout(0.3), "Dropout1d": lambda: nn.Dropout1d(0.1), "Dropout2d": lambda: nn.Dropout2d(0.2),
    "Flatten": lambda: nn.Flatten(0, 1), "Unflatten": lambda: nn.Unflatten(1, (2, 3)),
    "AdaptiveAvgPool1d": lambda: nn.AdaptiveAvgPool1d(3), "AdaptiveAvgPool2d": lambda: nn.AdaptiveAvgPool2d((2, None)),
    "AvgPool1d": lambda: nn.AvgPool1d(3, 2, 1), "AvgPool2d": lambda: nn.AvgPool2d(2, divisor_override=3),
    "MaxPool1d": lambda: nn.MaxPool1d(3, ceil_mode=True), "MaxPool2d": lambda: nn.MaxPool2d((2, 3), padding=1),
    "CELU": lambda: nn.CELU(0.5), "ELU": lambda: nn.ELU(0.5), "SELU": lambda: nn.SELU(),
    "LogSigmoid": lambda: nn.LogSigmoid(),
    "Softplus": lambda: nn.Softplus(2.0, 10.0), "GELU": lambda: nn.GELU("tanh"), "Hardswish": lambda: nn.Hardswish(),
    "Mish": lambda: nn.Mish(), "SiLU": lambda: nn.SiLU(), "Hardtanh": lambda: nn.Hardtanh(-2.0, 2.0),
    "LeakyReLU": lambda: nn.LeakyReLU(0.2), "ReLU": lambda: nn.ReLU(), "ReLU6": lambda: nn.ReLU6(),
    "Hardsigmoid": lambda: nn.Hardsigmoid(), "LogSoftmax": lambda: nn.LogSoftmax(-1), "Sigmoid": lambda: nn.Sigmoid(),
    "Softmax": lambda: nn.Softmax(1), "Softsign": lambda: nn.Softsign(), "Tanh": lambda: nn.Tanh(),
    "PReLU": lambda: nn.PReLU(3, 0.1), "Identity": lambda: nn.Identity(1, a=2),
    "BatchNorm1d": lambda: nn.BatchNorm1d(3, momentum=None, bias=False),
    "BatchNorm2d": lambda: nn.BatchNorm2d(3, affine=False),
    "LayerNorm": lambda: nn.LayerNorm((2, 3), eps=1e-3, bias=False), "RMSNorm": lambda: nn.RMSNorm(4, eps=1e-3),
    "GroupNorm": lambda: nn.GroupNorm(2, 4, affine=False),
    "CosineSimilarity": lambda: nn.CosineSimilarity(0),
    "PairwiseDistance": lambda: nn.PairwiseDistance(1.0, keepdim=True),
    "TripletMarginLoss": lambda: nn.TripletMarginLoss(2.0, swap=True), "BCELoss": lambda: nn.BCELoss(reduction="sum"),
    "BCEWithLogitsLoss": lambda: nn.BCEWithLogitsLoss(pos_weight=cr.tensor([3.0])),
    "HingeEmbeddingLoss": lambda: nn.HingeEmbeddingLoss(0.5), "HingeLoss": lambda: nn.HingeLoss(),
    "CrossEntropyLoss": lambda: nn.CrossEntropyLoss(cr.tensor([1.0, 2.0]), ignore_index=3, label_smoothing=0.1),
    "KLDivLoss": lambda: nn.KLDivLoss(log_target=True), "NLLLoss": lambda: nn.NLLLoss(cr.tensor([1.0, 2.0])),
    "HuberLoss": lambda: nn.HuberLoss(delta=2.0), "L1Loss": lambda: nn.L1Loss("sum"), "MSELoss": lambda: nn.MSELoss(),
    "PoissonNLLLoss": lambda: nn.PoissonNLLLoss(full=True), "QuantileLoss": lambda: nn.QuantileLoss(0.9),
    "SmoothL1Loss": lambda: nn.SmoothL1Loss(beta=0.5),
    "MultiheadAttention": lambda: nn.MultiheadAttention(4, 2, kdim=3, bias=False, batch_first=True),
    "TransformerEncoderLayer": lambda: nn.TransformerEncoderLayer(4, 2, 8, activation="gelu", norm_first=True),
    "TransformerEncoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 3, nn.LayerNorm(4)),
    "Sequential": lambda: nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1))),
    "ModuleList": lambda: nn.ModuleList([nn.Linear(1, 1), nn.ReLU()]),
    "ModuleDict": lambda: nn.ModuleDict({"left é": nn.Linear(1, 2), "right/": nn.Tanh()}),
    "ParameterList": lambda: nn.ParameterList([cr.zeros(2), cr.ones(3)]),
    "ParameterDict": lambda: nn.ParameterDict({"a": cr.ones(2, 2)}),
}
NETS = {
    "named": lambda: nn.MLP([2, 5, 5, 3], activation="gelu", dropout=0.2, norm="batch", residual=True),
    "listed": lambda: nn.MLP(
        [2, 4, 4, 1], activation=[nn.LeakyReLU(0.3), "tanh"], norm="layer", output_activation="sigmoid"
    ),
    "functions": lambda: nn.MLP([2, 4, 1], activation=cr.sin),
    "softmax": lambda: nn.MLP([2, 4, 3], output_activation="softmax"),
    "linear": lambda: nn.MLP([2, 1], init=0.3), "prelu": lambda: nn.MLP([2, 4, 4, 1], activation="prelu"),
    "float64": lambda: nn.MLP([2, 3, 1]).double(),
    "ordered names": lambda: nn.Sequential({"first": nn.Linear(2, 2), "second": nn.ReLU()}),
}


def twin(module, path):
    cr.save(module, path)
    return cr.load(path)


def state(module):
    return {name: (part.numpy().tobytes(), part.dtype, part.shape) for name, part in module.state_dict().items()}


def shaken(module):
    """Weights and buffers that no constructor would give."""
    rng = np.random.default_rng(0)
    with cr.no_grad():
        for tensor in module.state_dict().values():
            tensor.copy_(cr.tensor(rng.random(tensor.shape) * 3, dtype=tensor.dtype))
    return module


def test_no_row_is_missing():
    classes = {name for name in nn.__all__ if inspect.isclass(getattr(nn, name))}
    public = {name for name in classes if issubclass(getattr(nn, name), nn.Module)}
    assert public - BASES - {"MLP"} == set(ROWS)
    assert set(MODULES) == {*ROWS, "MLP", "Applied"}
    assert {name for name in optim.__all__ if inspect.isclass(getattr(optim, name))} == {*OPTIMIZERS, "Optimizer"}
    assert set(schedules.__all__) == {*SCHEDULES, "Schedule"}


@pytest.mark.parametrize("name", [*ROWS, *NETS])
def test_a_module_comes_back(name, tmp_path):
    module = shaken({**ROWS, **NETS}[name]())
    again = twin(module, tmp_path / "m.safetensors")
    assert type(again) is type(module)
    assert repr(again) == repr(module)
    assert state(again) == state(module)
    assert [path for path, _ in again.named_modules()] == [path for path, _ in module.named_modules()]


@pytest.mark.parametrize("name", NETS)
def test_a_network_gives_the_same_bytes(name, tmp_path):
    module = NETS[name]().eval()
    again = twin(module, tmp_path / "m.safetensors")
    X = cr.randn(5, 2, dtype=next(module.parameters()).dtype)
    assert again(X).detach().numpy().tobytes() == module(X).detach().numpy().tobytes()
    assert not any(part.training for part in again.modules())


def test_what_is_shared_stays_shared(tmp_path):
    layer = nn.Linear(2, 2)
    net = nn.Sequential(layer, nn.ReLU(), layer, nn.Linear(2, 2))
    net[3].weight = layer.weight
    again = twin(net, tmp_path / "m.safetensors")
    assert again[0] is again[2]
    assert again[3].weight is again[0].weight
    assert state(again) == state(net)


def test_what_is_frozen_stays_frozen_and_modes_stay(tmp_path):
    net = nn.MLP([2, 3, 1], norm="batch")
    net[0].requires_grad_(False)
    net[1].eval()
    again = twin(net, tmp_path / "m.safetensors")
    assert [p.requires_grad for p in again.parameters()] == [p.requires_grad for p in net.parameters()]
    assert [part.training for part in again.modules()] == [part.training for part in net.modules()]


def test_saving_and_loading_draw_nothing(tmp_path):
    net = nn.MLP([2, 3, 1], dropout=0.1)
    before = default_generator.get_state()
    twin(net, tmp_path / "m.safetensors")
    cr.save(cr.Trainer(net, nn.MSELoss(), seed=0), tmp_path / "t.safetensors")
    assert default_generator.get_state() == before
    cr.rand(1)
    before = default_generator.get_state()
    cr.load(tmp_path / "t.safetensors")
    assert default_generator.get_state() == before


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(2, 1)

    def forward(self, x):
        return self.dense(x)


class OwnLinear(nn.Linear):
    """A subclass is another class."""


def changed():
    net = nn.MLP([2, 3, 1])
    net[1] = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    return net


def with_own_function():
    return nn.MLP([2, 3, 1], activation=lambda z: z * z)


@pytest.mark.parametrize("make", [
    Own, lambda: nn.Sequential(OwnLinear(2, 1)), with_own_function,
    lambda: nn.Sequential(nn.Dropout(0.1, generator=cr.Generator(0))),
])
def test_parts_of_ones_own_are_for_load_into(make, tmp_path):
    net = shaken(make())
    cr.save(net, tmp_path / "m.safetensors")
    with pytest.raises(cr.FileError, match="load_into"):
        cr.load(tmp_path / "m.safetensors")
    again = cr.load_into(make(), tmp_path / "m.safetensors")
    assert state(again) == state(net)


def test_a_network_that_was_changed_by_hand_is_not_made_anew_wrongly(tmp_path):
    net = shaken(changed())
    cr.save(net, tmp_path / "m.safetensors")
    assert repr(twin(net, tmp_path / "m.safetensors")) == repr(net)
    grown = nn.Linear(2, 2)
    grown.extra = nn.Linear(1, 1)
    cr.save(grown, tmp_path / "g.safetensors")
    with pytest.raises(cr.FileError, match="changed Linear"):
        cr.load(tmp_path / "g.safetensors")


# --- hostile descriptions -------------------------------------------------------------------------------------------


def notes(module, **more):
    return {"format": 1, "module": module, "own": [], "tied": {}, "frozen": [], "resting": [], **more}


def call(name, **arguments):
    return {"class": name, "arguments": arguments}


BIG = 10**7
WICKED = {
    "an unknown class": call("os.system", command="true"), "no class": {}, "a list": [1], "a number": 3,
    "a method": call("__import__"), "a dunder": call("__class__"), "the base": call("Module"),
    "an unknown argument": call("ReLU", cmd=1), "a wrong argument": call("Linear", in_features="2", out_features=1),
    "a huge layer": call("Linear", in_features=40_000, out_features=40_000),
    "a huge side": call("Linear", in_features=10**12, out_features=1),
    "a huge norm": call("LayerNorm", normalized_shape={"$tuple": [BIG, BIG]}),
    "many small sides": call("LayerNorm", normalized_shape={"$tuple": [60_000, 60_000]}),
    "a huge batch norm": call("BatchNorm1d", num_features=BIG), "a huge PReLU": call("PReLU", num_parameters=BIG),
    "a huge embedding": call("Embedding", num_embeddings=60_000, embedding_dim=60_000),
    "many layers": call("RNN", input_size=1, hidden_size=1, num_layers=60_000),
    "many encoders": call(
        "TransformerEncoder", num_layers=60_000,
        encoder_layer={"$module": call("TransformerEncoderLayer", d_model=2, nhead=1, dim_feedforward=2)},
    ),
    "a wide network": call("MLP", sizes={"$tuple": [60_000, 60_000]}),
    "heads": call("MultiheadAttention", embed_dim=10**9, num_heads=7),
    "a function of Python": call("Applied", function={"$function": "eval"}),
    "a path": call("Applied", function="/etc/passwd"),
    "a schedule of others": call("ReLU", inplace={"$schedule": {"name": "exit", "arguments": {}}}),
    "the same as nothing": {"class": "Sequential", "children": [["0", {"same": "9"}]]},
    "itself": {"class": "Sequential", "children": [["0", {"same": ""}]]},
    "a missing array": call("NLLLoss", weight={"$array": "nowhere"}),
    "children of a leaf": {"class": "ReLU", "children": []},
    "a bad name": {"class": "Sequential", "children": [["a.b", call("ReLU")]]},
    "parameters of nowhere": {"class": "ParameterList", "names": ["7"]},
    "too few": call("Linear", in_features=1, out_features=1),
    "depth": None,
}


@pytest.mark.parametrize("name", WICKED)
def test_a_wicked_description_is_refused(name, tmp_path):
    made = WICKED[name]
    if name == "depth":
        made = call("ReLU")
        for _ in range(200):
            made = {"class": "Sequential", "children": [["0", made]]}
    path = tmp_path / "wicked.safetensors"
    store(path, encoded({"weight": np.zeros((2, 2), np.float32)}, notes(made)))
    with pytest.raises(cr.FileError, match=r"wicked\.safetensors"):
        cr.load(path)


@pytest.mark.parametrize("key", ["tied", "frozen", "resting"])
@pytest.mark.parametrize("value", [None, 3, ["nowhere"], {"nowhere": "weight"}, {"weight": "nowhere"}, [["a"]]])
def test_wicked_notes_are_refused_or_mean_nothing(key, value, tmp_path):
    path = tmp_path / "wicked.safetensors"
    arrays = {"weight": np.zeros((1, 2), np.float32), "bias": np.zeros(1, np.float32)}
    store(path, encoded(arrays, notes(call("Linear", in_features=2, out_features=1), **{key: value})))
    with pytest.raises(cr.FileError, match=r"wicked\.safetensors"):
        cr.load(path)


@pytest.mark.parametrize("given", [None, 3, "text", [], {"format": 2}, {"format": "1"}, {"format": 1}])
def test_notes_of_another_kind_are_refused(given, tmp_path):
    store(tmp_path / "wicked.safetensors", encoded({"weight": np.zeros(2)}, given))
    with pytest.raises(cr.FileError, match=r"wicked\.safetensors"):
        cr.load(tmp_path / "wicked.safetensors")
    with pytest.raises(cr.FileError, match=r"wicked\.safetensors"):
        cr.load_into(cr.Trainer(nn.Linear(2, 1), nn.MSELoss(), seed=0), tmp_path / "wicked.safetensors")


# --- trainings ------------------------------------------------------------------------------------------------------

X, Y = cr.data.spirals(60, arms=3, seed=0)


def trainer(optimizer=None, schedule=None, loss=None, **options):
    cr.manual_seed(0)
    net = nn.MLP([2, 6, 3], dropout=0.1, norm="batch")
    made = (optimizer or (lambda m: optim.AdamW(m.parameters(), lr=0.01, betas=(0.7, 0.9))))(net)
    rates = None if schedule is None else schedule(made)
    return cr.Trainer(net, loss or nn.CrossEntropyLoss(), made, schedule=rates, seed=4, **options)


def over(kind, model):
    return kind(model.parameters())


TRAINERS = {
    "plain": lambda: trainer(),
    "everything": lambda: trainer(
        schedule=lambda o: schedules.warmup(schedules.cosine(0.01, 100), 5), metrics=["accuracy", "f1_macro"],
        clip_norm=1.0,
        clip_value=0.5, class_weight={0: 2.0, 1: 1.0}, guard="warn",
        loss=nn.CrossEntropyLoss(cr.tensor([1.0, 2.0, 0.5])),
    ),
    "function": lambda: trainer(loss=nn.functional.cross_entropy, class_weight="balanced"),
    "groups": lambda: trainer(lambda m: optim.SGD(
        [{"params": list(m[0].parameters())}, {"params": [*m[1].parameters(), *m[4].parameters()], "lr": 0.1}],
        lr=0.01, momentum=0.9,
    ), lambda o: [lr_scheduler.StepLR(o, 2), lr_scheduler.CosineAnnealingLR(o, 50)]),
    "plateau": lambda: trainer(
        lambda m: optim.RMSprop(m.parameters(), momentum=0.5),
        lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=1),
    ),
    "lbfgs": lambda: trainer(lambda m: optim.LBFGS(m.parameters(), max_iter=2)),
    **{
        name: partial(trainer, partial(over, kind)) for name, kind in OPTIMIZERS.items() if name != "LBFGS"
    },
}


@pytest.mark.parametrize("name", TRAINERS)
def test_a_trainer_comes_back_and_goes_on_with_the_same_bytes(name, tmp_path):
    used = TRAINERS[name]()
    used.fit((X, Y), epochs=3, batch_size=16, progress=False)
    cr.save(used, tmp_path / "t.safetensors")
    if name == "plateau":  # its constructor call cannot be read off it
        with pytest.raises(cr.FileError, match="ReduceLROnPlateau"):
            cr.load(tmp_path / "t.safetensors")
        again = cr.load_into(TRAINERS[name](), tmp_path / "t.safetensors")
    else:
        again = cr.load(tmp_path / "t.safetensors")
    assert again.history.history == used.history.history
    assert again.predict(X).tobytes() == used.predict(X).tobytes()
    assert again.evaluate((X[:9], Y[:9])) == used.evaluate((X[:9], Y[:9]))
    histories = [part.fit((X, Y), epochs=3, batch_size=16, progress=False, validation=0.2) for part in (used, again)]
    assert histories[0].history == histories[1].history
    assert histories[0].epoch == histories[1].epoch == [3, 4, 5]
    assert state(used.model) == state(again.model)
    assert used.evaluate((X, Y)) == again.evaluate((X, Y))


def test_a_trainer_with_parts_of_ones_own_is_for_load_into(tmp_path):
    def own(outputs, targets):
        return nn.functional.cross_entropy(outputs, targets) * 2

    make = lambda: trainer(loss=own, metrics=[lambda y, p: 0.5])
    used = make()
    used.fit((X, Y), epochs=2, progress=False)
    cr.save(used, tmp_path / "t.safetensors")
    with pytest.raises(cr.FileError, match=r"own.*load_into|load_into"):
        cr.load(tmp_path / "t.safetensors")
    again = cr.load_into(make(), tmp_path / "t.safetensors")
    assert state(used.model) == state(again.model)
    assert (again.epoch, again.step) == (used.epoch, used.step)


def test_a_trainer_stays_as_it_is_when_a_file_does_not_fit(tmp_path):
    cr.save(trainer(), tmp_path / "t.safetensors")
    others = {
        cr.StateError: trainer(lambda m: optim.SGD([{"params": [*m[at].parameters()]} for at in (0, 4)])),
        cr.DtypeError: trainer(dtype="float64"),
    }
    for kind, other in others.items():
        before = state(other.model), other.epoch, other.step, other.noise.get_state(), other.seed
        with pytest.raises(kind):
            cr.load_into(other, tmp_path / "t.safetensors")
        assert before == (state(other.model), other.epoch, other.step, other.noise.get_state(), other.seed)


def test_the_network_of_a_training_is_read_alone(tmp_path):
    used = trainer()
    used.callbacks.append(train.Checkpoint(tmp_path, every_epochs=1, best="loss"))
    used.fit((X, Y), epochs=2, progress=False)
    best = cr.load_into(nn.MLP([2, 6, 3], dropout=0.1, norm="batch"), tmp_path / "best.safetensors")
    assert set(state(best)) == set(state(used.model))
    assert cr.load(tmp_path / "best.safetensors").epoch in (1, 2)
    cr.save(best, tmp_path / "net.safetensors")
    with pytest.raises(cr.FileError, match="network alone"):
        cr.load_into(used, tmp_path / "net.safetensors")


def test_what_is_neither_is_refused(tmp_path):
    for thing in (None, {"a": 1}, cr.zeros(2), "net"):
        with pytest.raises(cr.DtypeError):
            cr.save(thing, tmp_path / "x")
        with pytest.raises(cr.DtypeError):
            cr.load_into(thing, tmp_path / "x")
    for path in (3, None, b"bytes"):
        with pytest.raises(cr.DtypeError):
            cr.save(nn.Linear(1, 1), path)
        with pytest.raises(cr.DtypeError):
            cr.load(path)


def test_functions_have_their_own_names():
    assert all(name == function.__name__ for name, function in FUNCTIONS.items())
    assert set(SCHEDULERS) <= set(lr_scheduler.__all__)


def test_the_file_is_what_it_was_before(tmp_path):
    """Two saves of the same network are the same bytes, in this process or another."""
    net = nn.MLP([2, 3, 1])
    cr.save(net, tmp_path / "a")
    cr.save(net, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with opened(tmp_path / "a") as file:
        assert file.elements == sum(p.numel() for p in net.parameters())


SAVING = """
import sys
import chainrule as cr
from chainrule import nn
cr.manual_seed(1)
layers = nn.ModuleDict({name: nn.Linear(2, 2) for name in "abc"})
cr.save(nn.Sequential(nn.MLP([2, 3, 1], dropout=0.1, norm="batch"), layers), sys.argv[1])
"""


@pytest.mark.slow
def test_the_file_is_the_same_in_every_process(tmp_path):
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        environment = {
            **os.environ, "PYTHONPATH": str(source.ROOT), "PYTHONHASHSEED": str(number), "TZ": f"UTC+{number}",
        }
        command = [sys.executable, "-c", SAVING, "net"]
        subprocess.run(command, env=environment, cwd=tmp_path / str(number), check=True)
    assert len({(tmp_path / str(number) / "net").read_bytes() for number in range(3)}) == 1
