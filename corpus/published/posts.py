"""The posts: sizes that the sheet does not give, and data that nobody has, were chosen here, and are named."""

import numpy as np

import chainrule as cr
from corpus.classes import parity, truths
from corpus.published.post import Post, classes, numbers, split, two_classes
from corpus.setup import Rows, Setup


def _xor() -> tuple[Rows, Rows]:
    return truths(2, parity)(np.random.default_rng(0))


def _digits(rng: np.random.Generator, factor: float) -> tuple[Rows, Rows]:
    X, y = cr.data.digits()
    order = rng.permutation(len(X))
    return split(X[order] / X.max() * factor, y[order], 1200)


def _curve(rng: np.random.Generator, low: float, high: float, power: int) -> tuple[Rows, Rows]:
    x = rng.uniform(low, high, (1300, 1))
    return split(x, x**power, 300)


def _iris(rng: np.random.Generator) -> tuple[Rows, Rows]:
    X, y = cr.data.iris()
    order = rng.permutation(len(X))
    return split(X[order], y[order], 105)


def _made(parts: tuple[Rows, Rows], task: str, outputs: int, **settings: object) -> Setup:
    return Setup(*parts, task, outputs, **settings)  # type: ignore[arg-type]  # names and values of Setup


MADE = "data of the same shape, drawn"
PLAIN = {"optimizer": "sgd", "lr": 0.01}
USUAL = {"optimizer": "adam", "lr": 0.001}
RMS = {"optimizer": "rmsprop", "lr": 0.001}
POSTS = (
    Post(31556268, "loss, epochs, learning rate, optimizer: XOR, 4 sigmoids, absolute error, 1,000 epochs at 0.05",
         ("stopped_too_early", "learning_rate_too_low", "squared_error_on_classes"), "nothing",
         lambda rng: _made(_xor(), "binary", 1, hidden=(4,), activation="sigmoid", ending="sigmoid", loss="absolute",
                           optimizer="sgd", lr=0.05, options={"momentum": 0.11}, epochs=1000, batch_size=4)),
    Post(34311586, "learning rate, activation, first weights, epochs, batches: SGD at 0.001 with momentum, for Adam",
         ("learning_rate_too_low", "stopped_too_early", "weights_too_small"), "XOR by 8 units of tanh, 100 epochs",
         lambda rng: _made(_xor(), "binary", 1, hidden=(8,), activation="tanh", optimizer="sgd", lr=0.001,
                           options={"momentum": 0.9, "nesterov": True}, epochs=100, batch_size=1), "development"),
    Post(31880720, "activation, epochs: softmax on one output, for sigmoid", ("softmax_on_one_output",),
         f"two hidden layers of 12; {MADE}",
         lambda rng: _made(two_classes(rng, 400, 8), "binary", 1, hidden=(12, 12), ending="softmax",
                           loss="probabilities", epochs=20, **USUAL), "development"),
    Post(42800203, "activation: softmax on one output, for sigmoid", ("softmax_on_one_output",),
         f"one hidden layer of 64; {MADE}",
         lambda rng: _made(two_classes(rng, 600, 20), "binary", 1, hidden=(64,), ending="softmax",
                           loss="probabilities", epochs=20, **RMS)),
    Post(33969059, "activation: softmax on one output for numbers; inputs beyond limits",
         ("softmax_on_one_output", "target_out_of_range", "features_unscaled"), f"two hidden layers of 32; {MADE}",
         lambda rng: _made(numbers(rng, 300, 6, 100.0), "numbers", 1, hidden=(32, 32), init=0.05, ending="softmax",
                           epochs=50, **PLAIN)),
    Post(38648195, "activation, loss, epochs: softmax and squared error for two classes; inputs beyond limits",
         ("softmax_on_one_output", "squared_error_on_classes", "features_unscaled"),
         f"three hidden layers of 16, one output; {MADE}",
         lambda rng: _made(two_classes(rng, 500, 7, 80.0), "binary", 1, hidden=(16, 16, 16), ending="softmax",
                           loss="squares", epochs=20, **PLAIN)),
    Post(37624102, "learning rate: SGD at 0.1 with momentum 0.9, for 0.01", ("learning_rate_bounces",),
         f"four hidden layers of 32 on inputs of deviation 3; {MADE}",
         lambda rng: _made(two_classes(rng, 500, 10, 4.0), "binary", 1, hidden=(32,) * 4, optimizer="sgd", lr=0.1,
                           options={"momentum": 0.9, "nesterov": True}, epochs=30), "development"),
    Post(48934338, "learning rate: SGD at 0.1, for 0.0001; the loss begins at 3,231 and inputs are beyond limits",
         ("learning_rate_diverges", "features_unscaled", "target_unscaled"), f"one hidden layer of 20; {MADE}",
         lambda rng: _made(numbers(rng, 300, 3, 30.0, 50.0), "numbers", 1, hidden=(20,), optimizer="sgd", lr=0.1,
                           epochs=50)),
    Post(48221692, "activation: sigmoid behind the last layer of a regression, for none", ("target_out_of_range",),
         f"two hidden layers of 16; targets of deviation 3; {MADE}",
         lambda rng: _made(numbers(rng, 300, 5, 1.0, 3.0), "numbers", 1, hidden=(16, 16), ending="sigmoid", epochs=60,
                           optimizer="adam", lr=0.01), "development"),
    Post(48251943, "activation: ReLU behind the last layer, for tanh", ("target_out_of_range", "output_activation"),
         f"one hidden layer of 16; targets -1 to 1; {MADE}",
         lambda rng: _made(numbers(rng, 300, 4, 1.0, 0.5), "numbers", 1, hidden=(16,), ending="relu", epochs=60,
                           optimizer="adam", lr=0.01)),
    Post(47352366, "activation, epochs: ReLU behind the ten outputs, for softmax", ("output_activation",),
         "digits of 8 by 8; one hidden layer of 64",
         lambda rng: _made(_digits(rng, 1.0), "classes", 10, hidden=(64,), ending="relu", epochs=5, batch_size=50,
                           **PLAIN)),
    Post(52800582, "missing preprocessing: x and y as they are, for both scaled",
         ("features_unscaled", "target_unscaled"), "y = x² for x up to 100; two hidden layers of 20",
         lambda rng: _made(_curve(rng, 0, 100, 2), "numbers", 1, hidden=(20, 20), epochs=60, **USUAL), "development"),
    Post(47932589, "missing preprocessing: x and y as they are, for both between 0 and 1",
         ("features_unscaled", "target_unscaled"), "y = x³ for x between -50 and 50; one hidden layer of 40",
         lambda rng: _made(_curve(rng, -50, 50, 3), "numbers", 1, hidden=(40,), epochs=80, **USUAL)),
    Post(51181393, "learning rate: RMSprop at 0.001 for 0.1; squared error; inputs beyond limits",
         ("learning_rate_too_low", "features_unscaled", "target_unscaled", "stopped_too_early"),
         "one dense layer; y = 3 x + 20 for x between 0 and 10",
         lambda rng: _made(_line(rng), "numbers", 1, hidden=(), epochs=50, **RMS)),
    Post(44998910, "learning rate, epochs: plain SGD with its default, squared error",
         ("learning_rate_too_low", "stopped_too_early", "target_unscaled"), f"one hidden layer of 10 tanh; {MADE}",
         lambda rng: _made(numbers(rng, 200, 4), "numbers", 1, hidden=(10,), activation="tanh", epochs=8, **PLAIN)),
    Post(56380303, "optimizer, learning rate: plain SGD with its default, for Adam",
         ("learning_rate_too_low", "stopped_too_early", "too_few_updates"),
         f"two hidden layers of 48, 10 epochs; {MADE}",
         lambda rng: _made(classes(rng, 500, 12, 6), "classes", 6, hidden=(48, 48), activation="sigmoid", epochs=10,
                           batch_size=128, **PLAIN)),
    Post(58609115, "loss: cross-entropy over one output, for that of two classes",
         ("softmax_on_one_output", "output_activation", "labels_coded_wrong", "does_not_run"),
         f"11 columns, two hidden layers of 6; {MADE}",
         lambda rng: _made(two_classes(rng, 800, 11), "binary", 1, hidden=(6, 6), ending="sigmoid",
                           loss="crossentropy", epochs=20, batch_size=10, judge="shares", **USUAL)),
    Post(50079585, "epochs, learning rate, activation, loss, layers: one sigmoid for three classes",
         ("labels_coded_wrong", "target_out_of_range", "output_activation"), f"two hidden layers of 32; {MADE}",
         lambda rng: _made(_as_numbers(classes(rng, 400, 10, 3)), "numbers", 1, hidden=(32, 32), ending="sigmoid",
                           loss="probabilities", epochs=10, **RMS)),
    Post(46642627, "optimizer, learning rate, loss, missing preprocessing: cross-entropy of two classes for numbers",
         ("labels_coded_wrong", "output_activation", "target_unscaled", "features_unscaled", "target_out_of_range"),
         f"one hidden layer of 12; {MADE}",
         lambda rng: _made(numbers(rng, 300, 3, 60.0, 40.0), "numbers", 1, hidden=(12,), ending="sigmoid",
                           loss="probabilities", epochs=50, **PLAIN)),
    Post(46995209, "activation, missing preprocessing, layers: ten layers of 10 ReLUs on inputs beyond limits",
         ("features_unscaled", "vanishing_gradient", "weights_unfit_for_depth", "dead_units", "network_too_small"),
         f"targets of deviation 1; {MADE}",
         lambda rng: _made(numbers(rng, 400, 12, 200.0), "numbers", 1, hidden=(10,) * 10, epochs=60, **USUAL)),
    Post(55328966, "activation, optimizer, missing preprocessing: pixels 0 to 255, sigmoids, plain SGD",
         ("features_unscaled", "activation_twice", "learning_rate_bounces", "learning_rate_diverges"),
         "digits of 8 by 8 spread to 255; one hidden layer of 64",
         lambda rng: _made(_digits(rng, 255.0), "classes", 10, hidden=(64,), ending="sigmoid", epochs=15, **PLAIN)),
    Post(59278771, "activation, optimizer, missing preprocessing: iris, 4 ReLUs, sigmoids before the cross-entropy",
         ("activation_twice", "network_too_small", "features_unscaled", "weights_too_small"), "100 epochs",
         lambda rng: _made(_iris(rng), "classes", 3, hidden=(4,), init=0.05, ending="sigmoid", epochs=100,
                           batch_size=5, **USUAL), "development"),
    Post(47724077, "optimizer, learning rate, missing preprocessing, epochs: Adam on inputs as they are",
         ("features_unscaled", "learning_rate_too_low", "stopped_too_early", "too_few_updates"),
         f"two hidden layers of 16; {MADE}",
         lambda rng: _made(classes(rng, 300, 9, 4, 300.0), "classes", 4, hidden=(16, 16), epochs=10, batch_size=64,
                           **USUAL)),
    Post(39525358, "activation, learning rate, missing preprocessing: no sigmoid before the cross-entropy of shares",
         ("output_activation", "features_unscaled", "target_out_of_range"), f"one hidden layer of 32; {MADE}",
         lambda rng: _made(two_classes(rng, 500, 8, 100.0), "binary", 1, hidden=(32,), loss="probabilities", epochs=20,
                           **USUAL)),
    Post(44066044, "missing preprocessing: inputs as they are before a ReLU and squared error",
         ("features_unscaled", "dead_units", "target_out_of_range", "output_activation"),
         f"one hidden layer of 13; {MADE}",
         lambda rng: _made(numbers(rng, 400, 13, 500.0), "numbers", 1, hidden=(13,), ending="relu", epochs=40,
                           batch_size=5, **USUAL)),
    Post(48385830, "activation, loss, learning rate: no activation, weights of deviation 1, squared error, rate 3",
         ("learning_rate_diverges", "no_nonlinearity", "weights_too_large", "squared_error_on_classes"),
         "digits of 8 by 8",
         lambda rng: _made(_one_hot(_digits(rng, 1.0)), "classes", 10, hidden=(30,), activation=None, init=1.0,
                           loss="squares", judge="shares", epochs=10, batch_size=10, optimizer="sgd", lr=3.0)),
    Post(41600519, "optimizer, loss, layers: one epoch of single rows", ("stopped_too_early", "batch_too_small"),
         f"one hidden layer of 12; {MADE}",
         lambda rng: _made(two_classes(rng, 150, 6), "binary", 1, hidden=(12,), epochs=1, batch_size=1, **RMS)),
    Post(37213388, "epochs: 2, for 10", ("stopped_too_early", "too_few_updates", "learning_rate_too_low"),
         f"two hidden layers of 24; {MADE}",
         lambda rng: _made(classes(rng, 500, 16, 8), "classes", 8, hidden=(24, 24), epochs=2, batch_size=64, **USUAL)),
    Post(48594888, "epochs, batch size: 5 epochs", ("stopped_too_early", "too_few_updates", "learning_rate_too_low"),
         f"one hidden layer of 40; {MADE}",
         lambda rng: _made(two_classes(rng, 400, 5), "binary", 1, hidden=(40,), epochs=5, batch_size=100, **USUAL)),
)


def _line(rng: np.random.Generator) -> tuple[Rows, Rows]:
    x = rng.uniform(0, 10, (1300, 1))
    return split(x, 3 * x + 20, 300)


def _as_numbers(parts: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
    (X, y), (Xt, yt) = parts
    return (X, y[:, None].astype(np.float64)), (Xt, yt[:, None].astype(np.float64))


def _one_hot(parts: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
    (X, y), test = parts
    return (X, np.eye(10)[y]), test


def by_number(number: int) -> Post:
    """A post by its number."""
    return next(post for post in POSTS if post.number == number)
