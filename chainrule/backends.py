"""PyTorch's door to other engines: what programs switch on and ask for before they begin; here it changes nothing."""

__all__ = ["cudnn", "mps"]


class _Absent:
    """An engine that is not there: its switches may be set, and mean nothing, for results are the same every run."""

    deterministic = True
    benchmark = False
    enabled = False

    def is_available(self) -> bool:
        """False."""
        return False


cudnn = _Absent()
mps = _Absent()
