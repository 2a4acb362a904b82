"""What generated clients know of their endpoints: the service's uncommon ones, and which of S3's an operation goes to."""

import re

from cpp_types import is_optional
from lines import Lines, quoted
from shapes import ModelError


def table(service):
    """The rows of endpoint_rules.py as C++; no lines if there are none."""
    if not service.endpoints:
        return []
    lines = Lines("constexpr core::UncommonEndpoint uncommon_endpoints[] = {")
    for row in service.endpoints:
        facts = [f".where = {quoted(row['where'])}"]
        facts += [f".{flag} = true" for flag in ("fips", "dual_stack", "global") if row.get(flag)]
        facts += [f".{name} = {quoted(row[name])}" for name in ("url", "signing_region") if name in row]
        lines.add(f"    {{{', '.join(facts)}}},")
    lines.add("};", "")
    return lines.lines


def service_members(service):
    """Members of runtime::Service."""
    members = ["    .uncommon_endpoints = uncommon_endpoints,"] if service.endpoints else []
    if account_host := service.options.get("account_host"):
        members.append(f"    .account_host = {quoted(account_host)},")
    return members


S3_FLAGS = {
    "UseObjectLambdaEndpoint": ".object_lambda = true",
    "UseS3ExpressControlEndpoint": ".express_control = true",
    "DisableAccessPoints": ".access_points = false",
}


def operation_members(service, operation):
    """Members of runtime::Operation."""
    stated = operation.facts.get("staticContextParams", {})
    flags = [text for name, text in S3_FLAGS.items() if service.s3 and stated.get(name, {}).get("value")]
    return [f"    .s3_purpose = {{{', '.join(flags)}}},"] if flags else []


def resource_lines(service, operation):
    """Lines that tell `call` (a Result that holds one) the resource by which an account's endpoint may be found."""
    if not service.options.get("account_host") or not operation.input:
        return []
    lines = Lines()
    for member in operation.input.members:
        if member.facts.get("contextParam", {}).get("name") == "ResourceArn":
            walk(service, lines, operation.input, [member.name], "in")
    for parameter, facts in operation.facts.get("operationContextParams", {}).items():
        if parameter not in ("ResourceArn", "ResourceArnList"):
            continue
        for path in paths(service, operation, facts["path"]):
            walk(service, lines, operation.input, path, "in")
    return lines.lines


def paths(service, operation, expression):
    """The steps of the few JMESPath forms that models use: names, `[*]` for a list, `keys` for a map's keys."""
    name = r"[A-Za-z]+"
    if keys := re.fullmatch(rf"keys\(({name})\)", expression):
        return [[keys[1], "keys"]]
    if several := re.fullmatch(rf"({name}\[\*\])\.\[({name}(?:\.{name})*(?:, {name}(?:\.{name})*)*)\]\[\]", expression):
        return [steps(f"{several[1]}.{each}") for each in several[2].split(", ")]
    if re.fullmatch(rf"{name}(\[\*\])?(\.{name}(\[\*\])?)*", expression):
        return [steps(expression)]
    raise ModelError(f"{service.name}: {operation.name} names its resource by {expression}, which is not understood here")


def steps(expression):
    return expression.replace("[*]", ".[*]").split(".")


def walk(service, lines, shape, path, value):
    """Goes down `path` where there is something; of lists and maps the first counts."""
    if not path:
        lines.add(f"runtime::name_resource(*call, {value});")
        return
    step, rest = path[0], path[1:]
    if step in ("[*]", "keys"):
        lines.open(f"if (!{value}.empty())")
        if step == "keys":
            walk(service, lines, shape.key.shape, rest, f"{value}.begin()->first")
        else:
            walk(service, lines, shape.element.shape, rest, f"{value}.front()")
        lines.close()
        return
    member = next((each for each in shape.members if each.name == step), None)
    if member is None:
        raise ModelError(f"{service.name}: {shape.name} has no member {step}, by which a resource is named")
    inner = f"{value}.{member.cpp}"
    if not is_optional(member):
        walk(service, lines, member.shape, rest, inner)
        return
    lines.open(f"if ({inner})")
    walk(service, lines, member.shape, rest, f"(*{inner})" if rest else f"*{inner}")
    lines.close()
