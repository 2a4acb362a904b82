"""The command line of `gannet local`: python3 tool.py GANNET"""

import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import unittest

from cloud import Cloud, Connection, KEY_ID

BINARY = os.path.abspath(sys.argv.pop(1))
WHO_AM_I = b"Action=GetCallerIdentity&Version=2011-06-15"
FORM = {"content_type": "application/x-www-form-urlencoded"}


def run(*arguments, **environment):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30, check=False,
                          env=dict(os.environ, **environment))


class Tool(unittest.TestCase):
    def test_says_its_version_and_how_it_is_used(self):
        self.assertRegex(run("--version").stdout, r"^gannet \d+\.\d+\.\d+\n$")
        for arguments in (["--help"], ["local", "--help"]):
            helped = run(*arguments)
            self.assertEqual((helped.returncode, helped.stderr), (0, ""))
            self.assertIn("local", helped.stdout)

    def test_wrong_usage_is_status_2_and_a_sentence(self):
        for arguments in ([], ["fly"], ["local", "--port", "x"], ["local", "--port", "70000"], ["local", "--fly"],
                          ["local", "--memory", "--data-dir", "x"], ["local", "--credential", "nosecret"],
                          ["local", "--memory", "--account", "12"],
                          ["local", "--memory", "--fault", "s3:UpdateItem:throttle"], ["local", "--memory", "--seed", "x"],
                          ["local", "--memory", "--faults", os.devnull], ["local", "--memory", "--faults", ""], ["local", "--memory", "--region", "US East"]):
            with self.subTest(arguments):
                wrong = run(*arguments)
                self.assertEqual(wrong.returncode, 2, wrong)
                self.assertNotEqual(wrong.stderr, "")
                self.assertEqual(wrong.stdout, "")

    def test_a_malformed_credential_is_not_repeated(self):
        self.assertNotIn("topsecret", run("local", "--credential", "topsecret").stderr)

    def test_a_port_that_is_taken_is_status_1(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            wrong = run("local", "--memory", "--port", port)
            self.assertEqual(wrong.returncode, 1)
            self.assertIn(port, wrong.stderr)

    def test_ends_cleanly_by_signal(self):
        for which in (signal.SIGTERM, signal.SIGINT):
            with Cloud(BINARY, "--memory") as cloud, Connection(cloud.host) as idle:
                self.assertEqual(idle.send("sts", "POST", "/", WHO_AM_I, **FORM)[0], 200)
                self.assertEqual(cloud.end(which), 0)

    def test_prints_address_and_key_first_and_logs_json(self):
        with Cloud(BINARY, "--memory") as cloud:
            self.assertRegex(cloud.url, r"^http://127\.0\.0\.1:\d+$")
            self.assertEqual(cloud.key_id, KEY_ID)
            cloud.end()
            lines = [json.loads(line) for line in cloud.log().splitlines()]
            self.assertEqual([line["message"] for line in lines], ["Stopping."])

    def test_takes_keys_from_the_command_line_and_the_environment(self):
        with Cloud(BINARY, "--memory", "--credential", "ONE:a:b", GANNET_LOCAL_CREDENTIALS="TWO:c THREE:d") as cloud:
            self.assertEqual(cloud.key_id, "ONE")
            for key_id, secret, status in (("ONE", "a:b", 200), ("TWO", "c", 200), ("THREE", "d", 200),
                                           ("TWO", "d", 403), (KEY_ID, "gannet-local-secret-access-key", 403)):
                with self.subTest(key_id), Connection(cloud.host, secret, key_id) as connection:
                    self.assertEqual(connection.send("sts", "POST", "/", WHO_AM_I, **FORM)[0], status)

    def test_goes_wrong_as_it_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            plan = os.path.join(folder, "faults.json")
            with open(plan, "w", encoding="utf-8") as file:
                json.dump({"seed": 1, "rules": [{"service": "sts", "fault": "throttle", "first": 1}]}, file)
            with Cloud(BINARY, "--memory", "--faults", plan, "--fault", "sts:*:cut_after:first=1", "--seed", "42") as cloud:
                statuses = []
                for _ in range(3):
                    with Connection(cloud.host) as connection:
                        try:
                            statuses.append(connection.send("sts", "POST", "/", WHO_AM_I, **FORM)[0])
                        except http.client.RemoteDisconnected:
                            statuses.append("no answer")
                self.assertEqual(statuses, [400, "no answer", 200])
                cloud.end()
                self.assertIn("Faults: 2 rules, seed 42.", cloud.log())

    def test_a_plan_that_cannot_be_followed_is_refused_with_its_place(self):
        with tempfile.TemporaryDirectory() as folder:
            plan = os.path.join(folder, "faults.json")
            with open(plan, "w", encoding="utf-8") as file:
                file.write('{"rules": [{"fault": "throttle"}, {"fault": "delay", "delay_ms": 0}]}')
            refused = run("local", "--memory", "--faults", plan)
            self.assertEqual(refused.returncode, 2)
            self.assertIn(plan + ": rules[1].delay_ms: must be a whole number from 1 to 3600000", refused.stderr)
            with open(plan, "w", encoding="utf-8") as file:
                file.write('{"rules": [%s]}' % ", ".join(['{"fault": "throttle"}'] * 1000))
            one_too_many = run("local", "--memory", "--faults", plan, "--fault", "*:*:throttle")
            self.assertEqual(one_too_many.returncode, 2)
            self.assertIn("has more than 1000 rules", one_too_many.stderr)

    def test_one_folder_serves_one_process(self):
        with tempfile.TemporaryDirectory() as base:
            folder = os.path.join(base, "cloud")
            with Cloud(BINARY, "--data-dir", folder):
                self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
                second = run("local", "--port", "0", "--data-dir", folder)
                self.assertEqual(second.returncode, 1)
                self.assertIn("another local cloud is using", second.stderr)

    def test_its_own_folder_is_below_the_current_one(self):
        with tempfile.TemporaryDirectory() as base:
            before = os.getcwd()
            os.chdir(base)
            try:
                with Cloud(BINARY) as cloud:
                    cloud.end()
            finally:
                os.chdir(before)
            self.assertTrue(os.path.exists(os.path.join(base, ".gannet", "cloud", "gannet.sqlite3")))


if __name__ == "__main__":
    unittest.main()
