"""Matrices that turn and stretch alike in every direction."""

from math import prod

import numpy as np

from chainrule.errors import ShapeError
from chainrule.nn.init._plain import filled, stream
from chainrule.tensors.random import Generator
from chainrule.tensors.tensor import Tensor


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """A random orthogonal matrix: rows (or columns, where there are more rows) of length `gain`, at right angles.

    W Wᵀ = gain² I; axes behind the first are taken as one

    Args:
        tensor: (outputs, inputs, …), changed in place.
        gain: a factor; default 1.
        generator: the stream; default the one `manual_seed` sets.

    Returns:
        Tensor: `tensor` itself.

    Raises:
        ShapeError: for fewer than two axes.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> w = nn.init.orthogonal_(cr.zeros(2, 3))
        >>> cr.allclose(w @ w.T, cr.eye(2), atol=1e-6)
        True

    Source:
        A. Saxe, J. McClelland, S. Ganguli, Exact solutions to the nonlinear dynamics of learning (2014), section 3.
        F. Mezzadri, How to generate random matrices from the classical compact groups (2007), for the signs.
    """
    shape = np.shape(tensor)
    if len(shape) < 2:
        raise ShapeError("layers.init_fans", "orthogonal_", shape=shape)
    rows, columns = shape[0], prod(shape[1:])
    tall = stream(generator).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    signs = np.where(np.diagonal(r) < 0, -1.0, 1.0)  # so that every orthogonal matrix is equally likely
    matrix = q * signs if rows >= columns else (q * signs).T
    return filled(tensor, (gain * matrix).reshape(shape), "orthogonal_")
