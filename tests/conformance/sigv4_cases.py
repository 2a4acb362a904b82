#!/usr/bin/env python3
"""Writes signing cases with botocore's answers, one JSON object a line, for the tests of src/core/sigv4.hpp.

    sigv4_cases.py FILE [--count 5000] [--seed 4]

The cases are drawn by a seeded generator: header and query signatures, odd keys, unicode, empty and repeated
parameters, session tokens; some from botocore's signers directly, some from whole clients that never reach the network.
Works with botocore 1.29 (Debian 12) and later.

Left out, because botocore then signs what it was given rather than what a service works out: queries that are not
percent-encoded as AWS encodes them, a Date header, headers that only newer versions leave unsigned.
"""

import argparse
import datetime
import hashlib
import json
import os
import random
import types
from urllib.parse import urlsplit

# Where AWS's C runtime is installed, botocore hands signing over to it; these cases are about botocore's own.
os.environ["BOTO_DISABLE_CRT"] = "true"

import botocore
import botocore.auth
import botocore.session
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.utils import percent_encode, percent_encode_sequence

ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
ADDED_BY_THE_SIGNER = {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "host"}


class Clock:
    """The time botocore's signers see, whichever way their version asks for it."""

    def __init__(self):
        self.now = datetime.datetime(2026, 1, 31, 9, 8, 7)
        if hasattr(botocore.auth, "get_current_datetime"):
            botocore.auth.get_current_datetime = lambda *_, **__: self.now
        clock = self

        class Frozen(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return clock.now

        botocore.auth.datetime = types.SimpleNamespace(
            datetime=Frozen, timedelta=datetime.timedelta, timezone=datetime.timezone
        )

    def text(self):
        return self.now.strftime(TIME_FORMAT)


class Draw:
    """Random parts of requests."""

    PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    ODD = PLAIN + "-._~ !\"#$%&'()*+,/:;<=>?@[\\]^`{|}\t\n\x00\x7fäßñ€漢字😀\u200d"

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, longest, odd=True, shortest=0):
        alphabet = self.ODD if odd else self.PLAIN
        return "".join(self.random.choice(alphabet) for _ in range(self.random.randint(shortest, longest)))

    def chance(self, probability):
        return self.random.random() < probability

    def time(self):
        return datetime.datetime(2000, 1, 1) + datetime.timedelta(seconds=self.random.randrange(40 * 365 * 86400))

    def credentials(self):
        key = self.text(20, odd=False, shortest=4)
        secret = self.random.choice([SECRET_KEY, self.text(40, odd=False, shortest=1), self.text(90, shortest=70)])
        token = None
        if self.chance(0.4):
            token = "".join(self.random.choice(self.PLAIN + "+/=") for _ in range(self.random.randint(1, 700)))
        return Credentials(key, secret.replace("\n", ""), token)

    def host(self):
        return self.random.choice(
            [
                "example.amazonaws.com",
                "bucket.s3.us-east-1.amazonaws.com",
                "my.dotted.bucket.s3.eu-west-1.amazonaws.com",
                "dynamodb.us-west-2.amazonaws.com",
                "localhost:4566",
                "127.0.0.1:8000",
                "localhost:80",
                "localhost:443",
                "a-1.b_2.example:65535",
            ]
        )

    def key_path(self):
        return "/" + percent_encode("/".join(self.text(12) for _ in range(self.random.randint(0, 4))), safe="/~")

    def path(self, service):
        kind = self.random.randrange(5)
        if kind == 0:
            return "/"
        if kind == 1:
            pieces = ["a", "b c", "..", ".", "", "...", ".a", "é", "%", "~"]
            chosen = [self.random.choice(pieces) for _ in range(self.random.randint(1, 6))]
            return "/" + percent_encode("/".join(chosen), safe="/~")
        if kind == 2:
            return "/" + "".join(self.random.choice(self.PLAIN + "/!$&'()*+,;=:@-._~") for _ in range(20))
        if kind == 3 and service == "s3":
            return "/bucket" + self.key_path()
        return self.key_path()

    def parameters(self, repeated):
        pairs = []
        for _ in range(self.random.randint(0, 6)):
            name = self.random.choice(
                [self.text(8), self.text(3, odd=False), "Param", "param", "Param-3", "X-Amz-Other", "a", "a1", "uploads"]
            )
            pairs.append((name, self.random.choice(["", self.text(20), self.text(4, odd=False), "1", "+", "a/b", "%2F"])))
        if repeated and pairs and self.chance(0.4):
            pairs.extend((name, self.text(3)) for name, _ in self.random.sample(pairs, self.random.randint(1, len(pairs))))
        if not repeated:
            pairs = list(dict(pairs).items())
        self.random.shuffle(pairs)
        return pairs

    def query(self):
        pieces = []
        for name, value in self.parameters(repeated=True):
            piece = percent_encode_sequence([(name, value)])
            pieces.append(percent_encode(name) if name and value == "" and self.chance(0.5) else piece)
        return "&".join(piece for piece in pieces if piece)

    def headers(self):
        fields = []
        values = ["", "value", " two  spaces ", "\ttab\tand  more", '"a   b   c"', "a,b", "naïve 漢字", "x" * 300, "0", "=;:"]
        names = [
            "Content-Type", "content-type", "X-Custom", "x-custom", "X-CUSTOM", "Range", "If-None-Match", "User-Agent",
            "Expect", "X-Amzn-Trace-Id", "x-amz-meta-a", "X-Amz-Meta-A-B", "x-amz-meta_c", "X-Amz-Target", "Cache-Control",
            "x-amz-acl", "Accept", "!#$'*+^`|~", "zzz", "X-Amz-Storage-Class", "X-Amz-Server-Side-Encryption", "1",
        ]  # fmt: skip
        for _ in range(self.random.randint(0, 7)):
            value = self.random.choice([*values, self.text(30, odd=False)])
            fields.append((self.random.choice(names), value))
        return fields


def case_of(form, where, credentials, clock, method, url, query, headers, payload_hash):
    parts = urlsplit(url)
    return {
        "form": form,
        "service": where[0],
        "region": where[1],
        "access_key": credentials.access_key,
        "secret": credentials.secret_key,
        "token": credentials.token or "",
        "time": clock.text(),
        "method": method,
        "tls": parts.scheme == "https",
        "host": parts.hostname,
        "port": parts.port or (443 if parts.scheme == "https" else 80),
        "path": parts.path,
        "query": query,
        "headers": [[name, value] for name, value in headers],
        "payload_hash": payload_hash,
    }


def header_case_of(where, credentials, clock, method, url, headers, body, signed):
    """`headers` before signing, `signed` after."""
    fields = {name.lower(): value for name, value in signed}
    hashed = hashlib.sha256(body or b"").hexdigest()
    case = case_of(
        "header", where, credentials, clock, method, url, urlsplit(url).query, headers,
        fields.get("x-amz-content-sha256", hashed),
    )  # fmt: skip
    case["content_sha256"] = "x-amz-content-sha256" in fields
    case["authorization"] = fields["authorization"]
    case["date"] = fields["x-amz-date"]
    return case


def drawn_where(draw):
    service = draw.random.choice(["s3", "dynamodb", "sts", "secretsmanager", "s3"])
    return service, draw.random.choice(["us-east-1", "eu-west-1", "ap-southeast-2", "cn-north-1", "local"])


def drawn_header_case(draw, clock):
    clock.now = draw.time()
    credentials = draw.credentials()
    where = drawn_where(draw)
    query = draw.query()
    scheme = draw.random.choice(["http", "https"])
    url = f"{scheme}://{draw.host()}{draw.path(where[0])}" + (f"?{query}" if query else "")
    headers = draw.headers()
    method = draw.random.choice(["GET", "PUT", "POST", "DELETE", "HEAD"])
    body = draw.text(200).encode() if method in ("PUT", "POST") and draw.chance(0.7) else b""

    request = AWSRequest(method=method, url=url, data=body)
    for name, value in headers:
        request.headers.add_header(name, value)
    if where[0] == "s3" and draw.chance(0.3):
        headers.append(("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="))
        request.headers.add_header(*headers[-1])
        request.context["has_streaming_input"] = True
    signer = S3SigV4Auth if where[0] == "s3" else SigV4Auth
    signer(credentials, *where).add_auth(request)
    return header_case_of(where, credentials, clock, method, url, headers, body, request.headers.items())


def drawn_query_case(draw, clock):
    clock.now = draw.time()
    credentials = draw.credentials()
    where = drawn_where(draw)
    query = percent_encode_sequence(draw.parameters(repeated=False))
    scheme = draw.random.choice(["http", "https"])
    url = f"{scheme}://{draw.host()}{draw.path(where[0])}" + (f"?{query}" if query else "")
    headers = draw.headers() if draw.chance(0.5) else []
    method = draw.random.choice(["GET", "PUT", "POST", "DELETE", "HEAD"])
    expires = draw.random.choice([1, 60, 900, 3600, 604800])

    request = AWSRequest(method=method, url=url)
    for name, value in headers:
        request.headers.add_header(name, value)
    if where[0] == "s3":
        S3SigV4QueryAuth(credentials, *where, expires=expires).add_auth(request)
        payload_hash = "UNSIGNED-PAYLOAD"
    else:
        SigV4QueryAuth(credentials, *where, expires=expires).add_auth(request)
        payload_hash = hashlib.sha256(b"").hexdigest()
    case = case_of("query", where, credentials, clock, method, url, query, headers, payload_hash)
    case["expires"] = expires
    case["url"] = with_host_of(request.url)
    return case


def with_host_of(url):
    """The URL with its host as the Host header has it: without the scheme's own port."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port not in (None, 443 if parts.scheme == "https" else 80) else ""
    return url.replace(f"://{parts.netloc}/", f"://{parts.hostname}{port}/", 1)


class Stop(Exception):
    """Ends a call before the network."""


class WatchedClient:
    """A botocore client whose requests are seen before and after signing, and go no further."""

    def __init__(self, service, region, token, style=None, endpoint=None):
        options = {"retries": {"max_attempts": 0}, "signature_version": "s3v4" if service == "s3" else "v4"}
        if style:
            options["s3"] = {"addressing_style": style}
        self.where = (service, region)
        self.credentials = Credentials(ACCESS_KEY, SECRET_KEY, token)
        self.client = botocore.session.Session().create_client(
            service, region_name=region, endpoint_url=endpoint, config=Config(**options), aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY, aws_session_token=token,
        )  # fmt: skip
        self.unsigned = None
        self.sent = None
        self.client.meta.events.register_last("before-sign.*.*", self._before_sign)
        self.client.meta.events.register_first("before-send.*.*", self._before_send)

    def _before_sign(self, request, **_):
        self.unsigned = (request.method, request.url, list(request.headers.items()))

    def _before_send(self, request, **_):
        self.sent = request
        raise Stop

    def header_case(self, clock, operation, parameters):
        try:
            getattr(self.client, operation)(**parameters)
        except Stop:
            pass
        method, _, headers = self.unsigned
        headers = [(name, as_text(value)) for name, value in headers if name.lower() not in ADDED_BY_THE_SIGNER]
        signed = [(name, as_text(value)) for name, value in self.sent.headers.items()]
        body = self.sent.body
        body = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""
        return header_case_of(self.where, self.credentials, clock, method, self.sent.url, headers, body, signed)

    def query_case(self, clock, operation, parameters, expires):
        url = self.client.generate_presigned_url(operation, Params=parameters, ExpiresIn=expires)
        method, _, headers = self.unsigned
        query = urlsplit(url).query.partition("X-Amz-Algorithm=")[0].rstrip("&")
        names = urlsplit(url).query.partition("X-Amz-SignedHeaders=")[2].partition("&")[0].split("%3B")
        headers = [(name, as_text(value)) for name, value in headers if name.lower() in names and name.lower() != "host"]
        unsigned = "UNSIGNED-PAYLOAD" if self.where[0] == "s3" else hashlib.sha256(b"").hexdigest()
        case = case_of("query", self.where, self.credentials, clock, method, url, query, headers, unsigned)
        case["expires"] = expires
        case["url"] = url
        return case


def as_text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def watched_clients():
    token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMic=="
    clients = {"s3": [], "dynamodb": [], "sts": [], "secretsmanager": []}
    for given in (None, token):
        clients["s3"].append(WatchedClient("s3", "us-east-1", given, "virtual"))
        clients["s3"].append(WatchedClient("s3", "eu-west-1", given, "path"))
        clients["s3"].append(WatchedClient("s3", "us-east-1", given, "path", "http://localhost:4566"))
        clients["s3"].append(WatchedClient("s3", "us-east-1", given, "virtual", "https://storage.example:9000"))
        for service in ("dynamodb", "sts", "secretsmanager"):
            clients[service].append(WatchedClient(service, "us-east-1", given))
            clients[service].append(WatchedClient(service, "us-west-2", given, endpoint="http://127.0.0.1:8000"))
    return clients


def drawn_key(draw):
    text = draw.text(30, shortest=1).strip("/").replace("\x00", "")
    return draw.random.choice([f"receipts/123/{text}x", f"{text}y", "receipts/user/file.jpg"])


def drawn_object_call(draw):
    """An operation of S3 with its parameters."""
    where = {"Bucket": draw.random.choice(["fetch-receipts", "plain", "with.dots"]), "Key": drawn_key(draw)}
    kind = draw.random.randrange(6)
    if kind == 0:
        return "get_object", where
    if kind == 1:
        return "get_object", {**where, "ResponseContentType": "text/plain; charset=utf-8",
                              "ResponseContentDisposition": f'attachment; filename="{draw.text(8)}z"'}  # fmt: skip
    if kind == 2:
        return "head_object", {**where, "VersionId": draw.text(10, odd=False, shortest=1)}
    if kind == 3:
        return "upload_part", {**where, "UploadId": draw.text(40, odd=False, shortest=1) + "._-~",
                               "PartNumber": draw.random.randint(1, 10000)}  # fmt: skip
    if kind == 4:
        return "list_objects_v2", {"Bucket": where["Bucket"], "Prefix": draw.text(12), "Delimiter": "/"}
    extra = {"ContentType": draw.random.choice(["image/jpeg", "application/pdf", 'multipart/mixed; b="  x"'])}
    if draw.chance(0.3):
        extra["Metadata"] = {"owner": draw.text(10, odd=False, shortest=1), "Shelf": "a  b"}
    if draw.chance(0.2):
        extra["ACL"] = "private"
    return "put_object", {**where, **extra}


def drawn_call(draw, clients):
    service = draw.random.choice(["s3", "s3", "dynamodb", "sts", "secretsmanager"])
    client = draw.random.choice(clients[service])
    if service == "s3":
        operation, parameters = drawn_object_call(draw)
        if operation == "put_object":
            parameters["Body"] = draw.text(100).encode()
        return client, operation, parameters
    if service == "dynamodb":
        key = {"PK": {"S": draw.text(20)}, "SK": {"S": draw.text(20)}}
        return client, "get_item", {"TableName": "fetch-data", "Key": key}
    if service == "sts":
        return client, "get_caller_identity", {}
    return client, "get_secret_value", {"SecretId": "prod/fetch/" + draw.text(10, odd=False, shortest=1)}


def cases(count, seed):
    draw = Draw(seed)
    clock = Clock()
    clients = watched_clients()
    for number in range(count):
        kind = number % 10
        if kind < 4:
            yield drawn_header_case(draw, clock)
        elif kind < 7:
            yield drawn_query_case(draw, clock)
        else:
            clock.now = draw.time()
            expires = draw.random.choice([1, 900, 3600, 604800])
            if kind == 7:
                yield WatchedClient.header_case(*with_clock(drawn_call(draw, clients), clock))
            elif kind == 8 and draw.chance(0.2):
                yield draw.random.choice(clients["sts"]).query_case(clock, "get_caller_identity", {}, expires)
            else:
                client = draw.random.choice(clients["s3"])
                yield client.query_case(clock, *drawn_object_call(draw), expires)


def with_clock(call, clock):
    client, operation, parameters = call
    return client, clock, operation, parameters


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="where to write")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=4)
    arguments = parser.parse_args()
    with open(arguments.file, "w", encoding="utf-8") as out:
        for case in cases(arguments.count, arguments.seed):
            case["botocore"] = botocore.__version__
            out.write(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()
