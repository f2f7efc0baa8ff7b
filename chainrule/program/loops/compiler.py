"""From the text of a kernel to LLVM's text.

The subset, over flat arrays and numbers of fixed types:

- statements: `name = e`, `x[i] = e`, the same with `+=` and its kin, `for i in range(a[, b[, c]])`, `vector(a[, b])`
  (must become vector code), `unroll(n)`, `if/elif/else`, `acc = local(f32, 128)` (an array on the stack), `pass`;
  library functions end with one `return`;
- expressions: names, literals (weak), `+ - * /` of floats, `+ - * // % & | ^ <<` of integers (`//` and `%` of
  operands >= 0), one comparison, `and or not` and `a if c else b` (all parts are evaluated), elements, casts
  (`f32(x)`), builtins (`intrinsics.ARGUMENTS`), library functions.

No flag lets LLVM change a number: sums keep their order, products are fused where the text says `fma`.
"""

import ast
from collections.abc import Mapping

from chainrule.program.loops import statements
from chainrule.program.loops.kernel import Kernel
from chainrule.program.loops.scalars import F32, F64, I64, SCALARS, Scalar
from chainrule.program.loops.scope import Array, Function, Module, Scope, Value

_ATTRIBUTES = (
    "attributes #0 = { alwaysinline nounwind }",
    "attributes #1 = { nobuiltin nounwind willreturn memory(none) }",
    "attributes #2 = { nounwind }",
)


def module_text(kernel: Kernel, symbol: str, library: Mapping[str, str]) -> str:
    """A kernel as an LLVM module that defines `void symbol(ptr table, i64 start, i64 stop, i64 t)`.

    The table has two cells for each parameter, value and step; the parameter is `value + t * step`. Numbers that
    are not sizes are given by `kernel.number_cell` and have no step.

    Args:
        kernel: what is translated.
        symbol: name of the function.
        library: texts of the functions that kernels may call, by name.

    Returns:
        The module.

    Raises:
        KernelError: the text is outside the subset.
    """
    scope = translated(kernel, library)
    module = scope.module
    signature = ["i64 %start", "i64 %stop"]
    for i, (_, kind) in enumerate(kernel.params):
        signature.append(f"ptr noalias %p{i}" if kind.endswith("*") else f"{SCALARS[kind].register} %p{i}")
    body = _function("void", "body", signature, scope, "ret void")
    parts = [*module.declarations, *module.bodies, body, _adapter(kernel, symbol), *_ATTRIBUTES, *module.marks]
    return "\n".join(parts) + "\n"


def translated(kernel: Kernel, library: Mapping[str, str]) -> Scope:
    """A kernel's text with the types of all its names and literals, and its instructions.

    Raises:
        KernelError: the text is outside the subset.
    """
    scope = Scope(Module(lambda shared, name: _library_function(shared, name, library[name])), kernel.name, kernel.text)
    names = [argument.arg for argument in scope.definition.args.args]
    if names != ["start", "stop", *(name for name, _ in kernel.params)] or len(set(names)) < len(names):
        scope.refuse(scope.definition, "the parameters are not `start, stop` and those of the kernel")
    scope.values["start"], scope.values["stop"] = Value(I64, "%start"), Value(I64, "%stop")
    for i, (name, kind) in enumerate(kernel.params):
        scalar = SCALARS.get(kind.removesuffix("*"))
        if scalar is None or not (kind.endswith("*") or scalar in (I64, F32, F64)):
            scope.refuse(scope.definition, f"parameter {name} cannot be {kind}")
        if kind.endswith("*"):
            scope.arrays[name] = Array(scalar, f"%p{i}")
        else:
            scope.values[name] = Value(scalar, f"%p{i}")
    statements.block(scope, scope.definition.body)
    return scope


def _library_function(module: Module, name: str, text: str) -> Function:
    """A library function `name_f32` or `name_f64`: parameters have that type, unless annotated (`k: i32`)."""
    scope = Scope(module, name, text)
    own = SCALARS.get(name.rpartition("_")[2])
    if own is None or scope.definition.name != name:
        scope.refuse(scope.definition, f"a library function {name} ends in the name of its type")
    kinds = [_annotated(scope, argument, own) for argument in scope.definition.args.args]
    for i, (argument, kind) in enumerate(zip(scope.definition.args.args, kinds, strict=True)):
        scope.values[argument.arg] = Value(kind, f"%p{i}")
    statements.block(scope, scope.definition.body[:-1])
    returned = statements.result(scope, scope.definition.body[-1], own)
    register = returned.scalar.register
    signature = [f"{kind.register} %p{i}" for i, kind in enumerate(kinds)]
    module.bodies.append(_function(register, f"library_{name}", signature, scope, f"ret {register} {returned.name}"))
    module.scopes[name] = scope
    return Function(f"library_{name}", tuple(kinds), returned.scalar)


def _annotated(scope: Scope, argument: ast.arg, own: Scalar) -> Scalar:
    if argument.annotation is None:
        return own
    if not isinstance(argument.annotation, ast.Name) or argument.annotation.id not in SCALARS:
        scope.refuse(argument, f"parameter {argument.arg} has no such type")
    return SCALARS[argument.annotation.id]


def _function(register: str, symbol: str, signature: list[str], scope: Scope, end: str) -> str:
    head = f"define internal {register} @{symbol}({', '.join(signature)}) #0 {{"
    return "\n".join([head, "entry:", *scope.writer.slots, *scope.writer.lines, f"  {end}", "}"])


def _adapter(kernel: Kernel, symbol: str) -> str:
    """Reads the parameters from the table and calls the body, into which LLVM then puts it."""
    lines = [f"define void @{symbol}(ptr %table, i64 %start, i64 %stop, i64 %t) #2 {{", "entry:"]
    given = ["i64 %start", "i64 %stop"]
    for i, (_, kind) in enumerate(kernel.params):
        for j, cell in enumerate("ab"):
            lines.append(f"  %{cell}at{i} = getelementptr inbounds i64, ptr %table, i64 {2 * i + j}")
            lines.append(f"  %{cell}{i} = load i64, ptr %{cell}at{i}, align 8")
        if kind in ("f32", "f64"):
            lines.append(f"  %p{i} = bitcast i64 %a{i} to double")
            if kind == "f32":
                lines.append(f"  %q{i} = fptrunc double %p{i} to float")
            given.append(f"double %p{i}" if kind == "f64" else f"float %q{i}")
            continue
        lines.append(f"  %m{i} = mul i64 %t, %b{i}")
        lines.append(f"  %p{i} = add i64 %a{i}, %m{i}")
        if kind.endswith("*"):
            lines.append(f"  %q{i} = inttoptr i64 %p{i} to ptr")
        given.append(f"ptr %q{i}" if kind.endswith("*") else f"i64 %p{i}")
    return "\n".join([*lines, f"  call void @body({', '.join(given)})", "  ret void", "}"])
