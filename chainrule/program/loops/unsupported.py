"""What the engine says where it has no loops for a Program."""


class Unsupported(Exception):  # noqa: N818 - no error: another engine runs the Program
    """The engine has no loops for this Program; says why."""
