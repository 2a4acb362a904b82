import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
GENERATOR = ROOT / "codegen" / "gannet_codegen"
sys.path.insert(0, str(GENERATOR))
sys.path.insert(0, str(ROOT / "codegen"))

import client  # noqa: E402
import constraints  # noqa: E402
from client import operations_sources, service_source  # noqa: E402
from constraints import allowed_bytes  # noqa: E402
from cpp_types import types_header  # noqa: E402
from import_models import without_prose  # noqa: E402
from limits import Limits  # noqa: E402
from lines import WIDTH, Lines, wrapped  # noqa: E402
from model import Service, read_json, read_model  # noqa: E402
from shapes import ModelError  # noqa: E402


LONE_TEXT = re.compile(r' *[\w.]*[ =({]*"(?:[^"\\]|\\.)*"[)}]*[,;]?')


def small_model(**changes):
    model = {
        "metadata": {"protocol": "json", "targetPrefix": "Small", "serviceId": "Small Service", "endpointPrefix": "small"},
        "operations": {
            "Get": {"name": "Get", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "GetRequest"},
                    "output": {"shape": "Shared"}},
            "Put": {"name": "Put", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "Shared"}},
        },
        "shapes": {
            "GetRequest": {"type": "structure", "required": ["Name"],
                           "members": {"Name": {"shape": "Name"}, "Password": {"shape": "Secret"}}},
            "Shared": {"type": "structure", "members": {"Name": {"shape": "Name"}, "Inner": {"shape": "Shared"}}},
            "Name": {"type": "string", "min": 1, "max": 20},
            "Secret": {"type": "string", "sensitive": True},
        },
    }
    model.update(changes)
    return model


class Model(unittest.TestCase):
    def test_an_input_of_its_own_takes_the_name_of_the_operation(self):
        text = types_header(Service("small", small_model()))
        self.assertIn("struct GetInput {\n  std::string name{};  ///< Required. 1 to 20 characters.\n", text)

    def test_a_shared_structure_keeps_its_name_and_is_aliased(self):
        text = types_header(Service("small", small_model()))
        self.assertIn("using GetOutput = Shared;", text)
        self.assertIn("using PutInput = Shared;", text)
        self.assertIn("struct PutOutput {};", text)

    def test_sensitive_text_is_secret(self):
        self.assertIn("std::optional<gannet::Secret> password{};", types_header(Service("small", small_model())))

    def test_what_reaches_a_secret_is_wiped_and_nothing_else(self):
        text = operations_sources(Service("small", small_model()))[0]
        get, put = text.split("serialize_put", 1)
        self.assertIn("auto out = core::JsonWriter::of_secrets();", get)
        self.assertNotIn("read_secret_json_answer", get)
        self.assertNotIn("of_secrets", put)
        model = small_model()
        model["shapes"]["Shared"]["members"]["Inner"] = {"shape": "GetRequest"}
        text = operations_sources(Service("small", model))[0]
        self.assertIn('read_secret_json_answer("Get"', text)
        model = small_model()
        model["shapes"]["Shared"]["members"]["Name"] = {"shape": "Name", "sensitive": True}
        self.assertIn("of_secrets", operations_sources(Service("small", model))[0].split("serialize_put", 1)[1])

    def test_what_lies_within_something_sensitive_is_secret(self):
        model = small_model()
        model["shapes"]["Shared"]["members"].update(Map={"shape": "Map"}, Plain={"shape": "Texts"})
        model["shapes"].update({
            "Map": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Deep"}, "sensitive": True},
            "Deep": {"type": "structure", "members": {"Text": {"shape": "Name"}, "Size": {"shape": "Size"},
                                                      "Kind": {"shape": "Kind"}, "Texts": {"shape": "Texts"}}},
            "Size": {"type": "integer"}, "Kind": {"type": "string", "enum": ["a"]},
            "Texts": {"type": "list", "member": {"shape": "Name"}}})
        text = types_header(Service("small", model))
        for declared in ("std::optional<gannet::Secret> text{}", "std::optional<std::int32_t> size{}", "std::optional<Kind> kind{}",
                         "std::optional<std::vector<gannet::Secret>> texts{}",
                         "std::optional<std::map<std::string, Deep, std::less<>>> map{}", "std::optional<std::string> name{}"):
            self.assertIn(declared, text)

    def test_what_is_secret_for_being_within_something_sensitive_elsewhere_is_known_to_be(self):
        model = small_model()
        model["shapes"].update({"Map": {"type": "map", "key": {"shape": "Name"}, "value": {"shape": "Deep"}, "sensitive": True},
                                "Deep": {"type": "structure", "members": {"Text": {"shape": "Name"}}},
                                "Around": {"type": "structure", "members": {"Deep": {"shape": "Deep"}}},
                                "Plain": {"type": "structure", "members": {"Text": {"shape": "Name"}}}})
        service = Service("small", model)
        held = {name: service.holds_secrets([service.shapes[name]]) for name in ("Map", "Deep", "Around", "Plain")}
        self.assertEqual(held, {"Map": True, "Deep": True, "Around": True, "Plain": False})

    def test_a_shape_that_we_call_secret_is(self):
        text = types_header(Service("small", small_model(), options={"secrets": ["Name"]}))
        self.assertIn("gannet::Secret name{};", text)
        with self.assertRaisesRegex(ModelError, "its secrets name Lost, which the model lacks"):
            Service("small", small_model(), options={"secrets": ["Lost"]})

    def test_a_structure_within_itself_is_boxed(self):
        self.assertIn("gannet::Boxed<Shared> inner{};", types_header(Service("small", small_model())))

    def test_ids_of_route_53_are_sent_without_their_path(self):
        model = small_model()
        model["shapes"]["ResourceId"] = model["shapes"].pop("Name")
        for shape in ("GetRequest", "Shared"):
            model["shapes"][shape]["members"]["Name"] = {"shape": "ResourceId"}
        self.assertNotIn("without_path", operations_sources(Service("small", model))[0])
        model["metadata"] = {**model["metadata"], "serviceId": "Route 53"}
        text = operations_sources(Service("small", model))[0]
        self.assertIn("bare.name = protocols::without_path(in.name);", text)
        self.assertIn("if (in.name && (*in.name).contains('/')) {", text)

    def test_other_protocols_are_refused_by_name(self):
        model = small_model(metadata={"protocol": "rest-json", "protocols": ["rest-json"]})
        with self.assertRaisesRegex(ModelError, "its protocol is rest-json"):
            Service("small", model)

    def test_signature_version_2_is_refused(self):
        metadata = {**small_model()["metadata"], "signatureVersion": "v2"}
        with self.assertRaisesRegex(ModelError, "small: it is signed with Signature Version 2"):
            Service("small", small_model(metadata=metadata))

    def test_the_signature_of_s3_is_a_fact_of_a_service(self):
        metadata = {**small_model()["metadata"], "signatureVersion": "s3v4"}
        self.assertIn(".signs_as_s3 = true", service_source(Service("small", small_model(metadata=metadata))))
        self.assertNotIn("signs_as_s3", service_source(Service("small", small_model())))

    def test_endpoints_that_have_to_be_discovered_are_warned_of(self):
        model = small_model()
        model["operations"]["Get"]["endpointdiscovery"] = {"required": True}
        model["operations"]["Put"]["endpointdiscovery"] = {}
        service = Service("small", model)
        self.assertEqual(len(service.warnings), 1)
        self.assertRegex(service.warnings[0], "^small: the endpoint of Get has to be discovered")
        self.assertEqual(Service("small", small_model()).warnings, [])

    def test_the_model_of_somebody_else_says_what_may_be_repeated(self):
        def retry_of(**facts):
            model = small_model()
            model["operations"]["Get"].update(facts)
            service = Service("small", model)
            return [each.retry for each in service.operations]

        self.assertEqual(retry_of(), ["not_idempotent", "not_idempotent"])
        self.assertEqual(retry_of(readonly=True), ["read", "not_idempotent"])
        self.assertEqual(retry_of(idempotent=True), ["idempotent", "not_idempotent"])

    def test_what_a_paginator_or_waiter_asks_again_and_again_is_a_read(self):
        pagination = {"Put": {"input_token": "Name", "output_token": "Name"}}
        waiters = {"There": {"operation": "Get", "delay": 1, "maxAttempts": 2,
                             "acceptors": [{"state": "success", "matcher": "status", "expected": 200}]}}
        model = small_model(pagination=pagination, waiters=waiters)
        model["operations"]["Put"]["output"] = {"shape": "Shared"}
        self.assertEqual([each.retry for each in Service("small", model).operations], ["read", "read"])

    def test_reviewed_classes_go_before_those_of_the_model(self):
        model = small_model()
        model["operations"]["Get"]["readonly"] = True
        facts = {name: {"class": "not_idempotent", "reason": "a test's"} for name in model["operations"]}
        self.assertEqual([each.retry for each in Service("small", model, facts).operations], ["not_idempotent"] * 2)

    def test_both_services_of_dynamodb_are_repeated_sooner_and_more_often(self):
        for name, attempts, delay in (("DynamoDB", 4, 25), ("DynamoDB Streams", 4, 25), ("Small Service", 3, 50)):
            model = small_model()
            model["metadata"]["serviceId"] = name
            source = client.service_source(Service("small", model))
            self.assertIn(f".default_max_attempts = {attempts},", source)
            self.assertIn(f".default_base_delay = std::chrono::milliseconds({delay}),", source)

    def test_a_missing_retry_class_is_refused(self):
        with self.assertRaisesRegex(ModelError, "the retry facts lack Put"):
            Service("small", small_model(), retry={"Get": {"class": "read", "reason": "reads"}})

    def test_an_unknown_retry_class_is_refused(self):
        facts = {"Get": {"class": "maybe", "reason": "?"}, "Put": {"class": "read", "reason": "?"}}
        with self.assertRaisesRegex(ModelError, "the retry fact of Get must have a class"):
            Service("small", small_model(), retry=facts)

    def test_documents_are_checked(self):
        model = small_model()
        model["shapes"]["Name"] = {"type": "structure", "document": True, "members": {}}
        lines = Lines()
        for job in Limits(Service("small", model)).jobs():
            job(lines)
        self.assertIn('check.document("name", from.name);', lines.text())
        self.assertIn('check.document("name", *from.name);', lines.text())

    def test_a_retry_class_needs_a_reason(self):
        facts = {"Get": {"class": "read", "reason": ""}, "Put": {"class": "read", "reason": "?"}}
        with self.assertRaisesRegex(ModelError, "and a reason"):
            Service("small", small_model(), retry=facts)

    def test_the_class_token_needs_a_token(self):
        facts = {"Get": {"class": "read", "reason": "reads"}, "Put": {"class": "token", "reason": "?"}}
        with self.assertRaisesRegex(ModelError, "Put is of the class token, and its input has no idempotency token"):
            Service("small", small_model(), retry=facts)

    def test_a_shape_that_is_not_there_is_named(self):
        model = small_model()
        del model["shapes"]["Name"]
        with self.assertRaisesRegex(ModelError, "member Name is of shape Name, which the model lacks"):
            Service("small", model)


class Reviewed(unittest.TestCase):
    """The facts that were written by hand agree with the models they stand beside."""

    def test_every_operation_has_a_class(self):
        for path in sorted((ROOT / "models").glob("*.retry.json")):
            name = path.name.removesuffix(".retry.json")
            model = json.loads((ROOT / "models" / f"{name}.json").read_text(encoding="utf-8"))
            with self.subTest(name):
                self.assertEqual(sorted(json.loads(path.read_text(encoding="utf-8"))), sorted(model["operations"]))

    def test_a_token_is_claimed_where_the_model_has_one_and_nowhere_else(self):
        for path in sorted((ROOT / "models").glob("*.retry.json")):
            name = path.name.removesuffix(".retry.json")
            model = json.loads((ROOT / "models" / f"{name}.json").read_text(encoding="utf-8"))
            for operation, fact in json.loads(path.read_text(encoding="utf-8")).items():
                shape = model["shapes"][model["operations"][operation]["input"]["shape"]]
                has_token = any(member.get("idempotencyToken") for member in shape["members"].values())
                with self.subTest(f"{name} {operation}"):
                    self.assertEqual(fact["class"] == "token", has_token)

    def test_the_models_hold_no_prose(self):
        for path in sorted((ROOT / "models").glob("*.json")):
            with self.subTest(path.name):
                self.assertNotIn('"documentation"', path.read_text(encoding="utf-8"))

    def test_the_notice_names_the_version(self):
        notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
        for name in ("dynamodb", "s3", "secretsmanager", "sts"):
            source = json.loads((ROOT / "models" / f"{name}.json").read_text(encoding="utf-8"))["header"]["source"]
            self.assertIn(source.split(",")[0], notice)


class Patterns(unittest.TestCase):
    def test_one_class_repeated_is_a_set_of_bytes(self):
        self.assertEqual(allowed_bytes("[a-zA-Z0-9_.-]+"), [(45, 46), (48, 57), (65, 90), (95, 95), (97, 122)])
        self.assertEqual(allowed_bytes("^[^\\$]+$"), [(0, 35), (37, 255)])

    def test_anything_else_is_not_understood(self):
        for pattern in ("\\p{Print}+", "arn:.*", "[0-9]{12}", "([a-z]+-)+\\d+", "[\\p{L}]*"):
            with self.subTest(pattern):
                self.assertIsNone(allowed_bytes(pattern))


class Prose(unittest.TestCase):
    def test_documentation_goes_and_a_member_of_that_name_stays(self):
        shape = {"type": "structure", "documentation": "<p>Words</p>",
                 "members": {"documentation": {"shape": "Text", "documentation": "Words"}}}
        self.assertEqual(without_prose(shape), {"type": "structure", "members": {"documentation": {"shape": "Text"}}})


class Widths(unittest.TestCase):
    def test_a_line_is_broken_where_it_nests_least(self):
        name = "n" * 30
        for line, expected in (
            (f"f({name}, {name}, {name}, {name});", [f"f({name}, {name}, {name},", f"    {name});"]),
            (f"  auto {name} = g({name}, h({name}, {name}));", [f"  auto {name} =", f"      g({name}, h({name}, {name}));"]),
            (f"if (a == {name}) f({name}, {name}, {name});", [f"if (a == {name})", f"  f({name}, {name}, {name});"]),
            (f"Task<Result<{name}>> Client::{name}(const {name}& in, {name} b);",
             [f"Task<Result<{name}>> Client::{name}(", f"    const {name}& in, {name} b);"]),
            (f'f("{name}, {name}, {name}", "{name}");', [f'f("{name}, {name}, {name}",', f'    "{name}");']),
            (f'"{name} {name} {name} {name}"', [f'"{name} {name} {name} {name}"']),
        ):
            with self.subTest(line):
                self.assertEqual(wrapped(line), expected)

    def test_no_line_of_a_client_of_ours_is_too_wide(self):
        for path in sorted((ROOT / "models").glob("*.retry.json")):
            name = path.name.removesuffix(".retry.json")
            options = ROOT / "models" / f"{name}.options.json"
            service = Service(name, read_model(ROOT / "models" / f"{name}.json"), read_json(path),
                              read_json(options) if options.exists() else None)
            made = {"types": types_header(service), **client.client_files(service), **constraints.files(service)}
            for file, text in made.items():
                too_wide = [line for line in text.splitlines() if len(line) > WIDTH and not LONE_TEXT.fullmatch(line)]
                with self.subTest(f"{name} {file}"):
                    self.assertEqual(too_wide, [])


class CommandLine(unittest.TestCase):
    def run_generator(self, model, *options):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "service-2.json"
            path.write_text(model, encoding="utf-8")
            command = [sys.executable, "-B", GENERATOR, "client", "small", path, "--out", pathlib.Path(folder) / "out"]
            done = subprocess.run([*command, *options], capture_output=True, text=True)
            made = sorted(str(each.relative_to(pathlib.Path(folder) / "out"))
                          for each in (pathlib.Path(folder) / "out").rglob("*.*pp"))
            return done, made

    def test_a_model_of_any_service_gives_a_client(self):
        done, made = self.run_generator(json.dumps(small_model()))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(made, ["include/gannet/small/client.hpp", "include/gannet/small/types.hpp",
                                "src/small/codec.hpp", "src/small/codec_1.cpp", "src/small/operations_1.cpp",
                                "src/small/service.cpp"])

    def test_what_is_listed_is_what_is_made(self):
        done, made = self.run_generator(json.dumps(small_model()), "--list")
        self.assertEqual(made, [])
        self.assertEqual(len(done.stdout.splitlines()), 6)

    def test_a_broken_model_is_an_error_of_one_line(self):
        done, _ = self.run_generator("{")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("service-2.json", done.stderr)


if __name__ == "__main__":
    unittest.main()
