#!/usr/bin/env python3
"""How the receipts program starts and fails to start.

usage: start.py RECEIPTS_BINARY GANNET_BINARY
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from program import Receipts

RECEIPTS, GANNET = sys.argv.pop(1), sys.argv.pop(1)


def run(*arguments, **environment):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept["HOME"] = "/nonexistent"
    return subprocess.run([RECEIPTS, *arguments], env=dict(kept, **environment), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)


class Start(unittest.TestCase):
    def test_help_and_version(self):
        self.assertEqual(run("--help").returncode, 0)
        self.assertIn("--local", run("--help").stdout)
        self.assertEqual(run("--version").stdout, "receipts 0.1.0\n")

    def test_wrong_options_are_usage_errors(self):
        for arguments in (["--nothing"], ["--port", "x"], ["--data-dir", "x"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(done.stderr)

    def test_without_credentials_it_says_what_to_set(self):
        done = run(AWS_REGION="us-east-1")
        self.assertEqual(done.returncode, 78)
        self.assertIn("AWS_ACCESS_KEY_ID", done.stderr)

    def test_a_missing_secret_ends_it_before_the_port_opens(self):
        cloud = subprocess.Popen([GANNET, "local", "--memory", "--port", "0"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        try:
            url, key = cloud.stdout.readline().split()[:2]
            done = run("--port", "0", AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID=key,
                       AWS_SECRET_ACCESS_KEY="gannet-local-secret-access-key")
        finally:
            cloud.terminate()
            cloud.wait()
            cloud.stdout.close()
        self.assertEqual(done.returncode, 78)
        self.assertIn("Secret not found: prod/fetch/postgres-credentials", done.stderr)
        self.assertIn("Failed to load secrets", done.stderr)
        self.assertEqual(done.stdout, "")

    def test_a_taken_port_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            with Receipts(RECEIPTS, pathlib.Path(folder) / "a") as first:
                done = run("--local", "--data-dir", folder + "/b", "--cloud-port", "0", "--port",
                           first.api.rsplit(":", 1)[1])
                self.assertEqual(done.returncode, 1)
                self.assertIn(first.api.rsplit(":", 1)[1], done.stderr)

    def test_a_data_folder_in_use_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            with Receipts(RECEIPTS, folder):
                done = run("--local", "--data-dir", folder, "--cloud-port", "0", "--port", "0")
                self.assertEqual(done.returncode, 1)
                self.assertIn(folder, done.stderr)

    def test_the_log_is_json_where_no_one_looks(self):
        with tempfile.TemporaryDirectory() as folder:
            with Receipts(RECEIPTS, folder) as receipts:
                receipts.stop()
                lines = receipts.log().splitlines()
        self.assertTrue(lines)
        self.assertTrue(all(line.startswith("{") and line.endswith("}") for line in lines), lines)
        self.assertTrue(any("Secrets loaded successfully" in line for line in lines))


if __name__ == "__main__":
    unittest.main()
