"""Dense layers, norms, dropout, embedding, layers that change shapes, containers."""

import numpy as np

from chainrule import nn
from tests.nn.contract import FunctionRow, ModuleRow

IMAGE = (3, 4, 5, 2)
WORDS = np.array([[1, 2, 5], [2, 2, 0]])
C4 = ((4,), (4,))
OF_THE_BATCH = {"running_mean": None, "running_var": None, "training": True}

MODULES = [
    ModuleRow("Linear", (4, 3)), ModuleRow("Linear", (4, 3, False)), ModuleRow("Linear", (4, 2), inputs=((2, 3, 4),)),
    ModuleRow("BatchNorm1d", (4,), one_row=False), ModuleRow("BatchNorm1d", (4,), inputs=((3, 4, 5),)),
    ModuleRow("BatchNorm1d", (4,), one_row=False, mode="eval"),
    ModuleRow("BatchNorm1d", (4, 1e-3, None), one_row=False),
    ModuleRow("BatchNorm1d", (4,), {"momentum": 0.3, "affine": False}, one_row=False),
    ModuleRow("BatchNorm1d", (4,), {"track_running_stats": False}, one_row=False),
    ModuleRow("BatchNorm1d", (4,), {"bias": False}, one_row=False),
    ModuleRow("BatchNorm2d", (4,), inputs=(IMAGE,)), ModuleRow("BatchNorm2d", (4,), inputs=(IMAGE,), mode="eval"),
    ModuleRow("BatchNorm2d", (4,), {"momentum": None, "affine": False}, inputs=(IMAGE,)),
    ModuleRow("LayerNorm", (4,)), ModuleRow("LayerNorm", ([5, 2],), inputs=(IMAGE,)),
    ModuleRow("LayerNorm", (4, 1e-3, False)), ModuleRow("LayerNorm", (4,), {"bias": False}),
    ModuleRow("RMSNorm", (4,)), ModuleRow("RMSNorm", ((5, 2), 1e-3), inputs=(IMAGE,)),
    ModuleRow("RMSNorm", (4,), {"elementwise_affine": False}),
    ModuleRow("GroupNorm", (2, 4), inputs=(IMAGE,)), ModuleRow("GroupNorm", (4, 4, 1e-3, False), inputs=((3, 4, 5),)),
    ModuleRow("GroupNorm", (1, 4)), ModuleRow("GroupNorm", (2, 4), {"bias": False}),
    ModuleRow("Dropout", (0.3,), random=True), ModuleRow("Dropout", (0.0,)),
    ModuleRow("Dropout", inputs=(IMAGE,), random=True),
    ModuleRow("Dropout1d", (0.3,), inputs=((3, 4, 5),), random=True),
    ModuleRow("Dropout2d", (0.3, True), inputs=(IMAGE,), random=True),
    ModuleRow("Embedding", (6, 3), inputs=(WORDS,)),
    ModuleRow("Embedding", (6, 3, 2), inputs=(WORDS,), whole_gradient=False),
    ModuleRow("Embedding", (6, 3), {"padding_idx": -1}, (np.array([5, 1]),), whole_gradient=False),
    ModuleRow("Identity", (54,), {"unused": True}), ModuleRow("Flatten", inputs=(IMAGE,)),
    ModuleRow("Flatten", (2, 3), inputs=(IMAGE,)), ModuleRow("Flatten", (0,), inputs=(IMAGE,), batch=None),
    ModuleRow("Unflatten", (1, (2, 2))),
    ModuleRow("Unflatten", (-1, (2, -1)), judge=lambda t: t.nn.Unflatten(-1, (2, -1))),
    ModuleRow(
        "Sequential", one_row=False,
        make=lambda: nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 2)),
        judge=lambda t: t.nn.Sequential(t.nn.Linear(4, 5), t.nn.BatchNorm1d(5), t.nn.Tanh(), t.nn.Linear(5, 2)),
    ),
    ModuleRow(
        "MLP", ([4, 5, 2],), {"activation": "tanh"}, same_repr=False,
        judge=lambda t: t.nn.Sequential(t.nn.Linear(4, 5), t.nn.Tanh(), t.nn.Linear(5, 2)),
    ),
    ModuleRow(
        "MLP", ([4, 5, 5, 2],), {"activation": ["gelu", "elu", "softmax"], "norm": "layer", "dropout": 0.2},
        same_repr=False, random=True,
        judge=lambda t: t.nn.Sequential(
            t.nn.Linear(4, 5), t.nn.LayerNorm(5), t.nn.GELU(), t.nn.Dropout(0.2),
            t.nn.Linear(5, 5), t.nn.LayerNorm(5), t.nn.ELU(), t.nn.Dropout(0.2), t.nn.Linear(5, 2), t.nn.Softmax(-1),
        ),
    ),
    ModuleRow(
        "MLP", ([4, 5, 2],), {"norm": "batch", "output_activation": "sigmoid"}, same_repr=False, one_row=False,
        judge=lambda t: t.nn.Sequential(
            t.nn.Linear(4, 5, bias=False), t.nn.BatchNorm1d(5), t.nn.ReLU(), t.nn.Linear(5, 2), t.nn.Sigmoid()
        ),
    ),
]

FUNCTIONS = [
    FunctionRow("linear", ((3, 4), (2, 4))), FunctionRow("linear", ((2, 3, 4), (2, 4), (2,))),
    FunctionRow("batch_norm", ((3, 4), *C4), OF_THE_BATCH, ("weight", "bias")),
    FunctionRow("batch_norm", (IMAGE,), {**OF_THE_BATCH, "eps": 1e-2}),
    FunctionRow("layer_norm", ((3, 4), *C4), {"normalized_shape": (4,)}, ("weight", "bias")),
    FunctionRow("layer_norm", (IMAGE,), {"normalized_shape": (4, 5, 2)}),
    FunctionRow("rms_norm", ((3, 4), (4,)), {"normalized_shape": (4,)}, ("weight",)),
    FunctionRow("rms_norm", (IMAGE,), {"normalized_shape": (5, 2), "eps": 1e-2}),
    FunctionRow("group_norm", (IMAGE, *C4), {"num_groups": 2}, ("weight", "bias")),
    FunctionRow("group_norm", ((3, 4),), {"num_groups": 4}),
    *(FunctionRow(name, (IMAGE,), {"p": 0.4}, random=True) for name in ("dropout", "dropout2d")),
    *(FunctionRow("dropout1d", (shape,), {"p": 0.4}, random=True) for shape in ((3, 4, 5), (4, 5))),
    *(FunctionRow(name, (IMAGE,), {"p": 0.4, "training": False}) for name in ("dropout", "dropout2d")),
    FunctionRow("dropout1d", ((3, 4, 5),), {"training": False}),
    FunctionRow("embedding", (WORDS, (6, 3))),
    FunctionRow("embedding", (WORDS, (6, 3)), {"padding_idx": 2}, whole_gradient=False),
]

ELSEWHERE = {
    **dict.fromkeys(("Module", "Parameter"), "tests/nn/test_module.py"),
    **dict.fromkeys(("ModuleList", "ModuleDict", "ParameterList", "ParameterDict"), "tests/nn/test_containers.py"),
}
