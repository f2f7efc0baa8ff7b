"""Activations: modules and functions side by side."""

import numpy as np

from tests.nn.contract import FunctionRow, ModuleRow

Z = np.concatenate([np.linspace(-7.3, 7.4, 23), [-30.2, 25.1, 0.31, -0.4, 1e-3]]).reshape(7, 4)
IMAGE = (2, 3, 4, 5)

MODULES = [
    *(ModuleRow(name, inputs=(Z,)) for name in ("ReLU", "ReLU6", "Sigmoid", "Tanh", "Softsign", "LogSigmoid")),
    *(ModuleRow(name, inputs=(Z,)) for name in ("SELU", "SiLU", "Mish", "Hardswish")),
    *(ModuleRow(name, inputs=(IMAGE,)) for name in ("ReLU", "SiLU", "Tanh")),
    *(ModuleRow(name, kwargs={"inplace": True}, inputs=(Z,)) for name in ("ReLU", "ReLU6", "SELU", "SiLU", "Mish")),
    ModuleRow("LeakyReLU", inputs=(Z,)), ModuleRow("LeakyReLU", (0.3,), {"inplace": True}, (Z,)),
    ModuleRow("PReLU", inputs=(Z,)), ModuleRow("PReLU", (4,), inputs=(Z,)), ModuleRow("PReLU", (3, 0.1), {}, (IMAGE,)),
    ModuleRow("PReLU", inputs=((5,),)),
    ModuleRow("Hardtanh", inputs=(Z,)), ModuleRow("Hardtanh", (-0.5, 2.5), {"inplace": True}, (Z,)),
    ModuleRow("ELU", inputs=(Z,)), ModuleRow("ELU", (0.7,), {"inplace": True}, (Z,)),
    ModuleRow("CELU", inputs=(Z,)), ModuleRow("CELU", (0.7,), {"inplace": True}, (Z,)),
    ModuleRow("Softplus", inputs=(Z,)), ModuleRow("Softplus", (2.0, 7.0), inputs=(Z,)),
    ModuleRow("GELU", inputs=(Z,)), ModuleRow("GELU", kwargs={"approximate": "tanh"}, inputs=(Z,)),
    ModuleRow("Softmax", (-1,), inputs=(Z,)), ModuleRow("Softmax", kwargs={"dim": 1}, inputs=(IMAGE,)),
    ModuleRow("LogSoftmax", (-1,), inputs=(Z,)), ModuleRow("LogSoftmax", (1,), inputs=(IMAGE,)),
]

FUNCTIONS = [
    *(FunctionRow(name, (Z,)) for name in ("relu", "relu6", "leaky_relu", "hardtanh", "sigmoid", "tanh", "softsign")),
    *(FunctionRow(name, (Z,)) for name in ("elu", "selu", "celu", "softplus", "logsigmoid")),
    *(FunctionRow(name, (Z,)) for name in ("gelu", "silu", "mish", "hardswish", "hardsigmoid")),
    FunctionRow("leaky_relu", (Z,), {"negative_slope": 0.3}),
    FunctionRow("hardtanh", (Z,), {"min_val": 0.5, "max_val": 3.0}),
    FunctionRow("elu", (Z,), {"alpha": 0.4}), FunctionRow("celu", (Z,), {"alpha": 0.4}),
    FunctionRow("softplus", (Z,), {"beta": 3.0, "threshold": 5.0}), FunctionRow("gelu", (Z,), {"approximate": "tanh"}),
    FunctionRow("prelu", (Z, np.array([0.2]))), FunctionRow("prelu", (IMAGE, np.array([0.2, -0.1, 1.5]))),
    FunctionRow("softmax", (Z,), {"dim": -1}), FunctionRow("softmax", (IMAGE,), {"dim": 1}),
    FunctionRow("log_softmax", (Z,), {"dim": -1}), FunctionRow("log_softmax", (IMAGE,), {"dim": 1}),
]

# PyTorch's derivative multiplies by 1/6 rounded to float32, even in float64: its row would agree to 1e-8 only.
ELSEWHERE = {"Hardsigmoid": "tests/nn/test_activations.py"}
