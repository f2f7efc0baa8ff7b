"""The network of a table: a dense one, with a table of vectors in front of it for words of which there are many."""

from collections.abc import Sequence

from chainrule.errors import ShapeError
from chainrule.nn.containers import ModuleList
from chainrule.nn.embedding import Embedding
from chainrule.nn.mlp import MLP
from chainrule.nn.module import Module
from chainrule.tape.mode import no_grad
from chainrule.tensors.joining import cat
from chainrule.tensors.tensor import Tensor

Sizes = Sequence[tuple[int, int]]


class EmbeddedMLP(Module):
    """A dense network whose last inputs are numbers of words: each word has a vector of its own, which is learnt.

    Args:
        sizes: inputs taken as they are, hidden layers, outputs.
        embeddings: for each column of words how many there are, and how long their vectors are.
        activation: as of `nn.MLP`.
        dropout: as of `nn.MLP`.
    """

    def __init__(self, sizes: Sequence[int], embeddings: Sizes, activation: str = "relu", dropout: float = 0.0) -> None:
        super().__init__()
        self.dense = sizes[0]
        self.tables = ModuleList([Embedding(count, width) for count, width in embeddings])
        with no_grad():
            for table in self.tables:
                table.weight.mul_(0.3)  # beside inputs of deviation 1, words that say nothing must not be the loudest
        widths = (sizes[0] + sum(width for _, width in embeddings), *sizes[1:])
        self.mlp = MLP(widths, activation=activation, dropout=dropout)

    def forward(self, input: Tensor) -> Tensor:
        """Outputs (n, outputs) for inputs (n, dense + words)."""
        if input.shape[-1] != self.dense + len(self.tables):
            raise ShapeError("nn.size", "EmbeddedMLP, argument input", got=input.shape[-1], expected=self.dense)
        vectors = [table(input[:, self.dense + place].long()) for place, table in enumerate(self.tables)]
        return self.mlp(cat([input[:, : self.dense], *vectors], dim=1))  # type: ignore[no-any-return]  # a Tensor
