"""Data that look like a mistake and are none: each program is trained without a word."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import functional as F
from tests.train.guard.forum import BITS, CLASSES, IMAGES, NUMBERS, TABLE, XOR, N, Own, Programs, X, fit, mlp, rng, xor

RIGHT = Programs()
right = RIGHT.right


@right
def xor_validated_on_itself():
    fit(xor(), nn.BCEWithLogitsLoss(), (TABLE, XOR), validation=(TABLE, XOR))


@right
def truth_table_of_five():
    t = np.array([[i >> j & 1 for j in range(5)] for i in range(32)], float)
    fit(nn.MLP([5, 8, 1]), nn.BCEWithLogitsLoss(), (t, t.sum(1, keepdims=True) % 2))


@right
def ones_column():
    fit(
        nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1)),
        nn.MSELoss(),
        (np.hstack([X, np.ones((N, 1))]), NUMBERS),
    )


@right
def indicators():
    fit(nn.Sequential(nn.Linear(60, 1)), nn.BCEWithLogitsLoss(), (np.eye(60), BITS))


@right
def digits_like():
    Z = np.zeros((N, 64))
    Z[:, 10:50] = rng.integers(0, 17, size=(N, 40))
    fit(nn.MLP([64, 8, 3]), nn.CrossEntropyLoss(), (Z, CLASSES))


@right
def large_through_norm():
    fit(
        nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)),
        nn.MSELoss(),
        (X * 1000 + 500, NUMBERS),
    )


@right
def scaled_inside():
    fit(Own(lambda m, x: m.b((m.a((x - 500) / 1000)).relu())), nn.MSELoss(), (X * 1000 + 500, NUMBERS))


@right
def large_through_log():
    fit(Own(lambda m, x: m.b(m.a(cr.log1p(x)).relu())), nn.MSELoss(), (np.exp(5 + X), NUMBERS))


@right
def pixels_divided_inside():
    fit(
        Own(lambda m, x: m.b(m.a(x / 255).relu())),
        nn.MSELoss(),
        (rng.integers(0, 256, size=(N, 4)).astype(np.uint8), NUMBERS),
    )


@right
def outliers():
    Z = X.copy()
    Z[3, 2] = 150
    fit(mlp(), nn.MSELoss(), (Z, NUMBERS))


@right
def ages():
    fit(mlp(), nn.MSELoss(), (np.column_stack([rng.integers(18, 95, N), X[:, 1:]]), NUMBERS))


@right
def two_values_of_minus_one():
    fit(mlp(), nn.MSELoss(), (np.sign(X), NUMBERS))


@right
def targets_of_hundreds():
    fit(mlp(), nn.MSELoss(), (X, 150 + 70 * NUMBERS))


@right
def targets_scaled_by_the_network():
    fit(Own(lambda m, x: 300000 + 100000 * m.b(m.a(x).relu())), nn.MSELoss(), (X, 300000 + 100000 * NUMBERS))


@right
def targets_far_and_bias_there():
    m = mlp()
    with cr.no_grad():
        m[2].bias.fill_(5000.0)
    fit(m, nn.MSELoss(), (X, 5000 + NUMBERS))


@right
def small_numbers():
    fit(mlp(), nn.MSELoss(), (X * 1e-4, NUMBERS * 1e-6))


@right
def sorted_regression_unshuffled():
    i = np.argsort(NUMBERS[:, 0])
    fit(mlp(), nn.MSELoss(), (X[i], NUMBERS[i]), shuffle=False)


@right
def series_in_order():
    t = np.sin(np.arange(200) / 9)
    w = np.stack([t[i : i + 4] for i in range(190)])
    fit(mlp(), nn.MSELoss(), (w, t[4:194, None]), shuffle=False)


@right
def sorted_labels_shuffled():
    i = np.argsort(CLASSES, kind="stable")
    fit(mlp(3), nn.CrossEntropyLoss(), (X[i], CLASSES[i]))


@right
def sorted_labels_whole_batch():
    i = np.argsort(CLASSES, kind="stable")
    fit(mlp(3), nn.CrossEntropyLoss(), (X[i], CLASSES[i]), shuffle=False, batch_size=N)


@right
def sorted_loader_shuffled():
    i = np.argsort(CLASSES, kind="stable")
    fit(mlp(3), nn.CrossEntropyLoss(), cr.data.DataLoader((X[i], CLASSES[i]), batch_size=10, shuffle=True))


@right
def loader_in_order():
    fit(mlp(3), nn.CrossEntropyLoss(), cr.data.DataLoader((X, CLASSES), batch_size=10))


@right
def alternating_labels():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, (np.arange(N) % 2)[:, None]), shuffle=False, batch_size=10)


@right
def list_of_batches():
    fit(mlp(), nn.MSELoss(), [(X[i : i + 10], NUMBERS[i : i + 10]) for i in range(0, N, 10)], epochs=2)


@right
def generator_class():
    class G:
        def __iter__(self):
            for i in range(0, N, 10):
                yield X[i : i + 10], NUMBERS[i : i + 10]

    fit(mlp(), nn.MSELoss(), G(), epochs=2)


@right
def frames():
    import pandas as pd

    f = pd.DataFrame(X, columns=list("abcd"))
    fit(mlp(), nn.MSELoss(), (f, pd.DataFrame(NUMBERS)))


@right
def series():
    import pandas as pd

    fit(mlp(3), nn.CrossEntropyLoss(), (pd.DataFrame(X), pd.Series(CLASSES)))


@right
def frame_shuffled_index():
    import pandas as pd

    f = pd.DataFrame(X).sample(frac=1, random_state=0)
    fit(mlp(3), nn.CrossEntropyLoss(), (f, pd.Series(CLASSES)[f.index]))


@right
def integer_inputs():
    fit(mlp(), nn.MSELoss(), (rng.integers(-3, 4, size=(N, 4)), NUMBERS))


@right
def bool_inputs():
    fit(mlp(), nn.MSELoss(), (X > 0, NUMBERS))


@right
def tensors():
    fit(mlp(), nn.MSELoss(), (cr.tensor(X), cr.tensor(NUMBERS)))


@right
def tensors_with_gradient():
    fit(mlp(), nn.MSELoss(), (cr.tensor(X, requires_grad=True), cr.tensor(NUMBERS)))


@right
def outputs_flat():
    fit(Own(lambda m, x: m.b(m.a(x).relu()).squeeze(-1)), nn.MSELoss(), (X, NUMBERS[:, 0]))


@right
def log_softmax_ce():
    fit(mlp(3, nn.LogSoftmax(1)), nn.CrossEntropyLoss(), (X, CLASSES))


@right
def log_softmax_nll():
    fit(mlp(3, nn.LogSoftmax(dim=1)), nn.NLLLoss(), (X, CLASSES))


@right
def softmax_mse_shares():
    fit(mlp(3, nn.Softmax(1)), nn.MSELoss(), (X, np.eye(3)[CLASSES]))


@right
def softmax_in_the_middle():
    fit(Own(lambda m, x: m.b(F.softmax(m.a(x), dim=1)), 3), nn.CrossEntropyLoss(), (X, CLASSES))


@right
def mixture_gate():
    class Moe(nn.Module):
        def __init__(self):
            super().__init__()
            self.g = nn.Linear(4, 2)
            self.e = nn.Linear(4, 2)

        def forward(self, x):
            return (F.softmax(self.g(x), dim=1) * self.e(x)).sum(1, keepdim=True)

    fit(Moe(), nn.BCEWithLogitsLoss(), (X, BITS))


@right
def sigmoid_gate_last():
    fit(Own(lambda m, x: m.b(m.a(x)) * cr.sigmoid(m.b(m.a(x).relu()))), nn.BCEWithLogitsLoss(), (X, BITS))


@right
def logits_scaled():
    fit(Own(lambda m, x: m.b(m.a(x).relu()) / 0.07, 3), nn.CrossEntropyLoss(), (X, CLASSES))


@right
def bounded_logits_by_cosine():
    fit(Own(lambda m, x: 10 * cr.tanh(m.b(m.a(x).relu())), 3), nn.CrossEntropyLoss(), (X, CLASSES))


@right
def segmentation():
    fit(
        nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 3, 1)),
        nn.CrossEntropyLoss(),
        (IMAGES, rng.integers(0, 3, size=(20, 8, 8))),
    )


@right
def ignored_index():
    fit(mlp(3), nn.CrossEntropyLoss(ignore_index=-1), (X, np.where(np.arange(N) % 5 == 0, -1, CLASSES)))


@right
def ignored_minus_100():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, np.where(np.arange(N) % 5 == 0, -100, CLASSES)))


@right
def weights_in_both():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), sample_weight=np.linspace(0, 1, N), validation=(X + 1, NUMBERS, np.ones(N)))


@right
def weights_and_share():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), sample_weight=np.linspace(0.1, 1, N), validation=0.2)


@right
def balanced():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES), tr=dict(class_weight="balanced"))


@right
def class_weight_dict_of_some():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES), tr=dict(class_weight={2: 5.0}))


@right
def one_row_left_with_norm():
    fit(
        nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1)),
        nn.MSELoss(),
        (X[:41], NUMBERS[:41]),
    )


@right
def dropout_nine_tenths():
    fit(
        nn.Sequential(nn.Linear(4, 64), nn.Dropout(0.9), nn.Linear(64, 1)), nn.MSELoss(), (X, NUMBERS)
    ) if False else fit(
        nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Dropout(0.9), nn.Linear(64, 1)), nn.MSELoss(), (X, NUMBERS)
    )


@right
def dropout_on_inputs():
    fit(nn.Sequential(nn.Dropout(0.2), nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)), nn.MSELoss(), (X, NUMBERS))


@right
def linear_regression():
    fit(nn.Linear(4, 1), nn.MSELoss(), (X, NUMBERS))


@right
def logistic_regression():
    fit(nn.Linear(4, 3), nn.CrossEntropyLoss(), (X, CLASSES))


@pytest.mark.parametrize("name", RIGHT.rows)
def test_it_passes_without_a_word(name):
    RIGHT.run(name)
