"""What can be shown as a page: in a file of its own, or in a notebook."""

import os
from abc import ABC, abstractmethod

from chainrule.doctor.page.html import write


class Paged(ABC):
    """Something with a page; its class says what stands on it."""

    @abstractmethod
    def _page(self, *, whole: bool) -> str:
        """As a whole page, or as a fragment for a notebook."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as one page that needs nothing from outside.

        Args:
            path: of the HTML file, which is replaced.

        Raises:
            FileError: it cannot be written.
        """
        write(path, self._page(whole=True))

    def _repr_html_(self) -> str:
        return self._page(whole=False)
