#!/usr/bin/env python3
"""Turns cases in the form of botocore's protocol tests into GoogleTest sources.

    case_tests.py protocols FILE --name NAME --out FOLDER [--left-out FILE]

A file of the protocol tests (the list of small models and their cases): makes a client of each model and the tests
of its cases, all in FOLDER/NAME.cpp, which is one source to compile.

    case_tests.py cases FILE --model NAME MODEL OPTIONS... --out FILE

Cases of a whole service (a list of `id`, `operation`, `params`, `serialized`).

An input case sets the members that `params` has, serializes, and compares the request; an output case parses `response`
and compares every member, those that must be absent included.
"""

import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "codegen" / "gannet_codegen"))

import client  # noqa: E402
import cpp_types  # noqa: E402
from cpp_types import cpp_type, destination, is_optional  # noqa: E402
from lines import Lines, quoted  # noqa: E402
from model import Service, read_json  # noqa: E402
from names import snake  # noqa: E402
from shapes import INTEGERS  # noqa: E402


class LeftOut(Exception):
    """A case that cannot be had, with the reason."""


def text_literal(text):
    return f"std::string({quoted(text)}, {len(text.encode('utf-8'))})"


def attribute_value(value):
    """A hand-written gannet::AttributeValue."""
    (letter, content), = value.items()
    if letter == "S":
        return f"gannet::AttributeValue({text_literal(content)})"
    if letter == "N":
        return f"gannet::AttributeValue::number({quoted(content)})"
    if letter == "B":
        return f"gannet::AttributeValue(gannet::to_bytes({text_literal(content)}))"
    if letter == "BOOL":
        return f"gannet::AttributeValue({'true' if content else 'false'})"
    if letter == "NULL":
        return "gannet::AttributeValue()"
    if letter in ("SS", "NS"):
        kind = "StringSet" if letter == "SS" else "NumberSet"
        return f"gannet::AttributeValue(gannet::{kind}{{{{{', '.join(text_literal(each) for each in content)}}}}})"
    if letter == "L":
        return f"gannet::AttributeValue(gannet::AttributeValue::List{{{', '.join(attribute_value(each) for each in content)}}})"
    if letter == "M":
        entries = ", ".join(f"{{{quoted(key)}, {attribute_value(each)}}}" for key, each in content.items())
        return f"gannet::AttributeValue(gannet::Item{{{entries}}})"
    raise LeftOut(f"the test cannot write an attribute value of type {letter}")


class Cases:
    def __init__(self, service):
        self.service = service
        self.space = f"gannet::{service.name}::"
        self.variables = 0

    def variable(self):
        self.variables += 1
        return f"v{self.variables}"

    def scalar(self, part, value):
        """The C++ expression of a value."""
        shape = part.shape
        if self.service.is_opaque(shape):
            return attribute_value(value)
        if part.secret:
            return f"gannet::Secret({text_literal(value)})"
        if part.enum:
            return f"{self.space}{shape.cpp}(std::string_view({quoted(value)}))"
        if shape.kind in INTEGERS:
            return f"{cpp_type(self.service, shape)}{{{value}}}"
        if shape.kind in ("float", "double"):
            words = {"NaN": "std::nan(\"\")", "Infinity": "HUGE_VAL", "-Infinity": "-HUGE_VAL"}
            return words.get(value, f"double({value})") if isinstance(value, str) else f"double({value})"
        if shape.kind == "document":
            return text_literal(json.dumps(value, separators=(",", ":")))
        if shape.kind == "boolean":
            return "true" if value else "false"
        if shape.kind == "timestamp":
            return f"gannet::Timestamp(std::chrono::milliseconds({round(float(value) * 1000)}))"
        if shape.kind == "blob":
            return f"gannet::to_bytes({text_literal(value)})"
        return text_literal(value)

    # -- inputs -------------------------------------------------------------------------------------------------------

    def assign(self, lines, shape, target, value):
        """Statements that fill `target`, a plain value of the shape's type."""
        if shape.kind == "structure":
            for name, each in value.items():
                if each is None:
                    continue
                member = shape.member(name)
                if member.streaming:
                    lines.add(f"{target}.{member.cpp} = gannet::Body({text_literal(each)});")
                elif self.is_plain(member.shape):
                    lines.add(f"{target}.{member.cpp} = {self.scalar(member, each)};")
                else:
                    self.nested(lines, member.shape, destination(member, target), each)
        elif shape.kind == "list":
            for each in value:
                if each is None:
                    raise LeftOut("a list with a null in it has no C++ value")
                if self.is_plain(shape.element.shape):
                    lines.add(f"{target}.push_back({self.scalar(shape.element, each)});")
                else:
                    self.nested(lines, shape.element.shape, f"{target}.emplace_back()", each)
        else:
            for key, each in value.items():
                if each is None:
                    raise LeftOut("a map with a null in it has no C++ value")
                place = f"{target}[{text_literal(key)}]"
                if self.is_plain(shape.value.shape):
                    lines.add(f"{place} = {self.scalar(shape.value, each)};")
                else:
                    self.nested(lines, shape.value.shape, place, each)

    def is_plain(self, shape):
        return self.service.is_opaque(shape) or shape.kind not in ("structure", "list", "map")

    def nested(self, lines, shape, place, value):
        name = self.variable()
        lines.add("{")
        lines.depth += 1
        lines.add(f"[[maybe_unused]] auto& {name} = {place};")
        self.assign(lines, shape, name, value)
        lines.close()

    def input_case(self, lines, suite, case, operation, endpoint):
        body = Lines()
        body.depth = 1
        body.add(f"{self.space}{operation.input_name} in;")
        if operation.input:
            self.assign(body, operation.input, "in", case["params"])
        wanted = case["serialized"]
        uri = wanted.get("uri", "/")
        host = wanted.get("host", "")
        base = (endpoint or "").partition("://")[2]
        if "/" in host:  # An endpoint with a path: joining it is the pipeline's matter.
            uri = uri.removeprefix("/" + host.partition("/")[2].strip("/")) or "/"
        prefix = host.removesuffix(base) if host and base else ""
        if "/" in host:
            prefix = ""
        headers = ", ".join(f"{{{quoted(name)}, {quoted(value)}}}" for name, value in wanted.get("headers", {}).items())
        required = ", ".join(quoted(name) for name in wanted.get("requireHeaders", ()))
        forbidden = ", ".join(quoted(name) for name in wanted.get("forbidHeaders", ()))
        body.add(f"const auto call = {self.space}serialize_{operation.cpp}(in);")
        body.add("ASSERT_TRUE(call) << call.error().message;")
        body.add("gannet::cases::expect_request(*call, {")
        body.depth += 1
        body.add(f".method = {quoted(wanted.get('method', 'POST'))},", f".uri = {quoted(uri)},")
        if "bucket" in wanted:
            body.add(f".bucket = {quoted(wanted['bucket'])},")
        body.add(f".headers = {{{headers}}},", f".required = {{{required}}},", f".forbidden = {{{forbidden}}},",
                 f".host_prefix = {quoted(prefix)},")
        if "body" in wanted:
            body.add(f".body = {text_literal(wanted['body'])},")
        body.depth -= 1
        body.add("});")
        lines.add(f"TEST({suite}, {case_name(case)}) {{", *body.lines, "}", "")

    # -- outputs ------------------------------------------------------------------------------------------------------

    def expect_part(self, lines, part, place, value):
        """Statements that compare `place`, a plain value of the part's type."""
        if not self.is_plain(part.shape):
            self.expect(lines, part.shape, place, value)
        elif part.shape.kind in ("float", "double") and value == "NaN":
            lines.add(f"EXPECT_TRUE(std::isnan({place}));")
        else:
            lines.add(f"EXPECT_TRUE({place} == {self.scalar(part, value)});")

    def expect(self, lines, shape, place, value):
        """The same of a structure, list or map."""
        if shape.kind == "structure":
            given = {key.lower(): each for key, each in value.items()}
            for member in shape.members:
                each = given.get(member.name.lower())
                inner = f"{place}.{member.cpp}"
                if member.streaming:
                    lines.add(f"EXPECT_EQ({inner}.take(), {text_literal(each or '')});")
                    continue
                if each is None:
                    if is_optional(member) and not (shape.exception and member.name.lower() == "message"):
                        lines.add(f"EXPECT_FALSE({inner});")
                    continue
                if is_optional(member):
                    lines.add(f"ASSERT_TRUE({inner});")
                    inner = f"(*{inner})"
                self.expect_part(lines, member, inner, each)
        elif shape.kind == "list":
            if None in value:
                raise LeftOut("a list with a null in it has no C++ value")
            lines.add(f"ASSERT_EQ({place}.size(), {len(value)}U);")
            for index, each in enumerate(value):
                self.expect_part(lines, shape.element, f"{place}[{index}]", each)
        else:
            if None in value.values():
                raise LeftOut("a map with a null in it has no C++ value")
            lines.add(f"ASSERT_EQ({place}.size(), {len(value)}U);")
            for key, each in value.items():
                self.expect_part(lines, shape.value, f"{place}.at({text_literal(key)})", each)

    def output_case(self, lines, suite, case, operation):
        response = case["response"]
        body = Lines()
        body.depth = 1
        body.add(f"gannet::runtime::Answer answer{{.status = {response.get('status_code', 200)}, .headers = {{}}, "
                 ".body = {}, .stream = {}};")
        body.add(*(f"answer.headers.add({quoted(name)}, {quoted(value)});"
                   for name, value in response.get("headers", {}).items()))
        text = text_literal(response.get("body", ""))
        if "errorCode" in case:
            body.add(f"answer.body = {text};", "gannet::Error error;", f"{self.space}parse_error(answer, error);")
            body.add(f"EXPECT_EQ(error.code, {quoted(case['errorCode'])});")
            if "errorMessage" in case:
                body.add(f"EXPECT_EQ(error.message, {quoted(case['errorMessage'])});")
            shape = next((each for each in operation.errors
                          if self.service.error_code(each) == case["errorCode"] or each.name == case["errorCode"]), None)
            if shape and case.get("error"):
                body.add(f"const auto* details = error.detail<{self.space}{shape.cpp}>();")
                body.add("ASSERT_NE(details, nullptr);")
                known = {each.name.lower() for each in shape.members}
                self.expect(body, shape, "(*details)",
                            {key: each for key, each in case["error"].items() if key.lower() in known})
        else:
            streams = bool(operation.output) and any(each.streaming for each in operation.output.members)
            body.add(f"answer.stream = gannet::BodyReader({text});" if streams else f"answer.body = {text};")
            body.add(f"{self.space}{operation.output_name} out;")
            body.add(f"const auto parsed = {self.space}parse_{operation.cpp}(answer, &out);")
            body.add("ASSERT_TRUE(parsed) << parsed.error().message;")
            if operation.output:
                self.expect(body, operation.output, "out", case.get("result") or {})
        lines.add(f"TEST({suite}, {case_name(case)}) {{", *body.lines, "}", "")


def case_name(case):
    return "".join(character if character.isalnum() else "_" for character in case["id"])


def operation_name(given):
    return given["name"]


def protocol_tests(arguments):
    """One source of all the models of a file and their cases."""
    groups = read_json(arguments.file)
    left_out = read_json(arguments.left_out) if arguments.left_out else {}
    suite = "".join(word.capitalize() for word in arguments.name.split("_"))
    sources, tests, skipped = [], Lines(), []
    for number, group in enumerate(groups):
        operations = {}
        for case in group["cases"]:
            operations[case["given"]["name"]] = {"name": case["given"]["name"], **case["given"]}
        name = f"{arguments.name}_{number}"
        service = Service(name, {"metadata": group["metadata"], "shapes": group["shapes"], "operations": operations})
        files = {f"include/gannet/{name}/types.hpp": cpp_types.types_header(service), **client.client_files(service)}
        for path, text in files.items():
            target = arguments.out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            if path.endswith(".cpp"):
                sources.append(path.removeprefix("src/"))
        by_name = {each.name: each for each in service.operations}
        for case in group["cases"]:
            lines = Lines()
            try:
                if case["id"] in left_out:
                    raise LeftOut(left_out[case["id"]])
                operation = by_name[case["given"]["name"]]
                if "serialized" in case:
                    Cases(service).input_case(lines, suite, case, operation, group.get("clientEndpoint"))
                else:
                    Cases(service).output_case(lines, suite, case, operation)
                tests.add(*lines.lines)
            except LeftOut as reason:
                skipped.append((case["id"], str(reason)))
    out = Lines("#include <cmath>", "#include <string>", "", "#include <gtest/gtest.h>", "",
                '#include "unit/codegen/case_support.hpp"', "")
    out.add(*(f'#include "{path}"' for path in sources), "")
    out.add(*tests.lines)
    out.add(f"[[maybe_unused]] const bool {arguments.name}_counted = gannet::cases::count({{",
            f"    .name = {quoted(arguments.name)},", f"    .suite = {quoted(suite)},", "    .left_out = {")
    out.add(*(f"        {{{quoted(case)}, {quoted(reason)}}}," for case, reason in skipped), "    }});")
    (arguments.out / f"{arguments.name}.cpp").write_text(out.text(), encoding="utf-8")


def service_tests(arguments):
    kinds = read_json(ROOT / "models" / "error_kinds.json")
    out = Lines("#include <cmath>", "#include <string>", "", "#include <gtest/gtest.h>", "",
                '#include "unit/codegen/case_support.hpp"', "")
    tests = Lines()
    for name, cases in read_json(arguments.file).items():
        models = ROOT / "models"
        options = models / f"{name}.options.json"
        service = Service(name, read_json(models / f"{name}.json"), read_json(models / f"{name}.retry.json"),
                          read_json(options) if options.exists() else None, kinds.get(name, {}))
        out.add(f'#include "{name}/codec.hpp"')
        by_name = {each.name: each for each in service.operations}
        for case in cases:
            Cases(service).input_case(tests, f"AsBotocore_{name}", case, by_name[case["operation"]], None)
    arguments.out.write_text(out.text() + "\n" + tests.text(), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["protocols", "cases"])
    parser.add_argument("file")
    parser.add_argument("--name")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--left-out")
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    protocol_tests(arguments) if arguments.command == "protocols" else service_tests(arguments)


if __name__ == "__main__":
    main()
