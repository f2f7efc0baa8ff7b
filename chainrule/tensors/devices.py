"""Devices, for programs written with others in mind: there is the CPU, and nothing else."""

from typing import Any, Self

from chainrule.errors import ArgumentError


class device(str):  # noqa: N801 - PyTorch's name
    """The CPU, as `torch.device` names it; equal to the string "cpu".

    Args:
        type: "cpu" or "cpu:0"; any other is refused.
        index: 0 or None; there is one.

    Attributes:
        type: "cpu".
        index: None.

    Raises:
        ArgumentError: for another device.

    Example:
        >>> import chainrule as cr
        >>> cr.device("cuda" if cr.cuda.is_available() else "cpu")
        device(type='cpu')
    """

    __slots__ = ()

    def __new__(cls, type: str = "cpu", index: int | None = None) -> Self:
        check_device(type, "device")
        return super().__new__(cls, "cpu")

    @property
    def type(self) -> str:
        """The kind of device: always "cpu"."""
        return "cpu"

    @property
    def index(self) -> None:  # type: ignore[override]  # of a device, not of a substring
        """The number among devices of a kind: None, there is one."""
        return

    def __repr__(self) -> str:
        return "device(type='cpu')"


_OTHERS = {"cuda", "mps", "xpu", "gpu", "tpu", "xla", "hip", "meta", "vulkan"}


def is_device(value: Any) -> bool:
    """Whether something names a device, this one or another."""
    return isinstance(value, str) and value.partition(":")[0] in {"cpu", *_OTHERS}


def check_device(value: Any, where: str) -> None:
    """Refuse every device but the CPU; None means it."""
    if value is not None and value != "cpu" and str(value).partition(":")[0] != "cpu":
        raise ArgumentError("tensors.device", f"{where}, argument device", got=repr(value))
