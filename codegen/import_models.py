#!/usr/bin/env python3
"""Imports the API models that Gannet's clients are generated from: the facts of botocore's models, without their prose.

    python3 codegen/import_models.py FOLDER_OF_BOTOCORE [SERVICE ...]
    python3 codegen/import_models.py FOLDER_OF_BOTOCORE partitions

FOLDER_OF_BOTOCORE is where `botocore/__init__.py` lies; its version goes into each model's header and must be the one
that NOTICE names. Every model becomes models/SERVICE.json, one operation or shape a line, sorted by name, members in
the model's own order (it is the order of the members of our structs). Of the endpoint rule sets is kept where they differ
from the common form (gannet_codegen/endpoint_rules.py); S3's rules are written by hand, in src/core/s3_endpoints.cpp.
"""

import gzip
import json
import pathlib
import re
import sys

SERVICES = ("dynamodb", "s3", "secretsmanager", "sts")
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "codegen" / "gannet_codegen"))

import endpoint_rules  # noqa: E402

# Text written for people; everything else in a model is fact.
PROSE = {"documentation", "documentationUrl", "deprecatedMessage", "deprecatedSince", "alternative"}


def read_json(path):
    """The JSON in `path`, or in `path` + ".gz" where that is what there is."""
    packed = path.with_name(path.name + ".gz")
    if packed.exists():
        with gzip.open(packed, "rt", encoding="utf-8") as file:
            return json.load(file)
    return json.loads(path.read_text(encoding="utf-8"))


def without_prose(value):
    """`value` without its prose; the members of a structure are names, whatever they are called."""
    if isinstance(value, list):
        return [without_prose(each) for each in value]
    if not isinstance(value, dict):
        return value
    facts = {}
    for key, each in value.items():
        if key in ("members", "shapes", "operations") and isinstance(each, dict):
            facts[key] = {name: without_prose(member) for name, member in each.items()}
        elif key not in PROSE:
            facts[key] = without_prose(each)
    return facts


def merge(into, extra):
    """Lays the members of `extra` over those of `into`, as botocore's loader does with its sdk-extras."""
    for key, each in extra.items():
        if isinstance(each, dict) and isinstance(into.get(key), dict):
            merge(into[key], each)
        else:
            into[key] = each


def load(folder, kind):
    """One of a service's files with its sdk-extras merged in, or {} if the service has none of that kind."""
    path = folder / f"{kind}.json"
    if not path.exists() and not path.with_name(path.name + ".gz").exists():
        return {}
    content = read_json(path)
    extras = folder / f"{kind}.sdk-extras.json"
    if extras.exists():
        merge(content, read_json(extras)["merge"])
    return content


def dump(value):
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))


def section(name, entries):
    lines = [f"  {dump(key)}: {dump(entries[key])}" for key in sorted(entries)]
    return f"{dump(name)}: {{\n" + ",\n".join(lines) + ("\n}" if lines else "}")


def header(version, source):
    return {
        "source": f"botocore {version}, botocore/data/{source}",
        "license": "Apache-2.0",
        "imported_by": "codegen/import_models.py; facts only, do not edit",
    }


def import_partitions(data, version):
    partitions = [
        {"id": each["id"], "regionRegex": each["regionRegex"], "outputs": each["outputs"],
         "regions": {region: {} for region in each["regions"]}}
        for each in read_json(data / "partitions.json")["partitions"]
    ]
    lines = ",\n".join(f"  {dump(each)}" for each in partitions)
    target = ROOT / "models" / "partitions.json"
    target.write_text(f'{{\n"header": {dump(header(version, "partitions.json"))},\n"partitions": [\n{lines}\n]\n}}\n',
                      encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: {len(partitions)} partitions")


def endpoints(folder, service, model):
    """A line a row: see gannet_codegen/endpoint_rules.py."""
    if service == "s3":
        return []
    rows = endpoint_rules.rows(model["metadata"]["endpointPrefix"], load(folder, "endpoint-rule-set-1"))
    return ['"endpoints": [\n' + ",\n".join(f"  {dump(each)}" for each in rows) + "\n]"]


def import_service(data, service, version):
    folder = max(path for path in (data / service).iterdir() if path.is_dir())
    model = without_prose(load(folder, "service-2"))
    parts = [
        f'"header": {dump(header(version, f"{service}/{folder.name}"))}',
        f'"version": {dump(model["version"])}',
        f'"metadata": {dump(model["metadata"])}',
        section("operations", model["operations"]),
        section("shapes", model["shapes"]),
    ]
    if "clientContextParams" in model:
        parts.append(section("clientContextParams", model["clientContextParams"]))
    parts += endpoints(folder, service, model)
    parts.append(section("pagination", without_prose(load(folder, "paginators-1")).get("pagination", {})))
    parts.append(section("waiters", without_prose(load(folder, "waiters-2")).get("waiters", {})))
    target = ROOT / "models" / f"{service}.json"
    target.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: {len(model['operations'])} operations, {len(model['shapes'])} shapes")


def main(arguments):
    if not arguments or arguments[0].startswith("-"):
        sys.exit(__doc__.strip())
    package = pathlib.Path(arguments[0])
    if not (package / "data").is_dir():
        sys.exit(f"{package} is no botocore package: it has no data folder")
    version = re.search(r"__version__\s*=\s*['\"]([^'\"]+)", (package / "__init__.py").read_text(encoding="utf-8"))[1]
    if f"botocore {version}" not in (ROOT / "NOTICE").read_text(encoding="utf-8"):
        sys.exit(f"NOTICE does not name botocore {version}: say there where the models come from, then import again")
    if not arguments[1:] or "partitions" in arguments[1:]:
        import_partitions(package / "data", version)
    for service in [each for each in arguments[1:] if each != "partitions"] or (() if arguments[1:] else SERVICES):
        import_service(package / "data", service, version)


if __name__ == "__main__":
    main(sys.argv[1:])
