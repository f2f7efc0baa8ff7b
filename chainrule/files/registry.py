"""The closed table of what a file may ask to be made: names, and the classes and functions that they stand for.

What is not in here is not made, whatever a file says: nothing is imported by a name.
"""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.nn.attention import MultiheadAttention
from chainrule.nn.batch_norm import BatchNorm1d, BatchNorm2d
from chainrule.nn.containers import ModuleDict, ModuleList, Sequential
from chainrule.nn.conv import Conv1d, Conv2d, ConvTranspose2d
from chainrule.nn.distances import CosineSimilarity, PairwiseDistance, TripletMarginLoss
from chainrule.nn.dropout import Dropout, Dropout1d, Dropout2d
from chainrule.nn.embedding import Embedding
from chainrule.nn.exponentials import CELU, ELU, SELU, LogSigmoid, Softplus
from chainrule.nn.functional._binary import binary_cross_entropy, binary_cross_entropy_with_logits
from chainrule.nn.functional._cross_entropy import cross_entropy, nll_loss
from chainrule.nn.functional._exponentials import celu, elu, logsigmoid, selu, softplus
from chainrule.nn.functional._gates import gelu, hardswish, mish, silu
from chainrule.nn.functional._hinge import hinge_loss
from chainrule.nn.functional._rectifiers import hardtanh, leaky_relu, relu, relu6
from chainrule.nn.functional._regression import (
    huber_loss,
    l1_loss,
    mse_loss,
    poisson_nll_loss,
    quantile_loss,
    smooth_l1_loss,
)
from chainrule.nn.functional._softmax import log_softmax, softmax
from chainrule.nn.functional._squashing import hardsigmoid, sigmoid, softsign, tanh
from chainrule.nn.gates import GELU, Hardswish, Mish, SiLU
from chainrule.nn.layer_norms import GroupNorm, LayerNorm, RMSNorm
from chainrule.nn.linear import Linear
from chainrule.nn.losses.binary import BCELoss, BCEWithLogitsLoss, HingeEmbeddingLoss, HingeLoss
from chainrule.nn.losses.classes import CrossEntropyLoss, KLDivLoss, NLLLoss
from chainrule.nn.losses.regression import HuberLoss, L1Loss, MSELoss, PoissonNLLLoss, QuantileLoss, SmoothL1Loss
from chainrule.nn.mlp import MLP
from chainrule.nn.mlp_choices import Applied
from chainrule.nn.module import Module
from chainrule.nn.parameter_containers import ParameterDict, ParameterList
from chainrule.nn.pooling import AdaptiveAvgPool1d, AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from chainrule.nn.rectifiers import Hardtanh, LeakyReLU, PReLU, ReLU, ReLU6
from chainrule.nn.recurrent import GRU, LSTM, RNN
from chainrule.nn.recurrent_cells import GRUCell, LSTMCell, RNNCell
from chainrule.nn.reshaping import Flatten, Identity, Unflatten
from chainrule.nn.squashing import Hardsigmoid, LogSoftmax, Sigmoid, Softmax, Softsign, Tanh
from chainrule.nn.transformer import TransformerEncoder, TransformerEncoderLayer
from chainrule.optim.adadelta import Adadelta
from chainrule.optim.adagrad import Adagrad
from chainrule.optim.adam import Adam
from chainrule.optim.adamw import AdamW
from chainrule.optim.lbfgs import LBFGS
from chainrule.optim.lion import Lion
from chainrule.optim.lr_scheduler.falling import ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR
from chainrule.optim.lr_scheduler.plateau import ReduceLROnPlateau
from chainrule.optim.lr_scheduler.waves import CosineAnnealingLR, CosineAnnealingWarmRestarts
from chainrule.optim.nadam import NAdam
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.rmsprop import RMSprop
from chainrule.optim.schedules.annealing import cosine, cosine_restarts, one_cycle
from chainrule.optim.schedules.composing import join, warmup
from chainrule.optim.schedules.falling import constant, exponential, inverse_sqrt, multi_step, polynomial, step
from chainrule.optim.sgd import SGD
from chainrule.tensors import pointwise
from chainrule.tensors.tensor import Tensor

Arguments = dict[str, Any]


class Row(NamedTuple):
    """A class that a file may ask for.

    Attributes:
        kind: the class.
        arguments: from an object to the arguments of its constructor; modules among them are described in turn.
        sized: the argument whose numbers are made without a draw of random ones.
        holds: whether the modules in it are arguments too, by their names.
    """

    kind: type
    arguments: Callable[[Any], Arguments]
    sized: str = ""
    holds: bool = False


def by_signature(thing: Any) -> Arguments:
    """The arguments of a constructor that keeps them all under their names.

    Raises:
        AttributeError: it does not.
    """
    found = {}
    for name, parameter in inspect.signature(type(thing)).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        value = getattr(thing, name)
        if name == "bias" and (value is None or isinstance(value, Tensor)):
            value = value is not None
        found[name] = value
    return found


def _nothing(thing: object) -> Arguments:
    return {}


def _attention(thing: MultiheadAttention) -> Arguments:
    names = ("embed_dim", "num_heads", "dropout", "kdim", "vdim", "batch_first")
    return {**{name: getattr(thing, name) for name in names}, "bias": thing.in_proj_bias is not None}


def _encoder_layer(thing: TransformerEncoderLayer) -> Arguments:
    return {
        "d_model": thing.self_attn.embed_dim, "nhead": thing.self_attn.num_heads,
        "dim_feedforward": thing.linear1.out_features, "dropout": thing.dropout.p,
        "activation": thing.activation, "layer_norm_eps": thing.norm1.eps,
        "batch_first": thing.self_attn.batch_first, "norm_first": thing.norm_first,
        "bias": thing.linear1.bias is not None,
    }


def _encoder(thing: TransformerEncoder) -> Arguments:
    return {"encoder_layer": thing.layers[0], "num_layers": thing.num_layers, "norm": thing.norm}


def _mlp(thing: MLP) -> Arguments:
    """The constructor call that makes such a network: activations as modules, one for each layer."""
    behind: list[Any] = []
    norm, dropout = None, 0.0
    for module in thing:
        if isinstance(module, Linear):
            behind.append(None)
        elif isinstance(module, (BatchNorm1d, LayerNorm)):
            norm = "batch" if isinstance(module, BatchNorm1d) else "layer"
        elif isinstance(module, Dropout):
            dropout = module.p
        else:
            behind[-1] = module
    return {
        "sizes": thing.sizes, "activation": behind, "dropout": dropout, "norm": norm, "init": "zeros",
        "residual": thing.residual,
    }


_PLAIN: tuple[type[Module], ...] = (
    Linear, Conv1d, Conv2d, ConvTranspose2d, Embedding, RNN, LSTM, GRU, RNNCell, LSTMCell, GRUCell,
    Dropout, Dropout1d, Dropout2d, Flatten, Unflatten,
    AdaptiveAvgPool1d, AdaptiveAvgPool2d, AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d,
    CELU, ELU, SELU, LogSigmoid, Softplus, GELU, Hardswish, Mish, SiLU, Hardtanh, LeakyReLU, ReLU, ReLU6,
    Hardsigmoid, LogSoftmax, Sigmoid, Softmax, Softsign, Tanh, Applied,
    CosineSimilarity, TripletMarginLoss, BCELoss, BCEWithLogitsLoss, HingeEmbeddingLoss, HingeLoss, CrossEntropyLoss,
    KLDivLoss, NLLLoss, HuberLoss, L1Loss, MSELoss, PoissonNLLLoss, QuantileLoss, SmoothL1Loss,
)
_ROWS = (
    *(Row(kind, by_signature) for kind in _PLAIN),
    *(Row(kind, by_signature, "num_features") for kind in (BatchNorm1d, BatchNorm2d)),
    *(Row(kind, by_signature, "normalized_shape") for kind in (LayerNorm, RMSNorm)),
    Row(GroupNorm, by_signature, "num_channels"),
    Row(PReLU, by_signature, "num_parameters"),
    Row(Identity, _nothing),
    Row(PairwiseDistance, lambda thing: {"p": thing.norm, "eps": thing.eps, "keepdim": thing.keepdim}),
    Row(MultiheadAttention, _attention),
    Row(TransformerEncoderLayer, _encoder_layer),
    Row(TransformerEncoder, _encoder),
    Row(MLP, _mlp),
    *(Row(kind, _nothing, holds=True) for kind in (Sequential, ModuleList, ModuleDict)),
    *(Row(kind, _nothing, holds=True) for kind in (ParameterList, ParameterDict)),
)
MODULES: dict[str, Row] = {row.kind.__name__: row for row in _ROWS}
PARAMETERS = (ParameterList, ParameterDict)

OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.__name__: kind for kind in (Adadelta, Adagrad, Adam, AdamW, LBFGS, Lion, NAdam, RMSprop, SGD)
}
SCHEDULERS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        ConstantLR, ExponentialLR, LinearLR, MultiStepLR, PolynomialLR, StepLR, ReduceLROnPlateau, CosineAnnealingLR,
        CosineAnnealingWarmRestarts,
    )
}
SCHEDULES: dict[str, Callable[..., Any]] = {
    make.__name__: make
    for make in (
        cosine, cosine_restarts, one_cycle, join, warmup, constant, exponential, inverse_sqrt, multi_step, polynomial,
        step,
    )
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(pointwise, name) for name in ("abs", "cos", "exp", "sin", "square")},
    **{
        function.__name__: function
        for function in (
            relu, relu6, leaky_relu, hardtanh, celu, elu, selu, softplus, logsigmoid, gelu, hardswish, mish, silu,
            softmax, log_softmax, sigmoid, tanh, softsign, hardsigmoid,
            binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, nll_loss, hinge_loss, mse_loss,
            l1_loss, smooth_l1_loss, huber_loss, quantile_loss, poisson_nll_loss,
        )
    },
}
"""Activations and losses as functions."""
ALIASES: dict[str, Callable[..., Any]] = {name: getattr(pointwise, name) for name in ("sigmoid", "tanh")}
"""The same functions as `cr.sigmoid` and so on; a file calls them by the same names."""


def function_name(function: object) -> str | None:
    """The name of a function of the table; None for any other."""
    rows = [*FUNCTIONS.items(), *ALIASES.items()]
    return next((name for name, known in rows if known is function), None)
