"""A learnt table of rows, looked up by number."""

from typing import Any, Self

from chainrule.config import default_dtype
from chainrule.errors import ArgumentError
from chainrule.nn.arguments import whole
from chainrule.nn.functional._embedding import embedding
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.tape.tracked import wrap
from chainrule.tensors.creation import tensor
from chainrule.tensors.random import default_generator
from chainrule.tensors.tensor import Tensor


class Embedding(Module):
    """A vector for each of a number of things: words, characters, categories.

    y = W[i], with W drawn from N(0, 1)

    Args:
        num_embeddings: how many things; they are numbered from 0.
        embedding_dim: the length of the vectors.
        padding_idx: the number of a thing that stands for nothing: its vector begins as zero and gets no gradient.

    Raises:
        ArgumentError: for sizes below 1, or a `padding_idx` outside the table.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Embedding(10, 6)(cr.tensor([[1, 2], [3, 4]])).shape
        (2, 2, 6)
    """

    weight: Parameter  # (num_embeddings, embedding_dim)

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None) -> None:
        super().__init__()
        self.num_embeddings = whole(num_embeddings, "Embedding, argument num_embeddings")
        self.embedding_dim = whole(embedding_dim, "Embedding, argument embedding_dim")
        count = self.num_embeddings
        if padding_idx is not None and not -count <= padding_idx < count:
            raise ArgumentError("layers.padding", "Embedding, argument padding_idx", got=padding_idx, count=count)
        self.padding_idx = padding_idx if padding_idx is None else padding_idx % count
        table = default_generator.numpy().standard_normal((count, self.embedding_dim))
        if self.padding_idx is not None:
            table[self.padding_idx] = 0
        self.weight = Parameter(wrap(table.astype(default_dtype())))

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None) -> Self:
        """A table that is already known: `embeddings` (K, D), copied; `freeze` keeps it as it is in training.

        Args:
            embeddings: the rows, (K, D); a tensor, array or list.
            freeze: True (default) for no gradient.
            padding_idx: a row that gets no gradient.
        """
        table = tensor(embeddings)
        made = cls(table.shape[0], table.shape[1], padding_idx)
        made.weight = Parameter(table, requires_grad=not freeze)
        return made

    def forward(self, input: Tensor) -> Tensor:
        """The rows that whole numbers point to: (*shape of `input`, embedding_dim)."""
        return embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Sizes, and the padding."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
