"""One batch on its way through a training step."""

from chainrule.tensors.tensor import Tensor


class Batch:
    """The rows of one step, and what became of them.

    Args:
        number: of the batch in its epoch, from 0.
        inputs: what the network is called with, one tensor an argument.
        targets: (n, ...) what it should answer.
        weights: (n,) weights of the rows; None when all are 1.
        size: what the batch counts in means: the sum of its weights, or its rows.

    Attributes:
        outputs: what the network answered; None before the forward pass.
        loss: what the loss said; None before it was asked.
        noise: where the stream of noise stood before the forward pass.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn, train
        >>> seen = train.LambdaCallback(on_batch_end=lambda trainer: print(trainer.batch.rows))
        >>> trainer = cr.Trainer(nn.Linear(2, 1), loss=nn.MSELoss(), callbacks=[seen], seed=0)
        >>> history = trainer.fit((cr.zeros(5, 2), cr.zeros(5, 1)), batch_size=3)
        3
        2
    """

    __slots__ = ("inputs", "loss", "noise", "number", "outputs", "size", "targets", "weights")

    def __init__(
        self, number: int, inputs: tuple[Tensor, ...], targets: Tensor, weights: Tensor | None, size: float
    ) -> None:
        self.number = number
        self.inputs = inputs
        self.targets = targets
        self.weights = weights
        self.size = size
        self.outputs: Tensor | None = None
        self.loss: float | None = None
        self.noise = (0, 0)

    @property
    def rows(self) -> int:
        """How many rows."""
        return self.targets.shape[0]
