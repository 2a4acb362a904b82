"""The listing of a service's operations and types in Markdown, for readers and for reviewers of the generator."""

import re

from client import operation_facts
from cpp_types import bounds_in_words, member_type
from names import enumerators


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def type_in_words(service, shape, member):
    text = member_type(service, shape, member).replace("gannet::", "").replace("std::", "").replace(", less<>", "")
    return re.sub(r"^optional<(.*)>$", r"\1", text)


def where(member):
    names = {"header": "header", "headers": "headers", "querystring": "query", "uri": "path", "statusCode": "status"}
    if member.location:
        return f"{names[member.location]} `{member.reference.get('locationName', member.name)}`"
    return "" if member.wire == member.name else f"`{member.wire}`"


def members_table(service, shape):
    if not shape or not shape.members:
        return ["None.", ""]
    rows = ["| member | type | required | bounds | on the wire |", "|---|---|---|---|---|"]
    for member in shape.members:
        bounds = bounds_in_words(member.facts, member.shape.kind)
        pattern = member.facts.get("pattern") if member.shape.kind == "string" else None
        said = [bounds] if bounds else []
        if pattern:
            said.append(f"`{pattern}`")
        if member.facts.get("idempotencyToken"):
            said.append("made if unset")
        if shape.payload is member:
            said.append("the body")
        rows.append(
            f"| `{member.cpp}` | `{cell(type_in_words(service, shape, member))}` | {'yes' if member.required else ''} "
            f"| {cell(', '.join(said))} | {cell(where(member))} |"
        )
    return rows + [""]


def paginators_table(service):
    if not service.paginators:
        return []
    rows = ["## Paginators", "", "See `gannet::Pages`.", "", "| function | pages of | each holds | to resume, set |",
            "|---|---|---|---|"]
    for each in service.paginators:
        holds = ", ".join(f"`{member}`" for member in each.results())
        resumed = ", ".join(f"`{member}` to its `{token}`" for member, token in each.resumed_by())
        rows.append(f"| `{each.name}` | `{each.operation.cpp}` | {holds} | {resumed} |")
    return rows + [""]


def waiters_table(service):
    if not service.waiters:
        return []
    rows = ["## Waiters", "", "See `gannet::WaiterOptions`.", "", "| function | asks | every | at most | ends well when | gives |",
            "|---|---|---|---|---|---|"]
    for each in service.waiters:
        good = "; ".join(acceptor.words() for acceptor in each.acceptors if acceptor.state == "success")
        gives = f"`{each.operation.output_name}`" if each.gives_output else ""
        rows.append(f"| `{each.name}` | `{each.operation.cpp}` | {each.delay} s | {each.attempts} times | {cell(good)} | {gives} |")
    return rows + [""]


def listing(service):
    """The page's text."""
    name = service.metadata.get("serviceFullName", service.name)
    protocol = service.protocol
    if protocol == "json":
        protocol = f"JSON {service.metadata.get('jsonVersion', '1.0')}"
    lines = [
        f"# {name}: `gannet::{service.name}`",
        "",
        "Generated from the API model by `codegen/gannet_codegen docs`; kept current by a test.",
        "",
        f"Protocol: {protocol}. API version: {service.metadata.get('apiVersion', '')}. "
        f"Include: `<gannet/{service.name}.hpp>`. {len(service.operations)} operations.",
        "",
    ]
    for operation, reason in sorted(service.left_out.items()):
        lines.append(f"Left out: {operation}, because {reason}.")
        lines.append("")
    roots = set()
    for operation in service.operations:
        lines += [f"## `{operation.cpp}`", "", operation_facts(service, operation), ""]
        lines += [f"Repetition: `{operation.retry}`: {operation.reason}.", ""]
        lines += [f"Input `{operation.input_name}`:", ""] + members_table(service, operation.input)
        lines += [f"Output `{operation.output_name}`:", ""] + members_table(service, operation.output)
        roots |= {shape.name for shape in (operation.input, operation.output) if shape}
    lines += paginators_table(service) + waiters_table(service)
    errors = [shape for shape in service.exceptions]
    if errors:
        lines += ["## Errors", "", "| code | `ErrorKind` | details |", "|---|---|---|"]
        for shape in errors:
            members = ", ".join(f"`{each.cpp}`" for each in shape.members)
            kind = service.error_kind(shape)
            lines.append(f"| `{service.error_code(shape)}` | {f'`{kind}`' if kind else 'by code and status'} | `{shape.cpp}`"
                         f"{': ' + members if members else ''} |")
        lines.append("")
    lines += ["## Structures", ""]
    for shape in sorted(service.structures, key=lambda each: each.cpp):
        if shape.name in roots or shape.exception or service.is_opaque(shape):
            continue
        lines += [f"### `{shape.cpp}`", ""] + members_table(service, shape)
    lines += ["## Enumerations", ""]
    for shape in service.enums:
        values = ", ".join(f"`{cpp}` {cell(value) if value else '(empty)'}"
                           for cpp, value in zip(enumerators(shape.enum), shape.enum))
        lines += [f"- `{shape.cpp}`: {values}"]
    return "\n".join(lines).rstrip() + "\n"
