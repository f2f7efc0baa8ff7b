"""Losses, labels and last layers that look like a mistake and are none: each program is trained without a word."""

import numpy as np
import pytest

from chainrule import nn, optim
from tests.train.guard.forum import BITS, CLASSES, IMAGES, NUMBERS, TABLE, XOR, N, Programs, X, fit, mlp, rng, xor

RIGHT = Programs()
right = RIGHT.right


@right
def soft_085():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, 0.85 * BITS))


@right
def soft_085_probs():
    fit(mlp(1, nn.Sigmoid()), nn.BCELoss(), (X, 0.85 * BITS + 0.05))


@right
def soft_classes():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, 0.9 * np.eye(3)[CLASSES] + 0.1 / 3))


@right
def smoothing():
    fit(mlp(3), nn.CrossEntropyLoss(label_smoothing=0.1), (X, CLASSES))


@right
def rate_half():
    fit(m := xor(), nn.BCEWithLogitsLoss(), (TABLE, XOR), optim.SGD(m.parameters(), lr=0.5), epochs=30)


@right
def rate_ten():
    fit(
        m := nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid()),
        nn.MSELoss(),
        (TABLE, XOR),
        optim.SGD(m.parameters(), lr=10.0),
        epochs=30,
    )


@right
def tanh_targets():
    fit(mlp(1, nn.Tanh()), nn.MSELoss(), (X, np.tanh(NUMBERS)))


@right
def tanh_plus_minus():
    fit(mlp(1, nn.Tanh()), nn.MSELoss(), (X, 2 * BITS - 1))


@right
def shares_behind_softmax():
    fit(mlp(3, nn.Softmax(1)), nn.MSELoss(), (X, 0.9 * np.eye(3)[CLASSES] + 0.1 / 3))


@right
def shares_that_miss_one_by_little():
    noise = rng.uniform(-0.01, 0.01, size=(N, 3))
    fit(mlp(3, nn.Softmax(1)), nn.MSELoss(), (X, np.clip(np.eye(3)[CLASSES] + noise, 0, 1)))


@right
def sums_matched():
    fit(m := mlp(), nn.MSELoss(reduction="sum"), (X, NUMBERS), optim.SGD(m.parameters(), lr=0.01 / 20))


@right
def own_sum():
    fit(m := mlp(), lambda p, t: ((p - t) ** 2).sum(), (X, NUMBERS), optim.SGD(m.parameters(), lr=0.0001))


@right
def uint8_classes():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES.astype(np.uint8)))


@right
def int32_classes():
    fit(mlp(3), nn.CrossEntropyLoss(), (X, CLASSES.astype(np.int32)))


@right
def bool_classes():
    fit(mlp(2), nn.CrossEntropyLoss(), (X, BITS[:, 0].astype(bool)))


@right
def bool_binary():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, BITS.astype(bool)))


@right
def int_binary():
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, BITS.astype(int)))


@right
def class_list():
    fit(mlp(3), nn.CrossEntropyLoss(), (X.tolist(), CLASSES.tolist()))


@right
def rare_class():
    z = np.zeros((N, 1))
    z[5] = 1
    fit(mlp(), nn.BCEWithLogitsLoss(), (X, z))


@right
def rare_class_of_many():
    fit(mlp(20), nn.CrossEntropyLoss(), (X, np.where(np.arange(N) == 7, 19, CLASSES)))


@right
def classes_2_to_4_of_5():
    fit(mlp(5), nn.CrossEntropyLoss(), (X, CLASSES + 2))


@right
def zero_column_and_norm():
    Z = X.copy()
    Z[:, 2] = 0
    fit(nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1)), nn.MSELoss(), (Z, NUMBERS))


@right
def tiny():
    fit(nn.Linear(1, 1), nn.MSELoss(), ([[1.0], [2.0], [3.0]], [[2.0], [4.0], [6.0]]), epochs=3)


@right
def one_row():
    fit(nn.Linear(1, 1), nn.MSELoss(), ([[1.0]], [[2.0]]), epochs=3)


@right
def batch_of_one():
    fit(mlp(), nn.MSELoss(), (X, NUMBERS), batch_size=1)


@right
def layer_norm_one():
    fit(nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 1)), nn.MSELoss(), (X, NUMBERS), batch_size=1)


@right
def sigmoid_mse():
    fit(mlp(1, nn.Sigmoid()), nn.MSELoss(), (X, BITS))


@right
def sigmoid_mse_unit():
    fit(mlp(1, nn.Sigmoid()), nn.MSELoss(), (X, 1 / (1 + np.exp(-NUMBERS))))


@right
def autoencoder():
    fit(nn.MLP([4, 2, 4], activation="tanh"), nn.MSELoss(), (X, X))


@right
def autoencoder_short():
    fit(nn.MLP([4, 2, 4], activation="tanh"), nn.MSELoss(), (X,))


@right
def autoencoder_pixels():
    fit(
        nn.Sequential(
            nn.Flatten(), nn.Linear(192, 8), nn.ReLU(), nn.Linear(8, 192), nn.Sigmoid(), nn.Unflatten(1, (3, 8, 8))
        ),
        nn.BCELoss(),
        (IMAGES, IMAGES),
    )


@right
def linear_autoencoder():
    fit(nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 4)), nn.MSELoss(), (X, X))


@right
def low_rank():
    fit(
        nn.Sequential(nn.Linear(4, 2, bias=False), nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)),
        nn.MSELoss(),
        (X, NUMBERS),
    )


@right
def matrix_factors():
    fit(nn.Sequential(nn.Embedding(60, 3), nn.Linear(3, 1)), nn.MSELoss(), (np.arange(60), NUMBERS))


@right
def big_indices():
    fit(
        nn.Sequential(nn.Embedding(50001, 2), nn.Flatten(), nn.Linear(4, 1)),
        nn.MSELoss(),
        (rng.integers(40000, 50001, size=(N, 2)), NUMBERS),
    )


@pytest.mark.parametrize("name", RIGHT.rows)
def test_it_passes_without_a_word(name):
    RIGHT.run(name)
