"""Known mistakes: for each the finding that names it, where, and a backward pass that makes it.

A row is (finding, where, tasks, mutation). A finding may be a tuple of names of which each is right.
"""

import numpy as np

from tests.glass.backwards import FORWARD, Task, mutated, sigmoid

XOR = Task((2, 3, 1), "tanh", "none", "bce")
DEEP = Task((3, 4, 5, 2), "tanh", "none", "mse")
SIGMOIDS = Task((3, 4, 4, 2), "sigmoid", "sigmoid", "mse")
CLASSES = Task((4, 6, 3), "relu", "none", "ce")
PROBABLE = Task((3, 5, 1), "tanh", "sigmoid", "bce_p")
LEAKY = Task((3, 5, 4, 2), "leaky_relu", "none", "bce")
SQUARE = Task((4, 4, 4), "tanh", "none", "mse")
SUMMED = Task((3, 4, 2), "tanh", "none", "mse", "sum")
SOFT = Task((3, 5, 3), "softplus", "none", "ce")


def scaled(factor):
    """All gradients times a number that may depend on the network: `factor(self, rows)`."""

    def divisor(self, m, outputs):
        return super(made, self).divisor(m, outputs) / factor(self, m, outputs)

    made = mutated(divisor=divisor)
    return made


def slope(function, only=None):
    """Another derivative of the hidden activation, in one layer or in all."""

    def wrong(self, k, z, a):
        if k == self.count or (only is not None and k != only):
            return super(made, self).slope(k, z, a)
        return function(z, a)

    made = mutated(slope=wrong)
    return made


def above(function, only=1):
    """Another gradient handed down to layer `only`: `function(dz, W, da, parameters)`."""

    def wrong(self, k, dz, W, da, parameters):
        if k != only + 1:
            return super(made, self).upstream(k, dz, W, da, parameters)
        return function(dz, W, da, parameters)

    made = mutated(upstream=wrong)
    return made


def weights(function, only=1):
    def wrong(self, k, a, dz, W, z_before):
        if k != only:
            return super(made, self).weights(k, a, dz, W, z_before)
        return function(a, dz, W, z_before)

    made = mutated(weights=wrong)
    return made


def bias(function, only=1):
    def wrong(self, k, dz, b):
        return function(dz, b) if k == only else super(made, self).bias(k, dz, b)

    made = mutated(bias=wrong)
    return made


def start(function):
    def wrong(self, answer, y):
        return function(answer, y)

    return mutated(loss_slope=wrong)


def after(function):
    def wrong(self, gradients, parameters):
        return function(gradients, parameters)

    return mutated(finish=wrong)


def updating(rate):
    """Each W is changed before it is used on the way back."""

    def wrong(self, k, dz, W, da, parameters):
        return dz @ (W - rate * self.kept).T

    def keep(self, k, a, dz, W, z_before):
        self.kept = a.T @ dz
        return self.kept

    return mutated(upstream=wrong, weights=keep)


def last_through(function):
    """Another dz in the last layer."""

    def wrong(self, k, da, z, a):
        return function(da, z, a) if k == self.count else super(made, self).through(k, da, z, a)

    made = mutated(through=wrong)
    return made


def softmax(z, axis=1):
    e = np.exp(z - z.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def changed(gradients, **new):
    return {**gradients, **new}


def first_row(which):
    def wrong(answer, y):
        slope = np.zeros_like(answer)
        slope[which] = (sigmoid(answer) - y)[which]
        return slope

    return wrong


def clipped_by_norm(gradients, parameters):
    norm = np.sqrt(sum((g * g).sum() for g in gradients.values()))
    return {name: g * (0.05 / norm) for name, g in gradients.items()}


ROWS = [
    # --- constant factors ---
    ("sum_instead_of_mean", "loss", (XOR, CLASSES, PROBABLE, SOFT), scaled(lambda s, m, o: m)),
    ("sum_instead_of_mean", "loss", (DEEP, LEAKY), scaled(lambda s, m, o: m * o)),
    ("mean_over_rows_only", "loss", (DEEP, LEAKY, SIGMOIDS), scaled(lambda s, m, o: o)),
    ("averaged_over_outputs_too", "loss", (CLASSES, SOFT), scaled(lambda s, m, o: 1 / o)),
    ("averaged_twice", "loss", (XOR, CLASSES), scaled(lambda s, m, o: 1 / m)),
    ("mean_instead_of_sum", "loss", (SUMMED,), scaled(lambda s, m, o: 1 / m)),
    ("factor_two_missing", "loss", (DEEP, SQUARE, SUMMED), start(lambda a, y: a - y)),
    ("factor_two_extra", "loss", (XOR, CLASSES), scaled(lambda s, m, o: 2)),
    ("sign", "loss", (XOR, DEEP, CLASSES, SIGMOIDS), scaled(lambda s, m, o: -1)),
    ("constant_factor", "loss", (XOR, CLASSES), scaled(lambda s, m, o: 1.37)),
    ("clipped_by_norm", "loss", (CLASSES, DEEP), after(clipped_by_norm)),
    ("sum_instead_of_mean", "layer 1", (XOR, CLASSES), above(lambda dz, W, da, p: len(dz) * dz @ W.T)),
    # --- derivative of the activation ---
    ("activation_derivative_missing", "layer 1", (XOR, PROBABLE, SOFT), slope(lambda z, a: np.ones_like(z), 1)),
    ("activation_derivative_missing", "layer 2", (DEEP, SIGMOIDS, LEAKY), slope(lambda z, a: np.ones_like(z), 2)),
    ("activation_derivative_missing", "layers 1, 2", (DEEP, SIGMOIDS), slope(lambda z, a: np.ones_like(z))),
    ("derivative_at_output", "layer 1", (XOR, PROBABLE, DEEP), slope(lambda z, a: 1 - np.tanh(a) ** 2, 1)),
    ("derivative_at_output", "layer 2", (SIGMOIDS,), slope(lambda z, a: sigmoid(a) * (1 - sigmoid(a)), 2)),
    ("derivative_at_output", "layers 1, 2", (DEEP,), slope(lambda z, a: 1 - np.tanh(a) ** 2)),
    ("derivative_at_z", "layer 1", (XOR, DEEP), slope(lambda z, a: 1 - z**2, 1)),
    ("derivative_at_z", "layer 1", (SIGMOIDS,), slope(lambda z, a: z * (1 - z), 1)),
    ("derivative_of_another_function", "layer 1", (XOR, DEEP), slope(lambda z, a: a * (1 - a), 1)),
    ("derivative_of_another_function", "layer 1", (CLASSES, SOFT), slope(lambda z, a: 1 - a**2, 1)),
    ("derivative_of_another_function", "layers 1, 2", (SIGMOIDS,), slope(lambda z, a: 1 - a**2)),
    ("activation_derivative", "layer 1", (XOR, DEEP, PROBABLE), slope(lambda z, a: 1 - a, 1)),
    ("activation_derivative", "layer 1", (XOR, SQUARE), slope(lambda z, a: 1 + a**2, 1)),
    ("activation_derivative", "layer 1", (CLASSES,), slope(lambda z, a: a, 1)),
    ("activation_derivative", "layer 1", (CLASSES,), slope(lambda z, a: (z < 0) * 1.0, 1)),
    ("activation_derivative_twice", "layer 1", (XOR, PROBABLE), slope(lambda z, a: (1 - a**2) ** 2, 1)),
    # --- what comes from above ---
    ("upstream_gradient_missing", "layer 1", (XOR, CLASSES), above(lambda dz, W, da, p: np.ones((len(dz), len(W))))),
    ("upstream_gradient_missing", "layer 2", (DEEP,), above(lambda dz, W, da, p: np.ones((len(dz), len(W))), 2)),
    (
        "upstream_weights_missing", "layer 1", (XOR, CLASSES),
        above(lambda dz, W, da, p: np.repeat(dz.sum(1, keepdims=True), len(W), 1)),
    ),
    ("upstream_weights_missing", "layer 1", (SQUARE,), above(lambda dz, W, da, p: dz)),
    ("upstream_weights_not_transposed", "layer 1", (SQUARE, SIGMOIDS), above(lambda dz, W, da, p: dz @ W)),
    ("reshaped_not_transposed", "layer 1", (CLASSES, DEEP), above(lambda dz, W, da, p: dz @ W.reshape(W.T.shape))),
    ("upstream_before_the_derivative", "layer 1", (DEEP, SIGMOIDS, LEAKY), above(lambda dz, W, da, p: da @ W.T)),
    ("updated_weights_upstream", "layer 1", (XOR, CLASSES, SQUARE), updating(0.1)),
    ("updated_weights_upstream", ("layer 1", "layer 2"), (DEEP,), updating(0.5)),
    ("upstream_weights_of_another_layer", "layer 1", (SQUARE,), above(lambda dz, W, da, p: dz @ p["W1"].T)),
    # --- where it begins ---
    (
        "mse_slope_under_cross_entropy", "loss", (XOR, LEAKY),
        start(lambda z, y: (sigmoid(z) - y) * sigmoid(z) * (1 - sigmoid(z))),
    ),
    (
        "mse_slope_under_cross_entropy", "loss", (XOR,),
        start(lambda z, y: 2 * (sigmoid(z) - y) * sigmoid(z) * (1 - sigmoid(z))),
    ),
    ("mse_slope_under_cross_entropy", "loss", (PROBABLE,), start(lambda a, y: 2 * (a - y))),
    ("cross_entropy_slope_under_mse", "loss", (SIGMOIDS,), last_through(lambda da, z, a: da / 2)),
    ("raw_output_instead_of_probability", "loss", (XOR, CLASSES), start(lambda z, y: z - y)),
    ("rounded_prediction", "loss", (XOR, LEAKY), start(lambda z, y: np.round(sigmoid(z)) - y)),
    ("half_of_cross_entropy", "loss", (XOR, LEAKY), start(lambda z, y: -y * (1 - sigmoid(z)))),
    ("squared_error_as_slope", "loss", (DEEP, SQUARE), start(lambda a, y: (a - y) ** 2)),
    ("absolute_slope_under_squares", "loss", (DEEP, SQUARE), start(lambda a, y: np.sign(a - y))),
    ("target_missing", "loss", (XOR, LEAKY), start(lambda z, y: sigmoid(z))),
    ("one_hot_missing", "loss", (CLASSES, SOFT), start(lambda z, y: softmax(z))),
    ("one_hot_off_by_one", "loss", (CLASSES, SOFT), start(lambda z, y: softmax(z) - np.roll(y, 1, 1))),
    ("softmax_over_the_rows", "loss", (CLASSES, SOFT), start(lambda z, y: softmax(z, 0) - y)),
    ("softmax_not_normalized", "loss", (CLASSES, SOFT), start(lambda z, y: np.exp(z) - y)),
    ("sigmoid_instead_of_softmax", "loss", (CLASSES, SOFT), start(lambda z, y: sigmoid(z) - y)),
    ("first_sample_only", "loss", (XOR, LEAKY), start(first_row(0))),
    ("last_sample_only", "loss", (XOR, LEAKY), start(first_row(-1))),
    # --- one gradient alone ---
    ("bias_not_summed", "layer 1", (XOR, CLASSES, DEEP), bias(lambda dz, b: dz)),
    ("bias_averaged", "layer 1", (XOR, CLASSES, DEEP), bias(lambda dz, b: dz.mean(0))),
    ("bias_averaged", "layer 2", (XOR, SQUARE), bias(lambda dz, b: dz.mean(0), 2)),
    ("bias_summed_over_everything", "layer 1", (XOR, CLASSES), bias(lambda dz, b: dz.sum())),
    ("bias_summed_over_the_wrong_axis", "layer 1", (XOR, CLASSES), bias(lambda dz, b: dz.sum(1))),
    ("bias_gradient_made_up", "layer 1", (CLASSES,), bias(lambda dz, b: np.ones(dz.shape[1]))),
    ("first_sample_only", "layer 1", (CLASSES,), bias(lambda dz, b: dz[0])),
    ("transposed", "layer 1", (CLASSES, DEEP), weights(lambda a, dz, W, z: dz.T @ a)),
    ("transposed", "layer 2", (SQUARE,), weights(lambda a, dz, W, z: dz.T @ a, 2)),
    ("preactivation_instead_of_activation", "layer 2", (XOR, DEEP, CLASSES), weights(lambda a, dz, W, z: z.T @ dz, 2)),
    ("reshaped_not_transposed", "layer 1", (XOR, CLASSES), weights(lambda a, dz, W, z: a.reshape(a.T.shape) @ dz)),
    ("wrong_input", "layer 2", (SQUARE,), lambda task: _with_input_of_layer_1(task)),
    ("weight_decay_added", "layer 1", (XOR, CLASSES), weights(lambda a, dz, W, z: a.T @ dz + 0.01 * W)),
    ("clipped_by_value", "layer 1", (CLASSES, DEEP), weights(lambda a, dz, W, z: np.clip(a.T @ dz, -0.02, 0.02))),
    ("sign_only", "layer 1", (CLASSES,), weights(lambda a, dz, W, z: np.sign(a.T @ dz))),
    ("sign", "layer 1", (XOR, DEEP), weights(lambda a, dz, W, z: -a.T @ dz)),
    ("zero_gradient", "layer 1", (XOR, CLASSES), weights(lambda a, dz, W, z: 0 * W)),
    ("swapped", "layer 2", (SQUARE,), after(lambda g, p: changed(g, W1=g["W2"], W2=g["W1"]))),
    ("missing_gradient", "layer 1", (XOR,), after(lambda g, p: {n: v for n, v in g.items() if n != "b1"})),
    ("not_a_number", "layer 1", (XOR,), after(lambda g, p: changed(g, W1=g["W1"] * np.nan))),
    ("wrong_shape", "layer 1", (CLASSES,), after(lambda g, p: changed(g, W1=g["W1"][:2]))),
    (
        "returned_the_step", ("loss", "everywhere"), (XOR, CLASSES),
        after(lambda g, p: {n: -0.1 * v for n, v in g.items()}),
    ),
    (
        "returned_new_parameters", "everywhere", (XOR, CLASSES),
        after(lambda g, p: {n: p[n].reshape(v.shape) - 0.1 * v for n, v in g.items()}),
    ),
    ("returned_the_parameters", "everywhere", (XOR,), after(lambda g, p: {n: p[n].reshape(g[n].shape) for n in g})),
]


def _with_input_of_layer_1(task):
    """dW2 is made with X, which is as wide as the hidden layer."""

    def keep(self, k, z):
        return FORWARD[self.f(k)](z)

    def call(self, parameters, X, y):
        gradients = super(made, self).__call__(parameters, X, y)
        m = len(X)
        a1 = FORWARD[self.f(1)](X @ parameters["W1"] + parameters["b1"])
        answer = a1 @ parameters["W2"] + parameters["b2"]
        dz2 = 2 * (answer - y) / (m * answer.shape[1])
        return {**gradients, "W2": X.T @ dz2}

    made = mutated(activate=keep, __call__=call)
    return made(task)
