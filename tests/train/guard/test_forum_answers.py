"""Labels, shapes and last layers that go wrong in the programs that people post: each is named at its place."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.nn import functional as F
from tests.train.guard.forum import BITS, CLASSES, NUMBERS, Misuses, N, Own, X, fit, mlp

MISUSES = Misuses()
refused, said = MISUSES.refused, MISUSES.said


@refused("losses.shapes", "MSELoss(), mse_loss")
def column_against_flat():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS[:, 0]))


@refused("losses.shapes", "Trainer, loss <lambda>")
def own_mse_against_flat():
    fit(mlp(), lambda p, t: ((t - p) ** 2).mean(), (X, NUMBERS[:, 0]))


@refused("losses.shapes", "Trainer, loss <lambda>")
def own_mae_against_flat():
    fit(mlp(), lambda p, t: cr.abs(p - t).mean(), (X, NUMBERS[:, 0]))


@refused("losses.shapes", "L1Loss(), l1_loss")
def flat_outputs_column_targets():
    fit(Own(lambda m, x: m.b(m.a(x)).tanh().squeeze(1)), nn.L1Loss(), (X, NUMBERS))


@said("tensors.stretched", "-")
def loop_own_mse_broadcast():
    m = mlp()
    o = optim.SGD(m.parameters(), lr=0.01)
    x, t = cr.tensor(X), cr.tensor(NUMBERS[:, 0])
    for _ in range(5):
        o.zero_grad()
        loss = ((m(x) - t) ** 2).mean()
        loss.backward()
        o.step()


@said("tensors.stretched", "-")
def loop_own_mae_broadcast_reversed():
    m = mlp()
    o = optim.Adam(m.parameters())
    x, t = cr.tensor(X), cr.tensor(NUMBERS[:, 0])
    for _ in range(5):
        o.zero_grad()
        loss = (t - m(x)).abs().mean()
        loss.backward()
        o.step()


@refused("losses.shapes", "binary_cross_entropy_with_logits")
def loop_functional_bce_broadcast():
    m = mlp()
    F.binary_cross_entropy_with_logits(m(cr.tensor(X)), cr.tensor(BITS[:, 0])).backward()


@refused("losses.shapes", "smooth_l1_loss")
def huber_broadcast():
    m = mlp()
    F.smooth_l1_loss(m(cr.tensor(X)), cr.tensor(NUMBERS[:, 0])).backward()


@refused("losses.float_classes", "CrossEntropyLoss(), cross_entropy")
def class_column():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES[:, None].astype(float)))


@refused("losses.float_classes", "CrossEntropyLoss(), cross_entropy")
def labels_as_floats_loop():
    m = mlp(3)
    nn.CrossEntropyLoss()(m(cr.tensor(X)), cr.tensor(CLASSES.astype(np.float32)))


@refused("losses.classes_from_one", "CrossEntropyLoss(), cross_entropy")
def labels_from_one():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES + 1))


@refused("losses.classes_from_one", "NLLLoss(), nll_loss")
def labels_from_one_nll():
    fit(mlp(3, nn.LogSoftmax(1)), nn.NLLLoss(), (X, CLASSES + 1))


@refused("losses.class_range", "CrossEntropyLoss(), cross_entropy")
def labels_10_20_30():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, 10 * (CLASSES + 1)))


@refused("losses.class_range", "CrossEntropyLoss(), cross_entropy")
def too_few_outputs():
    fit(mlp(2), nn.CrossEntropyLoss(), (X, CLASSES))


@refused("losses.integer_shares", "CrossEntropyLoss(), cross_entropy")
def one_hot_ints():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, np.eye(3, dtype=int)[CLASSES]))


@refused("losses.only_numbers", "NLLLoss(), nll_loss")
def one_hot_to_nll():
    fit(mlp(3, nn.LogSoftmax(1)), nn.NLLLoss(), (X, np.eye(3)[CLASSES]))


@refused("losses.one_of_several", "BCEWithLogitsLoss(), binary_cross_entropy_with_logits")
def numbers_to_bce_of_three():
    fit(mlp(3), nn.BCEWithLogitsLoss(), (X, CLASSES))


@refused("losses.soft_targets", "BCEWithLogitsLoss(), binary_cross_entropy_with_logits")
def plus_minus_with_bce():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, 2 * BITS - 1))


@refused("losses.soft_targets", "BCELoss(), binary_cross_entropy")
def plus_minus_with_probabilities():
    fit(mlp(1, nn.Sigmoid()), nn.BCELoss(), (X, 2 * BITS - 1))


@refused("losses.soft_targets", "BCEWithLogitsLoss(), binary_cross_entropy_with_logits")
def one_two_with_bce():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, BITS + 1))


@refused("losses.soft_targets", "BCELoss(), binary_cross_entropy")
def percent_with_bce():
    fit(mlp(1, nn.Sigmoid()), nn.BCELoss(), (X, 100 * BITS))


@refused("losses.soft_targets", "BCELoss(), binary_cross_entropy")
def pixels_with_bce():
    fit(nn.Sequential(nn.Linear(4, 4), nn.Sigmoid()), nn.BCELoss(), (X, np.abs(X) * 50))


@refused("data.words", "Trainer.fit, data, y")
def strings_as_labels():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, np.array(["low", "mid", "high"])[CLASSES]))


@refused("data.words", "Trainer.fit, data, y")
def strings_list_as_labels():
    fit(mlp(1), nn.BCEWithLogitsLoss(), (X, ["yes" if v else "no" for v in BITS[:, 0]]))


@refused("losses.one_class", "Trainer, CrossEntropyLoss()")
def yes_no_with_one_output_and_ce():
    fit(mlp(1), nn.CrossEntropyLoss(), (X, BITS[:, 0].astype(int)))


@refused("losses.signs", "HingeLoss(), hinge_loss")
def hinge_one_two():
    fit(mlp(), nn.HingeLoss(), (X, BITS + 1))


@refused("losses.counts", "PoissonNLLLoss(), poisson_nll_loss")
def negative_counts():
    fit(mlp(), nn.PoissonNLLLoss(), (X, np.round(NUMBERS)))


@refused("losses.float_classes", "CrossEntropyLoss(), cross_entropy")
def continuous_with_ce():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, NUMBERS[:, 0]))


@refused("losses.soft_targets", "BCEWithLogitsLoss(), binary_cross_entropy_with_logits")
def continuous_with_bce():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, NUMBERS))


@refused("losses.class_range", "CrossEntropyLoss(), cross_entropy")
def minus_one_label():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES - 1))


@refused("losses.exchanged", "binary_cross_entropy")
def swapped_loss_arguments_bce():
    m = mlp(1, nn.Sigmoid())
    F.binary_cross_entropy(cr.tensor(BITS * 0.8 + 0.1), m(cr.tensor(X))).backward()


@refused("losses.outputs_dtype", "CrossEntropyLoss(), cross_entropy")
def swapped_loss_arguments_ce():
    m = mlp(3)
    nn.CrossEntropyLoss()(cr.tensor(CLASSES), m(cr.tensor(X))).backward()


@refused("losses.negative_probabilities", "KLDivLoss(reduction='batchmean'), kl_div")
def swapped_loss_arguments_kl():
    m = mlp(3, nn.LogSoftmax(1))
    nn.KLDivLoss(reduction="batchmean")(cr.tensor(np.full((N, 3), 1 / 3)), m(cr.tensor(X))).backward()


@refused("guard.inside_the_loss", "3 Softmax(dim=1)")
def softmax_layer():
    fit(mlp(3, nn.Softmax(dim=1)), nn.CrossEntropyLoss(), (X, CLASSES))


@refused("guard.inside_the_loss", "Own.forward, softmax")
def softmax_functional():
    fit(Own(lambda m, x: F.softmax(m.b(cr.relu(m.a(x))), dim=-1), 3), nn.CrossEntropyLoss(), (X, CLASSES))


@refused("guard.inside_the_loss", "Own.forward, softmax")
def softmax_method():
    fit(Own(lambda m, x: m.b(cr.relu(m.a(x))).softmax(1), 3), nn.CrossEntropyLoss(), (X, CLASSES))


@refused("guard.inside_the_loss", "3 Softmax(dim=None)")
def softmax_in_mlp():
    fit(nn.MLP([4, 8, 3], output_activation="softmax"), nn.CrossEntropyLoss(), (X, CLASSES))


@refused("guard.inside_the_loss", "Own.forward, softmax")
def softmax_by_hand():
    def f(m, x):
        e = cr.exp(m.b(cr.relu(m.a(x))))
        return e / e.sum(1, keepdim=True)

    fit(Own(f, 3), nn.CrossEntropyLoss(), (X, CLASSES))


@refused("guard.inside_the_loss", "Own.forward, sigmoid")
def sigmoid_by_hand():
    fit(Own(lambda m, x: 1 / (1 + cr.exp(-m.b(cr.relu(m.a(x)))))), nn.BCEWithLogitsLoss(), (X, BITS))


@refused("guard.inside_the_loss", "3 Sigmoid()")
def sigmoid_in_mlp():
    fit(nn.MLP([4, 8, 1], output_activation="sigmoid"), nn.BCEWithLogitsLoss(), (X, BITS))


@refused("guard.inside_the_loss", "3 Sigmoid()")
def sigmoid_with_ce():
    fit(mlp(3, nn.Sigmoid()), nn.CrossEntropyLoss(), (X, CLASSES))


@refused("guard.inside_the_loss", "Own.forward, sigmoid")
def sigmoid_squeezed():
    fit(Own(lambda m, x: cr.sigmoid(m.b(cr.relu(m.a(x)))).squeeze(-1)), nn.BCEWithLogitsLoss(), (X, BITS[:, 0]))


@refused("losses.not_logits", "cross_entropy")
def loop_softmax_then_ce():
    m = mlp(3)
    F.cross_entropy(F.softmax(m(cr.tensor(X)), dim=1), cr.tensor(CLASSES)).backward()


@refused("losses.not_logits", "BCEWithLogitsLoss(), binary_cross_entropy_with_logits")
def loop_sigmoid_then_logits():
    m = mlp()
    nn.BCEWithLogitsLoss()(cr.sigmoid(m(cr.tensor(X))), cr.tensor(BITS)).backward()


@refused("losses.not_logits", "ce CrossEntropyLoss(), cross_entropy")
def own_loss_wraps_ce():
    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.ce = nn.CrossEntropyLoss()

        def forward(self, p, t):
            return 2 * self.ce(p.softmax(1), t)

    fit(mlp(3), Wrapped(), (X, CLASSES))


@refused("guard.not_logarithms", "3 Softmax(dim=1)")
def softmax_and_log_then_nll_twice():
    fit(mlp(3, nn.Softmax(1)), nn.NLLLoss(), (X, CLASSES))


@refused("guard.not_logarithms", "2 Linear(in_features=8, out_features=3, bias=True)")
def raw_with_nll():
    fit(mlp(3), nn.NLLLoss(), (X, CLASSES))


@refused("guard.not_probabilities", "2 Linear(in_features=8, out_features=1, bias=True)")
def raw_with_bceloss():
    fit(mlp(), nn.BCELoss(), (X, BITS))


@refused("guard.not_probabilities", "3 ReLU()")
def relu_with_bceloss():
    fit(mlp(1, nn.ReLU()), nn.BCELoss(), (X, BITS))


@refused("guard.softmax_rows", "3 Softmax(dim=0)")
def softmax_over_batch():
    fit(mlp(3, nn.Softmax(dim=0)), nn.MSELoss(), (X, np.eye(3)[CLASSES]))


@refused("guard.softmax_one", "3 Softmax(dim=1)")
def softmax_of_one():
    fit(mlp(1, nn.Softmax(dim=1)), nn.BCELoss(), (X, BITS))


@refused("guard.softmax_one", "3 Softmax(dim=-1)")
def softmax_of_one_mse():
    fit(mlp(1, nn.Softmax(dim=-1)), nn.MSELoss(), (X, BITS))


@refused("guard.twice", "4 Sigmoid()")
def sigmoid_twice():
    fit(mlp(1, nn.Sigmoid(), nn.Sigmoid()), nn.BCELoss(), (X, BITS))


@refused("guard.not_logarithms", "3 Softmax(dim=1)")
def kl_of_probabilities():
    fit(mlp(3, nn.Softmax(1)), nn.KLDivLoss(reduction="batchmean"), (X, np.full((N, 3), 1 / 3)))


@refused("guard.not_logarithms", "2 Linear(in_features=8, out_features=3, bias=True)")
def kl_of_logits():
    fit(mlp(3), nn.KLDivLoss(reduction="batchmean"), (X, np.full((N, 3), 1 / 3)))


@refused("guard.out_of_reach", "3 ReLU()")
def relu_and_negative_targets():
    fit(mlp(1, nn.ReLU()), nn.MSELoss(), (X, NUMBERS))


@refused("guard.out_of_reach", "3 Sigmoid()")
def sigmoid_and_large_targets():
    fit(mlp(1, nn.Sigmoid()), nn.MSELoss(), (X, np.abs(NUMBERS) * 5))


@refused("guard.out_of_reach", "3 Tanh()")
def tanh_and_large_targets():
    fit(nn.MLP([4, 8, 1], output_activation="tanh"), nn.HuberLoss(), (X, 3 + NUMBERS * 2))


@refused("guard.out_of_reach", "3 Softmax(dim=1)")
def softmax_and_regression():
    fit(mlp(2, nn.Softmax(1)), nn.MSELoss(), (X, np.hstack([NUMBERS, NUMBERS])))


@refused("guard.not_shares", "3 Softmax(dim=1)")
def softmax_and_several_answers_at_once():
    fit(mlp(3, nn.Softmax(1)), nn.BCELoss(), (X, np.arange(3 * N).reshape(N, 3) % 4 / 3))


@refused("guard.argmax", "Own.forward")
def argmax_in_forward():
    fit(Own(lambda m, x: m.b(m.a(x).relu()).argmax(1), 3), nn.CrossEntropyLoss(), (X, CLASSES))


@refused("guard.cut", "Own.forward")
def round_in_forward():
    fit(Own(lambda m, x: m.b(m.a(x).relu()).round()), nn.MSELoss(), (X, NUMBERS))


@refused("guard.cut", "Own.forward")
def threshold_in_forward():
    fit(Own(lambda m, x: (m.b(m.a(x).relu()) > 0).float()), nn.MSELoss(), (X, BITS))


@said("guard.dropout_last", "3 Dropout(p=0.5, inplace=False)")
def dropout_on_the_output():
    fit(mlp(1, nn.Dropout(0.5)), nn.MSELoss(), (X, NUMBERS))


@said("guard.linear_twice", "1 Linear(16, 16)")
def no_activation_between():
    fit(nn.Sequential(nn.Linear(4, 16), nn.Linear(16, 16), nn.Linear(16, 1)), nn.MSELoss(), (X, NUMBERS))


@said("guard.linear_twice", "1 Linear(16, 1)")
def no_activation_in_mlp():
    fit(nn.MLP([4, 16, 1], activation=None), nn.BCEWithLogitsLoss(), (X, BITS))


@refused("guard.several_answers", "Own.forward")
def hidden_layer_returned_as_well():
    fit(Own(lambda m, x: (m.b(m.a(x)), m.a(x))), nn.MSELoss(), (X, NUMBERS))


@refused("guard.no_answer", "Own.forward")
def forgotten_return():
    fit(Own(lambda m, x: None), nn.MSELoss(), (X, NUMBERS))


@refused("layers.several", "Sequential, 1 Linear(in_features=4, out_features=1, bias=True)")
def tuple_out_of_lstm():
    fit(nn.Sequential(nn.LSTM(1, 4), nn.Linear(4, 1)), nn.MSELoss(), (X[:, :, None], NUMBERS))


@pytest.mark.parametrize("name", MISUSES.rows)
def test_it_is_named(name):
    MISUSES.check(name)
