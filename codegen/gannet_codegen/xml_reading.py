"""Functions that read outputs from XML, for query and REST-XML alike, and the text of values in both."""

from cpp_types import cpp_type, destination, error_kind, is_optional, key_in_errors, value_type
from lines import quoted
from shapes import ModelError

HAS_FUNCTION = ("structure", "list", "map")


def refuse_opaque(service, shape):
    if service.is_opaque(shape) or shape.kind == "document":
        raise ModelError(f"{service.name}: {shape.name} has a hand-written type or is a JSON document: for JSON services")


def text_of(member, value, timestamp_format="iso8601"):
    """The expression that makes text of a scalar."""
    shape = member.shape
    if shape.kind == "timestamp":
        form = member.facts.get("timestampFormat", timestamp_format)
        function = {"iso8601": "iso8601", "rfc822": "rfc822", "unixTimestamp": "epoch_seconds"}[form]
        return f"core::{function}({value})"
    if member.secret:
        return f"core::base64({value}.reveal())" if shape.kind == "blob" else f"{value}.reveal()"
    if shape.kind in ("string", "character") and not member.enum:
        return f"{value}"
    return f"protocols::text_of({value})"


def read_scalar(part, text, target):
    if part.secret:
        return f"protocols::read_{'blob' if part.shape.kind == 'blob' else 'text'}(in, {text}, {target})"
    return f"protocols::read(in, {text}, {target})"


def read_child(service, part, element, target):
    """The expression that reads a whole value from an element."""
    shape = part.shape
    refuse_opaque(service, shape)
    if shape.kind in HAS_FUNCTION:
        return f"read_{shape.function}(in, {element}, {target})"
    return read_scalar(part, f"{element}.text", target)


def is_flat(member):
    return bool(member.facts.get("flattened")) and member.shape.kind in ("list", "map")


def flat_name(member):
    """The name of the elements of a flattened member: the member's, but that of the list's own elements in those models
    where the list itself is flattened and the member is given no name."""
    shape = member.shape
    if shape.kind == "list" and shape.facts.get("flattened") and "locationName" not in member.reference:
        return shape.element.reference.get("locationName", member.wire)
    return member.wire


def body_members(shape):
    """The members that a request's body holds."""
    return [each for each in shape.members if each.location is None and not each.streaming]


def answer_members(shape):
    """The members that an answer's body holds: places that only requests have count for nothing."""
    return [each for each in shape.members
            if each.location not in ("header", "headers", "statusCode") and not each.streaming]


def structure_reader(service, lines, shape):
    lines.open(f"bool read_{shape.function}(protocols::Reading& in, const core::XmlElement& from, {shape.cpp}& to)")
    attributes = [each for each in answer_members(shape) if each.facts.get("xmlAttribute")]
    children = [each for each in answer_members(shape) if each not in attributes]
    if shape.name in service.options.get("root_text", ()):
        member = children[0]
        lines.add(f"if (!from.text.empty() && !{read_scalar(member, 'from.text', destination(member, 'to'))}) "
                  "return in.at(from.name);")
        children = []
    if not children and not attributes:
        lines.add("static_cast<void>(in);", "static_cast<void>(from);", "static_cast<void>(to);")
    if children:
        lines.open("for (const core::XmlElement& child : from.children)")
        lines.add("bool good = true;")
        word = "if"
        for member in children:
            target = destination(member, "to")
            if is_flat(member):
                target = f"to.{member.cpp} ? *to.{member.cpp} : {target}" if is_optional(member) else target
                read = f"add_{member.shape.function}(in, child, {target})"
            else:
                read = read_child(service, member, "child", target)
            name = flat_name(member) if is_flat(member) else member.wire
            test = f"child.name == {quoted(name.split(':')[-1])}"
            if shape.exception and name.lower() == "message":
                test = 'child.name == "Message" || child.name == "message"'
            lines.add(f"{word} ({test}) good = {read};")
            word = "else if"
        lines.add("if (!good) return in.at(child.name);")
        lines.close()
    for member in attributes:
        lines.open(f"if (const std::string* text = from.attribute({quoted(member.wire)}))")
        lines.add(f"if (!{read_scalar(member, '*text', destination(member, 'to'))}) return in.at({quoted(member.wire)});")
        lines.close()
    lines.add("return true;")
    lines.close()
    lines.add("")


def list_reader(service, lines, shape):
    kind = cpp_type(service, shape)
    lines.open(f"bool add_{shape.function}(protocols::Reading& in, const core::XmlElement& from, {kind}& to)")
    lines.add(f"{value_type(service, shape.element)} element{{}};")
    lines.add(f"if (!{read_child(service, shape.element, 'from', 'element')}) return false;")
    lines.add("to.push_back(std::move(element));", "return true;")
    lines.close()
    lines.add("")
    lines.open(f"bool read_{shape.function}(protocols::Reading& in, const core::XmlElement& from, {kind}& to)")
    lines.open("for (const core::XmlElement& child : from.children)")
    lines.add(f"if (!add_{shape.function}(in, child, to)) return in.at(to.size());")
    lines.close()
    lines.add("return true;")
    lines.close()
    lines.add("")


def map_reader(service, lines, shape):
    kind = cpp_type(service, shape)
    lines.open(f"bool add_{shape.function}(protocols::Reading& in, const core::XmlElement& from, {kind}& to)")
    lines.add(f"const core::XmlElement* value = from.find({quoted(shape.value.reference.get('locationName', 'value'))});")
    lines.add("if (value == nullptr) return true;")
    lines.add(f"const std::string key(from.text_of({quoted(shape.key.reference.get('locationName', 'key'))}));")
    lines.add(f"return {read_child(service, shape.value, '(*value)', 'to[key]')} || in.at({key_in_errors(shape, 'key')});")
    lines.close()
    lines.add("")
    lines.open(f"bool read_{shape.function}(protocols::Reading& in, const core::XmlElement& from, {kind}& to)")
    lines.open("for (const core::XmlElement& child : from.children)")
    lines.add(f"if (!add_{shape.function}(in, child, to)) return false;")
    lines.close()
    lines.add("return true;")
    lines.close()
    lines.add("")


READERS = {"structure": structure_reader, "list": list_reader, "map": map_reader}


def read_shapes(service):
    return sorted((shape for shape in service.read if shape.kind in HAS_FUNCTION), key=lambda each: each.function)


def declarations(service, lines):
    for shape in read_shapes(service):
        kind = cpp_type(service, shape)
        names = [f"read_{shape.function}"] + ([f"add_{shape.function}"] if shape.kind != "structure" else [])
        for name in names:
            lines.add(f"bool {name}(protocols::Reading& in, const core::XmlElement& from, {kind}& to);")


def definitions(service):
    return [(lambda lines, shape=shape: READERS[shape.kind](service, lines, shape)) for shape in read_shapes(service)]


def error_table(service, lines, with_headers):
    """parse_error and its table; `with_headers(shape)` gives further expressions that read an error's members."""
    lines.add("constexpr protocols::XmlModelledError modelled_errors[] = {")
    for shape in sorted(service.exceptions, key=service.error_code):
        reads = [f"read_{shape.function}(in, from, details)", *with_headers(shape)]
        uses_headers = len(reads) > 1
        lines.add(f"    {{{quoted(service.error_code(shape))}, {error_kind(service, shape)},")
        lines.add("     [](protocols::Reading& in, const core::XmlElement& from, const gannet::Headers&"
                  f"{' headers' if uses_headers else ''}, std::any& to) {{")
        lines.add(f"       auto& details = to.emplace<{shape.cpp}>();")
        lines.add(f"       return {' && '.join(reads)};", "     }},")
    if not service.exceptions:
        lines.add('    {"", std::nullopt, nullptr},')
    lines.add("};", "")
    lines.open("void parse_error(const runtime::Answer& answer, gannet::Error& error)")
    lines.add("protocols::read_xml_error(answer, error, modelled_errors);")
    lines.close()
    lines.add("")
