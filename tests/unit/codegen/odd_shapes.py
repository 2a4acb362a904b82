#!/usr/bin/env python3
"""Makes clients of the shapes in odd_shapes.json, one a protocol, and the table of their constraints: odd_shapes.py --out FOLDER.

The shapes are those of models of other people's that ours have none of: structures that hold each other by value and through
lists, required ones among them, what is sensitive without being text, keys that are not plain text, floating-point bounds.
"""

import argparse
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[2] / "codegen" / "gannet_codegen"))

import client  # noqa: E402
import constraints  # noqa: E402
import cpp_types  # noqa: E402
from model import Service, read_json  # noqa: E402

PROTOCOLS = {
    "odd_json": {"protocol": "json", "targetPrefix": "Odd", "jsonVersion": "1.1"},
    "odd_query": {"protocol": "query", "apiVersion": "2026-01-01"},
    "odd_xml": {"protocol": "rest-xml"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    model = read_json(FOLDER / "odd_shapes.json")
    sources = []
    for name, metadata in PROTOCOLS.items():
        service = Service(name, {"metadata": {**metadata, "serviceId": name, "endpointPrefix": "odd"}, **model})
        files = {f"include/gannet/{name}/types.hpp": cpp_types.types_header(service), **client.client_files(service)}
        if name == "odd_json":
            files.update(constraints.files(service))
        for path, text in files.items():
            target = arguments.out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            if path.endswith(".cpp"):
                sources.append(path.removeprefix("src/"))
    (arguments.out / "odd_shapes.cpp").write_text("".join(f'#include "{path}"\n' for path in sources), encoding="utf-8")


if __name__ == "__main__":
    main()
