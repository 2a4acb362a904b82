"""Models that are not what a model must be: each is an error that names the service and the place, in one line."""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

GENERATOR = pathlib.Path(__file__).resolve().parents[3] / "codegen" / "gannet_codegen"
sys.path.insert(0, str(GENERATOR))

import client  # noqa: E402
import constraints  # noqa: E402
import cpp_types  # noqa: E402
import docs  # noqa: E402
from model import Service  # noqa: E402
from shapes import ModelError  # noqa: E402


def whole_model(protocol):
    """A small model that has one of everything."""
    return {
        "metadata": {"protocol": protocol, "protocols": [protocol], "targetPrefix": "Small", "apiVersion": "2026-01-01",
                     "serviceId": "Small", "serviceFullName": "A small service", "endpointPrefix": "small",
                     "xmlNamespace": {"uri": "http://small"}},
        "operations": {
            "Get": {"name": "Get", "http": {"method": "GET", "requestUri": "/{Name}?x"}, "readonly": True,
                    "input": {"shape": "GetInput", "xmlNamespace": {"uri": "http://small"}},
                    "output": {"shape": "GetOutput", "resultWrapper": "Result"}, "errors": [{"shape": "Lost"}],
                    "endpoint": {"hostPrefix": "{Kind}."}},
        },
        "shapes": {
            "GetInput": {"type": "structure", "required": ["Name"], "members": {
                "Name": {"shape": "Text", "location": "uri", "locationName": "Name"},
                "Kind": {"shape": "Kind", "location": "header", "locationName": "x-kind", "hostLabel": True},
                "Token": {"shape": "Text", "idempotencyToken": True}, "Share": {"shape": "Share"}, "Marker": {"shape": "Text"}}},
            "GetOutput": {"type": "structure", "payload": "Held", "members": {"Held": {"shape": "Held"}}},
            "Held": {"type": "structure", "members": {
                "Times": {"shape": "Times"}, "Named": {"shape": "Named"}, "Next": {"shape": "Text"}, "Inner": {"shape": "Held"}}},
            "Times": {"type": "list", "member": {"shape": "Time", "locationName": "item"}, "min": 1, "max": 5},
            "Time": {"type": "timestamp", "timestampFormat": "iso8601"},
            "Named": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}, "sensitive": True},
            "Text": {"type": "string", "min": 0, "max": 10, "pattern": "[a-z]+"},
            "Kind": {"type": "string", "enum": ["one", "two"]},
            "Share": {"type": "double", "min": 0.5, "max": 1.5},
            "Lost": {"type": "structure", "members": {"message": {"shape": "Text"}}, "exception": True,
                     "error": {"code": "Lost", "httpStatusCode": 404}, "retryable": {"throttling": False}},
        },
        "pagination": {"Get": {"input_token": "Marker", "output_token": "Held.Next"}},
        "waiters": {"There": {"operation": "Get", "delay": 1, "maxAttempts": 2, "acceptors": [
            {"state": "success", "matcher": "path", "argument": "Held.Next", "expected": "x"}]}},
    }


def generate(model):
    service = Service("small", model)
    cpp_types.types_header(service)
    client.client_files(service)
    constraints.files(service)
    docs.listing(service)


def places(value, path=()):
    """The paths of all values within `value`."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(value[key], (*path, key))


def changed(model, path, change):
    """A copy of the model in which `change` was done to what holds the place and its key."""
    model = copy.deepcopy(model)
    holder = model
    for key in path[:-1]:
        holder = holder[key]
    change(holder, path[-1])
    return model


def delete(holder, key):
    del holder[key]


def replace(value):
    def change(holder, key):
        holder[key] = copy.deepcopy(value)
    return change


class BrokenModels(unittest.TestCase):
    def test_whatever_is_missing_or_of_another_type_is_named_or_does_not_matter(self):
        few = [delete, replace("?")]
        many = [*few, *(replace(value) for value in (None, -0.5, "", ["?"], {"?": "?"}))]
        for protocol, changes in (("json", few), ("query", few), ("rest-xml", many)):
            model = whole_model(protocol)
            generate(model)
            for path in places(model):
                if len(path) < 2:
                    continue  # read_model looks at these.
                for number, change in enumerate(changes):
                    with self.subTest(protocol=protocol, path=path, change=number):
                        try:
                            generate(changed(model, path, change))
                        except ModelError as problem:
                            self.assertIn("small", str(problem))
                            self.assertNotIn("\n", str(problem))

    def test_the_message_names_the_place(self):
        shape = {"shape": "Lost in the woods"}
        for path, change, words in (
            (("operations", "Get", "input"), replace(shape), "the input of Get is of shape Lost in the woods, which the model lacks"),
            (("operations", "Get", "output"), replace(shape), "the output of Get is of shape"),
            (("operations", "Get", "errors"), replace([shape]), "an error of Get is of shape"),
            (("operations", "Get", "output"), replace({"shape": "Text"}), "the output of Get is the string Text, where only"),
            (("operations", "Get", "http"), delete, "Get lacks http"),
            (("operations", "Get", "http", "method"), delete, "operation Get: http lacks method"),
            (("shapes", "Text", "type"), delete, "shape Text lacks type"),
            (("shapes", "Text", "type"), replace("bigDecimal"), "shape Text: type must be one of .*, is 'bigDecimal'"),
            (("shapes", "Text", "min"), replace("1"), "shape Text: min must be a number, is '1'"),
            (("shapes", "Times", "member"), delete, "shape Times lacks member"),
            (("shapes", "Times", "member", "shape"), replace("Times"), "Times is a list of itself"),
            (("shapes", "Named", "value", "shape"), replace("Named"), "Named is a map of itself"),
            (("shapes", "Named", "key", "shape"), replace("Share"), "the keys of Named are of type double"),
            (("shapes", "Held", "members", "Next", "shape"), delete, "shape Held: members Next lacks shape"),
            (("shapes", "Held", "members", "Next", "shape"), replace("X"), "Held: member Next is of shape X, which the model lacks"),
            (("shapes", "GetOutput", "payload"), replace("X"), "the payload of GetOutput is X, which is no member"),
            (("shapes", "GetInput", "members", "Kind", "shape"), replace("Held"), "GetInput: Kind is a structure in the header"),
        ):
            with self.subTest(path), self.assertRaisesRegex(ModelError, f"^small: .*{words}"):
                generate(changed(whole_model("rest-xml"), path, change))

    def test_a_label_in_the_path_needs_an_input(self):
        model = changed(whole_model("rest-xml"), ("pagination", "Get"), delete)
        model = changed(model, ("operations", "Get", "endpoint"), delete)
        with self.assertRaisesRegex(ModelError, "small: Get has {Name} in its path and no member for it"):
            generate(changed(model, ("operations", "Get", "input"), delete))

    def test_a_query_service_needs_its_version(self):
        with self.assertRaisesRegex(ModelError, "small: its metadata lacks apiVersion"):
            generate(changed(whole_model("query"), ("metadata", "apiVersion"), delete))


class Names(unittest.TestCase):
    def test_a_service_is_named_as_a_namespace_can_be(self):
        for name in ("my-sqs", "class", "3x", "Sqs", "", "a__b", "_a", "a_", "core", "std", "s\u00e4"):
            with self.subTest(name), self.assertRaisesRegex(ModelError, "cannot be a service's name"):
                Service(name, whole_model("json"))

    def test_two_things_of_one_name_are_refused(self):
        def shapes(**more):
            model = whole_model("json")
            model["shapes"].update(more)
            model["shapes"]["Held"]["members"].update({name: {"shape": name} for name in more})
            return model

        with self.assertRaisesRegex(ModelError, "small: the values of Kind and KindNames would both be the C\\+\\+ type KindNames"):
            Service("small", shapes(KindNames={"type": "structure", "members": {}}))
        with self.assertRaisesRegex(ModelError, "small: 3D would be the C\\+\\+ type '3D', which is no identifier"):
            Service("small", shapes(**{"3D": {"type": "structure", "members": {}}}))
        model = whole_model("json")
        model["operations"]["Service"] = {"name": "Service"}
        with self.assertRaisesRegex(ModelError, "small: an operation is called Service"):
            Service("small", model)


class CommandLine(unittest.TestCase):
    def test_what_nobody_thought_of_is_one_line_too(self):
        model = whole_model("json")
        model["shapes"].update({f"S{number}": {"type": "structure", "members": {"Next": {"shape": f"S{number + 1}"}}}
                                for number in range(1200)})
        model["shapes"]["S1200"] = {"type": "string"}
        model["shapes"]["Held"]["members"]["Deep"] = {"shape": "S0"}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "deep.json"
            path.write_text(json.dumps(model), encoding="utf-8")
            done = subprocess.run([sys.executable, "-B", GENERATOR, "client", "small", path, "--out", folder],
                                  capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertRegex(done.stderr, r"gannet_codegen: small: .*deep.json is malformed .*RecursionError")


if __name__ == "__main__":
    unittest.main()
