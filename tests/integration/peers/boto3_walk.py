"""boto3, with the settings it has by default, does what the README's walk does on AWS: table, bucket, secrets, images."""

import contextlib
import datetime
import io
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import urllib.parse

from auth import code, fetch
from harness import KEY_ID, REGION, SECRET, Skip, case, client, equal, needs, refusal, signing_at

IMAGE = (pathlib.Path(__file__).resolve().parents[3] / "examples" / "lunch.jpg").read_bytes()
JPEG = {"Content-Type": "image/jpeg"}


def default_client(service, url):
    """A client without any setting but where and who."""
    import boto3
    return boto3.session.Session().client(service, endpoint_url=url, region_name=REGION, aws_access_key_id=KEY_ID,
                                          aws_secret_access_key=SECRET)


def table(url, name):
    import boto3
    dynamodb = boto3.session.Session().resource("dynamodb", endpoint_url=url, region_name=REGION,
                                                aws_access_key_id=KEY_ID, aws_secret_access_key=SECRET)
    made = dynamodb.create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}, {"AttributeName": "SK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}])
    made.wait_until_exists()
    return made


@case
def users_and_rewards_live_in_one_table(url):
    needs("boto3", "python3-boto3")
    import boto3.dynamodb.conditions as conditions
    import decimal
    users = table(url, "walk-users")
    user = {"PK": "USER#123", "SK": "USER#123", "entity_type": "USER", "name": "Ada", "email": "ada@example.com"}
    users.put_item(Item=user)
    equal(users.get_item(Key={"PK": "USER#123", "SK": "USER#123"})["Item"], user)
    with users.batch_writer() as batch:
        for number in range(30):
            batch.put_item(Item={"PK": "USER#123", "SK": f"REWARD#{number:02}", "points": decimal.Decimal(number) / 8})
    mine = conditions.Key("PK").eq("USER#123") & conditions.Key("SK").begins_with("REWARD#")
    found, page = [], users.query(KeyConditionExpression=mine, Limit=7)
    while True:
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        page = users.query(KeyConditionExpression=mine, Limit=7, ExclusiveStartKey=page["LastEvaluatedKey"])
    equal([reward["SK"] for reward in found], [f"REWARD#{number:02}" for number in range(30)])
    equal(found[5]["points"], decimal.Decimal("0.625"))
    rich = users.query(KeyConditionExpression=mine, FilterExpression=conditions.Attr("points").gte(3))
    equal((rich["Count"], rich["ScannedCount"]), (6, 30))
    answer = users.update_item(Key={"PK": "USER#123", "SK": "REWARD#00"}, UpdateExpression="ADD points :two SET seen = :yes",
                               ExpressionAttributeValues={":two": 2, ":yes": True}, ReturnValues="UPDATED_NEW")
    equal(answer["Attributes"], {"points": 2, "seen": True})
    equal(refusal(users.put_item, Item=user, ConditionExpression="attribute_not_exists(PK)"),
          (400, "ConditionalCheckFailedException"))
    users.delete()
    users.wait_until_not_exists()


@case
def transactions_are_all_or_nothing_and_done_once(url):
    needs("boto3", "python3-boto3")
    import botocore.exceptions
    rewards = table(url, "walk-transactions")
    dynamodb = rewards.meta.client  # The resource's client: it takes and gives Python's own types.
    user = {"PK": "USER#1", "SK": "USER#1"}
    reward = {"PK": "USER#1", "SK": "REWARD#1"}
    earn = [{"Put": {"TableName": rewards.name, "Item": {**reward, "points": 5},
                     "ConditionExpression": "attribute_not_exists(PK)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
            {"Update": {"TableName": rewards.name, "Key": user, "UpdateExpression": "ADD points :p",
                        "ExpressionAttributeValues": {":p": 5}}}]
    # The second time is the first one's retry.
    for _ in range(2):
        dynamodb.transact_write_items(TransactItems=earn, ClientRequestToken="earn-1")
    try:
        dynamodb.transact_write_items(TransactItems=list(reversed(earn)))
    except botocore.exceptions.ClientError as error:
        equal((error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]),
              (400, "TransactionCanceledException"))
        reasons = error.response["CancellationReasons"]
        equal([reason["Code"] for reason in reasons], ["None", "ConditionalCheckFailed"])
        equal(reasons[1]["Item"], {"PK": {"S": "USER#1"}, "SK": {"S": "REWARD#1"}, "points": {"N": "5"}})
    else:
        raise AssertionError("a transaction whose condition fails was done")
    equal(refusal(dynamodb.transact_write_items, TransactItems=earn[1:], ClientRequestToken="earn-1"),
          (400, "IdempotentParameterMismatchException"))
    equal(refusal(dynamodb.transact_write_items, TransactItems=earn[1:] * 2), (400, "ValidationException"))
    found = dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": rewards.name, "Key": key}} for key in
                                                       (user, {"PK": "nobody", "SK": "x"}, reward)])
    equal([answer.get("Item") for answer in found["Responses"]], [{**user, "points": 5}, None, {**reward, "points": 5}])
    rewards.delete()


@case
def an_image_goes_up_and_down_by_presigned_urls(url):
    needs("boto3", "python3-boto3")
    for name, s3 in (("as it presigns by itself", default_client("s3", url)),
                     ("version 4", client("s3", url, signature_version="s3v4"))):
        bucket = "walk-" + name.replace(" ", "-")
        s3.create_bucket(Bucket=bucket)
        where = {"Bucket": bucket, "Key": "receipts/123/lunch.jpg"}
        upload = s3.generate_presigned_url("put_object", dict(where, ContentType="image/jpeg"), ExpiresIn=900)
        equal(fetch("PUT", upload, IMAGE, JPEG)[0], 200, name)
        head = s3.head_object(**where)
        equal((head["ContentType"], head["ContentLength"]), ("image/jpeg", len(IMAGE)), name)
        download = s3.generate_presigned_url("get_object", dict(where, ResponseContentType="application/x-receipt"))
        equal(fetch("GET", download), (200, IMAGE), name)
        # What is signed holds: key, type, method, override of the answer, expiry and secret.
        for what, answer in (
                ("key", fetch("PUT", upload.replace("lunch", "supper"), IMAGE, JPEG)),
                ("type", fetch("PUT", upload, IMAGE, {"Content-Type": "text/html"})),
                ("no type", fetch("DELETE", upload, headers=JPEG)),
                ("method", fetch("GET", upload, headers=JPEG)),
                ("override", fetch("GET", download.replace("x-receipt", "x-other"))),
                ("secret", fetch("GET", client("s3", url, secret="wrong").generate_presigned_url("get_object", where)))):
            equal(code(answer), (403, "SignatureDoesNotMatch"), f"{name}, another {what}")
        stranger = client("s3", url, key="AKIANOBODY").generate_presigned_url("get_object", where)
        equal(code(fetch("GET", stranger)), (403, "InvalidAccessKeyId"), name)
        late = s3.generate_presigned_url("get_object", where, ExpiresIn=-5) if "version" not in name else None
        if late is None:
            with signing_at(datetime.timedelta(seconds=-61)):
                late = s3.generate_presigned_url("get_object", where, ExpiresIn=60)
        equal(code(fetch("GET", late)), (403, "AccessDenied"), f"{name}, late")


@case
def large_files_go_up_in_parts_and_come_down_in_ranges(url):
    needs("boto3", "python3-boto3")
    s3 = default_client("s3", url)
    s3.create_bucket(Bucket="walk-large")
    contents = os.urandom(20 * 1024 * 1024 + 1)
    s3.upload_fileobj(io.BytesIO(contents), "walk-large", "scan.pdf", ExtraArgs={"ContentType": "application/pdf"})
    head = s3.head_object(Bucket="walk-large", Key="scan.pdf")
    equal((head["ContentLength"], head["ContentType"], head["ETag"].rstrip('"')[-2:]),
          (len(contents), "application/pdf", "-3"))
    received = io.BytesIO()
    s3.download_fileobj("walk-large", "scan.pdf", received)
    equal(received.getvalue() == contents, True, "what came down")
    s3.copy({"Bucket": "walk-large", "Key": "scan.pdf"}, "walk-large", "copy.pdf")
    equal(s3.get_object(Bucket="walk-large", Key="copy.pdf", Range="bytes=-3")["Body"].read(), contents[-3:])


@case
def objects_are_listed_and_deleted(url):
    needs("boto3", "python3-boto3")
    s3 = default_client("s3", url)
    s3.create_bucket(Bucket="walk-list")
    keys = [f"receipts/{user}/a b+ü{number}.jpg" for user in range(3) for number in range(5)]
    for key in keys:
        s3.put_object(Bucket="walk-list", Key=key, Body=key.encode())
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket="walk-list", PaginationConfig={"PageSize": 4}))
    equal([item["Key"] for page in pages for item in page["Contents"]], keys)
    equal(len(pages), 4)
    folders = s3.list_objects_v2(Bucket="walk-list", Prefix="receipts/", Delimiter="/")
    equal([folder["Prefix"] for folder in folders["CommonPrefixes"]], [f"receipts/{user}/" for user in range(3)])
    equal(refusal(s3.delete_bucket, Bucket="walk-list"), (409, "BucketNotEmpty"))
    gone = s3.delete_objects(Bucket="walk-list", Delete={"Objects": [{"Key": key} for key in keys]})
    equal(len(gone["Deleted"]), len(keys))
    equal(s3.list_objects_v2(Bucket="walk-list")["KeyCount"], 0)
    s3.delete_bucket(Bucket="walk-list")
    equal(refusal(s3.head_bucket, Bucket="walk-list"), (404, "404"))


@case
def secrets_are_kept_and_the_caller_is_known(url):
    needs("boto3", "python3-boto3")
    secrets = default_client("secretsmanager", url)
    made = secrets.create_secret(Name="prod/walk/partner-api-keys", SecretString='{"partner_api_key": "one"}')
    secrets.put_secret_value(SecretId="prod/walk/partner-api-keys", SecretString='{"partner_api_key": "two"}')
    equal(secrets.get_secret_value(SecretId=made["ARN"])["SecretString"], '{"partner_api_key": "two"}')
    before = secrets.get_secret_value(SecretId="prod/walk/partner-api-keys", VersionStage="AWSPREVIOUS")
    equal(before["SecretString"], '{"partner_api_key": "one"}')
    equal(refusal(secrets.get_secret_value, SecretId="prod/walk/nothing"), (400, "ResourceNotFoundException"))
    equal(default_client("sts", url).get_caller_identity()["Account"], "000000000000")


@case
def bodies_in_chunks_with_checksum_trailers_are_read(url):
    """botocore sends aws-chunked bodies with trailers over TLS alone: an end of TLS stands before the cloud."""
    needs("boto3", "python3-boto3")
    import boto3
    with tempfile.TemporaryDirectory() as folder, tls_before(url, folder) as (secure, certificate):
        sent = []
        s3 = boto3.session.Session().client("s3", endpoint_url=secure, region_name=REGION, aws_access_key_id=KEY_ID,
                                            aws_secret_access_key=SECRET, verify=certificate)
        s3.meta.events.register_last("before-send.s3.PutObject", lambda request, **_: sent.append(dict(request.headers)))
        s3.create_bucket(Bucket="walk-chunks")
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            for body in (b"", b"x", os.urandom(3 * 1024 * 1024 + 5)):
                s3.put_object(Bucket="walk-chunks", Key="k", Body=io.BytesIO(body), ChecksumAlgorithm=algorithm)
                got = s3.get_object(Bucket="walk-chunks", Key="k", ChecksumMode="ENABLED")
                equal(got["Body"].read() == body, True, f"{len(body)} bytes with {algorithm}")
                equal(f"Checksum{algorithm}" in got, True, f"a checksum of {algorithm}")
        for headers in sent:
            text = {name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in headers.items()}
            equal(text.get("x-amz-content-sha256"), "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "the kind of body")
        # And with no setting at all: since 1.36 that is such a body too.
        s3.put_object(Bucket="walk-chunks", Key="plain", Body=IMAGE)
        equal(s3.get_object(Bucket="walk-chunks", Key="plain")["Body"].read() == IMAGE, True, "the plain one")


# --- an end of TLS ----------------------------------------------------------------------------------------------------

@contextlib.contextmanager
def tls_before(url, folder):
    """An https URL whose bytes go to `url`, and the file of its certificate."""
    if shutil.which("openssl") is None:
        raise Skip("There is no openssl command to make a certificate with.")
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    behind = urllib.parse.urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as door:
        def serve():
            while True:
                try:
                    plain, _ = door.accept()
                except OSError:
                    return
                threading.Thread(target=join, args=(plain,), daemon=True).start()

        def join(plain):
            try:
                with context.wrap_socket(plain, server_side=True) as near, \
                        socket.create_connection((behind.hostname, behind.port)) as far:
                    up = threading.Thread(target=pump, args=(near, far), daemon=True)
                    up.start()
                    pump(far, near)
                    up.join()
            except OSError:
                pass  # The client went away.

        threading.Thread(target=serve, daemon=True).start()
        yield f"https://127.0.0.1:{door.getsockname()[1]}", certificate
        door.shutdown(socket.SHUT_RDWR)


def pump(source, target):
    try:
        while True:
            some = source.recv(65536)
            if not some:
                break
            target.sendall(some)
    except OSError:
        pass
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
