"""Words for steps in between, where the function that makes them has none that says enough."""

import ast

from chainrule.program.script.draft import Line

SLOPES = frozenset(("gamma", "beta", "xhat", "weight", "bias", "att", "scores", *"zASWbhcqkvnurifgo"))
"""What `d` stands before in the library's own functions, for a gradient."""
BETTER = {
    ("normalize", "mean"): "shift", ("normalize", "one"): "first", ("bce_with_logits", "rest"): "softplus",
    ("conv", "place"): "padded", ("max_pool", "place"): "padded", ("avg_pool", "place"): "padded",
    ("conv", "row"): "bias_row",
}
"""(region, what its function calls a value) → what a script calls it."""
FORWARD = {
    ("conv", "matmul"): "weighted", ("conv", "add"): "with_bias", ("conv", "reshape"): "filters",
    ("conv", "place"): "padded",
    ("conv", "contiguous"): "image", ("max_pool", "cast"): "countdown", ("max_pool", "multiply"): "candidates",
    ("max_pool", "reshape"): "seen", ("avg_pool", "reshape"): "seen", ("max_pool", "place"): "padded",
    ("cross_entropy", "take"): "class_weight", ("cross_entropy", "equal"): "one_hot",
    ("split_heads", "reshape"): "heads",
    ("attention", "multiply"): "scaled_q", ("attention", "divide"): "kept_A", ("bce", "multiply"): "when_one",
    ("bce", "where"): "when_zero", ("log_softmax", "minimum"): "capped", ("log_softmax", "maximum"): "top",
    ("softmax", "minimum"): "capped", ("softmax", "maximum"): "top", ("gru_gates", "subtract"): "change",
    ("normalize", "divide"): "xhat", ("normalize", "sqrt"): "std", ("gelu_tanh", "multiply"): "squared",
    ("rms_norm", "add"): "mean_square", ("", "add"): "residual", ("", "place"): "padded",
}
BACKWARD = {
    ("layer_norm", "multiply"): "along", ("layer_norm", "subtract"): "across", ("rms_norm", "multiply"): "along",
    ("group_norm", "multiply"): "along", ("group_norm", "subtract"): "across", ("group_norm", "sum"): "agreement",
    ("layer_norm", "divide"): "dnormed", ("batch_norm", "divide"): "dnormed", ("group_norm", "reshape"): "grouped",
    ("batch_norm", "sqrt"): "std", ("layer_norm", "sqrt"): "std", ("group_norm", "sqrt"): "std",
    ("conv", "windows"): "seen", ("conv", "reshape"): "patches", ("bce", "subtract"): "q",
    ("cross_entropy", "equal"): "one_hot", ("cross_entropy", "multiply"): "weighted", ("max_pool", "fold"): "folded",
    ("avg_pool", "fold"): "folded", ("avg_pool", "divide"): "shares", ("conv", "fold"): "folded",
    ("embedding", "index_add"): "dW", ("gru_gates", "subtract"): "fresh", ("quantile", "subtract"): "slope",
    ("", "add"): "dsum", ("", "place"): "placed",
}
ACTIVATIONS = frozenset((
    "gelu", "gelu_tanh", "silu", "mish", "elu", "selu", "celu", "softplus", "softsign", "hardswish", "hardsigmoid",
    "logsigmoid", "leaky_relu", "prelu", "hardtanh", "relu6", "log_softmax", "softmax",
))
LOSS_WORDS = {"sum": "mass", "multiply": "mass", "add": "divisor"}
"""Of a loss, for single numbers: what weights of rows and classes add up to, and what is divided by."""
WORDS = {
    "sqrt": "root", "exp": "e", "max": "top", "min": "least", "sum": "total", "uniform": "u", "tanh": "a",
    "sigmoid": "a", "greater": "positive", "less": "negative", "equal": "hit", "windows": "windows", "take": "taken",
    "gather": "taken", "matmul": "product", "multiply": "scaled", "divide": "ratio", "add": "total",
    "subtract": "difference", "where": "chosen", "negative": "minus", "absolute": "size", "sign": "sign",
    "concatenate": "joined", "reshape": "flat", "permute": "turned", "slice": "cut", "log": "log", "erf": "erf",
    "contiguous": "copy", "maximum": "upper", "minimum": "lower", "place": "placed", "fold": "folded",
    "expand": "spread",
}
HEADS = ("q", "k", "v")


def better(region: str, called: str) -> str:
    """What a script calls a value of a region that its function calls so; "" where that is good enough."""
    return BETTER.get((region, called), "")


def word_for(line: Line, region: str, source: str, *, back: bool, whole: bool) -> str:
    """A word for what a line makes.

    Args:
        line: that makes it.
        region: the name of its region, or "".
        source: what made the first value that it needs.
        back: whether it belongs to the way back.
        whole: whether it is a single number.
    """
    primitive = line.primitive
    if region == "split_heads" and primitive == "slice" and isinstance(line.expression, ast.Subscript):
        numbers = [n.value for n in ast.walk(line.expression.slice) if isinstance(n, ast.Constant)]
        places = [number for number in numbers if type(number) is int]
        if len(places) == 1 and places[0] < len(HEADS):
            return HEADS[places[0]]
    if region == "" and (source == "full" or (source == "slice" and primitive == "multiply" and back)):
        return "zeros"
    if region == "" and primitive == "divide" and source == "sum" and not back:
        return "mean"
    if whole and region in ("cross_entropy", "nll", "mse", "bce", "bce_with_logits", "l1", "huber", "smooth_l1"):
        return LOSS_WORDS.get(primitive, WORDS.get(primitive, primitive))
    found = (BACKWARD if back else FORWARD).get((region, primitive))
    if found is None and back and region in ACTIVATIONS:
        return "slope"
    return found or WORDS.get(primitive, primitive)
