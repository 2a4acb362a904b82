#!/usr/bin/env python3
"""Runs the README's walk as it is written there against a fresh receipts program, and looks at what comes back.

usage: walk.py RECEIPTS_BINARY EXAMPLE_BINARY
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from program import Receipts

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY, EXAMPLE = sys.argv[1:3]
del sys.argv[1:3]


def walk():
    section = (ROOT / "README.md").read_text().split("## A walk")[1].split("\n## ")[0]
    return re.search(r"```sh\n(.*?)```", section, re.DOTALL).group(1)


class Walk(unittest.TestCase):
    def test_the_walk_works_as_the_readme_has_it_and_its_state_survives_a_kill(self):
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder) / "run"
            with Receipts(BINARY, data) as receipts:
                script = walk().replace("http://127.0.0.1:8080", receipts.api).replace(".gannet/run", str(data))
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=ROOT, text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                answers = re.sub(r"\}(?=\{)", "}\n", done.stdout).splitlines()
                self.assertEqual(json.loads(answers[0]), {"user_id": "123", "name": "Ada", "email": "ada@example.com"})
                self.assertEqual([r["reward_id"] for r in json.loads(answers[3])["rewards"]], ["r1", "r2"])
                size = (ROOT / "examples/lunch.jpg").stat().st_size
                completed = json.loads(answers[4][:answers[4].rindex("}") + 1])
                self.assertEqual((completed["content_type"], completed["size"]), ("image/jpeg", size))
                self.assertIn("the same, byte for byte", done.stdout)
                self.assertNotIn("X-Amz-Signature", receipts.log())
                self.assertNotIn(receipts.key, receipts.log())
                example = subprocess.run([EXAMPLE], text=True, stdout=subprocess.PIPE, env=dict(
                    os.environ, AWS_ENDPOINT_URL=receipts.cloud, AWS_REGION="us-east-1",
                    AWS_ACCESS_KEY_ID="AKIAGANNETLOCAL00000",
                    AWS_SECRET_ACCESS_KEY="gannet-local-secret-access-key"))
                self.assertEqual((example.returncode, example.stdout), (0, "Ada\n"))
                key = receipts.key
                receipts.kill()
            with Receipts(BINARY, data) as receipts:
                self.assertEqual(receipts.key, key)
                user = subprocess.run(["curl", "-sS", f"{receipts.api}/api/v1/users/123", "-H", f"X-API-Key: {key}"],
                                      text=True, stdout=subprocess.PIPE, check=True).stdout
                self.assertEqual(json.loads(user)["name"], "Ada")
                self.assertEqual(receipts.stop(), 0)
                self.assertIn("Shutting down...", receipts.log())

    def test_the_readme_s_library_example_is_the_one_that_is_built(self):
        block = re.search(r"```cpp\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL).group(1)
        built = (ROOT / "examples/readme.cpp").read_text()
        self.assertIn("".join("  " + line for line in block.splitlines(True)), built)


if __name__ == "__main__":
    unittest.main()
