"""Functions that write inputs as JSON and read outputs from it: one for each structure, list and map."""

from lines import quoted
from shapes import INTEGERS
from cpp_types import cpp_type, destination, error_kind, is_optional, key_in_errors, value_type

READS = "(protocols::Reading& in, core::JsonValue from, {type}& to)"
WRITES = "(core::JsonWriter& out, const {type}& from)"


def has_function(service, shape):
    return shape.kind in ("structure", "list", "map") and not service.is_opaque(shape)


def write_value(service, member, expression):
    """The statement that writes one value."""
    shape = member.shape
    if service.is_opaque(shape):
        return f"protocols::write(out, {expression});"
    if has_function(service, shape):
        return f"write_{shape.function}(out, {expression});"
    if member.secret:
        return f"out.base64({expression}.reveal());" if shape.kind == "blob" else f"out.string({expression}.reveal());"
    if member.enum:
        return f"out.string({expression}.text());"
    if shape.kind in INTEGERS:
        return f"out.integer({expression});"
    if shape.kind == "timestamp":
        form = member.facts.get("timestampFormat", "unixTimestamp")
        if form == "iso8601":
            return f"out.string(core::iso8601({expression}));"
        if form == "rfc822":
            return f"out.string(core::rfc822({expression}));"
        return f"protocols::write_epoch_seconds(out, {expression});"
    if shape.kind == "document":
        return f"out.raw({expression});"
    if shape.kind == "blob":
        return f"out.base64(gannet::as_text({expression}));"
    call = {"float": "number", "double": "number", "boolean": "boolean"}.get(shape.kind, "string")
    return f"out.{call}({expression});"


def read_value(service, part, target):
    """The expression that reads one value into `target` and is false if it cannot."""
    shape = part.shape
    if has_function(service, shape):
        return f"read_{shape.function}(in, value, {target})"
    if part.secret:
        return f"protocols::read_{'blob' if shape.kind == 'blob' else 'text'}(in, value, {target})"
    if shape.kind == "document":
        return f"protocols::read_document(value, {target})"
    return f"protocols::read(in, value, {target})"


def writer(service, lines, shape):
    lines.open(f"void write_{shape.function}{WRITES.format(type=cpp_type(service, shape))}")
    if shape.kind == "structure":
        if not shape.members:
            lines.add("static_cast<void>(from);")
        lines.add("out.begin_object();")
        for member in shape.members:
            optional = is_optional(member)
            expression = f"*from.{member.cpp}" if optional else f"from.{member.cpp}"
            if optional and not (has_function(service, member.shape) or service.is_opaque(member.shape)):
                expression = f"from.{member.cpp}.value()" if member.enum or member.secret else expression
            write = write_value(service, member, expression)
            if optional:
                lines.open(f"if (from.{member.cpp})")
                lines.add(f"out.key({quoted(member.wire)});", write)
                lines.close()
            else:
                lines.add(f"out.key({quoted(member.wire)});", write)
        lines.add("out.end_object();")
    elif shape.kind == "list":
        lines.add("out.begin_array();")
        lines.add(f"for (const auto& each : from) {write_value(service, shape.element, 'each')}")
        lines.add("out.end_array();")
    else:
        lines.add("out.begin_object();")
        lines.open("for (const auto& [key, value] : from)")
        lines.add("out.key(key);", write_value(service, shape.value, "value"))
        lines.close()
        lines.add("out.end_object();")
    lines.close()
    lines.add("")


def reader(service, lines, shape):
    lines.open(f"bool read_{shape.function}{READS.format(type=cpp_type(service, shape))}")
    if shape.kind == "structure":
        lines.add("if (!protocols::is_object(in, from)) return false;")
        if shape.members:
            lines.open("for (auto member = from.begin(), end = from.end(); member != end; ++member)")
            lines.add("const auto value = member.value();", "if (value.is_null()) continue;")
            lines.add("const auto name = member.key();", "bool good = true;")
            word = "if"
            for member in shape.members:
                test = f"name == {quoted(member.wire)}"
                if shape.exception and member.wire.lower() == "message":
                    test = f'(name == "message" || name == "Message")'
                lines.add(f"{word} ({test}) good = {read_value(service, member, destination(member, 'to'))};")
                word = "else if"
            lines.add("if (!good) return in.at(name);")
            lines.close()
        else:
            lines.add("static_cast<void>(to);")
    elif shape.kind == "list":
        lines.add("if (!protocols::is_array(in, from)) return false;", "std::size_t index = 0;")
        lines.open("for (const core::JsonValue value : from)")
        lines.open("if (!value.is_null())")
        lines.add(f"{value_type(service, shape.element)} element{{}};")
        lines.add(f"if (!{read_value(service, shape.element, 'element')}) return in.at(index);")
        lines.add("to.push_back(std::move(element));")
        lines.close()
        lines.add("++index;")
        lines.close()
    else:
        lines.add("if (!protocols::is_object(in, from)) return false;")
        lines.open("for (auto entry = from.begin(), end = from.end(); entry != end; ++entry)")
        lines.add("const auto value = entry.value();", "if (value.is_null()) continue;")
        read = read_value(service, shape.value, "to[std::string(entry.key())]")
        lines.add(f"if (!{read}) return in.at({key_in_errors(shape, 'entry.key()')});")
        lines.close()
    lines.add("return true;")
    lines.close()
    lines.add("")


def written_shapes(service):
    return sorted((shape for shape in service.written if has_function(service, shape)), key=lambda each: each.function)


def read_shapes(service):
    return sorted((shape for shape in service.read if has_function(service, shape)), key=lambda each: each.function)


def declarations(service, lines):
    version = service.metadata.get("jsonVersion", "1.0")
    compatible = ", .query_compatible = true" if service.query_compatible else ""
    lines.add(
        "inline constexpr protocols::JsonService json_service{"
        f".target_prefix = {quoted(service.metadata['targetPrefix'])}, "
        f".content_type = \"application/x-amz-json-{version}\"{compatible}}};",
        "",
    )
    for shape in written_shapes(service):
        lines.add(f"void write_{shape.function}{WRITES.format(type=cpp_type(service, shape))};")
    for shape in read_shapes(service):
        lines.add(f"bool read_{shape.function}{READS.format(type=cpp_type(service, shape))};")


def definitions(service):
    """Pairs of what to emit and its weight, in the order of the declarations."""
    jobs = [(lambda lines, shape=shape: writer(service, lines, shape)) for shape in written_shapes(service)]
    jobs += [(lambda lines, shape=shape: reader(service, lines, shape)) for shape in read_shapes(service)]
    return jobs


def serialize(service, lines, operation):
    """Emits what makes the call, after its checks, and gives the expression of it."""
    secret = operation.input is not None and service.holds_secrets([operation.input])
    lines.add("auto out = core::JsonWriter::of_secrets();" if secret else "core::JsonWriter out;")
    if operation.input:
        lines.add(f"write_{operation.input.function}(out, in);")
    else:
        lines.add("out.begin_object();", "out.end_object();")
    return f"protocols::json_call(operations::{operation.cpp}, json_service, check, out)"


def parse(service, lines, operation):
    """The body of parse_OPERATION."""
    if operation.output is None or not operation.output.members:
        lines.add("static_cast<void>(answer);", "static_cast<void>(output);", "return {};")
        return
    read = "read_secret_json_answer" if service.holds_secrets([operation.output]) else "read_json_answer"
    lines.add(f"return protocols::{read}({quoted(operation.name)}, answer.body,")
    lines.add("    [](protocols::Reading& in, core::JsonValue from, void* to) {")
    lines.add(f"      return read_{operation.output.function}(in, from, *static_cast<{operation.output_name}*>(to));")
    lines.add("    }, output);")


def errors(service, lines):
    """parse_error and its table."""
    lines.add("constexpr protocols::JsonModelledError modelled_errors[] = {")
    for shape in sorted(service.exceptions, key=lambda each: each.name):
        lines.add(f"    {{{quoted(shape.name)}, {error_kind(service, shape)},")
        lines.add("     [](protocols::Reading& in, core::JsonValue from, std::any& to) {")
        lines.add(f"       return read_{shape.function}(in, from, to.emplace<{shape.cpp}>());")
        lines.add("     }},")
    if not service.exceptions:
        lines.add("    {\"\", std::nullopt, nullptr},")
    lines.add("};", "")
    lines.open("void parse_error(const runtime::Answer& answer, gannet::Error& error)")
    compatible = "true" if service.query_compatible else "false"
    lines.add(f"protocols::read_json_error(answer, error, modelled_errors, {compatible});")
    lines.close()
    lines.add("")


INCLUDES = ["services/json_protocol.hpp", "core/timestamps.hpp"]
