"""One answer for everything: the learning rate, too high where the loss rose, else too low."""

from corpus.rivals.trace import Trace


def said(trace: Trace) -> list[str]:
    """The rate."""
    loss = trace.curve("loss")
    rose = trace.broke or len(loss) < 2 or not loss[-1] < loss[0]
    return ["learning_rate_too_high" if rose else "learning_rate_too_low"]
