"""Generates from an API model; run as `python3 codegen/gannet_codegen COMMAND ...`.

    client NAME MODEL --out FOLDER [facts]    the typed client: include/gannet/NAME/*.hpp and src/NAME/*
    model NAME MODEL --out FOLDER [facts]     the table of constraints: src/NAME_model.hpp and .cpp
    docs NAME MODEL --out FILE [facts]        the listing of operations
    partitions NAME FILE --out FOLDER         the table of partitions: NAME.cpp
    COMMAND ... --list                        prints the paths of what would be made, one a line

Facts beside the model: --retry FILE, --options FILE, --error-kinds FILE (see codegen/README.md).
Files are written only where they change, so that a build does not start anew.
"""

import argparse
import pathlib
import sys
import traceback

import client
import constraints
import cpp_types
import docs
import endpoint_rules
import partitions
from model import Service, read_json, read_model
from shapes import ModelError


def files_of(command, service):
    if command == "client":
        return {f"include/gannet/{service.name}/types.hpp": cpp_types.types_header(service), **client.client_files(service)}
    if command == "model":
        return constraints.files(service)
    return {"": docs.listing(service)}


def write(path, text):
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def service_of(arguments):
    kinds = read_json(arguments.error_kinds).get(arguments.name, {}) if arguments.error_kinds else {}
    service = Service(
        arguments.name,
        read_model(arguments.model),
        read_json(arguments.retry) if arguments.retry else None,
        read_json(arguments.options) if arguments.options else None,
        kinds,
    )
    if service.endpoints is None and not service.s3:
        service.endpoints = endpoint_rules.rows_of_model(arguments.model, service.endpoint_prefix, service.metadata)
    return service


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["client", "model", "docs", "partitions"])
    parser.add_argument("name", help="the service's namespace, in snake_case")
    parser.add_argument("model", help="a model in the layout of the SDKs' service-2.json, .gz too")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--retry")
    parser.add_argument("--options")
    parser.add_argument("--error-kinds")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    try:
        if arguments.command == "partitions":
            made = {f"{arguments.name}.cpp": partitions.table(arguments.model)}
        else:
            service = service_of(arguments)
            if arguments.list:  # Said once, when the build is configured.
                for warning in service.warnings:
                    print(f"gannet_codegen: {warning}", file=sys.stderr)
            made = files_of(arguments.command, service)
        for path, text in made.items():
            target = arguments.out / path if path else arguments.out
            if arguments.list:
                print(target)
            else:
                write(target, text)
    except ModelError as problem:
        sys.exit(f"gannet_codegen: {problem}")
    except OSError as problem:
        sys.exit(f"gannet_codegen: {problem}")
    except Exception as problem:  # What layout.py and the checks of Service let through.
        place = traceback.extract_tb(problem.__traceback__)[-1]
        said = " ".join(str(problem).split())
        sys.exit(f"gannet_codegen: {arguments.name}: {arguments.model} is malformed in a way that the generator does not know how "
                 f"to name: {type(problem).__name__}: {said} ({pathlib.Path(place.filename).name}, line {place.lineno})")


if __name__ == "__main__":
    main()
