"""How the engine says that it cannot run something, or not further."""


class Refused(Exception):  # noqa: N818 - no error: the training goes on without it
    """Why the engine leaves steps to NumPy, in words."""


class HandOver(Exception):  # noqa: N818 - no error either
    """The rest of an epoch is run batch by batch, because callbacks want to see the next one.

    Args:
        batch: number of the next batch in the epoch.
    """

    def __init__(self, batch: int) -> None:
        super().__init__(batch)
        self.batch = batch
