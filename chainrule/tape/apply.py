"""Apply one primitive: run its NumPy text, and remember what its derivative will need."""

from typing import TYPE_CHECKING, Any

from chainrule.errors import ChainruleError
from chainrule.ops.layout import array_order
from chainrule.ops.program import WEAK, Primitive, Static, Value
from chainrule.ops.text import compile_primitive
from chainrule.tape.mode import mode
from chainrule.tape.tracked import Node, Tracked, wrap

if TYPE_CHECKING:
    from chainrule.tensors.tensor import Tensor


def apply(primitive: Primitive, args: tuple[Any, ...], static: Static = ()) -> "Tensor":
    """The result of one primitive on tensors and Python numbers."""
    recorder = mode.recorder
    if recorder is not None:
        return recorder.apply(primitive, args, static)[0]
    run = primitive.runs.get((static, len(args)))
    if run is None:
        run = primitive.runs[static, len(args)] = compile_primitive(primitive, len(args), static)
    arrays = []
    wanted = False
    for arg in args:
        if isinstance(arg, Tracked):
            arrays.append(arg._array)
            if arg.requires_grad:
                wanted = True
        else:
            arrays.append(arg)
    try:
        result = run(*arrays)
    except (ValueError, IndexError, TypeError) as error:
        refuse(primitive, args, static, error)
    made = wrap(result)
    if primitive.views and getattr(result, "base", None) is not None:
        made._storage = args[0].shared_storage()
    if wanted and mode.grad and primitive.derivative is not None and result.dtype.kind == "f":
        made._node = Node(primitive, static, args, (result,), 1)
        made.requires_grad = True
    return made


def refuse(primitive: Primitive, args: tuple[Any, ...], static: Static, error: Exception) -> None:
    """Say in words why NumPy failed: the shape rule knows; else NumPy's own error goes on."""
    try:
        primitive.shape(*(value_of(arg) for arg in args), **dict(static))
    except ChainruleError as said:
        raise said from None
    raise error


def value_of(arg: Any) -> Value:
    """The description of a tensor or a Python number."""
    if not isinstance(arg, Tracked) or arg._weak:
        return Value((), WEAK, origin="constant", name=repr(arg) if not isinstance(arg, Tracked) else "")
    if arg._array is None and arg._recorder is not None:
        return arg._recorder.values[arg._id]
    array = arg._array
    return Value(array.shape, array.dtype.name, array_order(array))
