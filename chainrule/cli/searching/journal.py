"""The journal of a search: all trials in one file, to which lines are only added, so that a search can be killed."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import FileError, MissingExtraError

if TYPE_CHECKING:
    from optuna import Study

NAME = "chainrule"


@contextmanager
def opened(path: Path, about: dict[str, Any]) -> Iterator["Study"]:
    """The study in a file; nobody else can open it meanwhile.

    Args:
        path: of the file; made when it is not there.
        about: what the search is; another one's journal is refused.

    Raises:
        MissingExtraError: Optuna is not installed.
        FileError: the file is no journal, or that of another search, or of one that is running.
    """
    try:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend
    except ImportError:
        raise MissingExtraError("cli_search.optuna", "chainrule search") from None

    class Held:
        """The file is ours until the end: a lock for each line would outlive a kill."""

        def acquire(self) -> bool:
            return True

        def release(self) -> None:
            """Nothing was taken."""

    verbosity = optuna.logging.get_verbosity()
    with path.open("ab") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.logging.set_verbosity(optuna.logging.CRITICAL)
        try:
            _hold(file, path)
            _mend(path)
            try:
                storage = JournalStorage(JournalFileBackend(str(path), Held()))  # type: ignore[arg-type]  # what it should be has no public name
                study = optuna.create_study(storage=storage, study_name=NAME, load_if_exists=True)
                known = study.user_attrs.get("about")
            except Exception as error:  # noqa: BLE001 - whatever it is, the file is no journal
                reason = f"{type(error).__name__}: {error}"[:200]
                raise FileError("cli_search.journal", str(path), reason=reason) from None
            if known is None:
                study.set_user_attr("about", about)
            else:
                _compare(path, known, about)
            for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
                study.tell(trial.number, state=optuna.trial.TrialState.FAIL)  # a kill ended it; it is begun again
            yield study
        finally:
            optuna.logging.set_verbosity(verbosity)


def _hold(file: Any, path: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back by the system, however this process ends
    except BlockingIOError:
        raise FileError("cli_search.running", str(path)) from None


def _mend(path: Path) -> None:
    """Take away half a line, which a machine that lost its power may leave."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)


def _compare(path: Path, known: dict[str, Any], about: dict[str, Any]) -> None:
    import json

    now = json.loads(json.dumps(about))
    names = [name for name in {**known, **now} if known.get(name) != now.get(name)]
    if names:
        shown = "; ".join(f"{name} {known.get(name)} → {now.get(name)}" for name in names)
        raise FileError("cli_search.other", str(path), shown=shown[:300])
