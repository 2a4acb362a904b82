"""The command line of `gannet config`: python3 config_command.py GANNET"""

import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest

BINARY = os.path.abspath(sys.argv.pop(1))
BAD_CONFIGURATION = 78
FAR = "2999-01-01T00:00:00Z"


class Services(http.server.BaseHTTPRequestHandler):
    """STS and the portal of IAM Identity Center, as little of them as is asked here."""

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append(form)
        action = re.search(r"Action=(\w+)", form).group(1)
        if "denied" in form:
            self.reply(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>")
            return
        self.reply(200, f"<{action}Response><{action}Result><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn>"
                        "</AssumedRoleUser><Credentials><AccessKeyId>ASIAABCDEFGHIJKLMNOP</AccessKeyId><SecretAccessKey>role-secret"
                        f"</SecretAccessKey><SessionToken>role-token</SessionToken><Expiration>{FAR}</Expiration></Credentials>"
                        f"</{action}Result></{action}Response>")  # fmt: skip

    def do_GET(self):
        self.server.asked.append(self.headers["x-amz-sso_bearer_token"])
        self.reply(200, json.dumps({"roleCredentials": {"accessKeyId": "ASIASSOSSOSSOSSOSSOS", "secretAccessKey": "sso-secret",
                                                        "sessionToken": "sso-token", "expiration": 32472144000000}}))  # fmt: skip

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class ConfigCommand(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = folder.name
        os.mkdir(os.path.join(self.home, ".aws"))
        self.config_file = os.path.join(self.home, ".aws", "config")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
        self.server.asked = []
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def write(self, text, name="config"):
        path = os.path.join(self.home, ".aws", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def run_config(self, *arguments, **environment):
        fixed = {"HOME": self.home, "PATH": os.environ["PATH"], "AWS_EC2_METADATA_DISABLED": "true"}
        sanitizers = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
        done = subprocess.run([BINARY, "config", *arguments], capture_output=True, encoding="utf-8", timeout=60, check=False,
                              env={**fixed, **sanitizers, **environment})
        for secret in ("secret", "token", "password"):
            for text in (done.stdout, done.stderr):
                self.assertNotRegex(text, rf"[a-z]+-{secret}")
        return done

    def settings(self, *arguments, **environment):
        done = self.run_config("--json", *arguments, **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return {setting["name"]: (setting["value"], setting["origin"]) for setting in json.loads(done.stdout)}

    def test_is_a_table_for_people(self):
        self.write("[default]\nmax_attempts = 7\n")
        done = self.run_config(AWS_REGION="eu-west-1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        lines = [re.split(r"  +", line) for line in done.stdout.splitlines()]
        self.assertEqual(lines[0], ["SETTING", "VALUE", "FROM"])
        self.assertIn(["region", "eu-west-1", "AWS_REGION"], lines)
        self.assertIn(["retry.max_attempts", "7", f"{self.config_file}, line 2"], lines)
        self.assertIn(["timeouts.connect", "3100 ms", "default"], lines)
        self.assertIn(["profile", "-", "default"], lines)
        self.assertIn(["config_file", self.config_file, "default"], lines)

    def test_is_json_for_programs(self):
        settings = self.settings(AWS_ENDPOINT_URL_S3="http://localhost:2")
        self.assertEqual(settings["service_endpoint_urls.s3"], ("http://localhost:2", "AWS_ENDPOINT_URL_S3"))
        self.assertEqual(settings["credentials"], ("none", "nowhere"))
        self.assertNotIn("credentials.expiration", settings)

    def test_escapes_what_could_draw_on_a_terminal(self):
        self.assertEqual(self.settings(AWS_REGION='a"b\\c\x1b[1m')["region"][0], 'a"b\\c\x1b[1m')
        # The second one is CSI too, in one character.
        for control in ("\x1b", "\x9b", "\x7f"):
            self.assertNotIn(control, self.run_config(AWS_REGION=f"a{control}[1m").stdout)
            refused = self.run_config(AWS_RETRY_MODE=f"a{control}[1m")
            self.assertNotIn(control, refused.stderr)
            self.assertIn(f"gannet config: AWS_RETRY_MODE: 'a\\u{ord(control):04x}[1m' is no retry mode", refused.stderr)

    def test_writes_utf_8_whatever_it_reads(self):
        self.assertEqual(self.settings(AWS_REGION="käse ✓ 🐦")["region"][0], "käse ✓ 🐦")
        for wrong in (b"a\xff", b"a\xc3", b"a\xc0\xaf", b"a\xed\xa0\x80", b"a\xf4\x90\x80\x80", b"a\x80"):
            region = os.fsdecode(wrong)
            self.assertEqual(self.settings(AWS_REGION=region)["region"][0], "a" + "\ufffd" * (len(wrong) - 1))
            self.assertIn("a\\ufffd", self.run_config(AWS_REGION=region).stdout)
            self.assertIn("a\\ufffd", self.run_config(AWS_RETRY_MODE=region).stderr)

    def test_takes_the_profile_that_is_named(self):
        self.write("[default]\nregion = one\n[profile two]\nregion = two\naws_access_key_id = AKIAABCDEFGHIJKLMNOP\n"
                   "aws_secret_access_key = file-secret\n")
        keys = {"AWS_ACCESS_KEY_ID": "AKIAENVENVENVENVENVE", "AWS_SECRET_ACCESS_KEY": "env-secret"}
        self.assertEqual(self.settings()["region"][0], "one")
        self.assertEqual(self.settings(AWS_PROFILE="two")["region"][0], "two")
        self.assertEqual(self.settings(AWS_PROFILE="two")["profile"], ("two", "AWS_PROFILE"))
        settings = self.settings("--profile", "two", **keys)
        self.assertEqual(settings["profile"], ("two", "code"))
        self.assertEqual(settings["credentials"], ("AKIA************MNOP", f"{self.config_file}, line 5"))
        self.assertEqual(self.settings(AWS_PROFILE="two", **keys)["credentials"], ("AKIA************ENVE", "AWS_ACCESS_KEY_ID"))

    def test_says_of_keys_that_they_have_expired(self):
        settings = self.settings(AWS_ACCESS_KEY_ID="AKIAENVENVENVENVENVE", AWS_SECRET_ACCESS_KEY="env-secret",
                                 AWS_CREDENTIAL_EXPIRATION="2001-01-01T00:00:00Z")  # fmt: skip
        self.assertEqual(settings["credentials"], ("AKIA************ENVE, expired at 2001-01-01T00:00:00Z", "AWS_ACCESS_KEY_ID"))

    def test_says_which_source_gave_the_credentials(self):
        self.write("[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nexternal_id = x\n"
                   "[profile base]\naws_access_key_id = AKIAABCDEFGHIJKLMNOP\naws_secret_access_key = file-secret\n")
        environment = {"AWS_ENDPOINT_URL_STS": self.url, "AWS_REGION": "eu-west-1"}
        lazily = self.settings(**environment)
        self.assertEqual(lazily["credentials"][0], "fetched when first needed")
        self.assertEqual(self.server.asked, [])
        settings = self.settings("--credentials", **environment)
        origin = (f"{self.config_file}, line 2 (arn:aws:iam::123456789012:role/r, assumed with {self.config_file}, line 6)")
        self.assertEqual(settings["credentials"], ("ASIA************MNOP", origin))
        self.assertEqual(settings["credentials.session_token"], ("***", "credentials"))
        self.assertEqual(settings["credentials.account_id"], ("123456789012", "credentials"))
        self.assertEqual(settings["credentials.expiration"], (FAR, "credentials"))
        self.assertEqual(len(self.server.asked), 1)

    def test_gets_credentials_by_single_sign_on(self):
        self.write("[default]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = Reader\n"
                   "[sso-session work]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n")
        environment = {"AWS_ENDPOINT_URL_SSO": self.url}
        missing = self.run_config("--credentials", **environment)
        self.assertEqual(missing.returncode, BAD_CONFIGURATION)
        self.assertIn("aws sso login --profile default", missing.stderr)
        self.write(json.dumps({"accessToken": "bearer", "expiresAt": FAR}),
                   f"sso/cache/{hashlib.sha1(b'work').hexdigest()}.json")
        settings = self.settings("--credentials", **environment)
        self.assertEqual(settings["credentials"], ("ASIA************SSOS", f"{self.config_file}, line 3 (Reader in the account "
                                                   "123456789012, by single sign-on)"))  # fmt: skip
        self.assertEqual(self.server.asked, ["bearer"])

    def test_a_bad_configuration_is_status_78_and_a_sentence(self):
        for text, says in (("[default\n", "line 1: a section's name"), ("[default]\nmax_attempts = many\n", "line 2: 'many'"),
                           ("[default]\nrole_arn = arn:aws:iam::1:role/r\n", "line 2: role_arn needs"),
                           ("[default]\naws_secret_access_key = file-secret\n", "line 2: aws_secret_access_key needs")):
            with self.subTest(text):
                self.write(text)
                wrong = self.run_config()
                self.assertEqual((wrong.returncode, wrong.stdout), (BAD_CONFIGURATION, ""))
                self.assertIn(f"gannet config: {self.config_file}, {says}", wrong.stderr)
        self.write("")
        self.assertEqual(self.run_config("--profile", "gone").returncode, BAD_CONFIGURATION)
        nothing = self.run_config("--credentials")
        self.assertEqual((nothing.returncode, nothing.stdout), (BAD_CONFIGURATION, ""))
        self.assertIn("no credentials were found", nothing.stderr)

    def test_credentials_that_cannot_be_got(self):
        self.write("[default]\nrole_arn = arn:aws:iam::1:role/denied\ncredential_source = Environment\n")
        keys = {"AWS_ACCESS_KEY_ID": "AKIAENVENVENVENVENVE", "AWS_SECRET_ACCESS_KEY": "env-secret", "AWS_REGION": "us-east-1"}
        denied = self.run_config("--credentials", "--profile", "default", AWS_ENDPOINT_URL_STS=self.url, **keys)
        self.assertEqual(denied.returncode, BAD_CONFIGURATION)
        self.assertIn("cannot assume the role arn:aws:iam::1:role/denied: AccessDenied: not you", denied.stderr)
        away = self.run_config("--credentials", "--profile", "default", AWS_ENDPOINT_URL_STS="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1", **keys)
        self.assertEqual((away.returncode, away.stdout), (1, ""))

    def test_wrong_usage_is_status_2(self):
        for arguments in (["--fly"], ["--profile"], ["more"]):
            self.assertEqual(self.run_config(*arguments).returncode, 2)
        helped = self.run_config("--help")
        self.assertEqual((helped.returncode, helped.stderr), (0, ""))
        self.assertIn("--credentials", helped.stdout)


if __name__ == "__main__":
    unittest.main()
