"""The aws command line walks through all four services."""

import json
import os
import shutil
import subprocess
import tempfile

from harness import KEY_ID, REGION, SECRET, Skip, case, equal


class CommandLine:
    def __init__(self, url):
        if shutil.which("aws") is None:
            raise Skip("There is no aws command (awscli).")
        self.url = url
        self.environment = dict(os.environ, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET,
                                AWS_DEFAULT_REGION=REGION, AWS_ENDPOINT_URL=url, AWS_PAGER="")

    def __call__(self, *arguments):
        done = subprocess.run(["aws", "--endpoint-url", self.url, "--output", "json", *arguments], env=self.environment,
                              capture_output=True, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout


@case
def the_command_line_walks_through_all_services(url):
    aws = CommandLine(url)
    equal(aws("sts", "get-caller-identity")["Account"], "000000000000")

    aws("dynamodb", "create-table", "--table-name", "cli", "--billing-mode", "PAY_PER_REQUEST", "--key-schema",
        "AttributeName=PK,KeyType=HASH", "AttributeName=SK,KeyType=RANGE", "--attribute-definitions",
        "AttributeName=PK,AttributeType=S", "AttributeName=SK,AttributeType=S")
    aws("dynamodb", "wait", "table-exists", "--table-name", "cli")
    item = {"PK": {"S": "USER#1"}, "SK": {"S": "USER#1"}, "name": {"S": "Ada"}}
    aws("dynamodb", "put-item", "--table-name", "cli", "--item", json.dumps(item))
    key = json.dumps({"PK": item["PK"], "SK": item["SK"]})
    equal(aws("dynamodb", "get-item", "--table-name", "cli", "--key", key)["Item"], item)

    aws("s3", "mb", "s3://cli-bucket")
    with tempfile.TemporaryDirectory() as folder:
        sent, received = os.path.join(folder, "sent"), os.path.join(folder, "received")
        contents = os.urandom(9 * 1024 * 1024)  # Over 8 MiB: in parts.
        with open(sent, "wb") as file:
            file.write(contents)
        aws("s3", "cp", "--no-progress", sent, "s3://cli-bucket/folder/large")
        aws("s3", "cp", "--no-progress", "s3://cli-bucket/folder/large", received)
        with open(received, "rb") as file:
            equal(file.read() == contents, True, "the object that came back")
    assert "folder/large" in aws("s3", "ls", "--recursive", "s3://cli-bucket")
    aws("s3", "rb", "--force", "s3://cli-bucket")

    aws("secretsmanager", "create-secret", "--name", "cli", "--secret-string", "one")
    aws("secretsmanager", "put-secret-value", "--secret-id", "cli", "--secret-string", "two")
    equal(aws("secretsmanager", "get-secret-value", "--secret-id", "cli")["SecretString"], "two")
