"""Refusals as boto3 sees them: wrong signatures, unknown keys, clocks and regions, presigned URLs."""

import datetime
import json
import urllib.error
import urllib.parse
import urllib.request

from harness import case, client, equal, needs, refusal, signing_at

CALLS = {
    "s3": lambda s3: s3.list_buckets,
    "dynamodb": lambda dynamodb: dynamodb.list_tables,
    "secretsmanager": lambda secrets: secrets.list_secrets,
    "sts": lambda sts: sts.get_caller_identity,
}


def refused_everywhere(url, wanted, **how):
    needs("boto3", "python3-boto3")
    for service, call in CALLS.items():
        equal(refusal(call(client(service, url, **how))), wanted[service], service)


@case
def a_wrong_secret_is_refused(url):
    refused_everywhere(url, {
        "s3": (403, "SignatureDoesNotMatch"), "dynamodb": (400, "InvalidSignatureException"),
        "secretsmanager": (400, "InvalidSignatureException"), "sts": (403, "SignatureDoesNotMatch")}, secret="wrong")


@case
def an_unknown_key_is_refused(url):
    refused_everywhere(url, {
        "s3": (403, "InvalidAccessKeyId"), "dynamodb": (400, "UnrecognizedClientException"),
        "secretsmanager": (400, "UnrecognizedClientException"), "sts": (403, "InvalidClientTokenId")}, key="AKIANOBODY")


@case
def clocks_that_are_off_are_refused(url):
    needs("boto3", "python3-boto3")
    for minutes in (-16, 16):
        with signing_at(datetime.timedelta(minutes=minutes)):
            refused_everywhere(url, {
                "s3": (403, "RequestTimeTooSkewed"), "dynamodb": (400, "InvalidSignatureException"),
                "secretsmanager": (400, "InvalidSignatureException"), "sts": (403, "SignatureDoesNotMatch")})


@case
def clocks_that_are_a_little_off_are_not(url):
    needs("boto3", "python3-boto3")
    for service, call in CALLS.items():
        for minutes in (-14, 14) if service == "s3" else (-4, 4):
            with signing_at(datetime.timedelta(minutes=minutes)):
                call(client(service, url))()


@case
def another_region_is_refused(url):
    needs("boto3", "python3-boto3")
    for service in ("dynamodb", "secretsmanager"):
        equal(refusal(CALLS[service](client(service, url, region="eu-west-1"))), (400, "InvalidSignatureException"),
              service)
    equal(refusal(CALLS["s3"](client("s3", url, region="eu-west-1"))), (400, "AuthorizationHeaderMalformed"), "s3")


@case
def a_session_token_is_refused(url):
    needs("boto3", "python3-boto3")
    import boto3
    sts = boto3.session.Session().client("sts", endpoint_url=url, region_name="us-east-1", aws_access_key_id="AKIAGANNETLOCAL00000",
                                         aws_secret_access_key="gannet-local-secret-access-key", aws_session_token="t")
    equal(refusal(sts.get_caller_identity), (403, "InvalidClientTokenId"))


def fetch(method, url, body=None, headers=None):
    """Status and body; nothing follows redirects or uses a proxy."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def code(answer):
    text = answer[1].decode()
    return answer[0], text.partition("<Code>")[2].partition("</Code>")[0]


def s3_with_object(url, bucket):
    needs("boto3", "python3-boto3")
    s3 = client("s3", url, signature_version="s3v4", s3={"addressing_style": "path"})
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/key with spaces+ü", Body=b"first")
    return s3


@case
def presigned_urls_work_as_they_are(url):
    s3 = s3_with_object(url, "presigned-works")
    where = {"Bucket": "presigned-works", "Key": "a/key with spaces+ü"}
    equal(fetch("GET", s3.generate_presigned_url("get_object", where)), (200, b"first"))
    put = s3.generate_presigned_url("put_object", dict(where, ContentType="text/plain"), ExpiresIn=60)
    equal(fetch("PUT", put, b"second", {"Content-Type": "text/plain"})[0], 200)
    equal(fetch("GET", s3.generate_presigned_url("get_object", where)), (200, b"second"))
    equal(fetch("DELETE", s3.generate_presigned_url("delete_object", where))[0], 204)
    equal(code(fetch("GET", s3.generate_presigned_url("get_object", where))), (404, "NoSuchKey"))


@case
def a_presigned_url_changed_in_any_signed_part_is_refused(url):
    s3 = s3_with_object(url, "presigned-tampered")
    good = s3.generate_presigned_url("put_object", {"Bucket": "presigned-tampered", "Key": "key", "ContentType": "image/png"},
                                     ExpiresIn=900)
    png = {"Content-Type": "image/png"}
    no_match, denied = (403, "SignatureDoesNotMatch"), (403, "AccessDenied")
    signature = urllib.parse.parse_qs(urllib.parse.urlsplit(good).query)["X-Amz-Signature"][0]
    other = ("0" if signature[0] != "0" else "1") + signature[1:]
    for what, answer, wanted in (
            ("method", fetch("GET", good, headers=png), no_match),
            ("key", fetch("PUT", good.replace("/key?", "/other?"), b"x", png), no_match),
            ("bucket", fetch("PUT", good.replace("presigned-tampered", "presigned-works"), b"x", png), no_match),
            ("expiry", fetch("PUT", good.replace("X-Amz-Expires=900", "X-Amz-Expires=901"), b"x", png), no_match),
            ("signature", fetch("PUT", good.replace(signature, other), b"x", png), no_match),
            ("signed header", fetch("PUT", good, b"x", {"Content-Type": "text/html"}), no_match),
            ("another parameter", fetch("PUT", good + "&versionId=1", b"x", png), no_match),
            ("another header", fetch("PUT", good, b"x", dict(png, **{"x-amz-acl": "public-read"})), denied),
            ("host", fetch("PUT", good, b"x", dict(png, Host="example.com")), no_match)):
        equal(code(answer), wanted, what)
    equal(fetch("PUT", good, b"x", png)[0], 200, "unchanged")


@case
def a_late_presigned_url_is_refused(url):
    s3 = s3_with_object(url, "presigned-late")
    where = {"Bucket": "presigned-late", "Key": "a/key with spaces+ü"}
    with signing_at(datetime.timedelta(seconds=-61)):
        late = s3.generate_presigned_url("get_object", where, ExpiresIn=60)
        alive = s3.generate_presigned_url("get_object", where, ExpiresIn=600)
    answer = fetch("GET", late)
    equal(code(answer), (403, "AccessDenied"))
    assert b"Request has expired" in answer[1], answer
    equal(fetch("GET", alive), (200, b"first"))
    with signing_at(datetime.timedelta(minutes=20)):
        early = s3.generate_presigned_url("get_object", where, ExpiresIn=60)
    equal(code(fetch("GET", early)), (403, "AccessDenied"))


@case
def a_presigned_caller_identity_works(url):
    needs("boto3", "python3-boto3")
    sts = client("sts", url)
    status, body = fetch("GET", sts.generate_presigned_url("get_caller_identity", HttpMethod="GET"))
    equal(status, 200)
    assert b":root</Arn>" in body, body


@case
def unsigned_requests_are_refused_each_in_its_service_s_words(url):
    equal(code(fetch("GET", url + "/bucket/key")), (403, "AccessDenied"))
    for target in ("DynamoDB_20120810.ListTables", "secretsmanager.ListSecrets"):
        status, body = fetch("POST", url + "/", b"{}", {"X-Amz-Target": target})
        equal((status, json.loads(body)["__type"].rpartition("#")[2]), (400, "MissingAuthenticationTokenException"))
    equal(code(fetch("POST", url + "/", b"Action=GetCallerIdentity&Version=2011-06-15",
                     {"Content-Type": "application/x-www-form-urlencoded"})), (403, "MissingAuthenticationToken"))


@case
def it_says_that_it_is_up(url):
    equal(fetch("GET", url + "/_gannet/health"), (200, b'{"status":"ok"}'))
