"""Attention, the transformer's encoder, recurrent layers and cells."""

import itertools

import numpy as np

from tests.nn.contract import FunctionRow, ModuleRow

SERIES = (5, 3, 4)  # (L, N, features)
STATE = (3, 6)
CELLS = ("RNNCell", "GRUCell", "LSTMCell")
DRAW = np.random.default_rng(4)
SEEN = DRAW.random((5, 5)) < 0.6
SEEN[:, 0] = True
ATTENTION = "scaled_dot_product_attention"
Q, K, V = (2, 3, 5, 4), (2, 3, 5, 4), (2, 3, 5, 6)


def layer(name, *args, **kwargs):
    return ModuleRow(name, args, kwargs, (SERIES,), batch=0 if kwargs.get("batch_first") else 1)


def attention(*args, inputs=(SERIES,) * 3, **kwargs):
    return ModuleRow("MultiheadAttention", args, kwargs, inputs, batch=None, same_repr=False)


def encoder(**kwargs):
    row = layer("TransformerEncoderLayer", 4, 2, 8, dropout=0.0, **kwargs)
    return row._replace(same_repr=False)  # PyTorch shows a Linear that cannot be quantised


MODULES = [
    *(layer(name, 4, 6) for name in ("RNN", "GRU", "LSTM")),
    *(layer(name, 4, 3, num_layers=2, bidirectional=True, batch_first=True) for name in ("RNN", "GRU", "LSTM")),
    *(layer(name, 4, 3, bias=False, num_layers=2) for name in ("RNN", "GRU", "LSTM")),
    layer("RNN", 4, 6, nonlinearity="relu"), layer("GRU", 4, 3, bidirectional=True),
    ModuleRow("LSTM", (4, 3, 2), {"dropout": 0.4}, (SERIES,), random=True, batch=1),
    ModuleRow("RNN", (4, 6), {}, ((5, 4),), batch=None), ModuleRow("LSTM", (4, 6), {}, ((5, 4),), batch=None),
    ModuleRow("GRU", (4, 6), {}, (SERIES, (1, *STATE)), batch=None),
    *(ModuleRow(name, (4, 6), {"bias": bias}, ((3, 4),)) for name, bias in itertools.product(CELLS, (True, False))),
    ModuleRow("RNNCell", (4, 6), {"nonlinearity": "relu"}, ((3, 4),)),
    ModuleRow("GRUCell", (4, 6), {}, ((3, 4), STATE), batch=None),
    ModuleRow("RNNCell", (4, 6), {}, ((4,), (6,)), batch=None),
    attention(4, 2), attention(4, 1, bias=False, batch_first=True), attention(4, 4, inputs=((5, 4),) * 3),
    attention(4, 2, kdim=3, vdim=6, inputs=(SERIES, (7, 3, 3), (7, 3, 6))),
    ModuleRow("MultiheadAttention", (4, 2, 0.3), {}, (SERIES,) * 3, random=True, batch=None, same_repr=False),
    encoder(), encoder(batch_first=True, norm_first=True, activation="gelu"), encoder(bias=False),
    ModuleRow("TransformerEncoderLayer", (4, 2, 8), {}, (SERIES,), random=True, batch=1, same_repr=False),
]

FUNCTIONS = [
    FunctionRow(ATTENTION, (Q, K, V), batch=None),
    FunctionRow(ATTENTION, (Q, K, V), {"is_causal": True, "scale": 0.3}, batch=None),
    FunctionRow(ATTENTION, (Q, K, V, SEEN), order=("attn_mask",), label="bool mask", batch=None),
    FunctionRow(ATTENTION, (Q, K, V, (5, 5)), order=("attn_mask",), label="float mask", batch=None),
    FunctionRow(ATTENTION, (Q, K, V), {"dropout_p": 0.3}, random=True, batch=None),
]

ELSEWHERE = {"TransformerEncoder": "tests/nn/test_transformer.py"}
