"""Shapes and operations of a model: shapes know their members, operations their shapes, all their C++ names."""

from names import camel, snake

CONTAINERS = ("structure", "list", "map")
SCALARS = {"string", "character", "integer", "short", "byte", "long", "float", "double", "boolean", "timestamp", "blob",
           "document"}  # Any JSON value, as its text.
INTEGERS = {"integer", "short", "byte", "long"}


class ModelError(Exception):
    """The model, or a fact beside it, asks for what the generator cannot do. The message names the place."""


class Member:
    """A member of a structure, or the element, key or value of a list or map."""

    def __init__(self, name, shape, reference, required=False, key=False):
        self.name = name
        self.shape = shape
        self.required = required
        self.key = key  # Of a map: always a plain string in C++.
        self.cpp = snake(name)
        # What is said where a shape is used goes over what the shape itself says.
        self.facts = {**shape.facts, **reference}
        self.facts.pop("required", None)
        self.reference = reference
        self.boxed = False
        self.hidden = False  # It lies within something sensitive.

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

    @property
    def sensitive(self):
        return bool(self.facts.get("sensitive")) or self.hidden

    @property
    def secret(self):
        """Whether its values are gannet::Secret. What the model lists as an enumeration is known to everybody."""
        if self.key or self.shape.kind not in ("string", "blob"):
            return False
        return bool(self.facts.get("sensitive")) or (self.hidden and not self.shape.enum)

    @property
    def enum(self):
        """The texts of its enumeration; None if its values are of none."""
        return None if self.key or self.secret else self.shape.enum


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
    def enum(self):
        return self.facts.get("enum") if self.kind == "string" and not self.facts.get("sensitive") else None

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


def reachable(roots, opaque=lambda shape: False, through_containers=True, through_boxes=True):
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
        waiting.extend(part.shape for part in reversed(shape.parts()) if through_boxes or not part.boxed)
    return order


def declaration_order(used):
    """The structures of `used` sorted by name, but each after those it consists of. Where a cycle closes, those come first
    that it holds by value, not in a box, a list or a map: of these there is no cycle."""
    seen, found, order = set(), [], {}

    def find(shape):
        if shape.name in seen or shape.name not in used:
            return
        seen.add(shape.name)
        for part in shape.parts():
            find(part.shape)
        found.append(shape)

    def place(shape):
        if shape.name in order or shape.name not in used:
            return
        for member in shape.members:
            if member.shape.kind == "structure" and not member.boxed:
                place(member.shape)
        order[shape.name] = shape

    for name in sorted(used):
        find(used[name])
    for shape in found:
        if shape.kind == "structure":
            place(shape)
    return list(order.values())
