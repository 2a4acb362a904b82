import json
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "codegen" / "gannet_codegen"))

import endpoint_facts  # noqa: E402
import endpoint_rules  # noqa: E402
import partitions  # noqa: E402
from model import ModelError, Service  # noqa: E402

PARAMETERS = {"Region": {"type": "string"}, "UseFIPS": {"type": "boolean", "default": False, "required": True},
              "UseDualStack": {"type": "boolean", "default": False, "required": True}}


def condition(name, *arguments, **more):
    return {"fn": name, "argv": list(arguments), **more}


def ref(name):
    return {"ref": name}


def endpoint(url, *conditions, region=None):
    properties = {"authSchemes": [{"name": "sigv4", "signingRegion": region}]} if region else {}
    return {"type": "endpoint", "conditions": list(conditions), "endpoint": {"url": url, "properties": properties}}


def rows(*rules):
    branch = {"type": "tree", "conditions": [condition("aws.partition", ref("Region"), assign="P")], "rules": list(rules)}
    return endpoint_rules.rows("queue", {"parameters": PARAMETERS, "rules": [branch]})


FIPS = condition("booleanEquals", ref("UseFIPS"), True)
DUAL = condition("booleanEquals", ref("UseDualStack"), True)
COMMON = [endpoint("https://queue-fips.{Region}.{P#dualStackDnsSuffix}", FIPS, DUAL),
          endpoint("https://queue-fips.{Region}.{P#dnsSuffix}", FIPS),
          endpoint("https://queue.{Region}.{P#dualStackDnsSuffix}", DUAL), endpoint("https://queue.{Region}.{P#dnsSuffix}")]


class EndpointRules(unittest.TestCase):
    def test_of_the_common_form_give_no_rows(self):
        self.assertEqual(rows(*COMMON), [])

    def test_of_a_partition_give_one_row_for_all_its_regions(self):
        gov = condition("stringEquals", condition("getAttr", ref("P"), "name"), "aws-us-gov")
        self.assertEqual(rows(endpoint("https://queue.{Region}.amazonaws.com", FIPS, gov,
                                       condition("not", DUAL)), *COMMON),
                         [{"where": "aws-us-gov", "fips": True, "url": "https://queue.{Region}.amazonaws.com"}])

    def test_of_a_region_give_a_row_of_its_own(self):
        one = condition("stringEquals", ref("Region"), "nowhere")
        self.assertEqual(rows(endpoint("http://localhost", one, condition("not", FIPS), condition("not", DUAL),
                                       region="us-east-1"), *COMMON),
                         [{"where": "nowhere", "url": "http://localhost", "signing_region": "us-east-1"}])

    def test_that_are_errors_give_rows_without_a_url(self):
        china = condition("stringEquals", condition("getAttr", ref("P"), "name"), "aws-cn")
        error = {"type": "error", "conditions": [DUAL, china], "error": "none in {Region}"}
        self.assertEqual(rows(error, *COMMON), [{"where": "aws-cn", "dual_stack": True},
                                                {"where": "aws-cn", "fips": True, "dual_stack": True}])

    def test_that_cannot_be_evaluated_are_an_error_that_names_the_function(self):
        with self.assertRaisesRegex(ModelError, "uriEncode"):
            rows(endpoint("https://x", condition("uriEncode", ref("Region"))))

    def test_beside_a_model_are_found(self):
        with tempfile.TemporaryDirectory() as folder:
            model = pathlib.Path(folder) / "service-2.json"
            self.assertEqual(endpoint_rules.rows_of_model(model, "queue", {}), [])
            self.assertEqual(endpoint_rules.rows_of_model(model, "queue", {"globalEndpoint": "queue.example"}),
                             [{"where": "aws", "url": "https://queue.example", "signing_region": "us-east-1"}])
            rules = {"parameters": PARAMETERS, "rules": [endpoint("https://queue.example")]}
            (pathlib.Path(folder) / "endpoint-rule-set-1.json").write_text(json.dumps(rules), encoding="utf-8")
            self.assertEqual(endpoint_rules.rows_of_model(model, "queue", {})[0],
                             {"where": "aws", "url": "https://queue.example"})


class Partitions(unittest.TestCase):
    def test_are_found_by_their_regions_and_by_the_names_of_new_ones(self):
        known = partitions.read_partitions()
        for region, partition in [("cn-north-1", "aws-cn"), ("us-gov-new-3", "aws-us-gov"), ("moon", "aws")]:
            self.assertEqual(partitions.partition_of(known, region).id, partition)
        for each in known:
            self.assertEqual(partitions.partition_of(known, each.new_region()).id, each.id)

    def test_with_other_names_of_regions_are_an_error(self):
        facts = {"id": "odd", "regionRegex": "^odd$", "regions": {},
                 "outputs": {name: "" for name in partitions.OUTPUTS}}
        with self.assertRaisesRegex(ModelError, "odd"):
            partitions.Partition(facts).prefixes()


def table_service(path):
    text = {"type": "string"}
    inner = {"type": "structure", "members": {"TableName": {"shape": "Text"}}}
    model = {
        "metadata": {"protocol": "json", "targetPrefix": "T", "serviceId": "T", "endpointPrefix": "t"},
        "operations": {"Get": {"name": "Get", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"},
                               "operationContextParams": {"ResourceArnList": {"path": path}}}},
        "shapes": {"Text": text, "Inner": inner, "List": {"type": "list", "member": {"shape": "Inner"}},
                   "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
                   "In": {"type": "structure", "required": ["Items"],
                          "members": {"Items": {"shape": "List"}, "Named": {"shape": "Map"}}}},
    }
    service = Service("t", model, options={"account_host": "t"})
    return endpoint_facts.resource_lines(service, service.operations[0])


class Resources(unittest.TestCase):
    def test_are_taken_from_the_first_of_a_list(self):
        self.assertEqual(table_service("Items[*].TableName"), [
            "if (!in.items.empty()) {", "  if (in.items.front().table_name) {",
            "    runtime::name_resource(*call, *in.items.front().table_name);", "  }", "}"])

    def test_are_taken_from_the_keys_of_a_map(self):
        self.assertEqual(table_service("keys(Named)"), [
            "if (in.named) {", "  if (!(*in.named).empty()) {",
            "    runtime::name_resource(*call, (*in.named).begin()->first);", "  }", "}"])

    def test_may_be_one_of_several(self):
        self.assertEqual(len(table_service("Items[*].[TableName, TableName][]")), 10)

    def test_that_are_named_otherwise_are_an_error(self):
        for path in ("Items[?x].TableName", "Items[*].Missing"):
            with self.assertRaises(ModelError):
                table_service(path)


if __name__ == "__main__":
    unittest.main()
