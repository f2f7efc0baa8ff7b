"""How the engine says that it cannot run something."""


class Refused(Exception):  # noqa: N818 - no error: the training goes on without it
    """Why the engine leaves steps to NumPy, in words."""
