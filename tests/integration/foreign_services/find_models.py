#!/usr/bin/env python3
"""Prints the models of the services that the tests make clients of, one a line: NAME=PATH. They are those of the botocore
that the running Python has; nothing is printed where it has none. SQS speaks another protocol in newer versions, so that
its name says which: sqs_json or sqs_query.
"""

import gzip
import json
import pathlib

try:
    import botocore
except ImportError:
    raise SystemExit(0)

SERVICES = ("logs", "route53", "sns", "sqs")


def model_of(service):
    folders = (pathlib.Path(botocore.__file__).parent / "data" / service).iterdir()
    newest = max(folder for folder in folders if folder.is_dir())
    return next(path for path in (newest / "service-2.json", newest / "service-2.json.gz") if path.exists())


def protocol_of(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        return json.load(file)["metadata"]["protocol"]


for name in SERVICES:
    model = model_of(name)
    print(f"{name}_{protocol_of(model)}={model}" if name == "sqs" else f"{name}={model}")
