"""The C++ types of shapes, and the header that declares them."""

from lines import HEADER, Lines, fill, quoted
from names import enumerators
from shapes import reachable

CPP_SCALARS = {
    "string": "std::string",
    "character": "std::string",
    "integer": "std::int32_t",
    "short": "std::int32_t",
    "byte": "std::int32_t",
    "long": "std::int64_t",
    "float": "double",
    "double": "double",
    "boolean": "bool",
    "timestamp": "gannet::Timestamp",
    "blob": "gannet::Bytes",
    "document": "std::string",
}


def value_type(service, part):
    """The type of a value: a structure's member where it is there, a list's element, a map's value."""
    if service.is_opaque(part.shape):
        return service.options["types"][part.shape.name]["type"]
    if part.secret:
        return "gannet::Secret"
    return part.shape.cpp if part.enum else cpp_type(service, part.shape)


def cpp_type(service, shape):
    """The type of a structure, list or map, and that of a scalar which is neither secret nor of an enumeration."""
    if shape.kind == "structure":
        return shape.cpp
    if shape.kind == "list":
        return f"std::vector<{value_type(service, shape.element)}>"
    if shape.kind == "map":
        whole = service.options.get("types", {}).get(shape.value.shape.name, {}).get("map")
        return whole or f"std::map<std::string, {value_type(service, shape.value)}, std::less<>>"
    return CPP_SCALARS[shape.kind]


def is_optional(member):
    """Whether a member is had through `*` and tested before: a required one, too, where it is boxed."""
    return not member.streaming and (member.boxed or not member.required)


def destination(member, structure):
    """The C++ expression of the plain value that a member of `structure` is read into."""
    return f"{structure}.{member.cpp}" + (".emplace()" if is_optional(member) else "")


def member_type(service, owner, member):
    if member.streaming:
        return "gannet::BodyReader" if owner.name in service.output_structures else "gannet::Body"
    plain = value_type(service, member)
    if member.boxed:
        return f"gannet::Boxed<{plain}>"
    return plain if member.required else f"std::optional<{plain}>"


def key_in_errors(shape, key):
    """The C++ expression by which errors name an entry of a map."""
    return '"***"' if shape.key.sensitive else key


def error_kind(service, shape):
    """The C++ expression of a modelled error's kind; of none, where an answer's code and status are to tell it."""
    kind = service.error_kind(shape)
    return f"gannet::ErrorKind::{kind}" if kind else "std::nullopt"


def number(value):
    return f"{value:,}".replace(",", "'")


def real(value):
    """A floating-point literal."""
    return repr(float(value))


def bounds_in_words(facts, kind):
    """What the model says of a value's size: "1 to 1,024 characters", or ""."""
    low, high = facts.get("min"), facts.get("max")
    unit = {"string": "characters", "list": "elements", "map": "entries", "blob": "bytes"}.get(kind, "")
    if kind not in ("string", "list", "map", "blob", "integer", "long", "short", "byte", "float", "double"):
        return ""
    if low in (None, 0) and high is None:
        return ""
    if high is None:
        text = f"at least {low:,}"
    elif low is None:
        text = f"at most {high:,}"
    else:
        text = f"{low:,} to {high:,}"
    if (high if high is not None else low) == 1:
        unit = {"entries": "entry"}.get(unit, unit.removesuffix("s"))
    return f"{text} {unit}".rstrip()


def member_facts(owner, member):
    """One line of facts about a member, for a documentation comment; "" if there is nothing to say."""
    said = []
    if member.required:
        said.append("Required.")
    if member.facts.get("idempotencyToken"):
        said.append("Made for each call if unset.")
    bounds = bounds_in_words(member.facts, member.shape.kind)
    if bounds:
        said.append(bounds[0].upper() + bounds[1:] + ".")
    pattern = member.facts.get("pattern", "")
    if pattern and member.shape.kind == "string" and len(pattern) < 60 and pattern.isprintable():
        said.append(f"Pattern `{pattern}`.")
    if member.shape.kind == "document":
        said.append("Any JSON value, as its text.")
    if member.facts.get("deprecated"):
        said.append("Deprecated.")
    return " ".join(said)


def is_whole(service, shape, declared):
    """Whether all structures are declared that a value of the shape consists of."""
    parts = reachable([shape], service.is_opaque, through_boxes=False)
    return all(each.name in declared for each in parts if each.kind == "structure" and not service.is_opaque(each))


def structure(service, lines, shape, declared):
    """`declared`: the names of the structures that are, this one included."""
    if shape.facts.get("union"):
        lines.comment("One of the members is set.")
    if shape.exception:
        status = shape.facts.get("error", {}).get("httpStatusCode")
        lines.comment(f"The details of the error `{service.error_code(shape)}`" + (f", HTTP {status}." if status else "."))
    if not shape.members:
        lines.add(f"struct {shape.cpp} {{}};", "")
    else:
        lines.open(f"struct {shape.cpp}")
        for member in shape.members:
            facts = member_facts(shape, member)
            # Initializers of what is not whole yet would not compile; they are there for -Wextra alone.
            braces = "{}" if member.boxed or is_whole(service, member.shape, declared) else ""
            declaration = f"{member_type(service, shape, member)} {member.cpp}{braces};"
            if facts and len(declaration) + len(facts) < 98:
                lines.add(f"{declaration}  ///< {facts}")
            else:
                if facts:
                    lines.comment(facts)
                lines.add(declaration)
        lines.close(";")
        lines.add("")
    for alias in shape.aliases:
        lines.add(f"using {alias} = {shape.cpp};", "")


def enumeration(lines, shape):
    values = shape.enum
    names = enumerators(values)
    lines.open(f"struct {shape.cpp}Names")
    lines.add("enum Value : int {")
    lines.lines.extend(fill(["unknown = -1", *names], "    "))
    lines.add("};")
    lines.add("static constexpr std::string_view values[] = {")
    lines.lines.extend(fill([quoted(value) for value in values], "    "))
    lines.add("};")
    lines.add("static constexpr std::span<const std::string_view> texts() noexcept { return values; }")
    lines.close(";")
    lines.add(f"using {shape.cpp} = gannet::OpenEnum<{shape.cpp}Names>;", "")


def forward_declared(service):
    """Structures that a container names before they are declared: only recursive models have them."""
    seen, wanted = set(), []

    def visit(shape):
        if service.is_opaque(shape):
            return
        if shape.kind == "structure":
            if shape.name not in seen and shape not in wanted:
                wanted.append(shape)
        else:
            for part in shape.parts():
                visit(part.shape)

    for shape in service.structures:
        seen_before = shape.name in seen
        for member in shape.members:
            visit(member.shape)
        if not seen_before:
            seen.add(shape.name)
    return wanted


def types_header(service):
    lines = Lines(HEADER, "#pragma once", "")
    for header in ("cstdint", "functional", "map", "optional", "span", "string", "string_view", "vector"):
        lines.add(f"#include <{header}>")
    members = [(shape, member) for shape in service.structures for member in shape.members]
    own = {"gannet/bytes.hpp", "gannet/open_enum.hpp", "gannet/secret.hpp", "gannet/timestamp.hpp"}
    if any(member.streaming for _, member in members):
        own.add("gannet/body.hpp")
    if any(member.boxed for _, member in members):
        own.add("gannet/boxed.hpp")
    for name, option in service.options.get("types", {}).items():
        own.add(option["header"])
    lines.add("", *(f"#include <{header}>" for header in sorted(own)), "")
    lines.comment(f"The inputs, outputs, details of errors and other types of {service.metadata['serviceFullName']}."
                  if "serviceFullName" in service.metadata else f"The types of {service.name}.")
    lines.add(f"namespace gannet::{service.name} {{", "")
    opaque = [f"using {option['type']};" for name, option in service.options.get("types", {}).items()
              if option["type"].endswith(f"::{name}")]
    if opaque:
        lines.add(*opaque, "")
    for shape in service.enums:
        enumeration(lines, shape)
    forward = forward_declared(service)
    lines.add(*(f"struct {shape.cpp};" for shape in forward))
    if forward:
        lines.add("")
    declared = set()
    for shape in service.structures:
        declared.add(shape.name)
        if not service.is_opaque(shape):
            structure(service, lines, shape, declared)
    for operation in service.operations:
        if operation.input is None:
            lines.add(f"struct {operation.input_name} {{}};", "")
        if operation.output is None:
            lines.add(f"struct {operation.output_name} {{}};", "")
    lines.add(f"}}  // namespace gannet::{service.name}")
    return lines.text()
