"""JMESPath expressions as C++: statements that find values in a structure, typed by the model's shapes.

Every statement names its result (`v1`, `v2` ...); what is not there is a null pointer or an empty optional. The functions
that they call are in `src/services/paths.hpp`.
"""

from cpp_types import value_type
from expressions import Call, ExpressionError, Literal, Path
from lines import quoted
from shapes import INTEGERS

PROJECTIONS = ("flatten", "each", "values", "filter")
ORDERS = {"<": "std::less<>", "<=": "std::less_equal<>", ">": "std::greater<>", ">=": "std::greater_equal<>"}
NUMBERS = INTEGERS | {"float", "double"}


class Node:
    """A pointer to a value of a shape; `sure` if it is never null, `secret` if the value is a gannet::Secret."""

    def __init__(self, cpp, shape, sure=False, secret=False):
        self.cpp = cpp
        self.shape = shape
        self.sure = sure
        self.secret = secret

    @property
    def enum(self):
        return None if self.secret else self.shape.enum


class Value:
    """A C++ expression of a std::optional, or of what it would hold; `kind` is "text", "number" or "truth"."""

    def __init__(self, kind, cpp):
        self.kind = kind
        self.cpp = cpp


class Truth:
    """A C++ expression of a bool that is always there."""

    kind = "truth"

    def __init__(self, cpp):
        self.cpp = cpp


def kind_of(node):
    """What a node's value is compared as, or None."""
    shape = node.shape
    if shape.kind in ("string", "character") and not node.secret:
        return "text"
    if shape.kind in NUMBERS:
        return "number"
    return "truth" if shape.kind == "boolean" else None


class Paths:
    """Adds statements to `lines`. Names are unique for as long as the object lives: one a function."""

    def __init__(self, service, lines):
        self.service = service
        self.lines = lines
        self.names = 0

    def name(self):
        self.names += 1
        return f"v{self.names}"

    # -- paths ----------------------------------------------------------------------------------------------------

    def member(self, node, name):
        if node.shape.kind != "structure" or self.service.is_opaque(node.shape):
            raise ExpressionError(f"{node.shape.name} has no members to find {name} among")
        member = next((each for each in node.shape.members if each.name == name), None)
        if member is None:
            raise ExpressionError(f"{node.shape.name} has no member {name}")
        if member.streaming:
            raise ExpressionError(f"{node.shape.name}.{name} is a stream")
        found = f"protocols::pointer({node.cpp}->{member.cpp})"
        return self.pointer(found if node.sure else f"{node.cpp} != nullptr ? {found} : nullptr", member)

    def index(self, node, at):
        if node.shape.kind != "list":
            raise ExpressionError(f"{node.shape.name} is no list to take an element from")
        found = f"protocols::element(*{node.cpp}, {at})"
        return self.pointer(found if node.sure else f"{node.cpp} != nullptr ? {found} : nullptr", node.shape.element)

    def pointer(self, expression, part):
        name = self.name()
        self.lines.add(f"const auto* {name} = {expression};")
        return Node(name, part.shape, secret=part.secret)

    def simple_steps(self, steps, node):
        """The node that the steps before the first projection lead to, and the steps that are left."""
        for count, step in enumerate(steps):
            if step[0] == "member":
                node = self.member(node, step[1])
            elif step[0] == "index":
                node = self.index(node, step[1])
            else:
                return node, steps[count:]
        return node, []

    def each(self, steps, node, use, first=True):
        """Calls `use` within loops over all that a path with projections finds, with a node that is sure."""
        node, rest = self.simple_steps(steps, node)
        blocks = 0
        if not node.sure:
            self.lines.open(f"if ({node.cpp} != nullptr)")
            blocks += 1
        if not rest:
            use(Node(node.cpp, node.shape, sure=True, secret=node.secret))
        else:
            blocks += self.loop(rest[0], node, first)
            element = node.shape.value if rest[0][0] == "values" else node.shape.element
            inner = Node(f"v{self.names}", element.shape, sure=True, secret=element.secret)
            if rest[0][0] == "filter":
                self.lines.open(f"if ({self.condition(rest[0][1], inner)})")
                blocks += 1
            self.each(rest[1:], inner, use, first=False)
        for _ in range(blocks):
            self.lines.close()

    def loop(self, step, node, first):
        wanted = "map" if step[0] == "values" else "list"
        if node.shape.kind != wanted or self.service.is_opaque(node.shape):
            raise ExpressionError(f"{node.shape.name} is no {wanted} to go through")
        if not first and step[0] != "flatten":
            # Its result would be a list of lists.
            raise ExpressionError("within a projection only [] can go through another list")
        each, name = self.name(), self.name()
        self.lines.open(f"for (const auto& {each} : *{node.cpp})")
        self.lines.add(f"const auto* {name} = &{each}{'.second' if wanted == 'map' else ''};")
        return 1

    @staticmethod
    def projects(tree):
        return isinstance(tree, Path) and any(step[0] in PROJECTIONS for step in tree.steps)

    # -- values ---------------------------------------------------------------------------------------------------

    def value(self, tree, node):
        """A Node, Value or Truth."""
        if isinstance(tree, Literal):
            return self.literal(tree.value)
        if isinstance(tree, Path):
            if self.projects(tree):
                raise ExpressionError("a list is no value to compare or to take for a token")
            return self.simple_steps(tree.steps, node)[0]
        if tree.sign == "length":
            return self.length(tree.operands[0], node)
        if tree.sign == "||" and not any(isinstance(each, Call) and each.sign != "||" for each in tree.operands):
            left, right = (self.value(each, node) for each in tree.operands)
            if isinstance(left, Node) and isinstance(right, Node) and kind_of(left) != "truth":
                if value_type(self.service, left) != value_type(self.service, right):
                    raise ExpressionError(f"{left.shape.name} and {right.shape.name}, between which || chooses, are of two types")
                name = self.name()
                self.lines.add(f"const auto* {name} = protocols::is_true({left.cpp}) ? {left.cpp} : {right.cpp};")
                return Node(name, left.shape, secret=left.secret)
        return Truth(self.condition(tree, node))

    @staticmethod
    def literal(value):
        if isinstance(value, bool):
            return Truth("true" if value else "false")
        if isinstance(value, str):
            return Value("text", f"std::string_view({quoted(value)})")
        if isinstance(value, (int, float)):
            return Value("number", f"double({value})")
        raise ExpressionError(f"a literal {value!r} is beyond what the generator understands")

    def length(self, operand, node):
        if not isinstance(operand, Path):
            raise ExpressionError("length() is understood of a path alone")
        if self.projects(operand):
            count = self.name()
            self.lines.add(f"std::size_t {count} = 0;")
            self.each(operand.steps, node, lambda _: self.lines.add(f"++{count};"))
            return Value("number", f"static_cast<double>({count})")
        of = self.simple_steps(operand.steps, node)[0]
        if of.shape.kind not in ("list", "map") or self.service.is_opaque(of.shape):
            raise ExpressionError(f"{of.shape.name} has no length")
        return Value("number", f"protocols::length_of({of.cpp})")

    def comparable(self, tree, node):
        found = self.value(tree, node)
        if not isinstance(found, Node):
            return found
        kind = kind_of(found)
        if kind is None:
            raise ExpressionError(f"{found.shape.name} is of type {found.shape.kind}, which is not compared")
        return Value(kind, f"protocols::{kind}_of({found.cpp})")

    def condition(self, tree, node):
        """A C++ expression of a bool: whether what the expression finds counts as true."""
        if isinstance(tree, Call) and tree.sign in ("||", "&&"):
            return f"({self.condition(tree.operands[0], node)} {tree.sign} {self.condition(tree.operands[1], node)})"
        if isinstance(tree, Call) and tree.sign == "!":
            return f"!{self.condition(tree.operands[0], node)}"
        if isinstance(tree, Call) and tree.sign != "length":
            left, right = (self.comparable(each, node) for each in tree.operands)
            if left.kind != right.kind:
                raise ExpressionError(f"a {left.kind} is compared with a {right.kind}")
            if tree.sign in ("==", "!="):
                return f"({left.cpp} {tree.sign} {right.cpp})"
            if left.kind != "number":
                raise ExpressionError(f"a {left.kind} is compared by {tree.sign}")
            return f"protocols::compare<{ORDERS[tree.sign]}>({left.cpp}, {right.cpp})"
        found = self.value(tree, node)
        if isinstance(found, Node):
            return f"protocols::is_true({found.cpp})"
        if isinstance(found, Value) and found.kind == "text":
            raise ExpressionError("a text is no condition")
        return found.cpp if isinstance(found, Truth) else f"protocols::is_true({found.cpp})"
