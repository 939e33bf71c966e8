"""A small subset of Python, interpreted: integers, lists, loops, append and pop. Not editable.

Nothing is handed to Python to execute. Steps, values, sizes of numbers and lists, and depth are
bounded, so that any text at all may be tried. `call` raises `Failure` for a text that is no
function, an operation that is none, or too many steps.
"""

import ast
import operator

STEPS, WORK, DIGITS, LENGTH, DEPTH, TEXT = 4000, 5000, 2**63, 2000, 30, 4000
BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
BUILTINS = {"len": len, "min": min, "max": max, "abs": abs, "sum": sum, "sorted": sorted}


class Failure(Exception):
    """The function cannot be read, or did something that it must not."""


class Returned(Exception):
    """Carries a function's result out of its loops."""


class Left(Exception):
    """Break or continue; ``again`` tells which."""

    def __init__(self, again):
        super().__init__()
        self.again = again


def parse(source):
    """Return the one function that the source defines."""
    if len(source) > TEXT:
        raise Failure("too long")
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Failure(f"cannot be read: {error}") from None
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef):
        raise Failure("not one function")
    return body[0]


def call(function, arguments, lines=None):
    """Return what the function (from `parse`) returns; ``lines`` collects the numbers of the lines
    it ran through.
    """
    machine = Machine(function, set() if lines is None else lines)
    try:
        return machine.call([list(one) if isinstance(one, list) else one for one in arguments], 0)
    except (
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        raise Failure(f"{type(error).__name__}: {error}") from None


class Machine:
    """One run of one function."""

    def __init__(self, function, lines):
        self.function, self.lines, self.steps, self.work = function, lines, 0, 0

    def call(self, arguments, depth):
        names = [argument.arg for argument in self.function.args.args]
        if depth > DEPTH or len(names) != len(arguments):
            raise Failure("called too deeply, or with another number of arguments")
        try:
            self.run(self.function.body, dict(zip(names, arguments, strict=True)), depth)
        except Returned as returned:
            return returned.args[0]
        except Left:
            raise Failure("break or continue outside a loop") from None
        return None

    def run(self, statements, scope, depth):
        for statement in statements:
            self.step(statement)
            method = getattr(self, f"do_{type(statement).__name__}", None)
            if method is None:
                raise Failure(f"{type(statement).__name__} is not in the language")
            method(statement, scope, depth)

    def step(self, node):
        self.steps += 1
        self.lines.add(node.lineno)
        if self.steps > STEPS:
            raise Failure("too many steps")

    def do_Return(self, node, scope, depth):
        raise Returned(self.value(node.value, scope, depth) if node.value else None)

    def do_Assign(self, node, scope, depth):
        if len(node.targets) != 1:
            raise Failure("one target at a time")
        self.assign(node.targets[0], self.value(node.value, scope, depth), scope, depth)

    def do_AugAssign(self, node, scope, depth):
        old = self.value(node.target, scope, depth)
        new = self.binary(node.op, old, self.value(node.value, scope, depth))
        self.assign(node.target, new, scope, depth)

    def assign(self, target, value, scope, depth):
        if isinstance(target, ast.Name):
            scope[target.id] = value
        elif isinstance(target, ast.Subscript):
            changed, at = (
                self.value(target.value, scope, depth),
                self.value(target.slice, scope, depth),
            )
            changed[at] = flat(value) if isinstance(at, slice) else flat([value])[0]
            flat(changed)
        elif isinstance(target, ast.Tuple):
            for one, part in zip(target.elts, value, strict=True):
                self.assign(one, part, scope, depth)
        else:
            raise Failure("not something to assign to")

    def do_If(self, node, scope, depth):
        self.run(node.body if self.value(node.test, scope, depth) else node.orelse, scope, depth)

    def do_While(self, node, scope, depth):
        while self.value(node.test, scope, depth):
            if not self.once(node, scope, depth):
                break

    def do_For(self, node, scope, depth):
        for item in self.value(node.iter, scope, depth):
            self.assign(node.target, item, scope, depth)
            if not self.once(node, scope, depth):
                break

    def once(self, node, scope, depth):
        """Run a loop's body; return whether the loop goes on."""
        self.step(node)
        try:
            self.run(node.body, scope, depth)
        except Left as left:
            return left.again
        return True

    def do_Break(self, node, scope, depth):
        raise Left(again=False)

    def do_Continue(self, node, scope, depth):
        raise Left(again=True)

    def do_Pass(self, node, scope, depth):
        return

    def do_Expr(self, node, scope, depth):
        self.value(node.value, scope, depth)

    def value(self, node, scope, depth):
        method = getattr(self, f"of_{type(node).__name__}", None)
        if method is None:
            raise Failure(f"{type(node).__name__} is not in the language")
        result = method(node, scope, depth)
        # A step may hold a hundred operations, and each of them a long list.
        self.work += 1 + (len(result) // 8 if isinstance(result, list | range) else 0)
        if self.work > WORK:
            raise Failure("too much work")
        return result

    def of_Constant(self, node, scope, depth):
        if not isinstance(node.value, int | None):
            raise Failure("only integers are in the language")
        return node.value

    def of_Name(self, node, scope, depth):
        if node.id not in scope:
            raise Failure(f"{node.id} has no value")
        return scope[node.id]

    def of_List(self, node, scope, depth):
        return flat([self.value(item, scope, depth) for item in node.elts])

    def of_Tuple(self, node, scope, depth):
        items = tuple(self.value(item, scope, depth) for item in node.elts)
        if any(isinstance(item, tuple) for item in items):
            raise Failure("a tuple in a tuple is not in the language")
        return items

    def of_BinOp(self, node, scope, depth):
        return self.binary(
            node.op, self.value(node.left, scope, depth), self.value(node.right, scope, depth)
        )

    def binary(self, kind, left, right):
        if type(kind) not in BINARY:
            raise Failure(f"{type(kind).__name__} is not in the language")
        if isinstance(left, tuple) or isinstance(right, tuple):
            raise Failure("tuples are for assignments only")
        repeated = isinstance(kind, ast.Mult) and isinstance(left, list) != isinstance(right, list)
        if (
            repeated
            and max(left if isinstance(left, int) else right, 0)
            * len(left if isinstance(left, list) else right)
            > LENGTH
        ):
            raise Failure("a list is too long")
        result = BINARY[type(kind)](left, right)
        if (isinstance(result, int) and abs(result) >= DIGITS) or (
            isinstance(result, list) and len(result) > LENGTH
        ):
            raise Failure("a value is too large")
        return result

    def of_UnaryOp(self, node, scope, depth):
        value = self.value(node.operand, scope, depth)
        if isinstance(node.op, ast.Not):
            return not value
        if isinstance(node.op, ast.USub):
            return -value
        raise Failure(f"{type(node.op).__name__} is not in the language")

    def of_BoolOp(self, node, scope, depth):
        for part in node.values:
            value = self.value(part, scope, depth)
            if bool(value) == isinstance(node.op, ast.Or):
                break
        return value

    def of_Compare(self, node, scope, depth):
        left = self.value(node.left, scope, depth)
        for kind, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator, scope, depth)
            if type(kind) not in COMPARE:
                raise Failure(f"{type(kind).__name__} is not in the language")
            if not COMPARE[type(kind)](left, right):
                return False
            left = right
        return True

    def of_IfExp(self, node, scope, depth):
        return self.value(
            node.body if self.value(node.test, scope, depth) else node.orelse, scope, depth
        )

    def of_Subscript(self, node, scope, depth):
        return self.value(node.value, scope, depth)[self.value(node.slice, scope, depth)]

    def of_Slice(self, node, scope, depth):
        return slice(
            *(
                self.value(end, scope, depth) if end else None
                for end in (node.lower, node.upper, node.step)
            )
        )

    def of_Call(self, node, scope, depth):
        self.step(node)
        arguments = [self.value(argument, scope, depth) for argument in node.args]
        if node.keywords:
            raise Failure("no keywords in calls")
        if isinstance(node.func, ast.Attribute):
            return self.method(self.value(node.func.value, scope, depth), node.func.attr, arguments)
        name = getattr(node.func, "id", None)
        if name == self.function.name:
            return self.call(arguments, depth + 1)
        if name == "range":
            numbers = range(*arguments)
            if len(numbers) > LENGTH:
                raise Failure("a range is too long")
            return numbers
        if name not in BUILTINS:
            raise Failure(f"{name} is no function here")
        return BUILTINS[name](*arguments)

    def method(self, value, name, arguments):
        if not isinstance(value, list) or name not in ("append", "pop") or len(value) >= LENGTH:
            raise Failure(f"no method {name} here")
        return value.append(*flat(arguments)) if name == "append" else value.pop(*arguments)


def flat(items):
    """Return a list's items: integers, and not too many of them; lists in lists could take for ever
    to compare.
    """
    if (
        not isinstance(items, list)
        or len(items) > LENGTH
        or any(isinstance(item, list | tuple) for item in items)
    ):
        raise Failure("a list holds integers, and not too many")
    return items
