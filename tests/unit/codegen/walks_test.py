"""Paginators and waiters that the generator refuses, leaves out, or finds beside a model."""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

GENERATOR = pathlib.Path(__file__).resolve().parents[3] / "codegen" / "gannet_codegen"
sys.path.insert(0, str(GENERATOR))

import client  # noqa: E402
from expressions import ExpressionError, parse  # noqa: E402
from model import Service, read_model  # noqa: E402
from shapes import ModelError  # noqa: E402

REVIEWED = {"List": {"class": "read", "reason": "a test's"}}
PAGES = {"input_token": "Token", "output_token": "Next", "result_key": "Names"}
WAITER = {"operation": "List", "delay": 5, "maxAttempts": 3,
          "acceptors": [{"state": "success", "matcher": "path", "argument": "State", "expected": "ACTIVE"}]}


def walk_model(pagination=None, waiters=None, **metadata):
    return {
        "metadata": {"protocol": "json", "targetPrefix": "Small", "serviceId": "Small", "endpointPrefix": "small", **metadata},
        "operations": {"List": {"name": "List", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "ListInput"},
                                "output": {"shape": "ListOutput"}}},
        "shapes": {
            "ListInput": {"type": "structure", "members": {"Token": {"shape": "Text"}, "Hidden": {"shape": "Hidden"}}},
            "ListOutput": {"type": "structure", "members": {
                "Next": {"shape": "Text"}, "Hidden": {"shape": "Hidden"}, "Names": {"shape": "Names"}, "Lists": {"shape": "Lists"},
                "State": {"shape": "Text"}, "Time": {"shape": "Time"}, "More": {"shape": "Truth"}}},
            "Text": {"type": "string"}, "Hidden": {"type": "string", "sensitive": True}, "Time": {"type": "timestamp"},
            "Truth": {"type": "boolean"}, "Names": {"type": "list", "member": {"shape": "Text"}},
            "Lists": {"type": "list", "member": {"shape": "Names"}},
        },
        "pagination": pagination or {}, "waiters": waiters or {},
    }


def changed(facts, **changes):
    return {**facts, **changes}


def accepting(**acceptor):
    return changed(WAITER, acceptors=[{"state": "success", **acceptor}])


class Refusals(unittest.TestCase):
    def refused(self, model, words):
        for facts in (REVIEWED, None):
            with self.subTest(reviewed=facts is not None), self.assertRaisesRegex(ModelError, words):
                Service("small", model, facts)

    def left_out(self, model, words):
        """An error where we reviewed the model, a warning where it is somebody else's."""
        with self.assertRaisesRegex(ExpressionError, words):
            Service("small", model, REVIEWED)
        service = Service("small", model)
        self.assertEqual(len(service.warnings), 1)
        self.assertRegex(service.warnings[0], words + ".*; it is left out")
        self.assertEqual(service.paginators + service.waiters, [])
        client.client_files(service)

    def test_malformed_paginators(self):
        for facts, words in (
            ([], "the paginator of List must be an object"),
            ({}, "input_token must be an expression or a list"),
            (changed(PAGES, input_token=["Token", "Token"]), "as many of input_token as of output_token"),
            (changed(PAGES, output_token=5), "output_token must be an expression"),
        ):
            with self.subTest(facts):
                self.refused(walk_model({"List": facts}), f"small: .*{words}")

    def test_a_paginator_of_an_operation_that_is_not_there(self):
        self.refused(walk_model({"Lost": PAGES}), "a paginator is of the operation Lost, which the model lacks")

    def test_paginators_that_do_not_fit_the_shapes(self):
        for facts, words in (
            (changed(PAGES, input_token="Lost"), "ListInput has no member Lost"),
            (changed(PAGES, output_token="Lost"), "ListOutput has no member Lost"),
            (changed(PAGES, output_token="Next.Inner"), "Text has no members to find Inner among"),
            (changed(PAGES, output_token="Hidden"), "'Hidden' is of another type than Token"),
            (changed(PAGES, output_token="Names[]"), "a list is no value"),
            (changed(PAGES, output_token="Names[0].Next || Next"), "Text has no members"),
            (changed(PAGES, output_token="Next == 'x'"), "is no token"),
            (changed(PAGES, output_token="join(',', Names)"), "beyond what the generator understands"),
            (changed(PAGES, more_results="More ||"), "ends too early"),
        ):
            with self.subTest(facts):
                self.left_out(walk_model({"List": facts}), f"small: the paginator of List: .*{words}")

    def test_malformed_waiters(self):
        for facts, words in (
            (changed(WAITER, operation="Lost"), "is of the operation Lost, which the model lacks"),
            (changed(WAITER, delay=0), "its delay must be a number from 1"),
            (changed(WAITER, maxAttempts="3"), "its maxAttempts must be a number from 1"),
            (changed(WAITER, acceptors=[]), "has no acceptor for success"),
            (changed(WAITER, acceptors=["x"]), "must be a list of objects"),
            (accepting(matcher="output", argument="State", expected="x"), "matcher must be one of .*, is 'output'"),
            (accepting(matcher="status", expected="200"), "a status is expected that is no number"),
            (accepting(matcher="error", expected=404), "an error is expected that is no code"),
            (accepting(matcher="path", argument="State", expected=None), "a value is expected that is no text"),
            (changed(WAITER, acceptors=[{"state": "done", "matcher": "status", "expected": 200}]), "state must be one of"),
        ):
            with self.subTest(facts):
                self.refused(walk_model(waiters={"Ready": facts}), f"small: the waiter Ready.*{words}")

    def test_waiters_that_do_not_fit_the_shapes(self):
        for argument, matcher, expected, words in (
            ("Lost", "path", "x", "ListOutput has no member Lost"),
            ("Names", "path", "x", "finds a list, where 'x' is expected"),
            ("Names[]", "path", "x", "a list is no value"),
            ("State", "pathAll", "x", "Text is no list to go through"),
            ("State", "path", True, "finds a string, where True is expected"),
            ("Hidden", "path", "x", "finds a string, where 'x' is expected"),
            ("Time", "path", "x", "finds a timestamp"),
            ("State < 'x'", "path", True, "a text is compared by <"),
            ("State == `1`", "path", True, "a text is compared with a number"),
            ("'x'", "path", "x", "looks at nothing"),
            ("length(Names) == `0`", "pathAny", True, "finds no list"),
            ("Names[].*", "pathAny", "x", "Text is no map to go through"),
            ("Lists[*][*]", "pathAny", "x", "within a projection only"),
            ("sort(Names)", "path", "x", "beyond"),
            (5, "path", "x", "5 is no expression"),
        ):
            with self.subTest(argument):
                facts = accepting(matcher=matcher, argument=argument, expected=expected)
                self.left_out(walk_model(waiters={"Ready": facts}), f"small: the waiter Ready: .*{words}")

    def test_functions_of_one_name(self):
        model = walk_model({"List": PAGES})
        model["operations"]["ListPages"] = {**model["operations"]["List"], "name": "ListPages"}
        with self.assertRaisesRegex(ModelError, "two functions of the client would be called list_pages"):
            Service("small", model)


class Expressions(unittest.TestCase):
    def test_what_is_none_is_refused_with_its_place(self):
        for text, words in (("", "ends too early"), ("a.", "beyond|ends"), ("a[", "beyond"), ("a[0", "where ']' is due"),
                            ("(a", "where '\\)' is due"), ("a b", "beyond"), ("a ~ b", "malformed at its character 2"),
                            ("`{`", "not JSON"), ("a[1:2]", "malformed"), ("a | b", "beyond"), ("{x: a}", "malformed"),
                            ("a[].[b, c]", "beyond"), ("&a", "malformed"), ("a ==", "ends too early")):
            with self.subTest(text), self.assertRaisesRegex(ExpressionError, words):
                parse(text)

    def test_depth_is_bounded(self):
        for text in ("(" * 5000 + "a" + ")" * 5000, "!" * 5000 + "a", "length(" * 5000 + "a" + ")" * 5000):
            with self.assertRaisesRegex(ExpressionError, "nests more than"):
                parse(text)


class Outputs(unittest.TestCase):
    def declaration(self, facts):
        service = Service("small", walk_model(waiters={"Ready": facts}), REVIEWED)
        return client.client_header(service)

    def test_a_waiter_gives_the_answer_where_there_always_is_one(self):
        self.assertIn("gannet::Task<gannet::Result<ListOutput>> wait_until_ready(", self.declaration(WAITER))
        self.assertIn("Result<ListOutput>> wait_until_ready(", self.declaration(accepting(matcher="status", expected=200)))
        self.assertIn("Result<void>> wait_until_ready(", self.declaration(accepting(matcher="status", expected=404)))
        self.assertIn("Result<void>> wait_until_ready(", self.declaration(accepting(matcher="error", expected="NotFound")))

    def test_a_service_without_either_includes_neither(self):
        header = client.client_header(Service("small", walk_model(), REVIEWED))
        self.assertNotIn("pages.hpp", header)
        self.assertNotIn("waiter.hpp", header)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def write(self, name, value):
        text = json.dumps(value).encode()
        (self.path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return self.path / name

    def bare_model(self):
        return {key: value for key, value in walk_model().items() if key not in ("pagination", "waiters")}

    def test_what_lies_beside_a_model_is_read(self):
        model = self.write("service-2.json.gz", self.bare_model())
        self.write("paginators-1.json", {"pagination": {"List": changed(PAGES, output_token="Lost")}})
        self.write("paginators-1.sdk-extras.json", {"version": 1.0, "merge": {"pagination": {"List": {"output_token": "Next"}}}})
        self.write("waiters-2.json.gz", {"version": 2, "waiters": {"Ready": WAITER}})
        self.write("service-2.sdk-extras.json", {"version": 1.0, "merge": {"metadata": {"serviceFullName": "Extra"}}})
        service = Service("small", read_model(model))
        self.assertEqual([each.name for each in service.paginators], ["list_pages"])
        self.assertEqual([each.name for each in service.waiters], ["wait_until_ready"])
        self.assertEqual(service.metadata["serviceFullName"], "Extra")

    def test_nothing_is_read_beside_a_model_of_another_name(self):
        model = self.write("mine.json", self.bare_model())
        self.write("paginators-1.json", {"pagination": {"List": PAGES}})
        self.assertEqual(Service("small", read_model(model)).paginators, [])

    def test_what_is_no_model_is_refused(self):
        for value in ([], {}, {"metadata": {}, "operations": {}}, {"metadata": [], "operations": {}, "shapes": {}}):
            with self.assertRaisesRegex(ModelError, "mine.json: "):
                read_model(self.write("mine.json", value))

    def test_a_broken_file_beside_a_model_is_named(self):
        model = self.write("service-2.json", self.bare_model())
        (self.path / "waiters-2.json").write_text("{", encoding="utf-8")
        with self.assertRaisesRegex(ModelError, "waiters-2.json"):
            read_model(model)

    def test_warnings_are_given_once_when_the_build_is_configured(self):
        model = self.write("service-2.json", walk_model({"List": changed(PAGES, output_token="Lost")}))
        command = [sys.executable, "-B", GENERATOR, "client", "small", model, "--out", self.path / "out"]
        listed = subprocess.run([*command, "--list"], capture_output=True, text=True, check=True)
        self.assertIn("the paginator of List: ListOutput has no member Lost; it is left out", listed.stderr)
        self.assertEqual(subprocess.run(command, capture_output=True, text=True, check=True).stderr, "")


class Protocols(unittest.TestCase):
    def test_one_of_several_is_enough(self):
        model = walk_model(protocol="smithy-rpc-v2-cbor", protocols=["smithy-rpc-v2-cbor", "json", "query"])
        self.assertEqual(Service("small", model).protocol, "json")

    def test_none_of_several_is_refused(self):
        model = walk_model(protocol="smithy-rpc-v2-cbor", protocols=["smithy-rpc-v2-cbor", "rest-json"])
        with self.assertRaisesRegex(ModelError, "its protocol is smithy-rpc-v2-cbor, rest-json;"):
            Service("small", model)


class Names(unittest.TestCase):
    def test_a_structure_makes_room_for_an_operations_own(self):
        model = walk_model()
        model["operations"]["List"]["input"] = {"shape": "ListRequest"}
        model["shapes"]["ListRequest"] = {"type": "structure", "members": {"Inner": {"shape": "ListInput"}}}
        service = Service("small", model)
        self.assertEqual(service.shapes["ListRequest"].cpp, "ListInput")
        self.assertEqual(service.shapes["ListInput"].cpp, "ListInput_")


if __name__ == "__main__":
    unittest.main()
