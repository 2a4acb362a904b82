#!/usr/bin/env python3
"""Runs the calls of tests_foreign_services against moto, where this Python has it: run.py PROGRAM"""

import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TESTS / "conformance"))

import peers  # noqa: E402


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="gannet-foreign-") as folder:
        try:
            with peers.moto(folder, None) as url:
                environment = dict(os.environ, GANNET_TEST_ENDPOINT=url)
                return subprocess.run([sys.argv[1], "--gtest_brief=1"], env=environment, timeout=240, check=False).returncode
        except peers.Missing as sentence:
            print(f"Not run. {sentence}")
            return 77


if __name__ == "__main__":
    sys.exit(main())
