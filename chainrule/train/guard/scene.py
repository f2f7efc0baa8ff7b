"""What the checks look at: a Trainer, its data, the network's answer to a few rows, and the way back from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ChainruleError, ChainruleWarning
from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tape.tracked import Node, Tracked, wrap
from chainrule.tensors.tensor import Tensor
from chainrule.train.feed import ArrayFeed
from chainrule.train.modes import modes
from chainrule.train.prediction import asked

if TYPE_CHECKING:
    from chainrule.train.fitting import Plan
    from chainrule.train.trainer import Trainer

Finding = ChainruleError | ChainruleWarning
Findings = Iterator[Finding]
VIEWS = ("reshape", "slice", "permute", "expand")  # they move numbers and change none
LAYERS = {
    "relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "softmax": "Softmax", "log_softmax": "LogSoftmax",
    "softplus": "Softplus", "softsign": "Softsign", "hardsigmoid": "Hardsigmoid", "logsigmoid": "LogSigmoid",
    "linear": "Linear", "conv": "Conv2d",
}
"""The modules behind the operations that end a network."""
WEIGHTED = ("linear", "conv")  # operations that multiply what they read by weights
DISTANCES = ("MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "QuantileLoss")
"""Losses that take any numbers: of targets they look at the shape alone."""
FEW = 8  # rows that a network in training mode is asked for


@dataclass
class Scene:
    """A fit that is about to begin.

    Attributes:
        trainer: who will train.
        feed: what it learns from.
        judged: what it is judged by, if that came as data of its own.
        plan: how long it trains, and in what batches; None where nobody has said.
        unweighted: whether rows to learn from have weights, and those to be judged by have none.
        watched: whether callbacks are there, which may change the rate.
        given: the rows that the network was asked for.
        outputs: what it answered, on the graph.
        way: the graph behind them.
        ends: the operations that end the network, the last one first: activations, then what they were applied to.
        unheld: what wants a gradient there, and the optimizer does not hold, by its identity.
    """

    trainer: "Trainer"
    feed: ArrayFeed
    judged: ArrayFeed | None = None
    plan: "Plan | None" = None
    unweighted: bool = False
    watched: bool = False
    given: tuple[Tensor, ...] = ()
    outputs: Any = None
    way: "Way" = field(init=False)
    ends: list[Node] = field(init=False)
    unheld: dict[int, Tensor] = field(init=False)

    def ask(self) -> None:
        """Ask the network for one row, in evaluation mode."""
        trainer = self.trainer
        self.given = tuple([wrap(part[:1]) for part in self.feed.inputs])
        with trainer._apart_from_training(), modes(trainer.model, training=False), np.errstate(all="ignore"):
            self.outputs = asked(trainer.model, self.given, "Trainer.fit, data")

    def ask_in_training(self) -> None:
        """Ask it for a few rows in training mode: some networks end otherwise there. Its buffers stay as they are."""
        trainer = self.trainer
        before = [(buffer, np.array(buffer.numpy(), order="K")) for buffer in trainer.model.buffers()]
        self.given = tuple([wrap(part[:FEW]) for part in self.feed.inputs])
        try:
            with trainer._apart_from_training(), modes(trainer.model, training=True), np.errstate(all="ignore"):
                self.outputs = trainer.model(*self.given)
        finally:
            with no_grad():
                for buffer, array in before:
                    buffer.copy_(wrap(array))

    def called(self, modules: Iterable[Module]) -> set[int]:
        """Which of these modules the rows go through, by their identity; the network is asked once more."""
        trainer, found = self.trainer, set[int]()
        handles = [module.register_forward_pre_hook(lambda module, _: found.add(id(module))) for module in modules]
        try:
            with trainer._apart_from_training(), modes(trainer.model, training=False), np.errstate(all="ignore"):
                trainer.model(*self.given)
        finally:
            for handle in handles:
                handle.remove()
        return found

    def look_back(self) -> None:
        """Walk the graph behind the outputs."""
        node = self.outputs._node
        self.way, self.ends = Way(node), _ends(node)
        known = held(self.trainer)
        self.unheld = {key: tensor for key, tensor in self.way.leaves.items() if key not in known}

    def inputs(self, place: int) -> str:
        """Where the inputs of this number are, for messages."""
        return "Trainer.fit, data, X" if len(self.feed.inputs) == 1 else f"Trainer.fit, data, X[{place}]"

    def layer(self, operation: str) -> str:
        """Where in the network an operation stands: its last module of that kind, or where users write their own."""
        model = self.trainer.model
        wanted = LAYERS.get(operation, "")
        found = [(path, module) for path, module in model.named_modules() if type(module).__name__ == wanted]
        if not found:
            return f"{type(model).__name__}.forward, {operation}"
        path, module = found[-1]
        return f"{path} {module!r}".strip()

    def loss_name(self) -> str:
        """The loss as people write it."""
        loss = self.trainer.loss
        return repr(loss) if isinstance(loss, Module) else getattr(loss, "__name__", type(loss).__name__)


class Way:
    """Everything that outputs depend on.

    Args:
        last: the operation that made them.

    Attributes:
        leaves: the tensors that want a gradient, by their identity.
        nodes: the operations, the last one first.
        readers: for what wants none (data, masks): the operation that reads it, and the tensor.
    """

    def __init__(self, last: Node | None) -> None:
        self.leaves: dict[int, Tensor] = {}
        self.readers: list[tuple[Node, Tensor]] = []
        self.nodes: list[Node] = []
        seen: set[int] = set()
        stack = [] if last is None else [last]
        while stack:
            node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            self.nodes.append(node)
            for given in node.inputs or ():
                if not isinstance(given, Tracked):
                    continue
                if given._node is not None:
                    stack.append(given._node)
                elif given.requires_grad:
                    self.leaves[id(given)] = given  # type: ignore[assignment]  # the concrete class
                else:
                    self.readers.append((node, given))  # type: ignore[arg-type]  # the concrete class


def _ends(node: Node | None) -> list[Node]:
    found: list[Node] = []
    while node is not None:
        name = node.operation.name
        if name not in VIEWS:
            found.append(node)
            if name not in LAYERS or name in WEIGHTED:
                break
        first = node.inputs[0] if node.inputs else None
        node = first._node if isinstance(first, Tracked) else None
    return found


def of_rows(shape: tuple[int, ...]) -> str:
    """The shape of (N, …) rows, as people write it."""
    return f"({', '.join(['N', *map(str, shape)])}{',' if not shape else ''})"


def held(trainer: "Trainer") -> set[int]:
    """What the optimizer changes, by its identity."""
    return {id(parameter) for group in trainer.optimizer.param_groups for parameter in group["params"]}
