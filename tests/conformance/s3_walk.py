#!/usr/bin/env python3
"""Walks through S3 with boto3 and asserts what Amazon's S3 answers.

    s3_walk.py --endpoint http://127.0.0.1:4566 --access-key KEY --secret-key SECRET [--server gannet|ceph|moto]

Every check is run against the endpoint, in path style and, where the host name allows it, in virtual-host style. Checks
where the named server is known to differ from Amazon's S3 are left out; each has its reason in DIFFERENCES. The buckets
that it makes begin with `walk-` and are removed at the end. Needs boto3 1.36 or later.
"""

import argparse
import base64
import datetime
import hashlib
import hmac
import http.client
import io
import socket
import sys
import threading
import urllib.parse
import zlib

import boto3
import botocore.credentials
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

FIVE_MIB = 5 * 1024 * 1024

# Where a server is known to differ from Amazon's S3, by the beginnings of check names, and why.
DIFFERENCES = {
    "gannet": {},
    # Ceph's gateway 16.2, of Debian 12: it knows S3 as it was about 2021.
    "ceph": {
        "buckets: location header": "leaves the header out",
        "buckets: again": "creates one's own bucket again with 200, as us-east-1 does",
        "buckets: region of head": "leaves the header out",
        "buckets: location": "names its zone group",
        "objects: metadata too large": "has another limit",
        "objects: key too long": "says InvalidObjectName",
        "objects: storage class": "says InvalidArgument",
        "attributes": "knows the storage classes of its zone alone, and no GetObjectAttributes",
        "ranges: none of it": "answers bytes=-0 with everything",
        "ranges: breaks off": "refuses ranges that end before they begin instead of passing over them",
        "part numbers": "came before partNumber of GetObject",
        "conditional writes": "says 412 where there is no object",
        "checksums": "came before x-amz-checksum-*",
        "listings: negative max-keys": "takes it",
        "listings: encoding": "takes any",
        "listings: token": "takes any text for a token",
        "deletions: no digest": "needs none",
        "deletions: wrong digest": "does not look",
        "deletions: malformed": "answers without a document",
        "deletions: empty": "takes it",
        "deletions: too many": "answers without a document",
        "copies: etag": "leaves out the quotes",
        "copies: If-": "does not look",
        "copies: checksum": "came before x-amz-checksum-*",
        "multipart: order": "answers the error after a 200",
        "multipart: unknown part": "answers the error after a 200",
        "multipart: wrong etag": "answers 500",
        "multipart: etag": "leaves out the quotes",
        "multipart: one part": "came before partNumber of GetObject",
        "multipart: completed again": "leaves out the quotes",
        "multipart: copied etag": "keeps the entity tag of the parts",
        "multipart: over": "says NoSuchKey",
        "multipart refusals": "answers errors after a 200, and takes If-None-Match for nothing",
        "multipart copies: etag": "leaves out the quotes",
        "multipart copies: copied range beyond": "says InvalidRange",
        "multipart listings: folded": "folds no uploads",
        "multipart checksums": "came before x-amz-checksum-*",
        "tags: twice the same": "takes the last",
        "tags: odd characters": "takes them",
        "settings: website": "has them switched off",
        "cors: kept": "orders methods anew",
        "cors: open without a configuration": "refuses, as Amazon does; the local cloud lets browsers upload",
        "streaming: coding not kept": "keeps aws-chunked",
        "streaming: chunk": "checks one chunk late, and not the last",
        "streaming: signed with trailer": "came before trailers",
        "streaming: trailer": "came before trailers",
        "streaming: unsigned": "came before trailers",
        "streaming: small chunks": "takes them",
        "streaming: longer than said": "looks at other lengths",
        "streaming: no length": "looks at other lengths",
        "streaming: nothing spoilt": "kept what it took above",
        "malformed": "looks at signatures and names in another order, and at less of documents",
    },
    # moto 5.2: a mock, which verifies neither signatures nor digests.
    "moto": {
        "buckets: again": "creates one's own bucket again with 200, as us-east-1 does",
        "buckets: bad name": "takes it",
        "objects: response-": "gives the object's own headers too",
        "objects: metadata too large": "counts otherwise",
        "objects: key too long": "takes it",
        "ranges: lines": "takes any unit",
        "part numbers: 2 of 1": "answers without a document",
        "conditions: If-Match over": "looks at both",
        "checksums": "takes what it is told, and keeps less of it",
        "digests": "does not look",
        "listings: list_objects ": "pages of version 1 repeat common prefixes",
        "listings: max-keys": "answers 500",
        "listings: negative max-keys": "takes it",
        "listings: encoding": "takes any",
        "listings: token": "answers 500",
        "deletions: quiet": "is not",
        "deletions: no digest": "does not look",
        "deletions: wrong digest": "does not look",
        "deletions: malformed": "answers 500",
        "deletions: empty": "answers 500",
        "deletions: too many": "takes them",
        "copies: If-Match": "does not look",
        "multipart: order": "looks at sizes first",
        "multipart: one part": "leaves out Content-Range",
        "multipart refusals: malformed": "answers 500",
        "multipart refusals: part number 0": "looks at the upload first",
        "multipart refusals: part of none": "answers 500",
        "multipart copies: copied range beyond": "takes it",
        "multipart checksums": "keeps none of the whole",
        "multipart listings: folded": "folds no uploads",
        "tags: twice the same": "takes the last",
        "cors: preflight of another method": "does not look",
        "cors: open without a configuration": "names the origin",
        "presigned": "verifies no signatures",
        "streaming": "verifies no signatures",
        "malformed": "answers 500 to most of it",
    },
}

ODD_KEYS = [
    "plain.txt",
    "with space",
    "plus+plus",
    "percent%20literal",
    "slash//double",
    "/leading",
    "trailing/",
    "dots/../up",
    "./dot",
    "quote'\"<>&",
    "unicode-\u00e9\u4e2d\U0001f600",
    "question?mark#hash",
    "semi;colon:at@eq=and&comma,dollar$bang!",
    "tilde~star*paren()",
    "tab\tand\x01control",
    "k" * 1024,
]


class Walk:
    def __init__(self, arguments):
        self.endpoint = arguments.endpoint.rstrip("/")
        self.url = urllib.parse.urlsplit(self.endpoint)
        self.keys = botocore.credentials.Credentials(arguments.access_key, arguments.secret_key)
        self.region = arguments.region
        self.server = arguments.server
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.s3 = self.client("path", self.endpoint)
        self.bucket = f"walk-{arguments.name}"

    def client(self, style, endpoint):
        return boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=self.region,
            aws_access_key_id=self.keys.access_key,
            aws_secret_access_key=self.keys.secret_key,
            config=Config(s3={"addressing_style": style}, retries={"max_attempts": 0}, read_timeout=20, signature_version="s3v4"),
        )

    # --- checking -------------------------------------------------------------------------------------------------

    def known(self, name):
        return any(name.startswith(prefix) for prefix in DIFFERENCES.get(self.server, {}))

    def check(self, name, condition, seen=None):
        if self.known(name):
            self.skipped += 1
        elif condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}: {seen!r}")

    def equal(self, name, seen, expected):
        self.check(name, seen == expected, f"{seen!r}, expected {expected!r}"[:600])

    def refused(self, name, status, code, operation, **parameters):
        try:
            answer = operation(**parameters)
        except ClientError as error:
            seen = (error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
            self.equal(name, seen, (status, code))
            return error.response
        self.check(name, False, f"not refused: {answer}"[:300])
        return None

    def accepted(self, name, operation, **parameters):
        try:
            operation(**parameters)
            self.check(name, True)
        except ClientError as error:
            self.check(name, False, str(error))

    # --- raw requests, for what boto3 would not send ---------------------------------------------------------------

    def raw(self, method, target, body=b"", headers=None, payload_hash=None, sign=True, host=None, chunked=None,
            send_length=True):
        """Sends one request signed by hand; `target` is path and query as on the wire."""
        headers = {name.lower(): value for name, value in (headers or {}).items()}
        headers["host"] = host or self.url.netloc
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        signature = None
        if sign:
            headers["x-amz-date"] = now
            headers["x-amz-content-sha256"] = payload_hash or hashlib.sha256(body).hexdigest()
            path, _, query = target.partition("?")
            pairs = sorted(piece if "=" in piece else piece + "=" for piece in query.split("&") if piece)
            names = sorted(headers)
            canonical = "\n".join(
                [method, path, "&".join(pairs)]
                + [f"{name}:{' '.join(headers[name].split())}" for name in names]
                + ["", ";".join(names), headers["x-amz-content-sha256"]]
            )
            scope = f"{now[:8]}/{self.region}/s3/aws4_request"
            to_sign = "\n".join(
                ["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()]
            )
            key = ("AWS4" + self.keys.secret_key).encode()
            for part in (now[:8], self.region, "s3", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
            headers["authorization"] = (
                f"AWS4-HMAC-SHA256 Credential={self.keys.access_key}/{scope}, "
                f"SignedHeaders={';'.join(names)}, Signature={signature}"
            )
            if chunked:
                body = chunked(key, now, scope, signature)
        elif chunked:
            body = chunked(None, now, None, None)
        if send_length and "content-length" not in headers and (body or method in ("PUT", "POST")):
            headers["content-length"] = str(len(body))
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=30)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        if body:
            try:
                connection.send(body)
            except (BrokenPipeError, ConnectionResetError):
                pass
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict((name.lower(), value) for name, value in answer.getheaders()), content

    def raw_refused(self, name, status, code, *arguments, **more):
        seen_status, _, content = self.raw(*arguments, **more)
        seen_code = None
        if b"<Code>" in content:
            seen_code = content.split(b"<Code>")[1].split(b"</Code>")[0].decode()
        self.equal(name, (seen_status, seen_code), (status, code))

    # --- the walk ---------------------------------------------------------------------------------------------------

    def run(self):
        self.sweep()
        for chapter in (
            self.buckets,
            self.objects,
            self.attributes,
            self.odd_keys,
            self.ranges,
            self.part_numbers,
            self.conditions,
            self.conditional_writes,
            self.checksums,
            self.digests,
            self.listings,
            self.deletions,
            self.copies,
            self.multipart,
            self.multipart_refusals,
            self.multipart_copies,
            self.multipart_checksums,
            self.multipart_listings,
            self.transfers,
            self.tags,
            self.settings,
            self.cors,
            self.presigned,
            self.streaming,
            self.malformed,
            self.virtual_host,
        ):
            try:
                chapter()
            except Exception as error:  # a chapter that breaks off is one failure; the others still run
                self.check(chapter.__name__.replace("_", " ") + ": breaks off", False, f"{type(error).__name__}: {error}"[:600])
        self.sweep()
        print(f"{self.passed} checks passed, {self.failed} failed, {self.skipped} left out as known differences")
        return 1 if self.failed else 0

    def sweep(self):
        for bucket in self.s3.list_buckets()["Buckets"]:
            name = bucket["Name"]
            if not name.startswith(self.bucket):
                continue
            for upload in self.s3.list_multipart_uploads(Bucket=name).get("Uploads", []):
                self.s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=name):
                for entry in page.get("Contents", []):
                    self.s3.delete_object(Bucket=name, Key=entry["Key"])
            self.s3.delete_bucket(Bucket=name)

    def buckets(self):
        s3, name = self.s3, self.bucket
        made = s3.create_bucket(Bucket=name)
        self.equal("buckets: create", made["ResponseMetadata"]["HTTPStatusCode"], 200)
        self.equal("buckets: location header", made.get("Location"), "/" + name)
        self.refused("buckets: again", 409, "BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=name)
        head = s3.head_bucket(Bucket=name)
        self.equal("buckets: head", head["ResponseMetadata"]["HTTPStatusCode"], 200)
        self.equal("buckets: region of head", head.get("BucketRegion"), self.region)
        self.check("buckets: listed", name in [each["Name"] for each in s3.list_buckets()["Buckets"]])
        self.equal("buckets: location", s3.get_bucket_location(Bucket=name).get("LocationConstraint"), None)
        self.refused("buckets: head of none", 404, "404", s3.head_bucket, Bucket=name + "-none")
        self.refused("buckets: list of none", 404, "NoSuchBucket", s3.list_objects_v2, Bucket=name + "-none")
        self.refused("buckets: put into none", 404, "NoSuchBucket", s3.put_object, Bucket=name + "-none", Key="a", Body=b"x")
        self.refused("buckets: delete of none", 404, "NoSuchBucket", s3.delete_bucket, Bucket=name + "-none")
        self.raw_refused("buckets: bad name", 400, "InvalidBucketName", "PUT", "/Bad_Name")
        s3.put_object(Bucket=name, Key="a", Body=b"x")
        self.refused("buckets: delete of a full one", 409, "BucketNotEmpty", s3.delete_bucket, Bucket=name)
        s3.delete_object(Bucket=name, Key="a")
        other = name + "-other"
        s3.create_bucket(Bucket=other)
        self.equal("buckets: delete", s3.delete_bucket(Bucket=other)["ResponseMetadata"]["HTTPStatusCode"], 204)

    def objects(self):
        s3, name = self.s3, self.bucket
        body = b"hello"
        put = s3.put_object(
            Bucket=name,
            Key="a",
            Body=body,
            ContentType="text/plain; charset=utf-8",
            CacheControl="max-age=60",
            ContentDisposition='attachment; filename="a.txt"',
            ContentEncoding="gzip",
            ContentLanguage="de",
            Metadata={"colour": "blue", "Mixed-Case": "value with  spaces"},
        )
        etag = '"5d41402abc4b2a76b9719d911017c592"'
        self.equal("objects: etag", put["ETag"], etag)
        for answer, what in ((s3.get_object(Bucket=name, Key="a"), "get"), (s3.head_object(Bucket=name, Key="a"), "head")):
            self.equal(f"objects: {what} length", answer["ContentLength"], 5)
            self.equal(f"objects: {what} etag", answer["ETag"], etag)
            self.equal(f"objects: {what} type", answer["ContentType"], "text/plain; charset=utf-8")
            self.equal(f"objects: {what} cache control", answer["CacheControl"], "max-age=60")
            self.equal(f"objects: {what} disposition", answer["ContentDisposition"], 'attachment; filename="a.txt"')
            self.equal(f"objects: {what} encoding", answer["ContentEncoding"], "gzip")
            self.equal(f"objects: {what} language", answer["ContentLanguage"], "de")
            self.equal(f"objects: {what} accept ranges", answer["AcceptRanges"], "bytes")
            self.equal(f"objects: {what} metadata", answer["Metadata"].get("colour"), "blue")
            self.check(f"objects: {what} metadata name in lower case", "mixed-case" in answer["Metadata"], answer["Metadata"])
            age = datetime.datetime.now(datetime.timezone.utc) - answer["LastModified"]
            self.check(f"objects: {what} date", abs(age.total_seconds()) < 60, answer["LastModified"])
            if what == "get":
                self.equal("objects: get body", answer["Body"].read(), body)
        s3.put_object(Bucket=name, Key="plain", Body=b"")
        self.equal("objects: default type", s3.head_object(Bucket=name, Key="plain")["ContentType"], "binary/octet-stream")
        self.equal("objects: empty", s3.get_object(Bucket=name, Key="plain")["Body"].read(), b"")
        overridden = s3.get_object(
            Bucket=name,
            Key="a",
            ResponseContentType="image/png",
            ResponseContentDisposition="inline",
            ResponseCacheControl="no-store",
            ResponseContentLanguage="fr",
            ResponseContentEncoding="identity",
        )
        self.equal("objects: response-content-type", overridden["ContentType"], "image/png")
        self.equal("objects: response-content-disposition", overridden["ContentDisposition"], "inline")
        self.equal("objects: response-cache-control", overridden["CacheControl"], "no-store")
        self.equal("objects: response-content-language", overridden["ContentLanguage"], "fr")
        self.equal("objects: response-content-encoding", overridden["ContentEncoding"], "identity")
        big = bytes(range(256)) * 8192
        s3.put_object(Bucket=name, Key="big", Body=big)
        self.check("objects: two megabytes", s3.get_object(Bucket=name, Key="big")["Body"].read() == big)
        s3.put_object(Bucket=name, Key="big", Body=b"small")
        self.equal("objects: overwritten", s3.get_object(Bucket=name, Key="big")["Body"].read(), b"small")
        self.refused("objects: get of none", 404, "NoSuchKey", s3.get_object, Bucket=name, Key="none")
        self.refused("objects: head of none", 404, "404", s3.head_object, Bucket=name, Key="none")
        gone = s3.delete_object(Bucket=name, Key="big")
        self.equal("objects: delete", gone["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.equal("objects: delete of none", s3.delete_object(Bucket=name, Key="big")["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.refused("objects: metadata too large", 400, "MetadataTooLarge", s3.put_object, Bucket=name, Key="m", Body=b"", Metadata={"a": "x" * 2049})
        self.refused("objects: key too long", 400, "KeyTooLongError", s3.put_object, Bucket=name, Key="k" * 1025, Body=b"")
        self.refused("objects: storage class", 400, "InvalidStorageClass", s3.put_object, Bucket=name, Key="s", Body=b"", StorageClass="CHEAP")

    def attributes(self):
        s3, name = self.s3, self.bucket
        s3.put_object(Bucket=name, Key="ia", Body=b"hello", StorageClass="STANDARD_IA")
        self.equal("attributes: storage class kept", s3.head_object(Bucket=name, Key="ia").get("StorageClass"), "STANDARD_IA")
        attributes = s3.get_object_attributes(Bucket=name, Key="ia", ObjectAttributes=["ETag", "ObjectSize", "StorageClass"])
        seen = (attributes.get("ETag"), attributes.get("ObjectSize"), attributes.get("StorageClass"))
        self.equal("attributes: all", seen, ("5d41402abc4b2a76b9719d911017c592", 5, "STANDARD_IA"))

    def odd_keys(self):
        s3, name = self.s3, self.bucket
        for key in ODD_KEYS:
            s3.put_object(Bucket=name, Key="odd/" + key if len(key) < 1000 else key, Body=key.encode())
        for key in ODD_KEYS:
            full = "odd/" + key if len(key) < 1000 else key
            self.equal(f"odd keys: {key[:20]!r}", s3.get_object(Bucket=name, Key=full)["Body"].read(), key.encode())
        listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=name, Prefix="odd/")["Contents"]]
        expected = sorted(("odd/" + key for key in ODD_KEYS if len(key) < 1000), key=lambda key: key.encode())
        self.equal("odd keys: listed", listed, expected)
        for key in expected:
            s3.delete_object(Bucket=name, Key=key)
        s3.delete_object(Bucket=name, Key="k" * 1024)
        self.equal("odd keys: gone", s3.list_objects_v2(Bucket=name, Prefix="odd/")["KeyCount"], 0)

    def ranges(self):
        s3, name = self.s3, self.bucket
        body = bytes(range(100))
        s3.put_object(Bucket=name, Key="range", Body=body)
        for text, first, last in (("0-0", 0, 0), ("10-19", 10, 19), ("90-", 90, 99), ("-5", 95, 99), ("50-1000", 50, 99), ("-1000", 0, 99)):
            answer = s3.get_object(Bucket=name, Key="range", Range="bytes=" + text)
            self.equal(f"ranges: {text} status", answer["ResponseMetadata"]["HTTPStatusCode"], 206)
            self.equal(f"ranges: {text} content range", answer["ContentRange"], f"bytes {first}-{last}/100")
            self.equal(f"ranges: {text} body", answer["Body"].read(), body[first : last + 1])
        self.refused("ranges: beyond", 416, "InvalidRange", s3.get_object, Bucket=name, Key="range", Range="bytes=100-")
        self.refused("ranges: none of it", 416, "InvalidRange", s3.get_object, Bucket=name, Key="range", Range="bytes=-0")
        for text in ("bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6"):
            answer = s3.get_object(Bucket=name, Key="range", Range=text)
            self.equal(f"ranges: {text} passed over", (answer["ResponseMetadata"]["HTTPStatusCode"], answer["ContentLength"]), (200, 100))
        head = s3.head_object(Bucket=name, Key="range", Range="bytes=0-9")
        self.equal("ranges: head", (head["ResponseMetadata"]["HTTPStatusCode"], head["ContentLength"]), (206, 10))
        s3.put_object(Bucket=name, Key="range-empty", Body=b"")
        self.refused("ranges: of nothing", 416, "InvalidRange", s3.get_object, Bucket=name, Key="range-empty", Range="bytes=0-")

    def part_numbers(self):
        s3, name = self.s3, self.bucket
        s3.put_object(Bucket=name, Key="range", Body=bytes(100))
        one = s3.get_object(Bucket=name, Key="range", PartNumber=1)
        self.equal("part numbers: 1 of 1", (one["ResponseMetadata"]["HTTPStatusCode"], one["ContentLength"]), (206, 100))
        self.refused("part numbers: 2 of 1", 416, "InvalidPartNumber", s3.get_object, Bucket=name, Key="range", PartNumber=2)

    def conditions(self):
        s3, name = self.s3, self.bucket
        etag = s3.put_object(Bucket=name, Key="cond", Body=b"1")["ETag"]
        modified = s3.head_object(Bucket=name, Key="cond")["LastModified"]
        day = datetime.timedelta(days=1)
        get = lambda **more: s3.get_object(Bucket=name, Key="cond", **more)["ResponseMetadata"]["HTTPStatusCode"]
        held = lambda what, **more: self.accepted("conditions: " + what, get, **more)
        held("If-Match", IfMatch=etag)
        self.refused("conditions: If-Match other", 412, "PreconditionFailed", get, IfMatch='"x"')
        self.refused("conditions: If-None-Match", 304, "304", get, IfNoneMatch=etag)
        held("If-None-Match other", IfNoneMatch='"x"')
        self.refused("conditions: If-Modified-Since", 304, "304", get, IfModifiedSince=modified)
        held("If-Modified-Since before", IfModifiedSince=modified - day)
        held("If-Unmodified-Since", IfUnmodifiedSince=modified)
        self.refused("conditions: If-Unmodified-Since before", 412, "PreconditionFailed", get, IfUnmodifiedSince=modified - day)
        held("If-Match over If-Unmodified-Since", IfMatch=etag, IfUnmodifiedSince=modified - day)
        self.refused("conditions: head", 304, "304", s3.head_object, Bucket=name, Key="cond", IfNoneMatch=etag)
        self.refused("conditions: head 412", 412, "412", s3.head_object, Bucket=name, Key="cond", IfMatch='"x"')

    def conditional_writes(self):
        s3, name = self.s3, self.bucket
        etag = s3.put_object(Bucket=name, Key="cond", Body=b"1")["ETag"]
        self.refused("conditional writes: If-None-Match", 412, "PreconditionFailed", s3.put_object, Bucket=name, Key="cond", Body=b"2", IfNoneMatch="*")
        self.refused("conditional writes: If-Match other", 412, "PreconditionFailed", s3.put_object, Bucket=name, Key="cond", Body=b"2", IfMatch='"x"')
        self.refused("conditional writes: If-Match of none", 404, "NoSuchKey", s3.put_object, Bucket=name, Key="cond-none", Body=b"2", IfMatch='"x"')
        self.accepted("conditional writes: If-Match", s3.put_object, Bucket=name, Key="cond", Body=b"2", IfMatch=etag)
        self.accepted("conditional writes: new", s3.put_object, Bucket=name, Key="cond-new", Body=b"2", IfNoneMatch="*")
        self.equal("conditional writes: kept", s3.get_object(Bucket=name, Key="cond")["Body"].read(), b"2")

    def checksums(self):
        s3, name = self.s3, self.bucket
        body = b"checksummed " * 1000
        values = {
            "CRC32": base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode(),
            "SHA1": base64.b64encode(hashlib.sha1(body).digest()).decode(),
            "SHA256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        }
        for algorithm, value in values.items():
            key = "sum-" + algorithm
            put = s3.put_object(Bucket=name, Key=key, Body=body, ChecksumAlgorithm=algorithm)
            self.equal(f"checksums: {algorithm} of put", put.get("Checksum" + algorithm), value)
            head = s3.head_object(Bucket=name, Key=key, ChecksumMode="ENABLED")
            self.equal(f"checksums: {algorithm} of head", head.get("Checksum" + algorithm), value)
            self.equal(f"checksums: {algorithm} type", head.get("ChecksumType"), "FULL_OBJECT")
            self.equal(f"checksums: {algorithm} get", s3.get_object(Bucket=name, Key=key, ChecksumMode="ENABLED")["Body"].read(), body)
            given = s3.put_object(Bucket=name, Key=key, Body=body, **{"Checksum" + algorithm: value})
            self.equal(f"checksums: {algorithm} given", given.get("Checksum" + algorithm), value)
            wrong = base64.b64encode(bytes(len(base64.b64decode(value)))).decode()
            self.refused(f"checksums: {algorithm} wrong", 400, "BadDigest", s3.put_object, Bucket=name, Key=key, Body=body, **{"Checksum" + algorithm: wrong})
            self.refused(f"checksums: {algorithm} ill-formed", 400, "InvalidRequest", s3.put_object, Bucket=name, Key=key, Body=body, **{"Checksum" + algorithm: "AA"})
        listed = {entry["Key"]: entry.get("ChecksumAlgorithm") for entry in s3.list_objects_v2(Bucket=name, Prefix="sum-")["Contents"]}
        self.equal("checksums: listed", listed.get("sum-SHA256"), ["SHA256"])
        attributes = s3.get_object_attributes(Bucket=name, Key="sum-SHA256", ObjectAttributes=["Checksum"])
        self.equal("checksums: attributes", attributes.get("Checksum", {}).get("ChecksumSHA256"), values["SHA256"])

    def digests(self):
        s3, name = self.s3, self.bucket
        body = b"digested"
        md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
        self.equal("digests: MD5", s3.put_object(Bucket=name, Key="md5", Body=body, ContentMD5=md5)["ResponseMetadata"]["HTTPStatusCode"], 200)
        other = base64.b64encode(hashlib.md5(b"x").digest()).decode()
        self.refused("digests: MD5 wrong", 400, "BadDigest", s3.put_object, Bucket=name, Key="md5", Body=body, ContentMD5=other)
        self.refused("digests: MD5 ill-formed", 400, "InvalidDigest", s3.put_object, Bucket=name, Key="md5", Body=body, ContentMD5="x")
        self.raw_refused("digests: payload hash", 400, "XAmzContentSHA256Mismatch", "PUT", f"/{name}/hash", body=b"hello", payload_hash=hashlib.sha256(b"other").hexdigest())

    def listings(self):
        s3 = self.s3
        name = self.bucket + "-list"
        s3.create_bucket(Bucket=name)
        self.equal("listings: empty", s3.list_objects_v2(Bucket=name).get("KeyCount"), 0)
        keys = ["a", "b/1", "b/2", "b/c/3", "b0", "d/4", "e", "f g", "h+i"]
        for key in keys:
            s3.put_object(Bucket=name, Key=key, Body=key.encode())
        v1 = lambda **more: s3.list_objects(Bucket=name, **more)
        v2 = lambda **more: s3.list_objects_v2(Bucket=name, **more)
        contents = lambda page: [entry["Key"] for entry in page.get("Contents", [])]
        prefixes = lambda page: [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
        for listing, which in ((v1, "v1"), (v2, "v2")):
            self.equal(f"listings: {which} all", contents(listing()), keys)
            self.equal(f"listings: {which} prefix", contents(listing(Prefix="b")), ["b/1", "b/2", "b/c/3", "b0"])
            page = listing(Delimiter="/")
            self.equal(f"listings: {which} delimiter", (contents(page), prefixes(page)), (["a", "b0", "e", "f g", "h+i"], ["b/", "d/"]))
            page = listing(Delimiter="/", Prefix="b/")
            self.equal(f"listings: {which} delimiter and prefix", (contents(page), prefixes(page)), (["b/1", "b/2"], ["b/c/"]))
            page = listing(Delimiter=" ")
            self.equal(f"listings: {which} odd delimiter", prefixes(page), ["f "])
            self.equal(f"listings: {which} none", contents(listing(Prefix="zzz")), [])
            page = listing(MaxKeys=0)
            self.equal(f"listings: {which} of no keys", (contents(page), page["IsTruncated"]), ([], False))
            entry = listing(Prefix="a")["Contents"][0]
            self.equal(f"listings: {which} size", entry["Size"], 1)
            self.equal(f"listings: {which} etag", entry["ETag"], '"0cc175b9c0f1b6a831c399e269772661"')
            self.equal(f"listings: {which} storage class", entry["StorageClass"], "STANDARD")
            self.equal(f"listings: {which} owner", "Owner" in entry, which == "v1")
        self.check("listings: v2 fetch-owner", "Owner" in v2(FetchOwner=True)["Contents"][0])
        self.equal("listings: v2 start-after", contents(v2(StartAfter="b/2")), ["b/c/3", "b0", "d/4", "e", "f g", "h+i"])
        self.equal("listings: v1 marker", contents(v1(Marker="d/4")), ["e", "f g", "h+i"])
        page = v2(StartAfter="b/", Delimiter="/")
        self.equal("listings: start-after a common prefix", (contents(page), prefixes(page)), (["b0", "e", "f g", "h+i"], ["d/"]))
        for size in (1, 2, 3, 8, 9, 10):
            for delimiter in ("", "/"):
                for paginator in ("list_objects", "list_objects_v2"):
                    found_keys, found_prefixes, pages = [], [], 0
                    more = {"Delimiter": delimiter} if delimiter else {}
                    for page in s3.get_paginator(paginator).paginate(Bucket=name, PaginationConfig={"PageSize": size}, **more):
                        pages += 1
                        found_keys += contents(page)
                        found_prefixes += prefixes(page)
                        self.check(f"listings: {paginator} pages no larger than {size}", len(contents(page)) + len(prefixes(page)) <= size)
                    expected = (["a", "b0", "e", "f g", "h+i"], ["b/", "d/"]) if delimiter else (keys, [])
                    self.equal(f"listings: {paginator} by {size} {delimiter}", (found_keys, found_prefixes), expected)
                    count = len(expected[0]) + len(expected[1])
                    self.equal(f"listings: {paginator} pages by {size} {delimiter}", pages, -(-count // size))
        self.raw_refused("listings: max-keys", 400, "InvalidArgument", "GET", f"/{name}?list-type=2&max-keys=x")
        self.raw_refused("listings: negative max-keys", 400, "InvalidArgument", "GET", f"/{name}?list-type=2&max-keys=-1")
        self.raw_refused("listings: encoding", 400, "InvalidArgument", "GET", f"/{name}?list-type=2&encoding-type=base64")
        self.refused("listings: token", 400, "InvalidArgument", v2, ContinuationToken="nonsense")
        versions = s3.list_object_versions(Bucket=name)
        self.equal("listings: versions", [(each["Key"], each["VersionId"], each["IsLatest"]) for each in versions["Versions"]][:2], [("a", "null", True), ("b/1", "null", True)])

    def deletions(self):
        s3, name = self.s3, self.bucket
        keys = [f"del/{i}" for i in range(20)] + ["del/odd <&> key", "del/\u00e9"]
        for key in keys:
            s3.put_object(Bucket=name, Key=key, Body=b"x")
        answer = s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": key} for key in keys + ["del/never"]]})
        self.equal("deletions: all", sorted(each["Key"] for each in answer["Deleted"]), sorted(keys + ["del/never"]))
        self.equal("deletions: none left", s3.list_objects_v2(Bucket=name, Prefix="del/")["KeyCount"], 0)
        s3.put_object(Bucket=name, Key="del/q", Body=b"x")
        quiet = s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "del/q"}], "Quiet": True})
        self.equal("deletions: quiet", quiet.get("Deleted"), None)
        document = b"<Delete><Object><Key>a</Key></Object></Delete>"
        self.raw_refused("deletions: no digest", 400, "InvalidRequest", "POST", f"/{name}?delete", body=document)
        md5 = lambda text: base64.b64encode(hashlib.md5(text).digest()).decode()
        self.raw_refused("deletions: wrong digest", 400, "BadDigest", "POST", f"/{name}?delete", body=document, headers={"content-md5": md5(b"x")})
        self.raw_refused("deletions: malformed", 400, "MalformedXML", "POST", f"/{name}?delete", body=b"<Delete", headers={"content-md5": md5(b"<Delete")})
        self.raw_refused("deletions: empty", 400, "MalformedXML", "POST", f"/{name}?delete", body=b"<Delete/>", headers={"content-md5": md5(b"<Delete/>")})
        many = b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>"
        self.raw_refused("deletions: too many", 400, "MalformedXML", "POST", f"/{name}?delete", body=many, headers={"content-md5": md5(many)})

    def copies(self):
        s3, name = self.s3, self.bucket
        other = name + "-copy"
        s3.create_bucket(Bucket=other)
        source = "copy/s o+u%r\u00e9ce"
        s3.put_object(Bucket=name, Key=source, Body=b"copied", ContentType="text/plain", Metadata={"a": "1"})
        etag = s3.head_object(Bucket=name, Key=source)["ETag"]
        where = {"Bucket": name, "Key": source}
        answer = s3.copy_object(Bucket=other, Key="c", CopySource=where)
        self.equal("copies: etag", answer["CopyObjectResult"]["ETag"], etag)
        got = s3.get_object(Bucket=other, Key="c")
        self.equal("copies: body", got["Body"].read(), b"copied")
        self.equal("copies: headers", (got["ContentType"], got["Metadata"]), ("text/plain", {"a": "1"}))
        s3.copy_object(Bucket=other, Key="c", CopySource=where, MetadataDirective="REPLACE", ContentType="image/png", Metadata={"b": "2"})
        head = s3.head_object(Bucket=other, Key="c")
        self.equal("copies: replaced headers", (head["ContentType"], head["Metadata"]), ("image/png", {"b": "2"}))
        self.refused("copies: onto itself", 400, "InvalidRequest", s3.copy_object, Bucket=name, Key=source, CopySource=where)
        s3.copy_object(Bucket=name, Key=source, CopySource=where, MetadataDirective="REPLACE", Metadata={"c": "3"})
        self.equal("copies: onto itself with metadata", s3.head_object(Bucket=name, Key=source)["Metadata"], {"c": "3"})
        self.refused("copies: of none", 404, "NoSuchKey", s3.copy_object, Bucket=other, Key="d", CopySource={"Bucket": name, "Key": "never"})
        self.refused("copies: from none", 404, "NoSuchBucket", s3.copy_object, Bucket=other, Key="d", CopySource={"Bucket": name + "-none", "Key": "a"})
        self.refused("copies: If-Match", 412, "PreconditionFailed", s3.copy_object, Bucket=other, Key="d", CopySource=where, CopySourceIfMatch='"x"')
        self.refused("copies: If-None-Match", 412, "PreconditionFailed", s3.copy_object, Bucket=other, Key="d", CopySource=where, CopySourceIfNoneMatch=etag)
        self.equal("copies: If-Match holds", s3.copy_object(Bucket=other, Key="d", CopySource=where, CopySourceIfMatch=etag)["ResponseMetadata"]["HTTPStatusCode"], 200)
        summed = s3.copy_object(Bucket=other, Key="e", CopySource=where, ChecksumAlgorithm="SHA256")
        self.equal("copies: checksum", summed["CopyObjectResult"].get("ChecksumSHA256"), base64.b64encode(hashlib.sha256(b"copied").digest()).decode())

    @staticmethod
    def named(*pairs):
        return {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in pairs]}

    def multipart(self):
        s3, name = self.s3, self.bucket
        key = "multi/part"
        first = bytes(range(256)) * (FIVE_MIB // 256)
        last = b"the end"
        upload = s3.create_multipart_upload(Bucket=name, Key=key, ContentType="image/png", Metadata={"a": "1"})["UploadId"]
        where = {"Bucket": name, "Key": key, "UploadId": upload}
        self.equal("multipart: listed", [each["UploadId"] for each in s3.list_multipart_uploads(Bucket=name)["Uploads"]], [upload])
        two = s3.upload_part(PartNumber=2, Body=last, **where)["ETag"]
        s3.upload_part(PartNumber=1, Body=b"replaced", **where)
        one = s3.upload_part(PartNumber=1, Body=first, **where)["ETag"]
        self.equal("multipart: etag of a part", one, f'"{hashlib.md5(first).hexdigest()}"')
        parts = s3.list_parts(**where)
        self.equal("multipart: parts", [(part["PartNumber"], part["Size"], part["ETag"]) for part in parts["Parts"]], [(1, FIVE_MIB, one), (2, 7, two)])
        page = s3.list_parts(MaxParts=1, **where)
        self.equal("multipart: a page of parts", (page["IsTruncated"], page["NextPartNumberMarker"], len(page["Parts"])), (True, 1, 1))
        page = s3.list_parts(PartNumberMarker=1, **where)
        self.equal("multipart: the next page of parts", [part["PartNumber"] for part in page["Parts"]], [2])
        self.refused("multipart: not there yet", 404, "NoSuchKey", s3.get_object, Bucket=name, Key=key)
        named = self.named
        complete = lambda parts, **more: s3.complete_multipart_upload(MultipartUpload=parts, **where, **more)
        self.refused("multipart: order", 400, "InvalidPartOrder", complete, parts=named((2, two), (1, one)))
        self.refused("multipart: unknown part", 400, "InvalidPart", complete, parts=named((1, one), (3, two)))
        self.refused("multipart: wrong etag", 400, "InvalidPart", complete, parts=named((1, two), (2, two)))
        done = complete(named((1, one), (2, two)))
        digest = hashlib.md5(hashlib.md5(first).digest() + hashlib.md5(last).digest()).hexdigest()
        self.equal("multipart: etag", done["ETag"], f'"{digest}-2"')
        self.equal("multipart: bucket and key", (done["Bucket"], done["Key"]), (name, key))
        got = s3.get_object(Bucket=name, Key=key)
        self.check("multipart: body", got["Body"].read() == first + last)
        self.equal("multipart: headers", (got["ContentType"], got["Metadata"], got["ETag"]), ("image/png", {"a": "1"}, f'"{digest}-2"'))
        across = s3.get_object(Bucket=name, Key=key, Range=f"bytes={FIVE_MIB - 2}-{FIVE_MIB + 2}")
        self.equal("multipart: a range across parts", across["Body"].read(), first[-2:] + last[:3])
        part = s3.get_object(Bucket=name, Key=key, PartNumber=2)
        seen = (part["Body"].read(), part.get("PartsCount"), part.get("ContentRange"))
        self.equal("multipart: one part", seen, (last, 2, f"bytes {FIVE_MIB}-{FIVE_MIB + 6}/{FIVE_MIB + 7}"))
        again = complete(named((1, one), (2, two)))
        self.equal("multipart: completed again", again["ETag"], f'"{digest}-2"')
        self.refused("multipart: over", 404, "NoSuchUpload", s3.list_parts, **where)
        copied = s3.copy_object(Bucket=name, Key="multi/copy", CopySource={"Bucket": name, "Key": key})
        self.equal("multipart: copied etag", copied["CopyObjectResult"]["ETag"], f'"{hashlib.md5(first + last).hexdigest()}"')

    def multipart_refusals(self):
        s3, name = self.s3, self.bucket
        key = "multi/part"
        s3.put_object(Bucket=name, Key=key, Body=b"there")
        upload = s3.create_multipart_upload(Bucket=name, Key=key)["UploadId"]
        where = {"Bucket": name, "Key": key, "UploadId": upload}
        named = self.named
        complete = lambda parts, **more: s3.complete_multipart_upload(MultipartUpload=parts, **where, **more)
        small = s3.upload_part(PartNumber=1, Body=b"small", **where)["ETag"]
        end = s3.upload_part(PartNumber=2, Body=b"end", **where)["ETag"]
        self.refused("multipart refusals: too small", 400, "EntityTooSmall", complete, parts=named((1, small), (2, end)))
        self.raw_refused("multipart refusals: no parts", 400, "MalformedXML", "POST", f"/{name}/multi/part?uploadId={upload}", body=b"<CompleteMultipartUpload/>")
        self.raw_refused("multipart refusals: malformed", 400, "MalformedXML", "POST", f"/{name}/multi/part?uploadId={upload}", body=b"<Complete")
        self.raw_refused("multipart refusals: part number 0", 400, "InvalidArgument", "PUT", f"/{name}/multi/part?partNumber=0&uploadId={upload}", body=b"x")
        self.raw_refused("multipart refusals: part number 10001", 400, "InvalidArgument", "PUT", f"/{name}/multi/part?partNumber=10001&uploadId={upload}", body=b"x")
        self.refused("multipart refusals: If-None-Match", 412, "PreconditionFailed", complete, parts=named((1, small)), IfNoneMatch="*")
        aborted = s3.abort_multipart_upload(**where)
        self.equal("multipart refusals: abort", aborted["ResponseMetadata"]["HTTPStatusCode"], 204)
        self.refused("multipart refusals: abort again", 404, "NoSuchUpload", s3.abort_multipart_upload, **where)
        self.refused("multipart refusals: part of none", 404, "NoSuchUpload", s3.upload_part, PartNumber=1, Body=b"x", **where)

    def multipart_copies(self):
        s3, name = self.s3, self.bucket
        first = bytes(range(256)) * (FIVE_MIB // 256)
        key = "multi/source"
        s3.put_object(Bucket=name, Key=key, Body=first + b"the end")
        upload = s3.create_multipart_upload(Bucket=name, Key="multi/copied")["UploadId"]
        where = {"Bucket": name, "Key": "multi/copied", "UploadId": upload}
        source = {"Bucket": name, "Key": key}
        whole = s3.upload_part_copy(PartNumber=1, CopySource=source, CopySourceRange=f"bytes=0-{FIVE_MIB - 1}", **where)["CopyPartResult"]["ETag"]
        slice_ = s3.upload_part_copy(PartNumber=2, CopySource=source, CopySourceRange="bytes=10-19", **where)["CopyPartResult"]["ETag"]
        self.equal("multipart copies: etag of a copied part", whole, f'"{hashlib.md5(first).hexdigest()}"')
        self.refused("multipart copies: copied range beyond", 400, "InvalidArgument", s3.upload_part_copy, PartNumber=3, CopySource=source, CopySourceRange="bytes=0-99999999", **where)
        s3.complete_multipart_upload(MultipartUpload=self.named((1, whole), (2, slice_)), **where)
        self.check("multipart copies: of copied parts", s3.get_object(Bucket=name, Key="multi/copied")["Body"].read() == first + first[10:20])

    def multipart_checksums(self):
        s3, name = self.s3, self.bucket
        first, last = bytes(range(256)) * (FIVE_MIB // 256), b"the end"
        upload = s3.create_multipart_upload(Bucket=name, Key="multi/sum", ChecksumAlgorithm="SHA256")["UploadId"]
        where = {"Bucket": name, "Key": "multi/sum", "UploadId": upload}
        part = s3.upload_part(PartNumber=1, Body=last, ChecksumAlgorithm="SHA256", **where)
        sha = hashlib.sha256(last).digest()
        self.equal("multipart checksums: checksum of a part", part.get("ChecksumSHA256"), base64.b64encode(sha).decode())
        done = s3.complete_multipart_upload(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": base64.b64encode(sha).decode()}]}, **where)
        self.equal("multipart checksums: checksum of checksums", done.get("ChecksumSHA256"), base64.b64encode(hashlib.sha256(sha).digest()).decode() + "-1")
        upload = s3.create_multipart_upload(Bucket=name, Key="multi/full", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")["UploadId"]
        where = {"Bucket": name, "Key": "multi/full", "UploadId": upload}
        etags = [s3.upload_part(PartNumber=number, Body=body, ChecksumAlgorithm="CRC32", **where)["ETag"] for number, body in ((1, first), (2, last))]
        crc = base64.b64encode(zlib.crc32(first + last).to_bytes(4, "big")).decode()
        done = s3.complete_multipart_upload(MultipartUpload=self.named((1, etags[0]), (2, etags[1])), ChecksumType="FULL_OBJECT", ChecksumCRC32=crc, **where)
        self.equal("multipart checksums: checksum of the whole", (done.get("ChecksumCRC32"), done.get("ChecksumType")), (crc, "FULL_OBJECT"))

    def multipart_listings(self):
        s3, name = self.s3, self.bucket
        for i in range(3):
            s3.create_multipart_upload(Bucket=name, Key=f"uploads/{i}/x")
        folded = s3.list_multipart_uploads(Bucket=name, Prefix="uploads/", Delimiter="/")
        self.equal("multipart listings: folded", [each["Prefix"] for each in folded.get("CommonPrefixes", [])], ["uploads/0/", "uploads/1/", "uploads/2/"])
        paged = [each["Key"] for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=name, Prefix="uploads/", PaginationConfig={"PageSize": 2}) for each in page.get("Uploads", [])]
        self.equal("multipart listings: in pages", paged, ["uploads/0/x", "uploads/1/x", "uploads/2/x"])
        for each in s3.list_multipart_uploads(Bucket=name)["Uploads"]:
            s3.abort_multipart_upload(Bucket=name, Key=each["Key"], UploadId=each["UploadId"])

    def transfers(self):
        s3, name = self.s3, self.bucket
        body = bytes(range(251)) * 70_000  # 17 MB: several parts, several ranges
        config = TransferConfig(multipart_threshold=FIVE_MIB, multipart_chunksize=FIVE_MIB, max_concurrency=4)
        s3.upload_fileobj(io.BytesIO(body), name, "transfer", Config=config)
        self.check("transfers: etag tells of parts", s3.head_object(Bucket=name, Key="transfer")["ETag"].endswith('-4"'))
        out = io.BytesIO()
        s3.download_fileobj(name, "transfer", out, Config=config)
        self.check("transfers: round trip", out.getvalue() == body)
        s3.copy({"Bucket": name, "Key": "transfer"}, name, "transfer-copy", Config=config)
        self.check("transfers: copy in parts", s3.get_object(Bucket=name, Key="transfer-copy")["Body"].read() == body)
        # An empty body and one in parts on the same connection: both are announced with Expect: 100-continue.
        s3.put_object(Bucket=name, Key="transfer-empty", Body=b"")
        s3.upload_fileobj(io.BytesIO(body), name, "transfer", Config=TransferConfig(multipart_chunksize=FIVE_MIB, use_threads=False))
        self.equal("transfers: after an empty body", s3.head_object(Bucket=name, Key="transfer")["ContentLength"], len(body))
        failures = []

        def hammer(number):
            try:
                for i in range(20):
                    text = f"{number}/{i}".encode() * 100
                    s3.put_object(Bucket=name, Key=f"hammer/{number}", Body=text)
                    if s3.get_object(Bucket=name, Key=f"hammer/{number}")["Body"].read() != text:
                        failures.append(number)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=hammer, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.equal("transfers: eight at once", failures, [])

    def tags(self):
        s3, name = self.s3, self.bucket
        s3.put_object(Bucket=name, Key="tagged", Body=b"x", Tagging="a=1&b=two%20words")
        tags = lambda: {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=name, Key="tagged")["TagSet"]}
        self.equal("tags: of put", tags(), {"a": "1", "b": "two words"})
        self.equal("tags: counted", s3.get_object(Bucket=name, Key="tagged").get("TagCount"), 2)
        s3.put_object_tagging(Bucket=name, Key="tagged", Tagging={"TagSet": [{"Key": "c", "Value": "x/y@z"}]})
        self.equal("tags: replaced", tags(), {"c": "x/y@z"})
        s3.delete_object_tagging(Bucket=name, Key="tagged")
        self.equal("tags: removed", tags(), {})
        self.refused("tags: twice the same", 400, "InvalidTag", s3.put_object_tagging, Bucket=name, Key="tagged", Tagging={"TagSet": [{"Key": "c", "Value": "1"}, {"Key": "c", "Value": "2"}]})
        self.refused("tags: odd characters", 400, "InvalidTag", s3.put_object_tagging, Bucket=name, Key="tagged", Tagging={"TagSet": [{"Key": "c", "Value": "<&>"}]})
        self.refused("tags: of none", 404, "NoSuchKey", s3.get_object_tagging, Bucket=name, Key="never")

    def settings(self):
        s3, name = self.s3, self.bucket
        self.equal("settings: versioning", s3.get_bucket_versioning(Bucket=name).get("Status"), None)
        self.equal("settings: acl", [grant["Permission"] for grant in s3.get_bucket_acl(Bucket=name)["Grants"]], ["FULL_CONTROL"])
        s3.put_object(Bucket=name, Key="acl", Body=b"")
        self.equal("settings: object acl", [grant["Permission"] for grant in s3.get_object_acl(Bucket=name, Key="acl")["Grants"]], ["FULL_CONTROL"])
        self.refused("settings: policy", 404, "NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=name)
        self.refused("settings: lifecycle", 404, "NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=name)
        self.refused("settings: website", 404, "NoSuchWebsiteConfiguration", s3.get_bucket_website, Bucket=name)
        self.refused("settings: tagging", 404, "NoSuchTagSet", s3.get_bucket_tagging, Bucket=name)
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
        self.equal("settings: tags", s3.get_bucket_tagging(Bucket=name)["TagSet"], [{"Key": "a", "Value": "1"}])
        s3.delete_bucket_tagging(Bucket=name)

    def cors(self):
        s3, name = self.s3, self.bucket
        self.refused("cors: none", 404, "NoSuchCORSConfiguration", s3.get_bucket_cors, Bucket=name)
        rule = {
            "AllowedOrigins": ["http://*.example.com"],
            "AllowedMethods": ["PUT", "GET"],
            "AllowedHeaders": ["content-type", "x-amz-*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 300,
        }
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
        self.equal("cors: kept", s3.get_bucket_cors(Bucket=name)["CORSRules"], [rule])
        ask = {"origin": "http://app.example.com", "access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
        status, headers, _ = self.raw("OPTIONS", f"/{name}/a", headers=ask, sign=False)
        self.equal("cors: preflight", (status, headers.get("access-control-allow-origin")), (200, "http://app.example.com"))
        self.check("cors: preflight methods", "PUT" in headers.get("access-control-allow-methods", ""), headers)
        self.equal("cors: preflight age", headers.get("access-control-max-age"), "300")
        status, _, _ = self.raw("OPTIONS", f"/{name}/a", headers={**ask, "origin": "http://elsewhere.org"}, sign=False)
        self.equal("cors: preflight refused", status, 403)
        status, _, _ = self.raw("OPTIONS", f"/{name}/a", headers={**ask, "access-control-request-method": "DELETE"}, sign=False)
        self.equal("cors: preflight of another method", status, 403)
        _, headers, _ = self.raw("PUT", f"/{name}/cors", body=b"x", headers={"origin": "http://app.example.com"})
        self.equal("cors: of an answer", headers.get("access-control-allow-origin"), "http://app.example.com")
        self.equal("cors: exposed", headers.get("access-control-expose-headers"), "ETag")
        s3.delete_bucket_cors(Bucket=name)
        self.refused("cors: removed", 404, "NoSuchCORSConfiguration", s3.get_bucket_cors, Bucket=name)
        status, headers, _ = self.raw("OPTIONS", f"/{name}/a", headers={**ask, "origin": "http://localhost:3000"}, sign=False)
        self.equal("cors: open without a configuration", (status, headers.get("access-control-allow-origin")), (200, "*"))

    def fetch(self, method, url, body=None, headers=None):
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=30)
        connection.request(method, parts.path + "?" + parts.query, body=body, headers={"Host": parts.netloc, **(headers or {})})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def presigned(self):
        s3, name = self.s3, self.bucket
        key = "pre/s i+gn\u00e9d"
        url = lambda operation, expires=60, **more: s3.generate_presigned_url(operation, Params={"Bucket": name, "Key": key, **more}, ExpiresIn=expires)
        put = url("put_object", ContentType="image/jpeg")
        self.equal("presigned: put", self.fetch("PUT", put, b"jpeg", {"Content-Type": "image/jpeg"})[0], 200)
        self.equal("presigned: put of another type", self.fetch("PUT", put, b"png", {"Content-Type": "image/png"})[0], 403)
        self.equal("presigned: put of no type", self.fetch("PUT", put, b"png")[0], 403)
        self.equal("presigned: get", self.fetch("GET", url("get_object")), (200, b"jpeg"))
        self.equal("presigned: type kept", s3.head_object(Bucket=name, Key=key)["ContentType"], "image/jpeg")
        self.equal("presigned: head by a get", self.fetch("HEAD", url("get_object"))[0], 403)
        self.equal("presigned: changed key", self.fetch("GET", url("get_object").replace("/pre/", "/per/"))[0], 403)
        changed = url("get_object")
        changed = changed[:-1] + ("0" if changed[-1] != "0" else "1")
        status, content = self.fetch("GET", changed)
        self.equal("presigned: changed signature", (status, b"SignatureDoesNotMatch" in content), (403, True))
        got = self.fetch("GET", url("get_object", ResponseContentType="text/html"))
        self.equal("presigned: response override", got, (200, b"jpeg"))
        upload = s3.create_multipart_upload(Bucket=name, Key=key)["UploadId"]
        part = url("upload_part", UploadId=upload, PartNumber=1)
        self.equal("presigned: part", self.fetch("PUT", part, b"part")[0], 200)
        s3.abort_multipart_upload(Bucket=name, Key=key, UploadId=upload)
        self.equal("presigned: delete", self.fetch("DELETE", url("delete_object"))[0], 204)
        self.refused("presigned: gone", 404, "NoSuchKey", s3.get_object, Bucket=name, Key=key)
        status, _, content = self.raw("GET", f"/{name}/never", sign=False)
        self.equal("presigned: not at all", (status, b"<Code>AccessDenied</Code>" in content), (403, True))

    # The aws-chunked coding, made by hand.

    def signed_chunks(self, pieces, trailers=(), spoil=None):
        def build(key, now, scope, seed):
            body, previous = b"", seed
            for index, piece in enumerate([*pieces, b""]):
                text = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", now, scope, previous, hashlib.sha256(b"").hexdigest(), hashlib.sha256(piece).hexdigest()])
                previous = hmac.new(key, text.encode(), "sha256").hexdigest()
                shown = "0" * 64 if spoil == index else previous
                body += f"{len(piece):x};chunk-signature={shown}\r\n".encode() + piece
                body += b"\r\n" if piece else b""
            if trailers:
                lines = "".join(f"{name}:{value}\n" for name, value in trailers)
                text = "\n".join(["AWS4-HMAC-SHA256-TRAILER", now, scope, previous, hashlib.sha256(lines.encode()).hexdigest()])
                signature = hmac.new(key, text.encode(), "sha256").hexdigest()
                if spoil == "trailer":
                    signature = "0" * 64
                body += lines.replace("\n", "\r\n").encode() + f"x-amz-trailer-signature:{signature}\r\n".encode()
            return body + b"\r\n"

        return build

    def streaming(self):
        s3, name = self.s3, self.bucket
        pieces = [b"a" * 65536, b"b" * 65536, b"tail"]
        whole = b"".join(pieces)
        headers = {"content-encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(whole))}
        signed = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
        status, _, content = self.raw("PUT", f"/{name}/chunks", headers=headers, payload_hash=signed, chunked=self.signed_chunks(pieces))
        self.equal("streaming: signed", (status, content), (200, b""))
        got = s3.get_object(Bucket=name, Key="chunks")
        self.check("streaming: signed body", got["Body"].read() == whole)
        self.equal("streaming: coding not kept", got.get("ContentEncoding", ""), "")
        for index in range(4):
            self.raw_refused(f"streaming: chunk {index} spoilt", 403, "SignatureDoesNotMatch", "PUT", f"/{name}/spoilt", headers=headers, payload_hash=signed, chunked=self.signed_chunks(pieces, spoil=index))
        crc = base64.b64encode(zlib.crc32(whole).to_bytes(4, "big")).decode()
        trailer = [("x-amz-checksum-crc32", crc)]
        with_trailer = {**headers, "x-amz-trailer": "x-amz-checksum-crc32"}
        status, answered, _ = self.raw("PUT", f"/{name}/trailed", headers=with_trailer, payload_hash=signed + "-TRAILER", chunked=self.signed_chunks(pieces, trailer))
        self.equal("streaming: signed with trailer", (status, answered.get("x-amz-checksum-crc32")), (200, crc))
        self.raw_refused("streaming: trailer signature spoilt", 403, "SignatureDoesNotMatch", "PUT", f"/{name}/spoilt", headers=with_trailer, payload_hash=signed + "-TRAILER", chunked=self.signed_chunks(pieces, trailer, spoil="trailer"))
        self.raw_refused("streaming: trailer value wrong", 400, "BadDigest", "PUT", f"/{name}/spoilt", headers=with_trailer, payload_hash=signed + "-TRAILER", chunked=self.signed_chunks(pieces, [("x-amz-checksum-crc32", "AAAAAA==")]))

        def unsigned(lines, cut=0):
            def build(*_):
                body = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
                body += b"0\r\n" + b"".join(f"{n}:{v}\r\n".encode() for n, v in lines) + b"\r\n"
                return body[: len(body) - cut]

            return build

        plain = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        status, answered, _ = self.raw("PUT", f"/{name}/unsigned", headers=with_trailer, payload_hash=plain, chunked=unsigned(trailer))
        self.equal("streaming: unsigned with trailer", (status, answered.get("x-amz-checksum-crc32")), (200, crc))
        status, _, content = self.raw("GET", f"/{name}/unsigned")
        self.check("streaming: unsigned body", content == whole)
        self.raw_refused("streaming: unsigned trailer wrong", 400, "BadDigest", "PUT", f"/{name}/spoilt", headers=with_trailer, payload_hash=plain, chunked=unsigned([("x-amz-checksum-crc32", "AAAAAA==")]))
        self.raw_refused("streaming: small chunks", 403, "InvalidChunkSizeError", "PUT", f"/{name}/spoilt", headers={**headers, "x-amz-decoded-content-length": "10"}, payload_hash=signed, chunked=self.signed_chunks([b"small", b"small"]))
        self.raw_refused("streaming: longer than said", 400, "IncompleteBody", "PUT", f"/{name}/spoilt", headers={**headers, "x-amz-decoded-content-length": "10"}, payload_hash=signed, chunked=self.signed_chunks(pieces))
        self.raw_refused("streaming: no length", 411, "MissingContentLength", "PUT", f"/{name}/spoilt", headers={"content-encoding": "aws-chunked"}, payload_hash=signed, chunked=self.signed_chunks(pieces))
        self.refused("streaming: nothing spoilt is there", 404, "NoSuchKey", s3.get_object, Bucket=name, Key="spoilt")
        # What boto3 sends of a stream without a known length.
        s3.put_object(Bucket=name, Key="stream", Body=io.BytesIO(whole), ContentLength=len(whole))
        self.check("streaming: boto3", s3.get_object(Bucket=name, Key="stream")["Body"].read() == whole)

    def malformed(self):
        name = self.bucket
        self.raw_refused("malformed: bad escape in the path", 400, "InvalidURI", "GET", f"/{name}/%zz")
        self.raw_refused("malformed: not UTF-8", 400, "InvalidURI", "GET", f"/{name}/%FF%FE")
        self.raw_refused("malformed: cors", 400, "MalformedXML", "PUT", f"/{name}?cors", body=b"<CORSConfiguration>", headers={"content-md5": base64.b64encode(hashlib.md5(b"<CORSConfiguration>").digest()).decode()})
        self.raw_refused("malformed: location", 400, "MalformedXML", "PUT", f"/{name}-new", body=b"<CreateBucketConfiguration")
        self.raw_refused("malformed: entities", 400, "MalformedXML", "PUT", f"/{name}-new", body=b'<!DOCTYPE a [<!ENTITY b "c">]><CreateBucketConfiguration>&b;</CreateBucketConfiguration>')
        deep = b"<a>" * 10_000
        self.raw_refused("malformed: deep", 400, "MalformedXML", "PUT", f"/{name}-new", body=deep)
        self.raw_refused("malformed: method on a bucket", 405, "MethodNotAllowed", "PATCH", f"/{name}")
        self.raw_refused("malformed: method on an object", 405, "MethodNotAllowed", "PATCH", f"/{name}/a")
        self.raw_refused("malformed: no length", 411, "MissingContentLength", "PUT", f"/{name}/a", send_length=False)
        status, _, content = self.raw("HEAD", f"/{name}/never")
        self.equal("malformed: error of a head", (status, content), (404, b""))

    def virtual_host(self):
        if self.url.hostname not in ("localhost", "127.0.0.1"):
            return
        name = self.bucket
        host = f"{name}.localhost:{self.url.port}"
        status, headers, _ = self.raw("PUT", "/virtual/key", body=b"by host", host=host)
        self.equal("virtual host: put", status, 200)
        self.equal("virtual host: get by path", self.s3.get_object(Bucket=name, Key="virtual/key")["Body"].read(), b"by host")
        status, _, content = self.raw("GET", "/virtual/key", host=host)
        self.equal("virtual host: get", (status, content), (200, b"by host"))
        status, _, content = self.raw("GET", "/?list-type=2&prefix=virtual", host=host)
        self.equal("virtual host: list", (status, b"<Key>virtual/key</Key>" in content), (200, True))
        status, _, _ = self.raw("DELETE", "/virtual/key", host=host)
        self.equal("virtual host: delete", status, 204)
        # boto3's own virtual-host style. Names below localhost are loopback addresses (RFC 6761), but not every
        # system's resolver knows it.
        resolve = socket.getaddrinfo
        socket.getaddrinfo = lambda name, *rest, **more: resolve(
            "127.0.0.1" if str(name).endswith(".localhost") else name, *rest, **more
        )
        try:
            client = self.client("virtual", f"http://localhost:{self.url.port}")
            client.put_object(Bucket=name, Key="v +", Body=b"virtual")
            self.equal("virtual host: boto3", client.get_object(Bucket=name, Key="v +")["Body"].read(), b"virtual")
            url = client.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "v +"})
            self.check("virtual host: presigned for the host", url.startswith(f"http://{host}/v%20%2B?"), url)
            self.equal("virtual host: presigned", self.fetch("GET", url), (200, b"virtual"))
        finally:
            socket.getaddrinfo = resolve


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--access-key", required=True)
    parser.add_argument("--secret-key", required=True)
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--server", default="gannet", choices=sorted(DIFFERENCES))
    parser.add_argument("--name", default="conformance", help="what the names of its buckets go on with")
    sys.exit(Walk(parser.parse_args()).run())


if __name__ == "__main__":
    main()
