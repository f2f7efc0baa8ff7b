"""24 to 27, 40, 53, 56: losses, layers and loops that somebody wrote."""

from collections.abc import Callable
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn, optim
from corpus.plants.plant import Plant, classifies, has_classes, is_binary, is_deep, not_tiny
from corpus.setup import LOSSES, USUAL, Setup
from corpus.streams import between


def broadcasting(setup: Setup, rng: np.random.Generator) -> Setup:
    """Answers (n, 1) less targets (n,): n by n differences, and the mean as the best answer."""

    def squares(outputs: Any, targets: Any) -> Any:
        return ((outputs - targets.reshape(-1)) ** 2).mean()

    ending = "sigmoid" if setup.task == "binary" else setup.ending
    return setup.but(criterion=lambda: squares, ending=ending, judge="shares" if setup.task == "binary" else "")


def summed(setup: Setup, rng: np.random.Generator) -> Setup:
    """The sum over a batch instead of the mean."""
    kind: Callable[..., Any] = LOSSES[setup.loss or USUAL[setup.task]]
    return setup.but(criterion=lambda: kind(reduction="sum"))


def over_rows(setup: Setup, rng: np.random.Generator) -> Setup:
    """A softmax along the rows of a batch instead of along the classes."""
    return setup.but(ending=nn.Softmax(dim=0))


class Bent(cr.autograd.Function):
    """tanh, with a derivative that somebody got wrong."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = x.tanh()
        ctx.save_for_backward(y)
        return y


class WithoutSquare(Bent):
    """d (1 - y), where it is d (1 - y²)."""

    @staticmethod
    def backward(ctx: Any, d: Any) -> Any:
        (y,) = ctx.saved_tensors
        return d * (1 - y)


class WithoutSlope(Bent):
    """d, as if there were no tanh."""

    @staticmethod
    def backward(ctx: Any, d: Any) -> Any:
        return d * 1.0


class OfSigmoid(Bent):
    """The derivative of another activation."""

    @staticmethod
    def backward(ctx: Any, d: Any) -> Any:
        (y,) = ctx.saved_tensors
        return d * y * (1 - y)


class Turned(Bent):
    """A sign that is wrong."""

    @staticmethod
    def backward(ctx: Any, d: Any) -> Any:
        (y,) = ctx.saved_tensors
        return d * (y * y - 1)


class Own(nn.Module):
    """An activation of one's own."""

    def __init__(self, rule: type[Bent]) -> None:
        super().__init__()
        self.rule = rule

    def forward(self, x: Any) -> Any:
        """tanh."""
        return self.rule.apply(x)


def wrong_derivative(setup: Setup, rng: np.random.Generator) -> Setup:
    """An activation whose derivative lacks a square, a factor or a sign."""
    rules: tuple[type[Bent], ...] = (WithoutSquare, WithoutSlope, OfSigmoid, Turned)
    rule = rules[int(rng.integers(len(rules)))]

    def network(setup: Setup) -> nn.Module:
        layers: list[nn.Module] = []
        for inputs, outputs in zip(setup.sizes, setup.sizes[1:], strict=False):
            layers += [nn.Linear(inputs, outputs), Own(rule)]
        return nn.Sequential(*layers[:-1])

    return setup.but(network=network)


class Detached(nn.Module):
    """Two parts of a network with a cut between them through which no gradient comes."""

    def __init__(self, first: nn.Module, second: nn.Module) -> None:
        super().__init__()
        self.first, self.second = first, second

    def forward(self, x: Any) -> Any:
        """The second part of what the first part gives."""
        return self.second(self.first(x).detach())


def cut_off(setup: Setup, rng: np.random.Generator) -> Setup:
    """A narrow first part that no gradient reaches, or that the optimizer does not have."""
    width = int(rng.integers(2, 4))
    if rng.random() < 0.5:

        def network(setup: Setup) -> nn.Module:
            first = nn.Sequential(nn.Linear(setup.sizes[0], width), nn.ReLU())
            return Detached(first, nn.MLP([width, *setup.sizes[1:]], activation=setup.activation))

        return setup.but(network=network)

    def some(parameters: Any, lr: float) -> Any:
        return optim.Adam(list(parameters)[2:], lr=min(lr, 0.02))

    return setup.but(hidden=(width, *setup.hidden), activation="relu", stepping=some)


class Forgetful(optim.SGD):
    """Plain steps whose gradients are set back now and then only."""

    def __init__(self, parameters: Any, lr: float, every: int) -> None:
        super().__init__(parameters, lr=lr)
        self.every, self.calls = every, 0

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Mostly nothing: the gradients of many steps add up."""
        self.calls += 1
        if self.calls % self.every == 1:
            super().zero_grad(set_to_none)


def adding_up(setup: Setup, rng: np.random.Generator) -> Setup:
    """Gradients that are hardly ever set to zero."""
    every = int(rng.integers(30, 300))
    return setup.but(stepping=lambda parameters, lr: Forgetful(parameters, lr, every))


def plain_steps(setup: Setup, rng: np.random.Generator) -> Setup:
    """The same with plain steps."""
    return setup.but(optimizer="sgd", options={}, lr=between(rng, 0.03, 0.2))


def overflowing(setup: Setup, rng: np.random.Generator) -> Setup:
    """Cross-entropy as the formula stands there, of large logits: log of 0, exp of 1000."""

    def of_two(z: Any, y: Any) -> Any:
        p = 1 / (1 + (-z).exp())
        return -(y * p.log() + (1 - y) * (1 - p).log()).mean()

    def of_many(z: Any, y: Any) -> Any:
        p = z.exp() / z.exp().sum(1, keepdim=True)
        return -p[cr.arange(len(y)), y].log().mean()

    loss = of_two if setup.task == "binary" else of_many
    return setup.but(criterion=lambda: loss, judge="logits", init=between(rng, 8.0, 60.0))


def said_and_done(setup: Setup, rng: np.random.Generator) -> Setup:
    """The loss that is printed is one, the gradient that of another."""

    def printed(z: Any, y: Any) -> Any:
        p = z.sigmoid()
        used = (nn.functional.softplus(z) - y * z).mean()
        return used + (((p - y) ** 2).mean() - used).detach()

    return setup.but(criterion=lambda: printed, judge="logits")


EXACT = "an invariant is broken, whether the training bears it or not"
PLANTS = (
    Plant(24, "shapes_broadcast", broadcasting, lambda s: s.task != "classes" and not_tiny(s)),
    Plant(25, "loss_summed", summed, lambda s: s.optimizer == "sgd" and not_tiny(s)),
    Plant(25, "softmax_over_rows", over_rows, has_classes),
    Plant(26, "wrong_derivative", wrong_derivative, certain=EXACT),
    Plant(27, "no_gradient", cut_off, is_deep),
    Plant(40, "gradients_not_zeroed", adding_up, not_tiny, plain_steps, EXACT),
    Plant(53, "unstable_log_exp", overflowing, classifies),
    Plant(56, "reported_loss", said_and_done, is_binary, certain="a number is printed that is not what is learnt"),
)
