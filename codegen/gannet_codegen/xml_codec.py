"""REST-XML: inputs into path, query string, headers and body; outputs from status, headers and body."""

import re

import xml_reading
from cpp_types import cpp_type, destination, is_optional
from lines import quoted
from shapes import SCALARS, ModelError
from xml_reading import HAS_FUNCTION, answer_members, body_members, flat_name, is_flat, text_of

INCLUDES = ["services/rest_protocol.hpp"]


def namespace_attribute(facts):
    """` xmlns="..."` as the model has it, without the blank; "" for none."""
    namespace = facts.get("xmlNamespace")
    if not namespace:
        return ""
    if isinstance(namespace, str):
        namespace = {"uri": namespace}
    prefix = f":{namespace['prefix']}" if namespace.get("prefix") else ""
    return f'xmlns{prefix}="{namespace["uri"]}"'


def written_shapes(service):
    return sorted((shape for shape in service.written if shape.kind in HAS_FUNCTION), key=lambda each: each.function)


def signature(service, shape, flat=False):
    kind = cpp_type(service, shape)
    return (f"void write_{'flat_' if flat else ''}{shape.function}(core::XmlWriter& out, std::string_view name, "
            f"std::string_view attributes, const {kind}& from)")


def write_value(service, part, name, value):
    """The statement that writes a value as an element of that name, a C++ expression."""
    shape = part.shape
    xml_reading.refuse_opaque(service, shape)
    attributes = namespace_attribute(part.facts)
    if shape.kind in HAS_FUNCTION:
        return f"write_{'flat_' if is_flat(part) else ''}{shape.function}(out, {name}, {quoted(attributes)}, {value});"
    text = text_of(part, value)
    if attributes:
        return f"protocols::write_element(out, {name}, {quoted(attributes)}, {text});"
    return f"out.element({name}, {text});"


def for_member(lines, member, statement):
    """`statement(value)` for a member that may be absent."""
    if is_optional(member):
        scalar = member.shape.kind not in HAS_FUNCTION
        lines.open(f"if (from.{member.cpp})")
        lines.add(statement(f"from.{member.cpp}.value()" if scalar else f"*from.{member.cpp}"))
        lines.close()
    else:
        lines.add(statement(f"from.{member.cpp}"))


def structure_writer(service, lines, shape):
    lines.open(signature(service, shape))
    members = body_members(shape)
    attributes = [each for each in members if each.facts.get("xmlAttribute")]
    if attributes:
        lines.add("std::string own(attributes);")
        for member in attributes:
            for_member(lines, member, lambda value, member=member:
                       "own.append(own.empty() ? \"\" : \" \")"
                       f".append(protocols::xml_attribute({quoted(member.wire)}, {text_of(member, value)}));")
        lines.add("out.open(name, {}, own);")
    else:
        lines.add("out.open(name, {}, attributes);")
    children = [each for each in members if each not in attributes]
    if not members:
        lines.add("static_cast<void>(from);")
    for member in children:
        for_member(lines, member, lambda value, member=member: write_value(
            service, member, quoted(flat_name(member) if is_flat(member) else member.wire), value))
    lines.add("out.close(name);")
    lines.close()
    lines.add("")


def list_writer(service, lines, shape):
    name = quoted(shape.element.reference.get("locationName", "member"))
    lines.open(signature(service, shape))
    lines.add("out.open(name, {}, attributes);")
    lines.add(f"for (const auto& each : from) {write_value(service, shape.element, name, 'each')}")
    lines.add("out.close(name);")
    lines.close()
    lines.add("")
    lines.open(signature(service, shape, flat=True))
    lines.add("static_cast<void>(attributes);")
    lines.add(f"for (const auto& each : from) {write_value(service, shape.element, 'name', 'each')}")
    lines.close()
    lines.add("")


def map_writer(service, lines, shape):
    def entries(element, attributes):
        lines.open("for (const auto& [key, value] : from)")
        lines.add(f"out.open({element}, {{}}, {attributes});")
        lines.add(write_value(service, shape.key, quoted(shape.key.reference.get("locationName", "key")), "key"))
        lines.add(write_value(service, shape.value, quoted(shape.value.reference.get("locationName", "value")), "value"))
        lines.add(f"out.close({element});")
        lines.close()

    lines.open(signature(service, shape))
    lines.add("out.open(name, {}, attributes);")
    entries('"entry"', "{}")
    lines.add("out.close(name);")
    lines.close()
    lines.add("")
    lines.open(signature(service, shape, flat=True))
    entries("name", "attributes")
    lines.close()
    lines.add("")


WRITERS = {"structure": structure_writer, "list": list_writer, "map": map_writer}


def declarations(service, lines):
    for shape in written_shapes(service):
        lines.add(f"{signature(service, shape)};")
        if shape.kind != "structure":
            lines.add(f"{signature(service, shape, flat=True)};")
    xml_reading.declarations(service, lines)


def definitions(service):
    jobs = [(lambda lines, shape=shape: WRITERS[shape.kind](service, lines, shape)) for shape in written_shapes(service)]
    return jobs + xml_reading.definitions(service)


# -- requests ---------------------------------------------------------------------------------------------------------


def path_and_query(service, lines, operation):
    path, _, query = operation.uri.partition("?")
    if service.s3 and path.startswith("/{Bucket}"):
        member = operation.input.member("Bucket")
        lines.add(f"out.bucket(in.{member.cpp});")
        path = path[len("/{Bucket}"):]
    literal = ""
    for piece in re.split(r"(\{[^}]+\})", path):
        if not piece.startswith("{"):
            literal += piece
            continue
        if literal:
            lines.add(f"out.path({quoted(literal)});")
            literal = ""
        name = piece[1:-1]
        greedy = name.endswith("+")
        members = operation.input.members if operation.input else []
        member = next((each for each in members
                       if each.location == "uri" and each.wire == name.rstrip("+")), None)
        if member is None:
            raise ModelError(f"{service.name}: {operation.name} has {piece} in its path and no member for it")
        if not member.required:
            lines.add(f'check.given({quoted(member.cpp)}, in.{member.cpp}.has_value());')
            lines.add(f"if (in.{member.cpp}) out.label({text_of(member, f'in.{member.cpp}.value()')}, "
                      f"{'true' if greedy else 'false'});")
        else:
            lines.add(f"out.label({text_of(member, f'in.{member.cpp}')}, {'true' if greedy else 'false'});")
    if literal:
        lines.add(f"out.path({quoted(literal)});")
    if query:
        lines.add(f"out.query({quoted(query)});")


def header_statements(service, member, value):
    shape, name = member.shape, member.reference.get("locationName", member.name)
    if shape.kind == "list":
        element = shape.element
        quote = "true" if element.shape.kind == "string" else "false"
        return [f'if (({value}).empty()) out.header({quoted(member.cpp)}, {quoted(name)}, "");',
                f"for (const auto& each : {value}) "
                f"out.header_element({quoted(name)}, {text_of(element, 'each', 'rfc822')}, {quote});"]
    text = text_of(member, value, "rfc822")
    if member.facts.get("jsonvalue"):
        text = f"core::base64({text})"
    if member.name in service.options.get("copy_sources", ()):
        text = f"protocols::copy_source({value})"
    return [f"out.header({quoted(member.cpp)}, {quoted(name)}, {text});"]


def query_statements(member, value, named):
    shape, name = member.shape, quoted(member.reference.get("locationName", member.name))
    if shape.kind == "list":
        return [f"for (const auto& each : {value}) out.query({name}, {text_of(shape.element, 'each')});"]
    if shape.kind == "map":
        # A name that is given by a member of its own, or by the path, is not given twice.
        taken = " || ".join(f"key == {quoted(each)}" for each in named)
        loop = [f"for (const auto& [key, each] : {value}) {{"]
        if taken:
            loop.append(f"  if ({taken}) continue;")
        inner = shape.value
        if inner.shape.kind == "list":
            loop.append(f"  for (const auto& one : each) out.query(key, {text_of(inner.shape.element, 'one')});")
        else:
            loop.append(f"  out.query(key, {text_of(inner, 'each')});")
        return loop + ["}"]
    return [f"out.query({name}, {text_of(member, value)});"]


def located(lines, member, statements):
    """Statements about a member of `in` that may be absent."""
    if is_optional(member):
        lines.open(f"if (in.{member.cpp})")
        scalar = member.shape.kind not in HAS_FUNCTION
        lines.add(*statements(f"in.{member.cpp}.value()" if scalar else f"*in.{member.cpp}"))
        lines.close()
    else:
        lines.add(*statements(f"in.{member.cpp}"))


def prefix_statements(member, value):
    return [f"out.headers({quoted(member.cpp)}, {quoted(member.reference.get('locationName', ''))}, {value});"]


def refuse_misplaced(service, shape, members):
    """The places of a request or an answer hold scalars, some of them lists of these; a query string and the headers of a
    prefix maps, too."""
    for member in members:
        place, held = member.location, member.shape
        if place is None:
            continue
        if place == "headers":
            fits = held.kind == "map" and held.value.shape.kind == "string" and not held.value.secret
        else:
            if held.kind == "map" and place == "querystring":
                held = held.value.shape
            if held.kind == "list" and place in ("header", "querystring"):
                fits = not (held.element.secret and place == "header")
                held = held.element.shape
            else:
                fits = True
            fits = fits and held.kind in SCALARS and not service.is_opaque(held)
        if not fits:
            raise ModelError(f"{service.name}: {shape.name}: {member.name} is a {member.shape.kind} in the {place}, where there can "
                             "be none of its kind")


def payload_root(member):
    """The name of a payload's element: the member's where it was given one for this, else the structure's."""
    shape, name = member.shape, member.reference.get("locationName")
    if name and (name != member.name or "xmlNamespace" in member.reference):
        return name
    return shape.facts.get("locationName", shape.name)


def hold_secrets(service, members):
    return any(each.secret for each in members) or service.holds_secrets([each.shape for each in members])


def document(service, members):
    """The statement that makes `xml`, in which these members stand, the body."""
    return f"out.document(xml{', true' if hold_secrets(service, members) else ''});"


def answer_reader(service, members):
    return "read_secret_xml_answer" if hold_secrets(service, members) else "read_xml_answer"


def payload(service, lines, operation, member):
    shape = member.shape
    if member.streaming:
        lines.add(f"out.body(in.{member.cpp});")
        return
    value = f"in.{member.cpp}"
    if is_optional(member):
        lines.open(f"if ({value})")
        value = f"*{value}" if shape.kind == "structure" else f"{value}.value()"
    if shape.kind == "structure":
        lines.add("core::XmlWriter xml;")
        lines.add(f"write_{shape.function}(xml, {quoted(payload_root(member))}, "
                  f"{quoted(namespace_attribute(member.facts))}, {value});")
        lines.add(document(service, [member]))
    elif shape.kind == "blob":
        lines.add(f"out.body(gannet::Body({value}));")
    else:
        text = value if member.secret else f"std::string({text_of(member, value)})"
        lines.add('out.content_type("text/plain");', f"out.body(gannet::Body({text}));")
    if is_optional(member):
        lines.close()


def serialize(service, lines, operation):
    lines.add(f"protocols::RestWriter out(operations::{operation.cpp}, {quoted(operation.method)}, check);")
    path_and_query(service, lines, operation)
    shape = operation.input
    if shape:
        members = shape.members
        refuse_misplaced(service, shape, members)
        literal = re.findall(r"(?:^|&)([^=&]+)", operation.uri.partition("?")[2])
        named = literal + [each.reference.get("locationName", each.name) for each in members
                           if each.location == "querystring" and each.shape.kind != "map"]
        for member in members:
            if member.location == "header":
                located(lines, member, lambda value, member=member: header_statements(service, member, value))
            elif member.location == "headers":
                located(lines, member, lambda value, member=member: prefix_statements(member, value))
            elif member.location == "querystring":
                located(lines, member, lambda value, member=member: query_statements(member, value, named))
        if shape.payload:
            payload(service, lines, operation, shape.payload)
        elif body_members(shape):
            reference = operation.facts["input"]
            root = shape.facts.get("locationName", reference.get("locationName", shape.name))
            facts = {**service.metadata_namespace(), **shape.facts, **reference}
            lines.add("core::XmlWriter xml;")
            lines.add(f"write_{shape.function}(xml, {quoted(root)}, {quoted(namespace_attribute(facts))}, in);")
            lines.add(document(service, body_members(shape)))
    return "out.finish()"


# -- answers ----------------------------------------------------------------------------------------------------------


def header_read(service, member, target="to"):
    """The expression that reads an output's member from the headers or the status; None for the body's."""
    name = quoted(member.reference.get("locationName", member.name))
    value = f"{target}.{member.cpp}"
    if member.location == "header":
        if member.shape.kind == "list":
            times = "true" if member.shape.element.shape.kind == "timestamp" and (
                member.shape.element.facts.get("timestampFormat", "rfc822") == "rfc822") else "false"
            return f"protocols::read_header_list(in, answer.headers, {name}, {value}, {times})"
        if member.secret:
            return f"protocols::read_secret_header(in, answer.headers, {name}, {value})"
        if member.facts.get("jsonvalue"):
            return (f"(!answer.headers.contains({name}) || "
                    f"protocols::read_json_header(in, answer.headers, {name}, {destination(member, target)}))")
        if member.name in service.options.get("unreadable_is_absent", ()):
            return f"protocols::read_lenient_header(answer.headers, {name}, {value})"
        return f"protocols::read_header(in, answer.headers, {name}, {value})"
    if member.location == "headers":
        return f"protocols::read_prefixed_headers(answer.headers, {name}, {destination(member, target)})"
    return None


def parse(service, lines, operation):
    shape = operation.output
    if shape is None or not shape.members:
        lines.add("static_cast<void>(answer);", "static_cast<void>(output);", "return {};")
        return
    refuse_misplaced(service, shape, [each for each in shape.members if each.location not in ("uri", "querystring")])
    reads = [read for read in (header_read(service, each) for each in shape.members) if read]
    statuses = [each for each in shape.members if each.location == "statusCode"]
    body = shape.payload
    if reads or statuses or body:
        lines.add(f"auto& to = *static_cast<{operation.output_name}*>(output);")
    lines.add(*(f"to.{each.cpp} = answer.status;" for each in statuses))
    if reads:
        lines.add("protocols::Reading in;")
        lines.add("const bool good =")
        for index, read in enumerate(reads):
            lines.add(f"    {read}{' &&' if index + 1 < len(reads) else ';'}")
        lines.add(f"if (!good) return std::unexpected(in.error({quoted(operation.name)}));")
    if body is not None and not body.streaming and body.shape.kind == "structure":
        lines.add("if (answer.body.empty()) return {};")
        lines.add(f"return protocols::{answer_reader(service, [body])}({quoted(operation.name)}, answer.body,")
        lines.add("    [](protocols::Reading& reading, const core::XmlElement& from, void* into) {")
        lines.add(f"      return read_{body.shape.function}(reading, from, *static_cast<{body.shape.cpp}*>(into));")
        lines.add(f"    }}, &{destination(body, 'to')});")
        return
    if body is not None:
        if body.streaming:
            lines.add(f"to.{body.cpp} = std::move(answer.stream);")
        else:
            value = "gannet::to_bytes(answer.body)" if body.shape.kind == "blob" else "std::move(answer.body)"
            if body.enum:
                value = f"{body.shape.cpp}(std::string_view(answer.body))"
            if body.secret:
                value = "gannet::Secret(std::move(answer.body))"
            lines.add(f"if (!answer.body.empty()) to.{body.cpp} = {value};")
        lines.add("return {};")
        return
    if answer_members(shape):
        read = answer_reader(service, answer_members(shape))
        lines.add(f"return protocols::{read}({quoted(operation.name)}, answer.body,")
        lines.add("    [](protocols::Reading& reading, const core::XmlElement& from, void* into) {")
        lines.add(f"      return read_{shape.function}(reading, from, *static_cast<{shape.cpp}*>(into));")
        lines.add("    }, output);")
        return
    if not reads and not statuses:
        lines.add("static_cast<void>(answer);", "static_cast<void>(output);")
    lines.add("return {};")


def errors(service, lines):
    def from_headers(shape):
        reads = [header_read(service, each, "details") for each in shape.members]
        return [read.replace("answer.headers", "headers") for read in reads if read]

    xml_reading.error_table(service, lines, from_headers)
