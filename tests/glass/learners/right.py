"""Right backward passes, in the ways in which learners really write them."""

import math

import numpy as np

from tests.glass.learners.settings import (
    CLASS_WEIGHTS,
    all_sigmoid,
    blobs,
    flowers,
    flowers_summed,
    forgetful,
    house,
    line,
    outliers_absolute,
    outliers_huber,
    pictures,
    rare_class,
    right,
    shares,
    sigmoid,
    single_precision,
    smoothed,
    softmax,
    square_tower,
    tags,
    tower_summed,
    without_bias,
    xor,
)


@right(xor)
def as_in_the_articles(parameters, X, Y):
    m = X.shape[0]
    Z1 = np.dot(X, parameters["W1"]) + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(A1, parameters["W2"]) + parameters["b2"]
    A2 = sigmoid(Z2)
    dZ2 = A2 - Y
    dW2 = np.dot(A1.T, dZ2) / m
    db2 = np.sum(dZ2, axis=0, keepdims=True) / m
    dA1 = np.dot(dZ2, parameters["W2"].T)
    dZ1 = dA1 * (1 - np.power(A1, 2))
    dW1 = np.dot(X.T, dZ1) / m
    db1 = np.sum(dZ1, axis=0, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


@right(xor)
def samples_as_columns(params, X, y):
    """The other school: X is (features, samples)."""
    X, y = X.T, y.T
    m = X.shape[1]
    W1, W2 = params["W1"].T, params["W2"].T
    b1, b2 = params["b1"].reshape(-1, 1), params["b2"].reshape(-1, 1)
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = A2 - y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW1": (dZ1 @ X.T / m).T, "db1": dZ1.sum(axis=1) / m, "dW2": (dZ2 @ A1.T / m).T, "db2": dZ2.sum(axis=1) / m,
    }


@right(xor)
def weights_as_outputs_by_inputs(params, X, y):
    hidden = np.tanh(X @ params["0.weight"].T + params["0.bias"])
    delta = (sigmoid(hidden @ params["2.weight"].T + params["2.bias"]) - y) / len(y)
    back = delta @ params["2.weight"] * (1 - hidden * hidden)
    return {
        "0.weight": back.T @ X, "0.bias": back.sum(0), "2.weight": delta.T @ hidden, "2.bias": delta.sum(0),
    }


@right(all_sigmoid)
def one_sample_after_the_other(p, X, y):
    dW1, db1, dW2, db2 = (np.zeros_like(p[n]) for n in ("W1", "b1", "W2", "b2"))
    for x, t in zip(X, y, strict=True):
        h = sigmoid(x @ p["W1"] + p["b1"][0])
        o = sigmoid(h @ p["W2"] + p["b2"][0])
        d2 = 2 * (o - t) * o * (1 - o)
        d1 = (p["W2"] @ d2) * h * (1 - h)
        dW2 += np.outer(h, d2) / len(X)
        db2 += d2 / len(X)
        dW1 += np.outer(x, d1) / len(X)
        db1 += d1 / len(X)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


@right(all_sigmoid)
def three_loops_and_no_matrix(p, X, y):
    n, hidden = len(X), p["W1"].shape[1]
    g = {name: np.zeros(p[name].shape) for name in ("W1", "b1", "W2", "b2")}
    for i in range(n):
        h = [0.0] * hidden
        for j in range(hidden):
            z = p["b1"][0, j]
            for k in range(X.shape[1]):
                z += X[i, k] * p["W1"][k, j]
            h[j] = 1 / (1 + math.exp(-z))
        o = 1 / (1 + math.exp(-(sum(h[j] * p["W2"][j, 0] for j in range(hidden)) + p["b2"][0, 0])))
        delta_out = 2 / n * (o - y[i, 0]) * o * (1 - o)
        for j in range(hidden):
            g["W2"][j, 0] += delta_out * h[j]
            delta = delta_out * p["W2"][j, 0] * h[j] * (1 - h[j])
            for k in range(X.shape[1]):
                g["W1"][k, j] += delta * X[i, k]
            g["b1"][0, j] += delta
        g["b2"][0, 0] += delta_out
    return g


@right(blobs)
def a_small_clip_that_never_bites(p, X, y):
    Z1 = X @ p["W1"] + p["b1"]
    A1 = np.maximum(0, Z1)
    A2 = np.clip(sigmoid(A1 @ p["W2"] + p["b2"]), 1e-12, 1 - 1e-12)
    dA2 = -(y / A2 - (1 - y) / (1 - A2)) / y.size
    dZ2 = dA2 * A2 * (1 - A2)
    dZ1 = dZ2 @ p["W2"].T
    dZ1[Z1 <= 0] = 0
    return {"W1": X.T @ dZ1, "b1": dZ1.sum(axis=0), "W2": A1.T @ dZ2, "b2": dZ2.sum(axis=0)}


@right(blobs)
def relu_slope_from_the_activation(p, X, y):
    a = (X @ p["W1"] + p["b1"]).clip(0)
    q = sigmoid(a @ p["W2"] + p["b2"])
    d = (q - y) / y.shape[0]
    e = np.where(a > 0, d @ p["W2"].T, 0)
    return {"W2": a.T.dot(d), "b2": d.sum(0, keepdims=True), "W1": X.T.dot(e), "b1": e.sum(0, keepdims=True)}


@right(flowers)
def one_is_taken_from_the_right_class(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    scores = a @ p["W2"] + p["b2"]
    probs = np.exp(scores - scores.max(1, keepdims=True))
    probs /= probs.sum(1, keepdims=True)
    probs[np.arange(len(y)), y] -= 1
    probs /= len(y)
    hidden = probs @ p["W2"].T * (1 - a**2)
    return {"W2": a.T @ probs, "b2": probs.sum(0), "W1": X.T @ hidden, "b1": hidden.sum(0)}


@right(flowers)
def softmax_by_its_jacobian(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    probs = softmax(a @ p["W2"] + p["b2"])
    onehot = np.eye(3)[y]
    dz = np.empty_like(probs)
    for i, q in enumerate(probs):
        jacobian = np.diag(q) - np.outer(q, q)
        dz[i] = jacobian @ (-onehot[i] / q) / len(y)
    dh = dz @ p["W2"].T * (1 - a**2)
    return {"W2": a.T @ dz, "b2": dz.sum(0), "W1": X.T @ dh, "b1": dh.sum(0)}


@right(flowers_summed)
def a_sum_where_the_loss_sums(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = z * (z > 0)
    d = softmax(a @ p["W2"] + p["b2"]) - np.eye(3)[y]
    h = (d @ p["W2"].T) * (z > 0)
    return {"W2": a.T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(smoothed)
def smoothed_targets(p, X, y):
    a = sigmoid(X @ p["W1"] + p["b1"])
    target = np.full((len(y), 4), 0.1 / 4)
    target[np.arange(len(y)), y] += 0.9
    d = (softmax(a @ p["W2"] + p["b2"]) - target) / len(y)
    h = d @ p["W2"].T * a * (1 - a)
    return {"W2": a.T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(rare_class)
def weights_of_the_classes(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    w = CLASS_WEIGHTS[y]
    d = (softmax(a @ p["W2"] + p["b2"]) - np.eye(3)[y]) * w[:, None] / w.sum()
    h = d @ p["W2"].T * (z > 0)
    return {"W2": a.T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(house)
def lists_of_layers(p, X, y):
    zs, activations = [], [X]
    for n in (1, 2, 3):
        zs.append(activations[-1] @ p[f"W{n}"] + p[f"b{n}"])
        activations.append(np.where(zs[-1] > 0, zs[-1], 0.1 * zs[-1]) if n < 3 else zs[-1])
    grads = {}
    delta = 2 * (activations[-1] - y) / y.size
    for n in (3, 2, 1):
        grads[f"W{n}"] = activations[n - 1].T @ delta
        grads[f"b{n}"] = delta.sum(axis=0)
        if n > 1:
            delta = (delta @ p[f"W{n}"].T) * np.where(zs[n - 2] > 0, 1, 0.1)
    return grads


@right(house)
def recursion(p, X, y):
    grads = {}

    def layer(a, n):
        z = a @ p[f"W{n}"] + p[f"b{n}"]
        if n == 3:
            dz = 2 / y.size * (z - y)
        else:
            dz = layer(np.maximum(z, 0.1 * z), n + 1) * np.where(z > 0, 1.0, 0.1)
        grads[f"dW{n}"], grads[f"db{n}"] = a.T @ dz, dz.sum(0)
        return dz @ p[f"W{n}"].T

    layer(X, 1)
    return grads


@right(square_tower)
def einsum_everywhere(p, X, y):
    a = [X]
    for n in (1, 2, 3):
        a.append(np.tanh(np.einsum("ni,io->no", a[-1], p[f"W{n}"]) + p[f"b{n}"]))
    out = np.einsum("ni,io->no", a[3], p["W4"]) + p["b4"]
    d = (out - y) * (2 / out.size)
    g = {}
    for n in (4, 3, 2, 1):
        g[f"W{n}"] = np.einsum("ni,no->io", a[n - 1], d)
        g[f"b{n}"] = np.einsum("no->o", d)
        d = np.einsum("no,io->ni", d, p[f"W{n}"])
        if n > 1:
            d *= 1 - a[n - 1] ** 2
    return g


@right(square_tower)
def in_place_and_out_of_caches(p, X, y):
    cache = {"A0": X}
    for n in range(1, 5):
        cache[f"Z{n}"] = cache[f"A{n - 1}"] @ p[f"W{n}"] + p[f"b{n}"]
        cache[f"A{n}"] = np.tanh(cache[f"Z{n}"]) if n < 4 else cache[f"Z{n}"].copy()
    d = cache["A4"]
    d -= y
    d *= 2
    d /= d.size
    g = {}
    for n in range(4, 0, -1):
        g[f"grad_W{n}"] = cache[f"A{n - 1}"].T @ d
        g[f"grad_b{n}"] = d.sum(0)
        if n > 1:
            d = d @ p[f"W{n}"].T
            d *= 1 - cache[f"A{n - 1}"] * cache[f"A{n - 1}"]
    return g


@right(square_tower)
def square_weights_turned(p, X, y):
    a = [X]
    for n in (1, 2, 3, 4):
        z = a[-1] @ p[f"W{n}"].T + p[f"b{n}"]
        a.append(np.tanh(z) if n < 4 else z)
    d = 2 * (a[4] - y) / y.size
    g = {}
    for n in (4, 3, 2, 1):
        g[f"W{n}"], g[f"b{n}"] = d.T @ a[n - 1], d.sum(0)
        d = d @ p[f"W{n}"] * (1 - a[n - 1] ** 2) if n > 1 else d
    return g


@right(tower_summed)
def twice_the_error_summed(p, X, y):
    a1 = sigmoid(X @ p["W1"] + p["b1"])
    a2 = sigmoid(a1 @ p["W2"] + p["b2"])
    d3 = 2 * (a2 @ p["W3"] + p["b3"] - y)
    d2 = d3 @ p["W3"].T * a2 * (1 - a2)
    d1 = d2 @ p["W2"].T * a1 * (1 - a1)
    return {"W3": a2.T @ d3, "b3": d3.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}


@right(tags)
def mean_over_everything(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(0, z)
    d = (sigmoid(a @ p["W2"] + p["b2"]) - y) / y.size
    h = d @ p["W2"].T * (z > 0).astype(float)
    return {"W2": a.T @ d, "b2": np.ones(len(X)) @ d, "W1": X.T @ h, "b1": np.ones(len(X)) @ h}


@right(line)
def one_line(p, X, y):
    error = (X @ p["W1"] + p["b1"] - y).ravel()
    return {"W1": 2 * (X * error[:, None]).mean(0).reshape(-1, 1), "b1": np.array([2 * error.mean()])}


@right(line)
def bias_as_a_plain_number(p, X, y):
    error = X @ p["W1"] + p["b1"] - y
    return {"W1": 2 / len(X) * X.T @ error, "b1": float(2 * error.mean())}


@right(line)
def flat_weights_and_lists(p, X, y):
    error = X @ p["W1"] + p["b1"] - y
    return {"W1": [[float(2 * (X[:, k : k + 1] * error).mean())] for k in range(3)], "b1": [float(2 * error.mean())]}


@right(outliers_huber)
def huber_and_gelu(p, X, y):
    z = X @ p["W1"] + p["b1"]
    cdf = 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))
    a = z * cdf
    error = a @ p["W2"] + p["b2"] - y
    d = np.clip(error, -1, 1) / error.size
    h = d @ p["W2"].T * (cdf + z * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi))
    return {"W2": a.T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(outliers_absolute)
def sign_and_softplus(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.log(1 + np.exp(z))
    d = np.sign(a @ p["W2"] + p["b2"] - y) / len(y)
    h = d @ p["W2"].T * (1 - np.exp(-a))
    return {"W2": a.T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(shares)
def softmax_under_squares(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    s = softmax(a @ p["W2"] + p["b2"])
    ds = 2 * (s - y) / y.size
    dz = s * (ds - (ds * s).sum(1, keepdims=True))
    h = dz @ p["W2"].T * (1 - a * a)
    return {"W2": a.T @ dz, "b2": dz.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(forgetful)
def with_the_mask(p, X, y):
    z = X @ p["W1"] + p["b1"]
    keep = p["mask1"] / 0.6
    r = np.maximum(z, 0) * keep
    d = (sigmoid(r @ p["W2"] + p["b2"]) - y) / len(y)
    h = d @ p["W2"].T * keep * (z > 0)
    return {"W2": r.T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(single_precision)
def float32_all_the_way(p, X, y):
    a = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (a @ p["W2"] + p["b2"] - y) / y.size
    h = d @ p["W2"].T * (1 - a**2)
    return {"W2": a.T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(single_precision)
def float64_under_a_float32_network(p, X, y):
    p, X, y = {n: a.astype(float) for n, a in p.items()}, X.astype(float), y.astype(float)
    return float32_all_the_way(p, X, y)


@right(xor)
def float32_answers(p, X, y):
    return {n: g.astype(np.float32) for n, g in as_in_the_articles(p, X, y).items()}


@right(xor)
def half_of_it_in_float32(p, X, y):
    a = np.tanh(X.astype("f4") @ p["W1"].astype("f4") + p["b1"].astype("f4"))
    d = (sigmoid(a.astype(float) @ p["W2"] + p["b2"]) - y) / 4
    h = d @ p["W2"].T * (1 - a.astype(float) ** 2)
    return {"W2": a.astype(float).T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(blobs)
def the_small_eps_of_the_articles(p, X, y):
    z = X @ p["W1"] + p["b1"]
    a = np.maximum(z, 0)
    q = sigmoid(a @ p["W2"] + p["b2"])
    d = -(y / (q + 1e-8) - (1 - y) / (1 - q + 1e-8)) / len(y) * q * (1 - q)
    h = d @ p["W2"].T * (z > 0)
    return {"W2": a.T @ d, "b2": d.sum(0), "W1": X.T @ h, "b1": h.sum(0)}


@right(without_bias)
def no_bias_anywhere(p, X, y):
    a = np.tanh(X @ p["W1"])
    d = 2 * (a @ p["W2"] - y) / y.size
    return {"W1": X.T @ (d @ p["W2"].T * (1 - a * a)), "W2": a.T @ d}


@right(pictures)
def more_is_returned_than_asked_for(p, X, y):
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.maximum(z1, 0)
    z2 = a1 @ p["W2"] + p["b2"]
    a2 = np.maximum(z2, 0)
    z3 = a2 @ p["W3"] + p["b3"]
    dz3 = (softmax(z3) - np.eye(2)[y]) / len(y)
    da2 = dz3 @ p["W3"].T
    dz2 = da2 * (z2 > 0)
    da1 = dz2 @ p["W2"].T
    dz1 = da1 * (z1 > 0)
    loss = -np.log(softmax(z3)[np.arange(len(y)), y]).mean()
    return {
        "loss": loss, "dz3": dz3, "dW3": a2.T @ dz3, "db3": dz3.sum(0), "da2": da2, "dz2": dz2, "dW2": a1.T @ dz2,
        "db2": dz2.sum(0), "da1": da1, "dz1": dz1, "dW1": X.T @ dz1, "db1": dz1.sum(0),
    }
