"""AWS's SDK for JavaScript, with the settings it has by default, walks through all four services: walk.mjs."""

import os
import pathlib
import subprocess

from harness import KEY_ID, REGION, SECRET, Skip, case

import npm_packages

PACKAGES = {"@aws-sdk/client-dynamodb": "3.1164.0", "@aws-sdk/lib-dynamodb": "3.1162.0", "@aws-sdk/client-s3": "3.1169.0",
            "@aws-sdk/lib-storage": "3.1169.0", "@aws-sdk/s3-request-presigner": "3.1163.0",
            "@aws-sdk/client-secrets-manager": "3.1163.0", "@aws-sdk/client-sts": "3.1169.0"}
# The last that say they run on Node.js 18, which Debian 12 has.
BEFORE_NODE_20 = "<3.968.0"


def packages():
    node = npm_packages.node_version()
    if node < 18:
        raise npm_packages.Missing(f"The SDK needs Node.js 18 or later; this is {node}.")
    return [f"{name}@{version if node >= 20 else BEFORE_NODE_20}" for name, version in PACKAGES.items()]


@case
def the_sdk_for_javascript_walks_through_all_services(url):
    try:
        npm_packages.allowed()
        folder = npm_packages.install("aws-sdk-javascript", packages())
    except npm_packages.Missing as sentence:
        raise Skip(str(sentence)) from None
    walk = pathlib.Path(__file__).resolve().with_name("walk.mjs")
    done = subprocess.run(["node", str(walk), str(folder), url, KEY_ID, SECRET, REGION], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=240, check=False,
                          env=dict(os.environ, NODE_NO_WARNINGS="1"))
    print(done.stdout, end="")
    if done.returncode != 0:
        raise AssertionError(f"node walk.mjs ended with {done.returncode}")
