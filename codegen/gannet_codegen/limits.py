"""Functions that check an input against the model's limits before anything is sent."""

from lines import quoted
from shapes import INTEGERS
from cpp_types import is_optional, key_in_errors, number, real

LARGEST = 2**63 - 1


def bounds(facts):
    """The C++ bounds of a shape's facts, or None if it has none that a value could break."""
    low, high = facts.get("min"), facts.get("max")
    parts = []
    if low is not None and int(low) > -LARGEST:
        parts.append(f".low = {number(int(low))}")
    if high is not None and int(high) < LARGEST:
        parts.append(f".high = {number(int(high))}")
    return "{" + ", ".join(parts) + "}" if parts else None


def real_bounds(facts):
    """The same of a floating-point number."""
    parts = [f".{name} = {real(facts[key])}" for name, key in (("low", "min"), ("high", "max")) if facts.get(key) is not None]
    return "{" + ", ".join(parts) + "}" if parts else None


def own_check(service, member, name, expression):
    """The statement that checks the value itself, not what is within it; None if there is nothing to check."""
    shape, facts = member.shape, member.facts
    if service.is_opaque(shape) or member.streaming:
        return None
    limit = bounds(facts)
    if member.enum:
        return None
    if shape.kind == "document":
        return f"check.document({name}, {expression});"
    if shape.kind in ("list", "map"):
        call = "elements" if shape.kind == "list" else "entries"
        if facts.get("min") in (None, 0) and facts.get("max") is None:
            return None
        return f"check.{call}({name}, {expression}.size(), {limit});"
    if shape.kind in ("string", "blob"):
        if limit is None or (facts.get("min") in (None, 0) and facts.get("max") is None):
            return None
        if shape.kind == "blob":
            return f"check.bytes({name}, {expression}.size(), {limit});"
        return f"check.text({name}, {expression}, {limit});"
    if shape.kind in INTEGERS and limit:
        return f"check.range({name}, {expression}, {limit});"
    if shape.kind in ("float", "double") and (limit := real_bounds(facts)):
        return f"check.real({name}, {expression}, {limit});"
    return None


class Limits:
    """Knows which shapes of a service hold anything to check."""

    def __init__(self, service):
        self.service = service
        self.checked = set()
        grown = True
        while grown:
            grown = False
            for shape in service.written:
                if shape.name not in self.checked and not service.is_opaque(shape) and self._has_checks(shape):
                    self.checked.add(shape.name)
                    grown = True

    def _has_checks(self, shape):
        for part in shape.parts():
            if part.shape.name in self.checked or own_check(self.service, part, '""', "x"):
                return True
            if shape.kind == "structure" and self.must_be_given(part):
                return True
        return False

    def must_be_given(self, member):
        """Whether an empty value of a required member can only mean that it was forgotten."""
        if not member.required or member.streaming:
            return False
        label = member.location == "uri" or "contextParam" in member.reference and member.shape.kind == "string"
        return member.boxed or bool(member.enum) or (label and member.shape.kind == "string" and not member.facts.get("min"))

    def shapes(self):
        return sorted(
            (each for each in self.service.written if each.name in self.checked and each.kind == "structure"),
            key=lambda each: each.function,
        )

    def declare(self, lines):
        for shape in self.shapes():
            lines.add(f"void check_{shape.function}(protocols::InputCheck& check, const {shape.cpp}& from);")

    def jobs(self):
        return [(lambda lines, shape=shape: self.define(lines, shape)) for shape in self.shapes()]

    def define(self, lines, shape):
        lines.open(f"void check_{shape.function}(protocols::InputCheck& check, const {shape.cpp}& from)")
        for member in shape.members:
            self._member(lines, member)
        lines.close()
        lines.add("")

    def _member(self, lines, member):
        name = quoted(member.cpp)
        value = f"from.{member.cpp}"
        within = member.shape.name in self.checked and not self.service.is_opaque(member.shape)
        if self.must_be_given(member):
            given = f"{value}.has_value()" if member.boxed else f"!{value}{'.text()' if member.enum else ''}.empty()"
            lines.add(f"check.given({name}, {given});")
        if is_optional(member):
            own = own_check(self.service, member, name, f"(*{value})")
            if not own and not within:
                return
            lines.open(f"if ({value})")
            if own:
                lines.add(own.replace(f"(*{value}).", f"{value}->").replace(f"(*{value})", f"*{value}"))
            if within:
                self._within(lines, member.shape, name, f"*{value}")
            lines.close()
            return
        own = own_check(self.service, member, name, value)
        if own:
            lines.add(own)
        if within:
            self._within(lines, member.shape, name, value)

    def _within(self, lines, shape, name, value, depth=0):
        """Checks of what a structure, list or map holds."""
        if shape.kind == "structure":
            lines.add("{")
            lines.depth += 1
            lines.add(f"const protocols::InputCheck::Inside inside(check, {name});")
            lines.add(f"check_{shape.function}(check, {value});")
            lines.close()
        elif shape.kind == "list":
            each, index = f"each{depth or ''}", f"index{depth or ''}"
            lines.add(f"for (std::size_t {index} = 0; const auto& {each} : {value}) {{")
            lines.depth += 1
            lines.add(f"const protocols::InputCheck::Inside inside{depth or ''}(check, {name}, {index}++);")
            self._part(lines, shape.element, each, depth)
            lines.close()
        else:
            key, entry = f"key{depth or ''}", f"value{depth or ''}"
            wants_value = shape.value.shape.name in self.checked or own_check(self.service, shape.value, '""', entry)
            lines.open(f"for (const auto& [{key}, {entry}] : {value})")
            lines.add(f"const protocols::InputCheck::Inside inside{depth or ''}(check, {name}, {key_in_errors(shape, key)});")
            own = own_check(self.service, shape.key, '""', key)
            if own:
                lines.add(own)
            if wants_value:
                self._part(lines, shape.value, entry, depth)
            else:
                lines.add(f"static_cast<void>({entry});")
            lines.close()

    def _part(self, lines, part, value, depth):
        own = own_check(self.service, part, '""', value)
        if own:
            lines.add(own)
        if part.shape.name in self.checked and not self.service.is_opaque(part.shape):
            if part.shape.kind == "structure":
                lines.add(f"check_{part.shape.function}(check, {value});")
            else:
                self._within(lines, part.shape, '""', value, depth + 1)
