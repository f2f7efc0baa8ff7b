"""The module: what owns weights and knows how to use them."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Self

import numpy as np

from chainrule.errors import ArgumentError, ChainruleError, ShapeError, StateError
from chainrule.nn.forgotten_eval import asleep, choose, learnt
from chainrule.nn.hidden_layers import holders
from chainrule.nn.parameter import Parameter
from chainrule.tape.handle import Handle
from chainrule.tape.mode import mode, no_grad
from chainrule.tensors.creation import as_tensor
from chainrule.tensors.devices import check_device, is_device
from chainrule.tensors.gate import checked_dtype
from chainrule.tensors.tensor import Tensor


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` did not find, and what it had no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


changes = [0]
"""How often any module of the process has got another attribute, parameter, child or hook; modes do not count."""

_PLAIN = (list, tuple, dict)  # of Python: layers in them are not registered


class Module:
    """The base of every layer and network.

    Set parameters, buffers and submodules as attributes in `__init__`, after `super().__init__()`; write `forward`.

    Example:
        >>> import chainrule as cr
        >>> from chainrule import nn
        >>> class Double(nn.Module):
        ...     def forward(self, x):
        ...         return x * 2
        >>> Double()(cr.tensor([1.0]))
        tensor([2.])
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, "Module | None"]
    _unsaved: set[str]
    _before: list[Callable[..., Any]]
    _after: list[Callable[..., Any]]

    def __init__(self) -> None:
        put = super().__setattr__
        put("training", True)
        put("_parameters", {})
        put("_buffers", {})
        put("_modules", {})
        put("_unsaved", set())
        put("_before", [])
        put("_after", [])

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes from `args` and `kwargs`; every subclass writes its own.

        Raises:
            StateError: when it does not.
        """
        raise StateError("nn.no_forward", type(self).__name__, name=type(self).__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if mode.recorder is not None or self._before or self._after:
                return self._watched_call(args, kwargs)
            return self.forward(*args, **kwargs)
        except ChainruleError as error:
            self._sign(error)
            raise

    def _watched_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        recorder = mode.recorder
        if recorder is not None:
            outer = recorder.module, recorder.owner
            recorder.module, recorder.owner = recorder.names.get(id(self), type(self).__name__), self
        try:
            for hook in self._before:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
            result = self.forward(*args, **kwargs)
            for hook in self._after:
                changed = hook(self, args, result)
                result = result if changed is None else changed
            return result
        finally:
            if recorder is not None:
                recorder.module, recorder.owner = outer

    def _sign(self, error: ChainruleError) -> None:
        """Let a refusal name the layer: its own words, and the path to it from the outermost module."""
        inner = getattr(error, "module", None)
        if inner is None:
            words = repr(self).splitlines()
            error.where = f"{words[0] if len(words) == 1 else type(self).__name__}, {error.where}"
        else:
            name = next((name for name, child in self._modules.items() if child is inner), None)
            if name is not None:
                joint = "." if getattr(error, "named", False) else " "
                error.where = f"{name}{joint}{error.where}"
                error.named = True  # type: ignore[attr-defined]  # for the next module outwards
        error.module = self  # type: ignore[attr-defined]

    # --- attributes ---------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        tables = self.__dict__
        if "_modules" not in tables:
            raise StateError("nn.no_init", type(self).__name__, name=name, module=type(self).__name__)
        home = (
            "_parameters" if isinstance(value, Parameter) else "_modules" if isinstance(value, Module)
            else "_buffers" if isinstance(value, Tensor) else ""
        )
        for table in ("_parameters", "_buffers", "_modules"):
            if table != home and name in tables[table]:
                if value is None and table != "_modules":
                    tables[table][name] = None
                    tables[name] = None
                    changes[0] += 1
                    return
                del tables[table][name]
        if home and (home != "_buffers" or name in self._buffers):
            tables[home][name] = value  # what is replaced keeps its place
        if name != "training":
            changes[0] += 1
        elif learnt:
            learnt.discard(self)
        if type(value) in _PLAIN:
            holders.add(self)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        changes[0] += 1
        for table in (self._parameters, self._buffers, self._modules):
            table.pop(name, None)
        super().__delattr__(name)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Own `param` under `name`; None keeps the name for one that is left out."""
        changes[0] += 1
        self._parameters[name] = param
        super().__setattr__(name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Own under `name` a tensor that is no parameter (running statistics, masks); saved if `persistent`."""
        if tensor is not None:
            tensor._role = "buffer"
        changes[0] += 1
        self._buffers[name] = tensor
        self._unsaved.discard(name)
        if not persistent:
            self._unsaved.add(name)
        super().__setattr__(name, tensor)

    def add_module(self, name: str, module: "Module | None") -> None:
        """Own `module` under `name`; None keeps the name for one that is left out."""
        changes[0] += 1
        self._modules[name] = module
        super().__setattr__(name, module)

    # --- what is inside -----------------------------------------------------------------------------------------

    def named_modules(self, prefix: str = "", memo: set[int] | None = None) -> Iterator[tuple[str, "Module"]]:
        """This module and all inside it, with dotted names behind `prefix`; each once, those in `memo` not at all."""
        memo = set() if memo is None else memo
        if id(self) in memo:
            return
        memo.add(id(self))
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(f"{prefix}.{name}" if prefix else name, memo)

    def modules(self) -> Iterator["Module"]:
        """This module and all inside it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, "Module"]]:
        """The modules directly inside, with their names."""
        return ((name, module) for name, module in self._modules.items() if module is not None)

    def children(self) -> Iterator["Module"]:
        """The modules directly inside."""
        return (module for _, module in self.named_children())

    def _named(self, table: str, prefix: str, recurse: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, value in getattr(module, table).items():
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{path}.{name}" if path else name, value

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Parameter]]:
        """All parameters, each once, with dotted names behind `prefix`; of this module alone unless `recurse`."""
        return self._named("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, each once; those of this module alone unless `recurse`."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Tensor]]:
        """All buffers, each once, with dotted names behind `prefix`; of this module alone unless `recurse`."""
        return self._named("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers, each once; those of this module alone unless `recurse`."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_parameter(self, target: str) -> Parameter:
        """The parameter at the dotted name `target`.

        Raises:
            StateError: when there is none.
        """
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._parameters.get(name)
        if found is None:
            known = ", ".join(self.state_dict()) or "-"
            raise StateError("nn.no_submodule", type(self).__name__, name=target, known=known)
        return found

    def get_submodule(self, target: str) -> "Module":
        """The module at the dotted name `target`.

        Raises:
            StateError: when there is none.
        """
        module: Module = self
        for name in target.split(".") if target else []:
            found = module._modules.get(name)
            if found is None:
                known = ", ".join(module._modules) or "-"
                raise StateError("nn.no_submodule", type(self).__name__, name=target, known=known)
            module = found
        return module

    # --- states -------------------------------------------------------------------------------------------------

    def state_dict(self) -> "OrderedDict[str, Tensor]":
        """All parameters and saved buffers by dotted name, in PyTorch's names, order and layout; they share memory.

        What is shared stands under each of its names.
        """
        state: OrderedDict[str, Tensor] = OrderedDict()
        self._collect(state, "")
        return state

    def _collect(self, state: "OrderedDict[str, Tensor]", start: str) -> None:
        for name, parameter in self._parameters.items():
            if parameter is not None:
                state[start + name] = parameter.detach()
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._unsaved:
                state[start + name] = buffer.detach()
        for name, module in self._modules.items():
            if module is not None:
                module._collect(state, f"{start}{name}.")

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Take over parameters and buffers by name; nothing is changed unless all of them fit.

        Args:
            state_dict: from `state_dict()`, of this library or of PyTorch; tensors or arrays.
            strict: refuse when a name is missing or unknown.

        Returns:
            IncompatibleKeys: `missing_keys`, `unexpected_keys`.

        Raises:
            StateError: a name is missing or unknown, and `strict`.
            ShapeError: a shape differs.
        """
        own = self.state_dict()
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        where = f"{type(self).__name__}.load_state_dict"
        if strict and (missing or unexpected):
            absent, foreign = ", ".join(missing) or "-", ", ".join(unexpected) or "-"
            raise StateError("nn.state_keys", where, missing=absent, unexpected=foreign)
        arrays = {name: np.asarray(state_dict[name]) for name in own if name in state_dict}
        for name, array in arrays.items():
            if array.shape != own[name].shape:
                raise ShapeError("nn.state_shape", f"{where}, {name}", got=array.shape, want=own[name].shape)
        with no_grad():
            for name, array in arrays.items():
                own[name].copy_(as_tensor(array, own[name].dtype))
        return IncompatibleKeys(missing, unexpected)

    def train(self, mode: bool = True) -> Self:
        """Training mode (True) or evaluation mode: dropout and batch norms behave differently."""
        if learnt or asleep:
            choose(self, mode)
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Evaluation mode."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Free all parameters, or freeze them with `requires_grad` False."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients: they become None, or zeros unless `set_to_none`."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                parameter.grad = parameter.grad.detach() * 0.0

    def to(self, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False) -> Self:
        """All float parameters and buffers in another dtype, in place.

        A `device` may be named, in `args` too, and must be the CPU; `non_blocking` means nothing then.
        """
        check_device(device, "Module.to")
        for arg in args:
            if is_device(arg):
                check_device(arg, "Module.to")
            elif isinstance(arg, Tensor):
                dtype = arg.dtype
            elif type(arg) is not bool:  # non_blocking
                dtype = arg
        if dtype is not None:
            kind = checked_dtype(dtype, "Module.to")
            for tensor in [*self.parameters(), *self.buffers()]:
                if tensor.dtype.kind == "f" and tensor.dtype != kind:
                    tensor._array = tensor._array.astype(kind)
                    if tensor.grad is not None:
                        tensor.grad = tensor.grad.to(kind)
        return self

    def float(self) -> Self:
        """In float32."""
        return self.to(np.float32)

    def double(self) -> Self:
        """In float64."""
        return self.to(np.float64)

    def cpu(self) -> Self:
        """Itself: there is one device."""
        return self

    def cuda(self, device: Any = "cuda") -> Self:
        """Refused: there is no graphics `device`.

        Raises:
            ArgumentError: always; `module.to(device)` with `cr.device("cpu")` is the way that always works.
        """
        raise ArgumentError("tensors.device", f"{type(self).__name__}.cuda", got=repr(device))

    def apply(self, function: Callable[["Module"], Any]) -> Self:
        """Call `function` with every module inside, the innermost first, and with this one."""
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(module, args)` before every forward; what it returns replaces the arguments."""
        changes[0] += 1
        return Handle(self._before, hook)

    def register_forward_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(module, args, output)` after every forward; what it returns replaces the output."""
        changes[0] += 1
        return Handle(self._after, hook)

    # --- words --------------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands between the parentheses of this module's own line."""
        return ""

    def __repr__(self) -> str:
        lines = [
            f"  ({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._modules.items()
        ]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        return "\n".join([f"{type(self).__name__}({extra}", *lines, ")"])
