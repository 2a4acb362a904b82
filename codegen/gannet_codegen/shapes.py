"""Shapes and operations of a model: shapes know their members, operations their shapes, all their C++ names."""

from names import camel, snake

SCALARS = {"string", "character", "integer", "short", "byte", "long", "float", "double", "boolean", "timestamp", "blob",
           "document"}  # Any JSON value, as its text.
INTEGERS = {"integer", "short", "byte", "long"}


class ModelError(Exception):
    """The model, or a fact beside it, asks for what the generator cannot do. The message names the place."""


class Member:
    """A member of a structure, or the element, key or value of a list or map."""

    def __init__(self, name, shape, reference, required):
        self.name = name
        self.shape = shape
        self.required = required
        self.cpp = snake(name)
        # What is said where a shape is used goes over what the shape itself says.
        self.facts = {**shape.facts, **reference}
        self.facts.pop("required", None)
        self.reference = reference
        self.boxed = False

    @property
    def location(self):
        return self.reference.get("location")

    @property
    def wire(self):
        """The name on the wire, where the member is not in a header or the like: see `locationName`."""
        return self.reference.get("locationName", self.name)

    @property
    def streaming(self):
        return bool(self.facts.get("streaming")) and self.shape.kind in ("blob", "string")


class Shape:
    def __init__(self, name, facts):
        self.name = name
        self.facts = facts
        self.kind = "document" if facts.get("document") else facts["type"]
        self.cpp = camel(name)
        self.function = ""  # What the functions that read, write and check the shape are called after.
        self.aliases = []
        self.members = []
        self.element = self.key = self.value = None

    @property
    def sensitive(self):
        return bool(self.facts.get("sensitive")) and self.kind in ("string", "blob")

    @property
    def enum(self):
        return self.facts.get("enum") if self.kind == "string" and not self.sensitive else None

    @property
    def exception(self):
        return bool(self.facts.get("exception"))

    @property
    def event_stream(self):
        return bool(self.facts.get("eventstream"))

    def parts(self):
        """All members, of whichever kind."""
        return self.members + [part for part in (self.element, self.key, self.value) if part]

    def member(self, name):
        for member in self.members:
            if member.name == name:
                return member
        raise ModelError(f"{self.name} has no member {name}")

    @property
    def payload(self):
        return self.member(self.facts["payload"]) if "payload" in self.facts else None


class Operation:
    def __init__(self, name, facts):
        self.name = name
        self.facts = facts
        self.cpp = snake(name)
        self.input = self.output = None  # Shapes; an operation without one has an empty structure.
        self.input_name = f"{camel(name)}Input"
        self.output_name = f"{camel(name)}Output"
        self.errors = []
        self.retry = None
        self.reason = ""
        self.settles = False  # The refusal of a repetition is settled by a function written by hand.
        self.token_minutes = 0  # How long the service knows a client token; 0 where that is no matter.

    @property
    def method(self):
        return self.facts["http"]["method"]

    @property
    def uri(self):
        return self.facts["http"]["requestUri"]

    @property
    def unsigned(self):
        return self.facts.get("authtype") == "none" or self.facts.get("auth") == ["smithy.api#noAuth"]


def reachable(roots, opaque=lambda shape: False, through_containers=True):
    """The shapes that `roots` consist of, themselves included, each once."""
    found, order, waiting = set(), [], list(roots)
    while waiting:
        shape = waiting.pop()
        if shape.name in found:
            continue
        found.add(shape.name)
        order.append(shape)
        if opaque(shape) or (not through_containers and shape.kind != "structure"):
            continue
        waiting.extend(part.shape for part in reversed(shape.parts()))
    return order


def declaration_order(used):
    """The shapes sorted by name, but each after those it consists of; a cycle is cut where it closes."""
    order, state = [], {}

    def visit(shape):
        if shape.name in state or shape.name not in used:
            return
        state[shape.name] = "open"
        for part in shape.parts():
            visit(part.shape)
        state[shape.name] = "done"
        order.append(shape)

    for name in sorted(used):
        visit(used[name])
    return order
