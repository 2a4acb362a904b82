#!/usr/bin/env python3
"""Runs the README's walk as it is written there against a fresh receipts program, and looks at what comes back.

usage: walk.py RECEIPTS_BINARY
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from program import Receipts

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = sys.argv[1]
del sys.argv[1]


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
                key = receipts.key
                receipts.kill()
            with Receipts(BINARY, data) as receipts:
                self.assertEqual(receipts.key, key)
                user = subprocess.run(["curl", "-sS", f"{receipts.api}/api/v1/users/123", "-H", f"X-API-Key: {key}"],
                                      text=True, stdout=subprocess.PIPE, check=True).stdout
                self.assertEqual(json.loads(user)["name"], "Ada")
                self.assertEqual(receipts.stop(), 0)
                self.assertIn("Shutting down...", receipts.log())


if __name__ == "__main__":
    unittest.main()
