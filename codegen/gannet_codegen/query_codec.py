"""Functions that write inputs as forms, for query services; their answers are XML."""

import xml_reading
from cpp_types import cpp_type, is_optional
from lines import quoted
from xml_reading import HAS_FUNCTION, flat_name, is_flat, text_of

INCLUDES = ["services/query_protocol.hpp"]


def written_shapes(service):
    return sorted((shape for shape in service.written if shape.kind in HAS_FUNCTION), key=lambda each: each.function)


def signature(service, shape):
    return f"void write_{shape.function}(protocols::FormWriter& out, const {cpp_type(service, shape)}& from)"


def write_part(lines, part, name, value):
    """Statements that write a list's element or a map's value under `name`, a C++ expression."""
    shape = part.shape
    if shape.kind == "structure":
        lines.add("{")
        lines.depth += 1
        lines.add(f"const protocols::FormWriter::Inside inside(out, {name});", f"write_{shape.function}(out, {value});")
        lines.close()
    elif shape.kind in HAS_FUNCTION:
        write_container(lines, part, name, value, "member" if shape.kind == "list" else "entry")
    else:
        lines.add(f"out.value({name}, {text_of(part, value)});")


def write_container(lines, part, name, value, within):
    """A list or map that is neither flattened nor a member."""
    if part.shape.kind == "list":
        within = part.shape.element.reference.get("locationName", within)
    lines.add("{")
    lines.depth += 1
    lines.add(f"const protocols::FormWriter::Inside outer(out, {name});")
    lines.add(f"const protocols::FormWriter::Inside inside(out, {quoted(within)});")
    lines.add(f"write_{part.shape.function}(out, {value});")
    lines.close()


def write_member(lines, member, value):
    shape, name = member.shape, member.wire
    if shape.kind not in ("list", "map"):
        write_part(lines, member, quoted(name), value)
        return
    if is_flat(member):
        write = [f"const protocols::FormWriter::Inside inside(out, {quoted(flat_name(member))});"]
    else:
        within = shape.element.reference.get("locationName", "member") if shape.kind == "list" else "entry"
        write = [f"const protocols::FormWriter::Inside inside(out, {quoted(name + '.' + within)});"]
    lines.open(f"if ({value}.empty())" if not value.startswith("*") else f"if ({value[1:]}->empty())")
    # An empty list is written, an empty map is not: so have it the services.
    lines.add(f'out.value({quoted(member.wire)}, "");' if shape.kind == "list" else "// Nothing to write.")
    lines.depth -= 1
    lines.open("} else")
    lines.add(*write, f"write_{shape.function}(out, {value});")
    lines.close()


def writer(service, lines, shape):
    lines.open(signature(service, shape))
    if shape.kind == "structure":
        if not shape.members:
            lines.add("static_cast<void>(out);", "static_cast<void>(from);")
        for member in shape.members:
            if is_optional(member):
                lines.open(f"if (from.{member.cpp})")
                scalar = member.shape.kind not in HAS_FUNCTION
                write_member(lines, member, f"from.{member.cpp}.value()" if scalar else f"*from.{member.cpp}")
                lines.close()
            else:
                write_member(lines, member, f"from.{member.cpp}")
    elif shape.kind == "list":
        lines.open("for (std::size_t index = 1; const auto& each : from)")
        write_part(lines, shape.element, "index", "each")
        lines.add("++index;")
        lines.close()
    else:
        lines.open("for (std::size_t index = 1; const auto& [key, value] : from)")
        lines.add("const protocols::FormWriter::Inside entry(out, index++);")
        lines.add(f"out.value({quoted(shape.key.reference.get('locationName', 'key'))}, key);")
        write_part(lines, shape.value, quoted(shape.value.reference.get("locationName", "value")), "value")
        lines.close()
    lines.close()
    lines.add("")


def declarations(service, lines):
    lines.add(*(f"{signature(service, shape)};" for shape in written_shapes(service)))
    xml_reading.declarations(service, lines)


def definitions(service):
    jobs = [(lambda lines, shape=shape: writer(service, lines, shape)) for shape in written_shapes(service)]
    return jobs + xml_reading.definitions(service)


def serialize(service, lines, operation):
    secret = operation.input is not None and service.holds_secrets([operation.input])
    holds = ", protocols::FormWriter::Holds::secrets" if secret else ""
    lines.add(f"protocols::FormWriter out({quoted(operation.name)}, {quoted(service.metadata['apiVersion'])}{holds});")
    if operation.input:
        lines.add(f"write_{operation.input.function}(out, in);")
    return f"protocols::query_call(operations::{operation.cpp}, check, out)"


def parse(service, lines, operation):
    if operation.output is None or not operation.output.members:
        lines.add("static_cast<void>(answer);", "static_cast<void>(output);", "return {};")
        return
    wrapper = operation.facts["output"].get("resultWrapper", f"{operation.name}Result")
    read = "read_secret_xml_answer" if service.holds_secrets([operation.output]) else "read_xml_answer"
    lines.add(f"return protocols::{read}({quoted(operation.name)}, answer.body,")
    lines.add("    [](protocols::Reading& in, const core::XmlElement& from, void* to) {")
    lines.add(f"      return read_{operation.output.function}(in, protocols::unwrapped(from, {quoted(wrapper)}),")
    lines.add(f"                  *static_cast<{operation.output_name}*>(to));", "    }, output);")


def errors(service, lines):
    xml_reading.error_table(service, lines, lambda shape: [])
