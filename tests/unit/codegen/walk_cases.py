#!/usr/bin/env python3
"""Makes a client of the paginators and waiters in walk_cases.json, and their tests: walk_cases.py --out FOLDER.

Every case is an operation or a waiter of one small service. A paginator's case says what is asked for when the service gives
certain answers; a waiter's, which answers an acceptor matches. That botocore does the same is the matter of
walk_cases_test.py.
"""

import argparse
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[2] / "codegen" / "gannet_codegen"))

import client  # noqa: E402
import cpp_types  # noqa: E402
from lines import Lines, quoted  # noqa: E402
from model import Service, read_json  # noqa: E402

METADATA = {"protocol": "json", "targetPrefix": "Walk", "jsonVersion": "1.1", "serviceId": "Walk", "endpointPrefix": "walk"}


def walk_model(cases):
    def operation(name, shape):
        return {"name": name, "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": shape},
                "output": {"shape": "Answer"}}

    operations = {"Look": operation("Look", "Asked")}
    pagination, waiters = {}, {}
    for number, case in enumerate(cases["pages"]):
        operations[f"List{number}"] = operation(f"List{number}", case.get("input_shape", "Asked"))
        pagination[f"List{number}"] = case["facts"]
    for number, case in enumerate(cases["matches"]):
        acceptor = {key: case[key] for key in ("matcher", "argument", "expected")}
        waiters[f"Match{number}"] = {"operation": "Look", "delay": 1, "maxAttempts": 1,
                                     "acceptors": [{"state": "success", **acceptor}]}
    return {"metadata": METADATA, "operations": operations, "shapes": cases["shapes"], "pagination": pagination,
            "waiters": waiters}


def page_test(lines, number, case):
    lines.open(f"TEST(PagesAsBotocore, {case['id']})")
    lines.add("const gannet::cases::Script script({" + ", ".join(quoted(json.dumps(each)) for each in case["answers"]) + "});",
              "const gannet::walk::Client client(script.config());", f"gannet::walk::List{number}Input in;")
    for key, value in case["input"].items():
        lines.add(f"in.{key.lower()} = {quoted(value)};")
    lines.add(f"auto pages = client.list{number}_pages(in);", "std::string end;")
    lines.open("while (const auto page = gannet::blocking(pages.next()))")
    lines.add("if (*page) continue;", "end = page->error().code;", "break;")
    lines.close()
    lines.add("script.expect_bodies({" + ", ".join(quoted(json.dumps(each)) for each in case["asked"]) + "});",
              f"EXPECT_EQ(end, {quoted('' if case['end'] == 'last' else case['end'])});")
    lines.close()
    lines.add("")


def match_test(lines, number, case):
    lines.open(f"TEST(MatchesAsBotocore, case_{number})")
    lines.add(f"SCOPED_TRACE({quoted(case['matcher'] + ' ' + case['argument'])});")
    for answer, matches in [(each, True) for each in case["yes"]] + [(each, False) for each in case["no"]]:
        lines.open("")
        lines.add(f"const gannet::cases::Script script({{{quoted(json.dumps(answer))}}});",
                  "const gannet::walk::Client client(script.config());", "const gannet::walk::LookInput in;",
                  f"const auto done = gannet::blocking(client.wait_until_match{number}(in));",
                  f"EXPECT_EQ(done.has_value(), {'true' if matches else 'false'}) << {quoted(json.dumps(answer))};")
        if not matches:
            lines.add('if (!done) { EXPECT_EQ(done.error().code, "WaiterTimeout") << done.error().message; }')
        lines.close()
    lines.close()
    lines.add("")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    cases = read_json(FOLDER / "walk_cases.json")
    reasons = {name: {"class": "read", "reason": "a test's"} for name in walk_model(cases)["operations"]}
    service = Service("walk", walk_model(cases), reasons)
    out = Lines("#include <string>", "", "#include <gtest/gtest.h>", "", '#include "unit/codegen/script.hpp"', "")
    files = {"include/gannet/walk/types.hpp": cpp_types.types_header(service), **client.client_files(service)}
    for path, text in files.items():
        target = arguments.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if path.endswith(".cpp"):
            out.add(f'#include "{path.removeprefix("src/")}"')
    out.add("")
    for number, case in enumerate(cases["pages"]):
        page_test(out, number, case)
    for number, case in enumerate(cases["matches"]):
        match_test(out, number, case)
    (arguments.out / "walk_cases.cpp").write_text(out.text(), encoding="utf-8")


if __name__ == "__main__":
    main()
