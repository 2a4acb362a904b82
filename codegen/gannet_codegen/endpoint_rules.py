"""Where a service's endpoints differ from the common form, found by evaluating its endpoint rule set.

The common form is PREFIX[-fips].REGION.SUFFIX, signed for REGION; src/core/endpoints.hpp follows it. A rule set (the
layout of the SDKs' endpoint-rule-set-1.json) is evaluated for every region and, for what is not known yet, for a made-up
region of every partition; the results that differ are kept as rows:

    {"where": "aws-us-gov", "fips": true, "url": "https://sqs.{Region}.amazonaws.com"}

`where` is a region or the id of a partition, of which a region goes first. A row has `signing_region` where that is
another than the region, no `url` where the rules have an error, and `global` where it is for those who ask for the
service's older, global endpoint (STS).
"""

import itertools
import pathlib

from model import read_json
from partitions import partition_of, read_partitions
from shapes import ModelError

FLAGS = ("fips", "dual_stack", "global")
PARAMETERS = {"fips": "UseFIPS", "dual_stack": "UseDualStack", "global": "UseGlobalEndpoint"}


class RuleError(Exception):
    """An error that the rules themselves have."""


class Evaluation:
    """One walk through a rule set; what it assigns is known to the branch that assigned it."""

    def __init__(self, partitions):
        self.partitions = partitions

    def value(self, argument, known):
        if isinstance(argument, dict):
            return known.get(argument["ref"]) if "ref" in argument else self.call(argument, known)
        if isinstance(argument, str):
            return self.text(argument, known)
        return argument

    def text(self, template, known):
        for start in [each.split("}")[0] for each in template.split("{")[1:]]:
            name, _, path = start.partition("#")
            value = known[name] if not path else get_attribute(known[name], path)
            template = template.replace("{" + start + "}", str(value))
        return template

    def call(self, function, known):
        name = function["fn"]
        arguments = [self.value(each, known) for each in function["argv"]]
        if name == "isSet":
            return arguments[0] is not None
        if name == "not":
            return not arguments[0]
        if name in ("booleanEquals", "stringEquals"):
            return arguments[0] == arguments[1]
        if name == "getAttr":
            return get_attribute(*arguments)
        if name == "aws.partition":
            return partition_of(self.partitions, arguments[0]).outputs
        if name == "isValidHostLabel":
            return is_host_label(*arguments)
        if name in ("aws.parseArn", "parseURL", "substring") and arguments[0] is None:
            return None
        raise ModelError(f"the endpoint rules use {name} of a value, which is not evaluated here")

    def holds(self, conditions, known):
        for condition in conditions:
            value = self.call(condition, known)
            if value is None or value is False:
                return False
            if "assign" in condition:
                known[condition["assign"]] = value
        return True

    def walk(self, rules, known):
        for rule in rules:
            inner = dict(known)
            if not self.holds(rule["conditions"], inner):
                continue
            if rule["type"] == "tree":
                found = self.walk(rule["rules"], inner)
                if found:
                    return found
                continue
            if rule["type"] == "error":
                raise RuleError(self.value(rule["error"], inner))
            endpoint = rule["endpoint"]
            schemes = endpoint.get("properties", {}).get("authSchemes", [])
            region = next((self.text(each["signingRegion"], inner) for each in schemes if "signingRegion" in each), None)
            return self.value(endpoint["url"], inner), region
        return None


def get_attribute(value, path):
    for step in path.split("."):
        if value is None:
            return None
        value = value.get(step)
    return value


def is_host_label(text, dots_allowed):
    labels = text.split(".") if dots_allowed else [text]
    return all(0 < len(each) < 64 and each.replace("-", "").isalnum() and each[0] != "-" for each in labels)


def literal_regions(rules):
    """Regions that the rules compare with by name."""
    for rule in rules:
        for condition in rule["conditions"]:
            for each in [condition, *(part for part in condition["argv"] if isinstance(part, dict) and "fn" in part)]:
                if each["fn"] == "stringEquals" and {"ref": "Region"} in each["argv"]:
                    yield from (part for part in each["argv"] if isinstance(part, str))
        yield from literal_regions(rule.get("rules", ()))


class Survey:
    """What the rules say for any region, beside what the common form and the rows found so far say."""

    def __init__(self, prefix, rule_set, partitions):
        self.prefix = prefix
        self.rule_set = rule_set
        self.partitions = partitions
        self.evaluation = Evaluation(partitions)

    def ruled(self, region, flags):
        """URL and region to sign for, or None for an error."""
        known = {name: facts["default"] for name, facts in self.rule_set["parameters"].items() if "default" in facts}
        known["Region"] = region
        known.update({PARAMETERS[flag]: flags[flag] for flag in FLAGS})
        try:
            url, signing_region = self.evaluation.walk(self.rule_set["rules"], known) or (None, None)
        except RuleError:
            return None
        return (url, signing_region or region) if url else None

    def common(self, region, flags):
        outputs = partition_of(self.partitions, region).outputs
        if flags["fips"] and not outputs["supportsFIPS"] or flags["dual_stack"] and not outputs["supportsDualStack"]:
            return None
        host = self.prefix + ("-fips" if flags["fips"] else "")
        return f"https://{host}.{region}.{outputs['dualStackDnsSuffix' if flags['dual_stack'] else 'dnsSuffix']}", region

    def rows(self):
        several = [(False, True) if PARAMETERS[flag] in self.rule_set["parameters"] else (False,) for flag in FLAGS]
        rows = []
        for values in itertools.product(*several):
            flags = dict(zip(FLAGS, values))
            # The global endpoint is asked for alone: with FIPS or dual-stack the rules do not have it.
            if flags["global"] and (flags["fips"] or flags["dual_stack"]):
                continue
            rows += self.rows_of(flags)
        return rows

    def rows_of(self, flags):
        rows, of_partition = [], {}
        for partition in self.partitions:
            region = partition.new_region()
            ruled, expected = self.ruled(region, flags), self.fallback(region, flags)
            if ruled != expected:
                of_partition[partition.id] = row(partition.id, region, ruled, flags)
        rows += of_partition.values()
        regions = [each for partition in self.partitions for each in partition.regions]
        for region in dict.fromkeys([*regions, *literal_regions(self.rule_set["rules"])]):
            above = of_partition.get(partition_of(self.partitions, region).id)
            expected = expanded(above, region) if above else self.fallback(region, flags)
            ruled = self.ruled(region, flags)
            if ruled != expected:
                rows.append(row(region, region, ruled, flags))
        return rows

    def fallback(self, region, flags):
        """Those who ask for the global endpoint get the usual one where there is no other."""
        return self.ruled(region, {**flags, "global": False}) if flags["global"] else self.common(region, flags)


def row(where, region, ruled, flags):
    result = {"where": where, **{flag: True for flag in FLAGS if flags[flag]}}
    if ruled:
        url, signing_region = ruled
        # A region's own row says it in full, but for a partition's.
        result["url"] = url.replace(region, "{Region}") if where != region else url
        if signing_region != region:
            result["signing_region"] = signing_region
    return result


def expanded(row, region):
    if "url" not in row:
        return None
    return row["url"].replace("{Region}", region), row.get("signing_region", region)


def rows(prefix, rule_set, partitions=None):
    return Survey(prefix, rule_set, partitions or read_partitions()).rows()


def rows_of_model(path, prefix, metadata):
    """The rows of a model in its place among the SDKs' models; where no rules lie beside it, its metadata has to do."""
    folder = pathlib.Path(path).resolve().parent
    for name in ("endpoint-rule-set-1.json", "endpoint-rule-set-1.json.gz"):
        if (folder / name).exists():
            try:
                return rows(prefix, read_json(folder / name))
            except ModelError as problem:
                raise ModelError(f"{folder / name}: {problem}") from problem
    if "globalEndpoint" not in metadata:
        return []
    partition = read_partitions()[0]
    return [{"where": partition.id, "url": f"https://{metadata['globalEndpoint']}",
             "signing_region": partition.outputs["implicitGlobalRegion"]}]
