"""Dropout as layers: active in training mode only."""

from chainrule.nn.forgotten_eval import asleep, note, note_asleep
from chainrule.nn.functional._dropout import checked_probability, dropout, dropout1d, dropout2d
from chainrule.nn.module import Module
from chainrule.tensors.random import Generator
from chainrule.tensors.tensor import Tensor


class Dropout(Module):
    """Each number replaced by 0 with probability p in training mode, the others divided by 1 - p.

    y = x · keep / (1 - p), with keep = (u >= p) and u uniform in [0, 1)

    Args:
        p: the probability of leaving a number out, 0 ≤ p < 1; default 0.5.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.
        generator: the stream of the draws; default the one `manual_seed` sets.

    Raises:
        ArgumentError: for p below 0, or of 1 and more.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Dropout(0.5).eval()(cr.ones(3))
        tensor([1., 1., 1.])

    Source:
        N. Srivastava et al., Dropout (2014), sections 4 and 10.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, generator: Generator | None = None) -> None:
        super().__init__()
        self.p = checked_probability(p, "Dropout")
        self.inplace, self.generator = inplace, generator

    def forward(self, input: Tensor) -> Tensor:
        """With a draw for each number of `input`, of any shape."""
        if self.training and self.p:
            note(self)
        elif asleep:
            note_asleep(self)
        return dropout(input, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        """The probability, and whether in place."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout1d(Module):
    """Whole channels of sequences left out in training mode: dropout with one draw for each (N, C).

    Args:
        p: the probability of leaving a channel out, 0 ≤ p < 1; default 0.5.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.
        generator: the stream of the draws; default the one `manual_seed` sets.

    Raises:
        ArgumentError: for p below 0, or of 1 and more.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Dropout1d(0.5)(cr.ones(2, 3, 4)).shape
        (2, 3, 4)

    Source:
        J. Tompson et al., Efficient object localization using convolutional networks (2015), section 3.2.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, generator: Generator | None = None) -> None:
        super().__init__()
        self.p = checked_probability(p, "Dropout1d")
        self.inplace, self.generator = inplace, generator

    def forward(self, input: Tensor) -> Tensor:
        """With a draw for each channel of `input` (N, C, L) or (C, L)."""
        if self.training and self.p:
            note(self)
        elif asleep:
            note_asleep(self)
        return dropout1d(input, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        """The probability, and whether in place."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout2d(Module):
    """Whole channels of images left out in training mode: dropout with one draw for each (N, C).

    Args:
        p: the probability of leaving a channel out, 0 ≤ p < 1; default 0.5.
        inplace: taken for the sake of PyTorch's listings; the input is never changed.
        generator: the stream of the draws; default the one `manual_seed` sets.

    Raises:
        ArgumentError: for p below 0, or of 1 and more.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> nn.Dropout2d(0.5)(cr.ones(2, 3, 4, 4)).shape
        (2, 3, 4, 4)

    Source:
        J. Tompson et al., Efficient object localization using convolutional networks (2015), section 3.2.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, generator: Generator | None = None) -> None:
        super().__init__()
        self.p = checked_probability(p, "Dropout2d")
        self.inplace, self.generator = inplace, generator

    def forward(self, input: Tensor) -> Tensor:
        """With a draw for each channel of `input` (N, C, H, W)."""
        if self.training and self.p:
            note(self)
        elif asleep:
            note_asleep(self)
        return dropout2d(input, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        """The probability, and whether in place."""
        return f"p={self.p}, inplace={self.inplace}"
