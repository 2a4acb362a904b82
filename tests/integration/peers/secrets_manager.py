"""Secrets Manager as boto3 uses it, step by step the same on the local cloud and on moto where both speak."""

import re

from harness import case, client, equal, has, needs, refusal, Skip

RANDOM = re.compile(r"-[A-Za-z0-9]{6}$")
DATES = {"CreatedDate", "LastChangedDate", "LastAccessedDate", "DeletedDate", "DeletionDate"}


def token(letter):
    return letter * 32


def walk():
    """Operation and input of each step. The names are this walk's own."""
    name = "walk/database"
    return [
        ("create_secret", {"Name": name, "SecretString": "one", "ClientRequestToken": token("1"), "Description": "The DB",
                           "Tags": [{"Key": "team", "Value": "core"}]}),
        ("create_secret", {"Name": name, "SecretString": "one", "ClientRequestToken": token("1")}),
        ("create_secret", {"Name": name, "SecretString": "two", "ClientRequestToken": token("1")}),
        ("create_secret", {"Name": name, "SecretString": "one", "ClientRequestToken": token("2")}),
        ("get_secret_value", {"SecretId": name}),
        ("get_secret_value", {"SecretId": name, "VersionId": token("1")}),
        ("get_secret_value", {"SecretId": name, "VersionId": token("9")}),
        ("get_secret_value", {"SecretId": "walk/nothing"}),
        ("put_secret_value", {"SecretId": name, "SecretString": "two", "ClientRequestToken": token("2")}),
        ("put_secret_value", {"SecretId": name, "SecretString": "2", "ClientRequestToken": token("2")}),
        ("get_secret_value", {"SecretId": name}),
        ("get_secret_value", {"SecretId": name, "VersionStage": "AWSPREVIOUS"}),
        ("get_secret_value", {"SecretId": name, "VersionId": token("1"), "VersionStage": "AWSCURRENT"}),
        ("put_secret_value", {"SecretId": name, "SecretString": "three", "ClientRequestToken": token("3"),
                              "VersionStages": ["blue"]}),
        ("get_secret_value", {"SecretId": name, "VersionStage": "blue"}),
        ("get_secret_value", {"SecretId": name}),
        ("update_secret_version_stage", {"SecretId": name, "VersionStage": "AWSCURRENT",
                                         "MoveToVersionId": token("3")}),
        ("update_secret_version_stage", {"SecretId": name, "VersionStage": "AWSCURRENT",
                                         "RemoveFromVersionId": token("9"), "MoveToVersionId": token("3")}),
        ("update_secret_version_stage", {"SecretId": name, "VersionStage": "blue", "RemoveFromVersionId": token("3"),
                                         "MoveToVersionId": token("1")}),
        ("get_secret_value", {"SecretId": name, "VersionStage": "blue"}),
        ("update_secret_version_stage", {"SecretId": name, "VersionStage": "blue", "RemoveFromVersionId": token("1"),
                                         "MoveToVersionId": token("3")}),
        ("update_secret", {"SecretId": name, "SecretString": "four", "ClientRequestToken": token("4")}),
        ("get_secret_value", {"SecretId": name}),
        ("update_secret", {"SecretId": "walk/nothing", "SecretString": "x"}),
        ("tag_resource", {"SecretId": name, "Tags": [{"Key": "env", "Value": "dev"}]}),
        ("untag_resource", {"SecretId": name, "TagKeys": ["team"]}),
        ("describe_secret", {"SecretId": name}),
        ("describe_secret", {"SecretId": "walk/nothing"}),
        ("create_secret", {"Name": "walk/binary", "SecretBinary": b"\x00\xff\x01"}),
        ("get_secret_value", {"SecretId": "walk/binary"}),
        ("create_secret", {"Name": "walk/empty"}),
        ("get_secret_value", {"SecretId": "walk/empty"}),
        ("list_secrets", {"Filters": [{"Key": "name", "Values": ["walk/"]}]}),
        ("list_secrets", {"Filters": [{"Key": "name", "Values": ["walk/da"]}]}),
        ("list_secrets", {"Filters": [{"Key": "description", "Values": ["db"]}]}),
        ("list_secrets", {"Filters": [{"Key": "tag-key", "Values": ["env"]}]}),
        ("list_secrets", {"Filters": [{"Key": "tag-value", "Values": ["prod"]}]}),
        ("list_secrets", {"Filters": [{"Key": "all", "Values": ["dev"]}]}),
        ("batch_get_secret_value", {"SecretIdList": [name, "walk/binary", "walk/nothing"]}),
        ("batch_get_secret_value", {"SecretIdList": [name], "MaxResults": 1}),
        ("delete_secret", {"SecretId": name, "RecoveryWindowInDays": 6}),
        ("delete_secret", {"SecretId": name, "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True}),
        ("delete_secret", {"SecretId": name, "RecoveryWindowInDays": 7}),
        ("delete_secret", {"SecretId": name}),
        ("get_secret_value", {"SecretId": name}),
        ("update_secret", {"SecretId": name, "SecretString": "x"}),
        ("restore_secret", {"SecretId": name}),
        ("get_secret_value", {"SecretId": name}),
        ("delete_secret", {"SecretId": name, "ForceDeleteWithoutRecovery": True}),
        ("get_secret_value", {"SecretId": name}),
        ("delete_secret", {"SecretId": name}),
        ("restore_secret", {"SecretId": name}),
        ("delete_secret", {"SecretId": "walk/binary", "ForceDeleteWithoutRecovery": True}),
        ("delete_secret", {"SecretId": "walk/empty", "ForceDeleteWithoutRecovery": True}),
    ]


def plain(value):
    """An answer without what differs from run to run, and without members that say nothing."""
    if isinstance(value, dict):
        return {plain(name): plain(member) for name, member in value.items()
                if name not in DATES and name != "ResponseMetadata" and member not in (None, "", [], {})}
    if isinstance(value, list):
        members = [plain(member) for member in value]
        return sorted(members) if all(isinstance(member, str) for member in members) else members
    if isinstance(value, str):
        value = re.sub(r"^(arn:aws:secretsmanager:[a-z0-9-]+:)\d{12}", r"\1ACCOUNT", value)
        value = RANDOM.sub("-RANDOM", value) if value.startswith("arn:") else value
        return "VERSION" if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) else value
    return value


def outcome(secrets, operation, values):
    import botocore.exceptions
    try:
        return plain(getattr(secrets, operation)(**values))
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


@case
def the_walk_is_the_same_as_on_moto(url):
    needs("boto3", "python3-boto3")
    if not has("moto"):
        raise Skip("This Python has no moto to compare with.")
    import boto3
    import moto
    ours = [outcome(client("secretsmanager", url), operation, values) for operation, values in walk()]
    with moto.mock_aws():
        other = boto3.client("secretsmanager", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        theirs = [outcome(other, operation, values) for operation, values in walk()]
    differences = []
    for number, (step, here, there) in enumerate(zip(walk(), ours, theirs)):
        if here != there:
            differences.append(f"{number} {step[0]} {step[1]}:\n      here {here}\n      moto {there}")
    if differences:
        raise AssertionError("these differ:\n    " + "\n    ".join(differences))


@case
def stages_move_as_the_service_moves_them(url):
    """Where moto is not the service: it reads the version that was current before a move, and writes to what is deleted."""
    needs("boto3", "python3-boto3")
    secrets = client("secretsmanager", url)
    secrets.create_secret(Name="stages", SecretString="one", ClientRequestToken=token("1"))
    secrets.put_secret_value(SecretId="stages", SecretString="two", ClientRequestToken=token("2"))
    secrets.update_secret_version_stage(SecretId="stages", VersionStage="AWSCURRENT", RemoveFromVersionId=token("2"),
                                        MoveToVersionId=token("1"))
    equal(secrets.get_secret_value(SecretId="stages")["SecretString"], "one")
    equal(secrets.get_secret_value(SecretId="stages", VersionStage="AWSPREVIOUS")["SecretString"], "two")
    versions = secrets.list_secret_version_ids(SecretId="stages")["Versions"]
    equal({version["VersionId"]: version["VersionStages"] for version in versions},
          {token("1"): ["AWSCURRENT"], token("2"): ["AWSPREVIOUS"]})
    secrets.delete_secret(SecretId="stages")
    equal(refusal(secrets.put_secret_value, SecretId="stages", SecretString="x"), (400, "InvalidRequestException"))
    equal(secrets.describe_secret(SecretId="stages")["Name"], "stages")


@case
def secrets_are_found_by_arn(url):
    needs("boto3", "python3-boto3")
    secrets = client("secretsmanager", url)
    arn = secrets.create_secret(Name="by/arn", SecretString="here")["ARN"]
    for secret_id in (arn, arn[:-7]):
        equal(secrets.get_secret_value(SecretId=secret_id)["SecretString"], "here")


@case
def pages_hold_every_secret_once(url):
    needs("boto3", "python3-boto3")
    secrets = client("secretsmanager", url)
    names = [f"page/{number:02}" for number in range(25)]
    for name in names:
        secrets.create_secret(Name=name, SecretString=name)
    filters = [{"Key": "name", "Values": ["page/"]}]
    listed = [secret["Name"] for page in secrets.get_paginator("list_secrets").paginate(Filters=filters, MaxResults=7)
              for secret in page["SecretList"]]
    equal(listed, names)
    if not hasattr(secrets, "batch_get_secret_value"):
        return  # A boto3 of before that operation.
    values = []
    answer = secrets.batch_get_secret_value(Filters=filters, MaxResults=10)
    while True:
        values += [value["SecretString"] for value in answer["SecretValues"]]
        if "NextToken" not in answer:
            break
        answer = secrets.batch_get_secret_value(Filters=filters, MaxResults=10, NextToken=answer["NextToken"])
    equal(values, names)
