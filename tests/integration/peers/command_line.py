"""The aws command line walks through all four services: the one on PATH, and Debian's where that is another."""

import json
import os
import shutil
import subprocess
import tempfile

from auth import code, fetch
from harness import KEY_ID, REGION, SECRET, Skip, case, equal

DEBIAN_S = "/usr/bin/aws"


def first_on_path():
    found = shutil.which("aws")
    if found is None:
        raise Skip("There is no aws command (awscli).")
    return found


def debian_s():
    if not os.access(DEBIAN_S, os.X_OK):
        raise Skip(f"There is no {DEBIAN_S} (awscli).")
    if os.path.realpath(shutil.which("aws") or "") == os.path.realpath(DEBIAN_S):
        raise Skip(f"{DEBIAN_S} is the one on PATH.")
    return DEBIAN_S


class CommandLine:
    def __init__(self, program, url, key=KEY_ID, secret=SECRET):
        self.program = program
        self.url = url
        self.environment = dict(os.environ, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret,
                                AWS_DEFAULT_REGION=REGION, AWS_PAGER="", AWS_MAX_ATTEMPTS="1")

    def run(self, *arguments):
        return subprocess.run([self.program, "--endpoint-url", self.url, "--output", "json", *arguments], timeout=120,
                              env=self.environment, capture_output=True, text=True, check=False)

    def __call__(self, *arguments):
        done = self.run(*arguments)
        if done.returncode != 0:
            raise AssertionError(f"aws {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout

    def refused(self, *arguments):
        """The code between the parentheses of `An error occurred (Code) when calling ...`."""
        done = self.run(*arguments)
        if done.returncode == 0:
            raise AssertionError(f"aws {' '.join(arguments)} was not refused: {done.stdout}")
        return done.stderr.partition("(")[2].partition(")")[0]


def walk_tables(aws, name):
    aws("dynamodb", "create-table", "--table-name", name, "--billing-mode", "PAY_PER_REQUEST", "--key-schema",
        "AttributeName=PK,KeyType=HASH", "AttributeName=SK,KeyType=RANGE", "--attribute-definitions",
        "AttributeName=PK,AttributeType=S", "AttributeName=SK,AttributeType=S")
    aws("dynamodb", "wait", "table-exists", "--table-name", name)
    user = {"PK": {"S": "USER#1"}, "SK": {"S": "USER#1"}, "name": {"S": "Ada"}}
    rewards = [{"PK": {"S": "USER#1"}, "SK": {"S": f"REWARD#{number}"}, "points": {"N": str(number)}} for number in range(3)]
    for item in (user, *rewards):
        aws("dynamodb", "put-item", "--table-name", name, "--item", json.dumps(item))
    key = json.dumps({"PK": user["PK"], "SK": user["SK"]})
    equal(aws("dynamodb", "get-item", "--table-name", name, "--key", key)["Item"], user)
    found = aws("dynamodb", "query", "--table-name", name, "--key-condition-expression",
                "PK = :pk and begins_with(SK, :prefix)", "--expression-attribute-values",
                json.dumps({":pk": {"S": "USER#1"}, ":prefix": {"S": "REWARD#"}}), "--page-size", "2")
    equal(found["Items"], rewards)
    equal(aws.refused("dynamodb", "get-item", "--table-name", "nowhere", "--key", key), "ResourceNotFoundException")
    aws("dynamodb", "delete-table", "--table-name", name)


def walk_objects(aws, bucket):
    aws("s3", "mb", f"s3://{bucket}")
    with tempfile.TemporaryDirectory() as folder:
        for size, key in ((11, "folder/small name"), (20 * 1024 * 1024, "folder/large")):  # Over 8 MiB: in parts.
            sent, received = os.path.join(folder, "sent"), os.path.join(folder, "received")
            contents = os.urandom(size)
            with open(sent, "wb") as file:
                file.write(contents)
            aws("s3", "cp", "--no-progress", "--content-type", "image/jpeg", sent, f"s3://{bucket}/{key}")
            aws("s3", "cp", "--no-progress", f"s3://{bucket}/{key}", received)
            with open(received, "rb") as file:
                equal(file.read() == contents, True, f"{key}, come back")
            presigned = aws("s3", "presign", f"s3://{bucket}/{key}", "--expires-in", "60").strip()
            equal(fetch("GET", presigned) == (200, contents), True, f"{key}, by its presigned URL")
            equal(code(fetch("GET", presigned.replace("folder", "golder"))), (403, "SignatureDoesNotMatch"))
            equal(code(fetch("DELETE", presigned)), (403, "SignatureDoesNotMatch"))
    listed = aws("s3", "ls", "--recursive", f"s3://{bucket}").splitlines()
    equal([line.split(None, 3)[2:] for line in listed], [["20971520", "folder/large"], ["11", "folder/small name"]])
    assert "PRE folder/" in aws("s3", "ls", f"s3://{bucket}")
    equal(aws("s3api", "head-object", "--bucket", bucket, "--key", "folder/large")["ContentType"], "image/jpeg")
    aws("s3", "rm", f"s3://{bucket}/folder/small name")
    equal(aws("s3api", "list-objects-v2", "--bucket", bucket)["Contents"][0]["Key"], "folder/large")
    aws("s3", "rb", "--force", f"s3://{bucket}")
    equal(aws.refused("s3api", "get-object", "--bucket", bucket, "--key", "k", os.devnull), "NoSuchBucket")


def walk_secrets(aws, name):
    aws("secretsmanager", "create-secret", "--name", name, "--secret-string", "one")
    aws("secretsmanager", "put-secret-value", "--secret-id", name, "--secret-string", "two")
    equal(aws("secretsmanager", "get-secret-value", "--secret-id", name)["SecretString"], "two")
    equal(aws.refused("secretsmanager", "get-secret-value", "--secret-id", "nothing"), "ResourceNotFoundException")


def walk(program, url, name):
    aws = CommandLine(program, url)
    equal(aws("sts", "get-caller-identity")["Account"], "000000000000")
    walk_tables(aws, name)
    walk_objects(aws, name)
    walk_secrets(aws, name)


def refusals(program, url):
    calls = [("s3api", "list-buckets"), ("dynamodb", "list-tables"), ("secretsmanager", "list-secrets"),
             ("sts", "get-caller-identity")]
    wrong, nobody = CommandLine(program, url, secret="wrong"), CommandLine(program, url, key="AKIANOBODY")
    equal([wrong.refused(*call) for call in calls], ["SignatureDoesNotMatch", "InvalidSignatureException",
                                                     "InvalidSignatureException", "SignatureDoesNotMatch"], "a wrong secret")
    equal([nobody.refused(*call) for call in calls], ["InvalidAccessKeyId", "UnrecognizedClientException",
                                                      "UnrecognizedClientException", "InvalidClientTokenId"],
          "an unknown key")


@case
def the_one_on_path_walks_through_all_services(url):
    walk(first_on_path(), url, "command-line")


@case
def the_one_on_path_is_refused(url):
    refusals(first_on_path(), url)


@case
def debian_s_walks_through_all_services(url):
    walk(debian_s(), url, "command-line-debian")


@case
def debian_s_is_refused(url):
    refusals(debian_s(), url)
