"""JMESPath expressions, of which paginators and waiters are made: read here, and turned into C++ by `paths.py`.

What the models use of the language: members, `[]`, `[*]`, `.*`, `[n]`, `[?filter]`, `length`, comparisons, `||`, `&&`, `!`,
literals. Anything else is an `ExpressionError`.
"""

import json
import re

from shapes import ModelError

TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<raw>'(?:[^'\\]|\\.)*')"""
    r"""|(?P<literal>`(?:[^`\\]|\\.)*`)|(?P<number>-?[0-9]+)|(?P<sign>\[\]|\[\?|\|\||&&|==|!=|<=|>=|[][().*!<>@|]))"""
)
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
DEEPEST = 20


class ExpressionError(ModelError):
    """An expression that is none, or is beyond what the generator understands."""


class Path:
    """What is reached from the current value by steps: ("member", name), ("index", n), and the projections ("flatten",),
    ("each",), ("values",) and ("filter", condition)."""

    def __init__(self, steps):
        self.steps = steps


class Literal:
    def __init__(self, value):
        self.value = value


class Call:
    """`sign` is a comparison, "||", "&&", "!" or "length"."""

    def __init__(self, sign, *operands):
        self.sign = sign
        self.operands = operands


class Parser:
    def __init__(self, text):
        self.text = text
        self.tokens = []
        at = 0
        while at < len(text.rstrip()):
            match = TOKEN.match(text, at)
            if not match:
                raise ExpressionError(f"the expression {text!r} is malformed at its character {at + 1}, or beyond what the "
                                      "generator understands")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.next = 0
        self.depth = 0

    def parse(self):
        tree = self.any_of()
        if self.next < len(self.tokens):
            raise self.beyond(self.peek()[1])
        return tree

    def beyond(self, what):
        return ExpressionError(f"the expression {self.text!r} has {what!r}, which is beyond what the generator understands")

    def peek(self):
        return self.tokens[self.next] if self.next < len(self.tokens) else ("end", "an end")

    def accept(self, *signs):
        kind, text = self.peek()
        if kind == "sign" and text in signs:
            self.next += 1
            return text
        return None

    def expect(self, sign):
        if not self.accept(sign):
            raise ExpressionError(f"the expression {self.text!r} has {self.peek()[1]!r} where {sign!r} is due")

    def any_of(self):
        self.deeper()
        tree = self.all_of()
        while self.accept("||"):
            tree = Call("||", tree, self.all_of())
        self.depth -= 1
        return tree

    def deeper(self):
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(f"the expression {self.text[:40]!r}... nests more than {DEEPEST} deep")

    def all_of(self):
        tree = self.comparison()
        while self.accept("&&"):
            tree = Call("&&", tree, self.comparison())
        return tree

    def comparison(self):
        tree = self.value()
        sign = self.accept(*COMPARISONS)
        return Call(sign, tree, self.value()) if sign else tree

    def value(self):
        if self.accept("!"):
            self.deeper()
            tree = Call("!", self.value())
            self.depth -= 1
            return tree
        if self.accept("("):
            tree = self.any_of()
            self.expect(")")
            return tree
        if self.accept("@"):
            return Path(self.steps([]))
        kind, text = self.peek()
        if kind == "end":
            raise ExpressionError(f"the expression {self.text!r} ends too early")
        self.next += 1
        if kind == "raw":
            return Literal(re.sub(r"\\(['\\])", r"\1", text[1:-1]))
        if kind == "literal":
            try:
                return Literal(json.loads(text[1:-1].replace("\\`", "`")))
            except ValueError as problem:
                raise ExpressionError(f"the expression {self.text!r} has {text}, which is not JSON") from problem
        if kind == "name" and self.peek() == ("sign", "("):
            if text != "length":
                raise self.beyond(text + "()")
            self.next += 1
            operand = self.any_of()
            self.expect(")")
            return Call("length", operand)
        if kind in ("name", "quoted"):
            return Path(self.steps([("member", self.name(kind, text))]))
        raise self.beyond(text)

    @staticmethod
    def name(kind, text):
        return json.loads(text) if kind == "quoted" else text

    def steps(self, steps):
        while True:
            if self.accept("[]"):
                steps.append(("flatten",))
            elif self.accept("[?"):
                steps.append(("filter", self.any_of()))
                self.expect("]")
            elif self.accept("["):
                if self.accept("*"):
                    steps.append(("each",))
                else:
                    kind, text = self.peek()
                    if kind != "number":
                        raise self.beyond("[" + text)
                    self.next += 1
                    steps.append(("index", int(text)))
                self.expect("]")
            elif self.accept("."):
                if self.accept("*"):
                    steps.append(("values",))
                    continue
                kind, text = self.peek()
                if kind not in ("name", "quoted"):
                    raise self.beyond("." + text)
                self.next += 1
                steps.append(("member", self.name(kind, text)))
            else:
                return steps


def parse(text):
    if not isinstance(text, str):
        raise ExpressionError(f"{text!r} is no expression")
    return Parser(text).parse()
