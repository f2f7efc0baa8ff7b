"""What regions compute, in the plain letters of a comment."""

FORMULAS = {
    "linear": "z = W x + b", "conv": "z = W * x + b", "conv_transpose": "z = W * x + b", "relu": "max(z, 0)",
    "softmax": "e^z / sum e^z", "log_softmax": "z - ln sum e^z",
    "sigmoid": "1 / (1 + e^-z)", "max_pool": "max of each window",
    "avg_pool": "mean of each window", "batch_norm_eval": "(x - mean) / sqrt(var + eps) * gamma + beta",
    "layer_norm": "(x - mean) / sqrt(var + eps) * gamma + beta", "rms_norm": "x / sqrt(mean x^2 + eps) * gamma",
    "group_norm": "(x - mean) / sqrt(var + eps) * gamma + beta", "gelu": "z Phi(z)", "silu": "z sigmoid(z)",
    "attention": "softmax(Q K^T / sqrt(d)) V", "embedding": "a row of the table", "elu": "z, or a (e^z - 1) below 0",
    "leaky_relu": "z, or a z below 0", "softplus": "ln(1 + e^z)", "lstm_gates": "c = f c + i g, h = o tanh c",
    "gru_gates": "h = (1 - u) n + u h",
}
"""Region to what it computes, for comments."""
