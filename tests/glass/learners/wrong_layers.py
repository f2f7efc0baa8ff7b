"""Backward passes that go wrong between the layers: slopes of activations, and what is handed down."""

import math

import numpy as np

from tests.glass.learners.settings import (
    all_sigmoid,
    blobs,
    flowers,
    flowers_summed,
    forgetful,
    house,
    outliers_absolute,
    outliers_huber,
    pictures,
    sigmoid,
    single_precision,
    smoothed,
    softmax,
    square_tower,
    tags,
    tower_summed,
    without_bias,
    wrong,
    xor,
)


def tanh_tower(p, X):
    a = [X]
    for n in (1, 2, 3):
        a.append(np.tanh(a[-1] @ p[f"W{n}"] + p[f"b{n}"]))
    return [*a, a[-1] @ p["W4"] + p["b4"]]


@wrong(xor, "activation_derivative", where="layer 1")
def square_forgotten(p, X, y):
    A1 = np.tanh(X.dot(p["W1"]) + p["b1"])
    dZ2 = (sigmoid(A1.dot(p["W2"]) + p["b2"]) - y) / X.shape[0]
    dZ1 = dZ2.dot(p["W2"].T) * (1 - A1)
    return {"dW1": X.T.dot(dZ1), "db1": dZ1.sum(0), "dW2": A1.T.dot(dZ2), "db2": dZ2.sum(0)}


@wrong(xor, "activation_derivative_missing", where="layer 1")
def no_slope_at_all(p, X, y):
    A1 = np.tanh(X.dot(p["W1"]) + p["b1"])
    dZ2 = (sigmoid(A1.dot(p["W2"]) + p["b2"]) - y) / X.shape[0]
    dA1 = dZ2.dot(p["W2"].T)
    return {"dW1": X.T.dot(dA1), "db1": dA1.sum(0), "dW2": A1.T.dot(dZ2), "db2": dZ2.sum(0)}


@wrong(tower_summed, "activation_derivative_missing", where="layer 2")
def one_slope_of_two_missing(p, X, y):
    a1 = sigmoid(X @ p["W1"] + p["b1"])
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    d3 = 2 * (a2 @ p["W3"] + p["b3"] - y)
    d2 = d3 @ p["W3"].T
    d1 = d2 @ p["W2"].T * a1 * (1 - a1)
    return {"W3": a2.T @ d3, "b3": d3.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}


@wrong(house, "activation_derivative_missing", where=("layers 1, 2", "layer 2"))
def linear_on_the_way_back(p, X, y):
    acts, Zs = [X], []
    for n in (1, 2, 3):
        Zs.append(acts[-1] @ p[f"W{n}"] + p[f"b{n}"])
        acts.append(np.where(Zs[-1] > 0, Zs[-1], Zs[-1] * 0.1) if n != 3 else Zs[-1])
    d, g = (acts[-1] - y) * 2 / y.size, {}
    for n in reversed((1, 2, 3)):
        g[f"W{n}"], g[f"b{n}"] = acts[n - 1].T @ d, d.sum(0)
        d = d @ p[f"W{n}"].T
    return g


@wrong(all_sigmoid, "derivative_at_output", where="layer 1")
def sigmoid_prime_of_a(p, X, y):
    def sigmoid_prime(z):
        return sigmoid(z) * (1 - sigmoid(z))

    a1 = sigmoid(X @ p["W1"] + p["b1"])
    z2 = a1 @ p["W2"] + p["b2"]
    d2 = 2 * (sigmoid(z2) - y) / 4 * sigmoid_prime(z2)
    d1 = d2 @ p["W2"].T * sigmoid_prime(a1)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0)}


@wrong(all_sigmoid, "derivative_at_output", where=("layers 1, 2", "layer 2"))
def sigmoid_prime_of_a_in_both_layers(p, X, y):
    def dsig(z):
        s = 1.0 / (1.0 + np.exp(-z))
        return s * (1.0 - s)

    l1 = sigmoid(X @ p["W1"] + p["b1"])
    l2 = sigmoid(l1 @ p["W2"] + p["b2"])
    l2_delta = 2 * (l2 - y) / len(y) * dsig(l2)
    l1_delta = l2_delta.dot(p["W2"].T) * dsig(l1)
    return {"W1": X.T.dot(l1_delta), "b1": l1_delta.sum(0), "W2": l1.T.dot(l2_delta), "b2": l2_delta.sum(0)}


@wrong(all_sigmoid, "derivative_at_z", where=("layers 1, 2", "layer 2"))
def a_times_one_minus_a_of_z(p, X, y):
    """The derivative as the second article writes it, with z put in."""
    z1 = X @ p["W1"] + p["b1"]
    a1 = sigmoid(z1)
    z2 = a1 @ p["W2"] + p["b2"]
    d2 = 2 * (sigmoid(z2) - y) / len(y) * (z2 * (1 - z2))
    d1 = d2 @ p["W2"].T * (z1 * (1 - z1))
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0)}


@wrong(flowers, "derivative_at_z", where="layer 1")
def one_minus_z_squared(p, X, y):
    z = X @ p["W1"] + p["b1"]
    d = softmax(np.tanh(z) @ p["W2"] + p["b2"])
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    e = d @ p["W2"].T * (1 - z**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": np.tanh(z).T @ d, "b2": d.sum(0)}


@wrong(flowers, "derivative_at_output", where="layer 1")
def tanh_of_tanh(p, X, y):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = (softmax(h @ p["W2"] + p["b2"]) - np.eye(3)[y]) / len(y)
    e = d @ p["W2"].T * (1 - np.tanh(h) ** 2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}


@wrong(outliers_huber, "derivative_at_output", where="layer 1")
def gelu_slope_of_a(p, X, y):
    def cdf(t):
        return 0.5 * (1 + np.vectorize(math.erf)(t / math.sqrt(2)))

    def slope(t):
        return cdf(t) + t * np.exp(-t * t / 2) / math.sqrt(2 * math.pi)

    z = X @ p["W1"] + p["b1"]
    a = z * cdf(z)
    d = np.clip(a @ p["W2"] + p["b2"] - y, -1, 1) / y.size
    e = d @ p["W2"].T * slope(a)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(outliers_huber, "activation_derivative", where="layer 1")
def gelu_slope_without_the_second_part(p, X, y):
    def cdf(t):
        return 0.5 * (1 + np.vectorize(math.erf)(t / math.sqrt(2)))

    z = X @ p["W1"] + p["b1"]
    a = z * cdf(z)
    d = np.clip(a @ p["W2"] + p["b2"] - y, -1, 1) / y.size
    e = d @ p["W2"].T * cdf(z)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(outliers_absolute, "derivative_of_another_function", where="layer 1")
def relu_slope_for_softplus(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.log1p(np.exp(z))
    d = np.sign(a @ p["W2"] + p["b2"] - y) / len(y)
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(blobs, "derivative_of_another_function", where="layer 1")
def sigmoid_slope_for_relu(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(0, z)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * a * (1 - a)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(house, "derivative_of_another_function", "activation_derivative", where=("layers 1, 2", "layer 2"))
def plain_relu_slope_for_leaky_relu(p, X, y):
    zs, a = [], [X]
    for n in (1, 2, 3):
        zs.append(a[-1] @ p[f"W{n}"] + p[f"b{n}"])
        a.append(np.maximum(0.1 * zs[-1], zs[-1]) if n < 3 else zs[-1])
    d, g = 2 * (a[3] - y) / y.size, {}
    for n in (3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = a[n - 1].T @ d, d.sum(0)
        d = d @ p[f"W{n}"].T * (zs[n - 2] > 0) if n > 1 else d
    return g


@wrong(blobs, "activation_derivative", where="layer 1")
def relu_slope_the_wrong_way_round(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(0, z)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T
    e[z > 0] = 0
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(pictures, "gradient_through_activation", where="layers 1, 2")
def relu_of_the_gradient(p, X, y):
    """np.maximum(0, dz): the gradient itself goes through the ReLU."""
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.maximum(0, z1)
    z2 = a1 @ p["W2"] + p["b2"]
    a2 = np.maximum(0, z2)
    d3 = (softmax(a2 @ p["W3"] + p["b3"]) - np.eye(2)[y]) / len(y)
    d2 = np.maximum(0, d3 @ p["W3"].T)
    d1 = np.maximum(0, d2 @ p["W2"].T)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": d3.sum(0)}


@wrong(pictures, "activation_derivative", where=("layer 1", "layers 1, 2"))
def multiplied_by_the_activation(p, X, y):
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.maximum(0, z1)
    z2 = a1 @ p["W2"] + p["b2"]
    a2 = np.maximum(0, z2)
    d3 = (softmax(a2 @ p["W3"] + p["b3"]) - np.eye(2)[y]) / len(y)
    d2 = d3 @ p["W3"].T * (z2 > 0)
    d1 = d2 @ p["W2"].T * a1
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": d3.sum(0)}


@wrong(smoothed, "activation_derivative", where="layer 1")
def sigmoid_slope_with_a_plus(p, X, y):
    a = sigmoid(X @ p["W1"] + p["b1"])
    soft = np.eye(4)[y] * 0.9 + 0.1 / 4
    d = (softmax(a @ p["W2"] + p["b2"]) - soft) / len(y)
    e = d @ p["W2"].T * a * (1 + a)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(tower_summed, "activation_derivative_twice", where="layer 1")
def slope_twice(p, X, y):
    a1 = sigmoid(X @ p["W1"] + p["b1"])
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    d3 = 2 * (a2 @ p["W3"] + p["b3"] - y)
    d2 = d3 @ p["W3"].T * a2 * (1 - a2)
    d1 = d2 @ p["W2"].T * a1 * (1 - a1) * a1 * (1 - a1)
    return {"W3": a2.T @ d3, "b3": d3.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}


@wrong(single_precision, "activation_derivative", where="layer 1")
def one_minus_a_in_float32(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (a @ p["W2"] + p["b2"] - y) / y.size
    e = d @ p["W2"].T * (1 - a)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(without_bias, "activation_derivative_missing", where="layer 1")
def no_slope_and_no_bias(p, X, y):
    a = np.tanh(X @ p["W1"])
    d = 2 * (a @ p["W2"] - y) / y.size
    return {"W1": X.T @ (d @ p["W2"].T), "W2": a.T @ d}


@wrong(xor, "sign", "activation_derivative", where="layer 1")
def sign_of_the_slope(p, X, y):
    """a² - 1 for 1 - a²."""
    A1 = np.tanh(X.dot(p["W1"]) + p["b1"])
    dZ2 = (sigmoid(A1.dot(p["W2"]) + p["b2"]) - y) / 4
    dZ1 = dZ2.dot(p["W2"].T) * (A1**2 - 1)
    return {"dW1": X.T.dot(dZ1), "db1": dZ1.sum(0), "dW2": A1.T.dot(dZ2), "db2": dZ2.sum(0)}


# --- what is handed down ------------------------------------------------------------------------------------------


@wrong(xor, "upstream_gradient_missing", where="layer 1")
def only_the_slope_of_the_layer(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = 1 - a**2
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(xor, "upstream_weights_missing", where="layer 1")
def error_without_weights(p, X, y):
    """d (m, 1) is broadcast over the hidden units."""
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = d * (1 - a**2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(square_tower, "upstream_weights_missing", where="layer 2")
def weights_forgotten_in_the_middle(p, X, y):
    a = tanh_tower(p, X)
    d4 = 2 * (a[4] - y) / y.size
    d3 = d4 @ p["W4"].T * (1 - a[3] ** 2)
    d2 = d3 * (1 - a[2] ** 2)
    d1 = d2 @ p["W2"].T * (1 - a[1] ** 2)
    deltas = {1: d1, 2: d2, 3: d3, 4: d4}
    return {f"W{n}": a[n - 1].T @ d for n, d in deltas.items()} | {f"b{n}": d.sum(0) for n, d in deltas.items()}


@wrong(square_tower, "upstream_weights_not_transposed", where="layer 2")
def transpose_forgotten_between_square_layers(p, X, y):
    a = tanh_tower(p, X)
    d4 = 2 * (a[4] - y) / y.size
    d3 = np.dot(d4, p["W4"].T) * (1 - a[3] ** 2)
    d2 = np.dot(d3, p["W3"]) * (1 - a[2] ** 2)
    d1 = np.dot(d2, p["W2"].T) * (1 - a[1] ** 2)
    deltas = {1: d1, 2: d2, 3: d3, 4: d4}
    return {f"W{n}": a[n - 1].T @ d for n, d in deltas.items()} | {f"b{n}": d.sum(0) for n, d in deltas.items()}


@wrong(square_tower, "upstream_weights_not_transposed", where=("layer 1", "layer 2", "layers 1, 2"))
def einsum_with_its_letters_the_wrong_way(p, X, y):
    a = tanh_tower(p, X)
    d, g = 2 * (a[4] - y) / y.size, {}
    for n in (4, 3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = np.einsum("ni,no->io", a[n - 1], d), d.sum(0)
        if n > 1:
            letters = "no,io->ni" if n == 4 else "ni,io->no"
            d = np.einsum(letters, d, p[f"W{n}"]) * (1 - a[n - 1] ** 2)
    return g


@wrong(square_tower, "upstream_weights_of_another_layer", where="layer 2")
def index_off_by_one(p, X, y):
    a = tanh_tower(p, X)
    d4 = 2 * (a[4] - y) / y.size
    d3 = d4 @ p["W4"].T * (1 - a[3] ** 2)
    d2 = d3 @ p["W2"].T * (1 - a[2] ** 2)
    d1 = d2 @ p["W2"].T * (1 - a[1] ** 2)
    deltas = {1: d1, 2: d2, 3: d3, 4: d4}
    return {f"W{n}": a[n - 1].T @ d for n, d in deltas.items()} | {f"b{n}": d.sum(0) for n, d in deltas.items()}


@wrong(pictures, "upstream_weights_not_transposed", where="layer 1")
def transpose_forgotten_in_pytorch_layout(p, X, y):
    W1, W2, W3 = (p[f"{n}.weight"] for n in (0, 2, 4))
    h1 = np.maximum(X @ W1.T + p["0.bias"], 0)
    h2 = np.maximum(h1 @ W2.T + p["2.bias"], 0)
    d3 = (softmax(h2 @ W3.T + p["4.bias"]) - np.eye(2)[y]) / len(y)
    d2 = d3 @ W3 * (h2 > 0)
    d1 = d2 @ W2.T * (h1 > 0)
    return {"0.weight": d1.T @ X, "0.bias": d1.sum(0), "2.weight": d2.T @ h1, "2.bias": d2.sum(0),
            "4.weight": d3.T @ h2, "4.bias": d3.sum(0)}


@wrong(tower_summed, "upstream_before_the_derivative", where="layer 1")
def da_handed_down_instead_of_dz(p, X, y):
    a1 = sigmoid(X @ p["W1"] + p["b1"])
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    dz3 = 2 * (a2 @ p["W3"] + p["b3"] - y)
    da2 = dz3 @ p["W3"].T
    dz2 = da2 * a2 * (1 - a2)
    da1 = da2 @ p["W2"].T
    dz1 = da1 * a1 * (1 - a1)
    return {"W3": a2.T @ dz3, "b3": dz3.sum(0), "W2": a1.T @ dz2, "b2": dz2.sum(0), "W1": X.T @ dz1, "b1": dz1.sum(0)}


@wrong(house, "upstream_before_the_derivative", where="layer 1")
def a_slope_is_skipped(p, X, y):
    """dz1 is made of dz3 in one go."""
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.where(z1 > 0, z1, 0.1 * z1)
    z2 = a1 @ p["W2"] + p["b2"]
    a2 = np.where(z2 > 0, z2, 0.1 * z2)
    d3 = 2 * (a2 @ p["W3"] + p["b3"] - y) / y.size
    d2 = d3 @ p["W3"].T * np.where(z2 > 0, 1, 0.1)
    d1 = d3 @ p["W3"].T @ p["W2"].T * np.where(z1 > 0, 1, 0.1)
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": d3.sum(0)}


@wrong(tags, "upstream_weights_missing", where="layer 1")
def deltas_added_over_the_outputs(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / y.size
    e = d.sum(axis=1, keepdims=True) * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(tags, "reshaped_not_transposed", where="layer 1")
def weights_reshaped_for_the_way_back(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / y.size
    e = d @ p["W2"].reshape(3, 6) * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(flowers_summed, "sign", where="layer 1")
def minus_at_the_hidden_layer(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = softmax(a @ p["W2"] + p["b2"]) - np.eye(3)[y]
    e = -(d @ p["W2"].T) * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(forgetful, "dropout_mask_missing", where="layer 1")
def mask_forgotten(p, X, y):
    z = X @ p["W1"] + p["b1"]
    r = np.maximum(z, 0) * p["mask1"] / 0.6
    d = (sigmoid(r @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": r.T @ d, "b2": d.sum(0)}


@wrong(forgetful, "dropout_scale_missing", where="layer 1")
def scale_forgotten(p, X, y):
    z = X @ p["W1"] + p["b1"]
    r = np.maximum(z, 0) * p["mask1"] / 0.6
    d = (sigmoid(r @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * p["mask1"] * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": r.T @ d, "b2": d.sum(0)}


@wrong(forgetful, "wrong_input", "preactivation_instead_of_activation", where="layer 2")
def product_with_what_was_there_before_dropout(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    keep = p["mask1"] / 0.6
    d = (sigmoid((a * keep) @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * keep * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}


@wrong(forgetful, "dropout_forward_missing", where="layer 1")
def no_dropout_at_all(p, X, y):
    """The forward pass of prediction, without the mask."""
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / len(y)
    e = d @ p["W2"].T * (z > 0)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": a.T @ d, "b2": d.sum(0)}
