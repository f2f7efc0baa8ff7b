"""PyTorch's door to graphics processors: there are none, so that programs which ask go on with the CPU."""

__all__ = ["device_count", "empty_cache", "is_available", "manual_seed", "manual_seed_all"]


def is_available() -> bool:
    """Whether a graphics processor can be used.

    Returns:
        bool: False; chainrule computes on the CPU.

    Example:
        >>> import chainrule as cr
        >>> cr.cuda.is_available()
        False
    """
    return False


def device_count() -> int:
    """How many graphics processors can be used.

    Returns:
        int: 0.

    Example:
        >>> import chainrule as cr
        >>> cr.cuda.device_count()
        0
    """
    return 0


def manual_seed(seed: int) -> None:
    """Nothing: there are no random numbers but those of `cr.manual_seed`.

    Args:
        seed: not used.

    Example:
        >>> import chainrule as cr
        >>> cr.cuda.manual_seed(0)
    """


def manual_seed_all(seed: int) -> None:
    """Nothing: there are no random numbers but those of `cr.manual_seed`.

    Args:
        seed: not used.

    Example:
        >>> import chainrule as cr
        >>> cr.cuda.manual_seed_all(0)
    """


def empty_cache() -> None:
    """Nothing: there is no memory of a graphics processor to give back.

    Example:
        >>> import chainrule as cr
        >>> cr.cuda.empty_cache()
    """
