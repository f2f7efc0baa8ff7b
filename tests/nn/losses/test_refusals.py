"""What losses refuse, in words a beginner can act on; and what they must not refuse."""

import warnings

import numpy as np
import pytest

import chainrule as cr
from chainrule import language, nn
from chainrule.nn import functional as F
from chainrule.program.capture import record
from chainrule.program.replay import Replay

NAN = float("nan")


def z(*shape, draw=0):
    return cr.tensor(np.random.default_rng(draw).normal(size=shape), requires_grad=True)


def p(*shape):
    return cr.tensor(np.random.default_rng(0).uniform(size=shape))


REFUSED = {
    # (N,) against (N, 1), both ways round, and other shapes
    "column": (lambda: nn.MSELoss()(z(5, 1), z(5)), cr.ShapeError, ["MSELoss", "(5, 1)", "(5,)", "reshape"]),
    "row": (lambda: nn.L1Loss()(z(5), z(5, 1)), cr.ShapeError, ["L1Loss", "(5, 1)", "(5,)", "reshape((5,))"]),
    "huber": (lambda: nn.HuberLoss()(z(5, 1), z(5)), cr.ShapeError, ["HuberLoss", "reshape"]),
    "smooth": (lambda: nn.SmoothL1Loss()(z(5, 1), z(5)), cr.ShapeError, ["SmoothL1Loss", "reshape"]),
    "quantile": (lambda: nn.QuantileLoss(0.9)(z(5, 1), z(5)), cr.ShapeError, ["QuantileLoss(quantile=0.9)", "reshape"]),
    "logits": (lambda: nn.BCEWithLogitsLoss()(z(5, 1), p(5)), cr.ShapeError, ["BCEWithLogitsLoss", "reshape((5, 1))"]),
    "probability": (lambda: nn.BCELoss()(p(5, 1), p(5)), cr.ShapeError, ["BCELoss", "reshape((5, 1))"]),
    "hinge": (lambda: nn.HingeLoss()(z(5, 1), np.ones(5)), cr.ShapeError, ["HingeLoss", "reshape((5, 1))"]),
    "one target for three outputs": (
        lambda: nn.MSELoss()(z(5, 3), z(5, 1)), cr.ShapeError,
        ["(5, 3)", "(5, 1)", "width"],
    ),
    "one target for all": (lambda: nn.MSELoss()(z(5), 1.0), cr.ShapeError, ["(5,)", "()"]),
    "transposed": (lambda: nn.MSELoss()(z(2, 3), z(3, 2)), cr.ShapeError, ["(2, 3)", "(3, 2)"]),
    # targets out of range
    "above one": (lambda: nn.BCELoss()(p(2), [1.5, 0.0]), cr.DataError, ["BCELoss", "1.5", "[0, 1]", "negative"]),
    "below zero": (lambda: nn.BCEWithLogitsLoss()(z(2), [1.0, -1.0]), cr.DataError, ["-1", "HingeLoss", "(y + 1) / 2"]),
    "class numbers for yes or no": (
        lambda: nn.BCEWithLogitsLoss()(z(3), [0, 1, 2]), cr.DataError,
        ["2", "CrossEntropyLoss"],
    ),
    "share above one": (
        lambda: nn.CrossEntropyLoss()(z(2, 2), [[1.5, -0.5], [0.0, 1.0]]), cr.DataError,
        ["-0.5", "1.5"],
    ),
    "two labels a row": (
        lambda: nn.CrossEntropyLoss()(z(2, 3), [[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]]), cr.DataError,
        ["2", "BCEWithLogitsLoss"],
    ),
    "negative counts": (lambda: nn.PoissonNLLLoss()(z(2), [-1.0, 2.0]), cr.DataError, ["PoissonNLLLoss", "-1"]),
    "negative rates": (
        lambda: nn.PoissonNLLLoss(log_input=False)(cr.tensor([-1.0]), [2.0]), cr.DataError,
        ["log_input=True"],
    ),
    "negative probabilities": (lambda: nn.KLDivLoss()(p(1, 2).log(), [[-0.5, 1.5]]), cr.DataError, ["log_target=True"]),
    "three signs": (lambda: nn.HingeLoss()(z(3), [-1, 0, 1]), cr.DataError, ["-1, 0", "CrossEntropyLoss"]),
    "other signs": (lambda: nn.HingeLoss()(z(3), [1, 2, 3]), cr.DataError, ["-1 / 0 / 1"]),
    "distances of other kinds": (lambda: nn.HingeEmbeddingLoss()(z(2), [0, 1]), cr.DataError, ["-1 / 1"]),
    # gaps
    "nan for a number": (lambda: nn.MSELoss()(z(2), [NAN, 1.0]), cr.DataError, ["MSELoss", "1 ", "NaN", "(0,)"]),
    "infinite number": (lambda: nn.L1Loss()(z(2), [1.0, -np.inf]), cr.DataError, ["infinite", "(1,)"]),
    "nan for yes or no": (lambda: nn.BCEWithLogitsLoss()(z(2), [1.0, NAN]), cr.DataError, ["NaN", "(1,)"]),
    "nan for a probability": (lambda: nn.BCELoss()(p(2), [1.0, NAN]), cr.DataError, ["NaN", "(1,)"]),
    "nan for a share": (lambda: nn.CrossEntropyLoss()(z(1, 2), [[NAN, 1.0]]), cr.DataError, ["NaN", "(0, 0)"]),
    "nan for a count": (lambda: nn.PoissonNLLLoss()(z(2), [NAN, 1.0]), cr.DataError, ["NaN"]),
    "nan one by one": (lambda: nn.MSELoss("none")(z(2), [NAN, 1.0]), cr.DataError, ["NaN"]),
    "nan in a divergence": (lambda: nn.KLDivLoss()(p(1, 2).log(), [[NAN, 1.0]]), cr.DataError, ["NaN"]),
    "nan for a sign": (lambda: nn.HingeLoss()(z(2), [NAN, 1.0]), cr.DataError, ["HingeLoss"]),
    # class numbers
    "one to K": (lambda: nn.CrossEntropyLoss()(z(3, 3), [1, 2, 3]), cr.DataError, ["from 1 to 3", "targets - 1"]),
    "too large": (lambda: nn.CrossEntropyLoss()(z(2, 3), [0, 3]), cr.DataError, ["from 0 to 3", "3 outputs", "0 to 2"]),
    "negative": (lambda: nn.CrossEntropyLoss()(z(2, 3), [0, -1]), cr.DataError, ["-1", "ignore_index=-1"]),
    "one output": (lambda: nn.CrossEntropyLoss()(z(2, 1), [0, 1]), cr.DataError, ["BCEWithLogitsLoss"]),
    "one output, one column": (
        lambda: nn.CrossEntropyLoss()(z(2, 1), [[0], [1]]), cr.ShapeError,
        ["always 1", "BCEWith"],
    ),
    "one output, floats": (
        lambda: nn.CrossEntropyLoss()(z(2, 1), [[0.0], [1.0]]), cr.ShapeError,
        ["always 1", "BCEWith"],
    ),
    "likelihood, too large": (
        lambda: nn.NLLLoss()(cr.log_softmax(z(2, 3)), [0, 3]), cr.DataError,
        ["NLLLoss", "0 to 2"],
    ),
    "pixels": (lambda: nn.CrossEntropyLoss()(z(1, 3, 2), [[0, 5]]), cr.DataError, ["0 to 5"]),
    "no batch": (lambda: nn.CrossEntropyLoss()(z(3), 4), cr.DataError, ["4"]),
    # integers and floats
    "float classes": (lambda: nn.CrossEntropyLoss()(z(2, 3), [0.0, 2.0]), cr.DtypeError, ["float32", ".long()"]),
    "float column": (lambda: nn.CrossEntropyLoss()(z(2, 3), [[0.0], [2.0]]), cr.DtypeError, ["reshape(-1).long()"]),
    "float likelihood": (lambda: nn.NLLLoss()(cr.log_softmax(z(2, 3)), [0.0, 2.0]), cr.DtypeError, [".long()"]),
    "integer shares": (
        lambda: nn.CrossEntropyLoss()(z(2, 3), np.eye(3, dtype=int)[:2]), cr.DtypeError,
        ["argmax(1)", "float()"],
    ),
    "integer column": (lambda: nn.CrossEntropyLoss()(z(2, 3), [[0], [2]]), cr.ShapeError, ["(2, 1)", "reshape((2,))"]),
    "too many": (lambda: nn.CrossEntropyLoss()(z(2, 3), [0, 1, 2]), cr.ShapeError, ["(2, 3)", "(3,)"]),
    "class axis last": (
        lambda: nn.CrossEntropyLoss()(z(2, 5, 3), np.zeros((2, 5), int)), cr.ShapeError,
        ["permute", "(2, 3)"],
    ),
    "outputs and targets swapped": (lambda: nn.CrossEntropyLoss()([0, 1], z(2, 3)), cr.DtypeError, ["outputs first"]),
    # what made the outputs
    "softmax twice": (
        lambda: nn.CrossEntropyLoss()(cr.softmax(z(2, 3), 1), [0, 1]), cr.DataError,
        ["softmax", "logits"],
    ),
    "softmax in the network": (
        lambda: nn.CrossEntropyLoss()(nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))(z(2, 4)), [0, 1]), cr.DataError,
        ["CrossEntropyLoss", "leave softmax out"],
    ),
    "softmax of more axes": (
        lambda: nn.CrossEntropyLoss()(cr.softmax(z(2, 5, 3), 2).permute(0, 2, 1), np.zeros((2, 5), int)), cr.DataError,
        ["softmax"],
    ),
    "sigmoid before softmax": (lambda: nn.CrossEntropyLoss()(cr.sigmoid(z(2, 3)), [0, 1]), cr.DataError, ["sigmoid"]),
    "sigmoid twice": (lambda: nn.BCEWithLogitsLoss()(cr.sigmoid(z(2, 1)), [[0], [1]]), cr.DataError, ["sigmoid"]),
    "sigmoid twice, squeezed": (
        lambda: nn.BCEWithLogitsLoss()(cr.sigmoid(z(2, 1)).squeeze(1), [0, 1]), cr.DataError,
        ["sigmoid"],
    ),
    "log-softmax for yes or no": (
        lambda: nn.BCEWithLogitsLoss()(cr.log_softmax(z(2, 2)), np.eye(2)), cr.DataError,
        ["log_softmax"],
    ),
    "softmax for a likelihood": (lambda: nn.NLLLoss()(cr.softmax(z(2, 3), 1), [0, 1]), cr.DataError, ["log_softmax"]),
    "softmax for a divergence": (
        lambda: nn.KLDivLoss()(cr.softmax(z(2, 3), 1), p(2, 3)), cr.DataError,
        ["log_softmax"],
    ),
    "logits for a likelihood": (
        lambda: nn.NLLLoss()(z(5, 3), [0, 1, 2, 0, 1]), cr.DataError,
        ["log_softmax", "CrossEntropyLoss"],
    ),
    "logits for probabilities": (lambda: nn.BCELoss()(z(9), np.ones(9)), cr.DataError, ["BCEWithLogitsLoss", "[0, 1]"]),
    # arguments
    "reduction": (lambda: nn.MSELoss("avg"), cr.ArgumentError, ["MSELoss", "'avg'", "mean, sum, none"]),
    "batchmean elsewhere": (
        lambda: F.mse_loss(z(2), z(2), "batchmean"), cr.ArgumentError,
        ["mse_loss", "mean, sum, none"],
    ),
    "quantile of 90": (lambda: nn.QuantileLoss(90), cr.ArgumentError, ["90", "quantile=0.9"]),
    "delta": (lambda: nn.HuberLoss(delta=0), cr.ArgumentError, ["delta"]),
    "beta": (lambda: nn.SmoothL1Loss(beta=-1), cr.ArgumentError, ["beta"]),
    "label smoothing": (lambda: nn.CrossEntropyLoss(label_smoothing=10), cr.ArgumentError, ["label_smoothing", "10"]),
    # weights
    "weights": (
        lambda: nn.MSELoss()(z(5, 1), z(5, 1), np.ones((5, 1))), cr.ShapeError,
        ["(5, 1)", "(5,)", "reshape(-1)"],
    ),
    "too few weights": (lambda: nn.MSELoss()(z(5, 1), z(5, 1), np.ones(4)), cr.ShapeError, ["(4,)", "5 rows"]),
    "class weights for rows": (lambda: nn.CrossEntropyLoss()(z(5, 3), [0] * 5, np.ones(3)), cr.ShapeError, ["weight="]),
    "class weights": (lambda: nn.CrossEntropyLoss(np.ones(4))(z(5, 3), [0] * 5), cr.ShapeError, ["(4,)", "3 classes"]),
    "negative class weight": (lambda: nn.CrossEntropyLoss([1.0, -1.0])(z(1, 2), [0]), cr.DataError, ["-1", "weight"]),
    "weights of elements": (lambda: nn.BCELoss(np.ones(4))(p(5, 3), p(5, 3)), cr.ShapeError, ["(4,)", "(5, 3)"]),
    "more axes of weights": (lambda: nn.BCELoss(np.ones((1, 5, 3)))(p(5, 3), p(5, 3)), cr.ShapeError, ["(1, 5, 3)"]),
    "pos_weight": (
        lambda: nn.BCEWithLogitsLoss(pos_weight=[1.0, 2.0])(z(5, 3), p(5, 3)), cr.ShapeError,
        ["pos_weight", "(2,)"],
    ),
    "empty": (lambda: nn.MSELoss()(z(0, 3), z(0, 3)), cr.DataError, ["MSELoss", "(0, 3)", "sum"]),
    "empty classes": (lambda: nn.CrossEntropyLoss()(z(0, 3), np.zeros(0, int)), cr.DataError, ["empty batch"]),
}


@pytest.mark.article("W-22", "S2-09")
@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(name):
    call, kind, words = REFUSED[name]
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value), f"{word!r} not in:\n{caught.value}"
    english = str(caught.value)
    language.choose("zh")
    chinese = str(caught.value)
    language.choose("en")
    assert english.splitlines()[0] == chinese.splitlines()[0]  # the place is never translated
    assert max(chinese.splitlines()[2]) >= "一"


ACCEPTED = {
    "soft targets": lambda: nn.BCELoss()(p(4, 1), [[0], [0.85], [1], [0]]),
    "soft logits": lambda: nn.BCEWithLogitsLoss()(z(4, 1), [[0], [0.85], [1], [0]]),
    "integers": lambda: nn.BCEWithLogitsLoss()(z(2), [0, 1]),
    "truths": lambda: nn.BCEWithLogitsLoss()(z(2), [True, False]),
    "integers for numbers": lambda: nn.MSELoss()(z(2), [3, 4]),
    "gaps": lambda: nn.CrossEntropyLoss()(z(3, 3), [0, -100, 2]),
    "own gaps": lambda: nn.CrossEntropyLoss(ignore_index=-1)(z(3, 3), [0, -1, 2]),
    "gaps beyond": lambda: nn.CrossEntropyLoss(ignore_index=255)(z(3, 3), [0, 255, 2]),
    "classes 1 and 2 of 3": lambda: nn.CrossEntropyLoss()(z(2, 3), [1, 2]),
    "a single class so far": lambda: nn.CrossEntropyLoss()(z(2, 3), [2, 2]),
    "rows without a class": lambda: nn.CrossEntropyLoss()(z(2, 2), [[0.0, 0.0], [0.3, 0.7]]),
    "rounded shares": lambda: nn.CrossEntropyLoss()(z(1, 3), [[0.334, 0.334, 0.334]]),
    "log-softmax twice is once": lambda: nn.CrossEntropyLoss()(cr.log_softmax(z(2, 3), 1), [0, 1]),
    "a likelihood": lambda: nn.NLLLoss()(cr.log_softmax(z(2, 3), 1), [0, 1]),
    "the logarithm of softmax": lambda: nn.NLLLoss()(cr.softmax(z(2, 3), 1).log(), [0, 1]),
    "a little above 0": lambda: nn.NLLLoss()(cr.tensor([[1e-6, -20.0]]), [0]),
    "logits that look like shares": lambda: nn.CrossEntropyLoss()(cr.tensor([[0.25, 0.75], [0.5, 0.5]]), [0, 1]),
    "an attention inside": lambda: nn.CrossEntropyLoss()(cr.softmax(z(2, 3), 1) @ z(3, 2), [0, 1]),
    "a gate at the end": lambda: nn.BCEWithLogitsLoss()(cr.sigmoid(z(2)) * z(2), [0, 1]),
    "a scaled sigmoid": lambda: nn.MSELoss()(cr.sigmoid(z(2)), [0.0, 1.0]),
    "probabilities": lambda: nn.BCELoss()(cr.sigmoid(z(2)), [0, 1]),
    "probabilities by softmax": lambda: nn.BCELoss()(cr.softmax(z(2, 3), 1), np.eye(3)[:2]),
    "one row, one output": lambda: nn.MSELoss()(z(1, 1), [[2.0]]),
    "just one class": lambda: nn.CrossEntropyLoss()(z(2, 1), [0, 0]),
    "half signs": lambda: nn.HingeLoss()(z(2), [-1, 1]),
    "yes and no": lambda: nn.HingeLoss()(z(2), [False, True]),
    "only no": lambda: nn.HingeLoss()(z(2), [0, 0]),
    "only yes": lambda: nn.HingeEmbeddingLoss()(z(2), [1, 1]),
    "no counts": lambda: nn.PoissonNLLLoss()(z(2), [0, 0]),
    "weights of truth": lambda: nn.MSELoss()(z(2), z(2), [True, False]),
    "a mask of elements": lambda: nn.BCEWithLogitsLoss(weight=[[True, False]])(z(2, 2), p(2, 2)),
}


@pytest.mark.article("S2-09")
@pytest.mark.parametrize("name", ACCEPTED)
def test_right_programs_are_not_refused(name):
    assert np.isfinite(ACCEPTED[name]().item())


def test_outputs_that_are_nan_pass_so_that_the_run_can_say_where_they_come_from():
    lost = cr.tensor([[NAN, 1.0]], requires_grad=True)
    assert np.isnan(nn.MSELoss()(lost, [[0.0, 0.0]]).item())
    assert np.isnan(nn.CrossEntropyLoss()(lost, [0]).item())
    assert np.isnan(nn.BCEWithLogitsLoss()(lost, [[0.0, 1.0]]).item())
    assert np.isnan(nn.BCELoss()(lost, [[0.0, 1.0]]).item())


def test_the_path_to_the_loss_stands_in_the_refusal():
    class Task(nn.Module):
        def __init__(self):
            super().__init__()
            self.criterion = nn.MSELoss()

        def forward(self, x, y):
            return self.criterion(x, y)

    with pytest.raises(cr.ShapeError, match=r"criterion MSELoss\(\), mse_loss"):
        Task()(z(5, 1), z(5))


def test_shapes_are_checked_while_recording_and_values_are_not():
    with pytest.raises(cr.ShapeError, match="reshape"):
        record(lambda x, y: nn.MSELoss()(x, y), cr.zeros(5, 1), cr.zeros(5))
    losses = [nn.BCELoss(), nn.BCEWithLogitsLoss(), nn.HingeLoss()]
    for loss in losses:
        result, recording = record(lambda x, y, loss=loss: loss(x, y), cr.full((2,), 0.5), cr.tensor([0.0, 1.0]))
        assert Replay(recording)(cr.full((2,), 0.5), cr.tensor([1.0, 0.0])).item() == result.item()
    _, recording = record(lambda x, y: nn.CrossEntropyLoss()(x, y), cr.zeros(3, 3), cr.tensor([0, 1, 2]))
    left_out = Replay(recording)(cr.tensor(np.eye(3)), cr.tensor([0, -100, -100]))
    assert left_out.item() == nn.CrossEntropyLoss()(cr.tensor(np.eye(3)), [0, -100, -100]).item()


def test_recorded_softmax_is_seen():
    with pytest.raises(cr.DataError, match="softmax"):
        record(
            lambda x, y: nn.CrossEntropyLoss()(cr.softmax(x.requires_grad_(), 1), y), cr.zeros(2, 3), cr.tensor([0, 1])
        )


def test_all_targets_are_checked_at_once():
    y = np.zeros(5000, int)
    nn.CrossEntropyLoss().check_targets(y, (3,))
    y[4321] = 7
    with pytest.raises(cr.DataError, match=r"CrossEntropyLoss[\s\S]*0 to 7"):
        nn.CrossEntropyLoss().check_targets(y, (3,))
    with pytest.raises(cr.ShapeError, match=r"\(4, 1\)[\s\S]*\(4,\)"):
        nn.MSELoss().check_targets(np.zeros(4), (1,))
    with pytest.raises(cr.DataError, match="all of them 0"):
        nn.MSELoss().check_targets(np.zeros((4, 1)), (1,), np.zeros(4))
    with pytest.raises(cr.ShapeError, match="4 rows"):
        nn.MSELoss().check_targets(np.zeros((4, 1)), (1,), np.ones(5))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for loss in (nn.BCELoss(), nn.BCEWithLogitsLoss(), nn.PoissonNLLLoss(log_input=False), nn.KLDivLoss()):
            loss.check_targets(np.full((3, 2), 0.5), (2,))
        nn.NLLLoss().check_targets(y % 3, (3,), np.ones(5000))


def test_many_targets_are_checked_part_by_part(monkeypatch):
    monkeypatch.setattr("chainrule.nn.losses.loss._AT_ONCE", 6)
    y = np.array([0, 1, 2, 0, 1, 9])
    with pytest.raises(cr.DataError, match="to 9"):
        nn.CrossEntropyLoss().check_targets(y, (3,), np.ones(6))
    nn.CrossEntropyLoss().check_targets(cr.tensor(y[:5]), (3,), np.ones(5))
