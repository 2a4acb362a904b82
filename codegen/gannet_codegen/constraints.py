"""The table of a model's constraints, for a server of the service: src/NAME_model.hpp and .cpp."""

import re

from cpp_types import number, real
from limits import LARGEST
from lines import HEADER, Lines, fill, quoted
from names import RESERVED

KINDS = {
    "structure": "structure", "list": "list", "map": "map", "string": "string", "character": "string", "blob": "blob",
    "boolean": "boolean", "integer": "integer", "short": "integer", "byte": "integer", "long": "integer",
    "float": "number", "double": "number", "timestamp": "timestamp",
    "document": "any",
}
JAVA = {
    "string": "String", "character": "String", "blob": "ByteBuffer", "boolean": "Boolean", "integer": "Integer",
    "short": "Short", "byte": "Byte", "long": "Long", "float": "Float", "double": "Double", "timestamp": "Date",
}
CLASS_ESCAPES = {"t": "\t", "n": "\n", "r": "\r"}


def allowed_bytes(pattern):
    """The byte ranges of a pattern that is one character class repeated; None for any other."""
    match = re.fullmatch(r"\^?\[(\^?)((?:[^\]\\]|\\.)+)\][+*]\$?", pattern)
    if not match:
        return None
    negated, text = match[1] == "^", match[2]
    characters, index = [], 0
    allowed = set()
    while index < len(text):
        if text[index] == "\\":
            escape = text[index + 1]
            if escape in "pPuxbBdDwWsS":
                if escape == "w":
                    characters.append(set(range(48, 58)) | set(range(65, 91)) | set(range(97, 123)) | {95})
                elif escape == "d":
                    characters.append(set(range(48, 58)))
                else:
                    return None
            else:
                characters.append(CLASS_ESCAPES.get(escape, escape))
            index += 2
        else:
            characters.append("-range-" if text[index] == "-" and 0 < index < len(text) - 1 else text[index])
            index += 1
    position = 0
    while position < len(characters):
        each = characters[position]
        if isinstance(each, set):
            allowed |= each
        elif position + 2 < len(characters) and characters[position + 1] == "-range-" and isinstance(
                characters[position + 2], str):
            allowed |= set(range(ord(each), ord(characters[position + 2]) + 1))
            position += 2
        else:
            allowed.add(ord("-" if each == "-range-" else each))
        position += 1
    if any(byte > 127 for byte in allowed):
        return None
    if negated:
        allowed = set(range(256)) - allowed
    ranges, start = [], None
    for byte in range(257):
        if byte in allowed and byte < 256:
            start = byte if start is None else start
        elif start is not None:
            ranges.append((start, byte - 1))
            start = None
    return ranges


def byte_literal(ranges):
    return '"' + "".join(f"\\{byte:03o}" for pair in ranges for byte in pair) + '"'


def constant(shape):
    return shape.function + ("_" if shape.function in RESERVED else "")


def limits(shape):
    low, high = shape.facts.get("min"), shape.facts.get("max")
    if KINDS[shape.kind] == "number":
        return [f".{name} = {real(value)}" for name, value in (("lowest", low), ("highest", high)) if value is not None]
    fields = []
    if low is not None and int(low) > -LARGEST:
        fields.append(f".min = {number(int(low))}")
    if high is not None and int(high) < LARGEST:
        fields.append(f".max = {number(int(high))}")
    return fields


def shape_definition(service, lines, shape):
    name = shape.function
    opaque = service.is_opaque(shape)
    fields = [f".kind = core::Shape::Kind::{'any' if opaque else KINDS[shape.kind]}"]
    if not opaque:
        if shape.kind in JAVA:
            fields.append(f".java_type = {quoted(JAVA[shape.kind])}")
        if shape.kind == "structure" and shape.members:
            lines.add(f"constexpr core::ShapeMember {name}_members[] = {{")
            for member in shape.members:
                required = ", true" if member.required else ""
                lines.add(f"    {{{quoted(member.wire)}, &shapes::{constant(member.shape)}{required}}},")
            lines.add("};")
            fields.append(f".members = {name}_members")
        if shape.kind == "map":
            fields.append(f".key = &shapes::{constant(shape.key.shape)}")
        if shape.kind in ("list", "map"):
            fields.append(f".element = &shapes::{constant((shape.element or shape.value).shape)}")
        if not shape.facts.get("enum"):
            fields += limits(shape)
        else:
            lines.add(f"constexpr std::string_view {name}_values[] = {{")
            lines.lines.extend(fill([quoted(value) for value in shape.facts["enum"]], "    "))
            lines.add("};")
            fields.append(f".values = {name}_values")
        pattern = shape.facts.get("pattern")
        ranges = allowed_bytes(pattern) if pattern and shape.kind == "string" else None
        if ranges:
            size = 2 * len(ranges)
            fields.append(f".pattern = {quoted(pattern)}")
            fields.append(f".allowed = std::string_view({byte_literal(ranges)}, {size})")
        if shape.facts.get("sensitive"):
            fields.append(".sensitive = true")
    return fields


def files(service):
    namespace = f"gannet::models::{service.name}"
    header = Lines(HEADER, "#pragma once", "", "#include <string_view>", "", '#include "core/model.hpp"', "")
    header.add(f"namespace {namespace} {{", "")
    header.comment("What the input of an operation must be like; nullptr for an operation that there is not.")
    header.add("const core::Shape* input_of(std::string_view operation) noexcept;", "", f"}}  // namespace {namespace}")

    shapes = sorted(service.written, key=lambda shape: shape.function)
    lines = Lines(HEADER, f'#include "{service.name}_model.hpp"', "", "#include <algorithm>", "#include <iterator>", "")
    lines.add(f"namespace {namespace} {{", "namespace shapes {")
    lines.add(*(f"extern const core::Shape {constant(shape)};" for shape in shapes))
    lines.add("}  // namespace shapes", "", "namespace {", "")
    definitions = []
    for shape in shapes:
        fields = shape_definition(service, lines, shape)
        definitions.append(f"constinit const core::Shape shapes::{constant(shape)}{{{', '.join(fields)}}};")
    if not all(operation.input for operation in service.operations):
        lines.add("constinit const core::Shape nothing{.kind = core::Shape::Kind::structure};", "")
    lines.add("struct Input {", "  std::string_view operation;", "  const core::Shape* shape;", "};")
    lines.add("constexpr Input inputs[] = {")
    for operation in sorted(service.operations, key=lambda each: each.name):
        shape = f"&shapes::{constant(operation.input)}" if operation.input else "&nothing"
        lines.add(f"    {{{quoted(operation.name)}, {shape}}},")
    lines.add("};", "", "}  // namespace", "", *definitions, "")
    lines.open("const core::Shape* input_of(std::string_view operation) noexcept")
    lines.add("const auto* found = std::ranges::lower_bound(inputs, operation, {}, &Input::operation);")
    lines.add("return found != std::end(inputs) && found->operation == operation ? found->shape : nullptr;")
    lines.close()
    lines.add("", f"}}  // namespace {namespace}")
    return {f"src/{service.name}_model.hpp": header.text(), f"src/{service.name}_model.cpp": lines.text()}
