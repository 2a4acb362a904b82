#!/usr/bin/env python3
"""Writes tests/unit/codegen/botocore_cases.json: what botocore's serializers make of the inputs below.

    serializer_cases.py FILE

The bucket of an S3 request is taken out of its path: where it goes is decided by the endpoint's rules, later.
"""

import json
import pathlib
import sys
from urllib.parse import quote

import botocore
import botocore.serialize
import botocore.session

INPUTS = {
    "dynamodb": [
        ("GetItem", {"TableName": "fetch-data", "Key": {"PK": {"S": "USER#1"}, "SK": {"S": "USER#1"}}, "ConsistentRead": True}),
        ("PutItem", {"TableName": "t", "Item": {"a": {"N": "12345678901234567890.5"}, "b": {"B": "bytes"}, "c": {"BOOL": False},
                     "d": {"NULL": True}, "e": {"L": [{"S": "x"}, {"M": {"k": {"SS": ["p", "q"]}}}]}, "f": {"NS": ["1", "2"]}},
                     "ConditionExpression": "attribute_not_exists(#p)", "ExpressionAttributeNames": {"#p": "PK"},
                     "ReturnValues": "ALL_OLD", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
        ("UpdateItem", {"TableName": "t", "Key": {"PK": {"S": "\u00e9\u4e2d \"\\\n"}}, "UpdateExpression": "SET n = n + :x",
                        "ExpressionAttributeValues": {":x": {"N": "1"}}, "ReturnConsumedCapacity": "TOTAL"}),
        ("Query", {"TableName": "t", "KeyConditionExpression": "PK = :p AND begins_with(SK, :s)", "Limit": 25,
                   "ScanIndexForward": False, "ExpressionAttributeValues": {":p": {"S": "USER#1"}, ":s": {"S": "REWARD#"}},
                   "ExclusiveStartKey": {"PK": {"S": "a"}, "SK": {"S": "b"}}}),
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [{"PK": {"S": "1"}}, {"PK": {"S": "2"}}], "ConsistentRead": True}}}),
        ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": {"PK": {"S": "1"}}}},
                                                   {"DeleteRequest": {"Key": {"PK": {"S": "2"}}}}]}}),
        ("TransactWriteItems", {"ClientRequestToken": "a-token", "TransactItems": [
            {"Update": {"TableName": "t", "Key": {"PK": {"S": "1"}}, "UpdateExpression": "ADD n :x",
                        "ExpressionAttributeValues": {":x": {"N": "1"}}}},
            {"ConditionCheck": {"TableName": "t", "Key": {"PK": {"S": "2"}}, "ConditionExpression": "attribute_exists(PK)"}}]}),
        ("CreateTable", {"TableName": "fetch-data", "BillingMode": "PAY_PER_REQUEST",
                         "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
                         "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
                         "GlobalSecondaryIndexes": [{"IndexName": "gsi-1", "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
                                                     "Projection": {"ProjectionType": "ALL"}}],
                         "Tags": [{"Key": "k", "Value": ""}], "SSESpecification": {"Enabled": True, "SSEType": "KMS"}}),
        ("ExportTableToPointInTime", {"TableArn": "arn:aws:dynamodb:us-east-1:1:table/t", "S3Bucket": "bucket",
                                      "ExportTime": 1700000000, "ClientToken": "token"}),
        ("ListTables", {}),
    ],
    "secretsmanager": [
        ("CreateSecret", {"Name": "prod/db", "ClientRequestToken": "11111111-2222-4333-8444-555555555555",
                          "SecretString": "{\"password\": \"p\u00e4ss\"}", "Tags": [{"Key": "team", "Value": "fetch"}]}),
        ("PutSecretValue", {"SecretId": "prod/db", "SecretBinary": "bin\u0001ary", "VersionStages": ["AWSCURRENT"],
                            "ClientRequestToken": "11111111-2222-4333-8444-555555555555"}),
        ("GetSecretValue", {"SecretId": "prod/db", "VersionStage": "AWSPREVIOUS"}),
        ("ListSecrets", {"MaxResults": 10, "Filters": [{"Key": "name", "Values": ["prod"]}], "SortOrder": "desc"}),
        ("DeleteSecret", {"SecretId": "prod/db", "RecoveryWindowInDays": 7}),
        ("RotateSecret", {"SecretId": "s", "ClientRequestToken": "11111111-2222-4333-8444-555555555555",
                          "RotationRules": {"AutomaticallyAfterDays": 30}, "RotateImmediately": False}),
    ],
    "sts": [
        ("GetCallerIdentity", {}),
        ("AssumeRole", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "me@host", "DurationSeconds": 900,
                        "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/one"}, {"arn": "arn:aws:iam::aws:policy/two"}],
                        "Tags": [{"Key": "a b", "Value": "c&d=e"}], "TransitiveTagKeys": ["a b"]}),
        ("AssumeRoleWithWebIdentity", {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "web",
                                       "WebIdentityToken": "token.with+chars/="}),
    ],
    "s3": [
        ("ListBuckets", {"MaxBuckets": 5}),
        ("PutObject", {"Bucket": "my-bucket", "Key": "a/b c/\u00e9+~.jpg", "Body": "hello", "ContentType": "image/jpeg",
                       "Metadata": {"origin": "phone", "n": "1"}, "ACL": "private", "Expires": 1700000000,
                       "IfNoneMatch": "*", "Tagging": "a=b"}),
        ("GetObject", {"Bucket": "b", "Key": "../x/./y//z", "Range": "bytes=0-9", "IfModifiedSince": 1700000000,
                       "ResponseContentType": "text/plain; charset=utf-8", "VersionId": "v=1&2", "PartNumber": 3}),
        ("HeadObject", {"Bucket": "b", "Key": "k", "ChecksumMode": "ENABLED"}),
        ("HeadBucket", {"Bucket": "b", "ExpectedBucketOwner": "123456789012"}),
        ("GetBucketLocation", {"Bucket": "b"}),
        ("CreateBucket", {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
        ("ListObjectsV2", {"Bucket": "b", "Prefix": "receipts/a b", "Delimiter": "/", "MaxKeys": 10, "StartAfter": "x",
                           "FetchOwner": True, "OptionalObjectAttributes": ["RestoreStatus"]}),
        ("DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "a<&>b"}, {"Key": "c", "VersionId": "1"}], "Quiet": True}}),
        ("CopyObject", {"Bucket": "b", "Key": "k", "CopySource": "src/plain-key", "MetadataDirective": "REPLACE",
                        "Metadata": {"a": "b"}}),
        ("CreateMultipartUpload", {"Bucket": "b", "Key": "k", "StorageClass": "STANDARD_IA"}),
        ("UploadPart", {"Bucket": "b", "Key": "k", "PartNumber": 2, "UploadId": "u/1+", "Body": "part"}),
        ("CompleteMultipartUpload", {"Bucket": "b", "Key": "k", "UploadId": "u",
                                     "MultipartUpload": {"Parts": [{"ETag": "e1", "PartNumber": 1}, {"ETag": "e2", "PartNumber": 2}]}}),
        ("PutBucketCors", {"Bucket": "b", "CORSConfiguration": {"CORSRules": [
            {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"],
             "MaxAgeSeconds": 3000}]}}),
        ("PutBucketTagging", {"Bucket": "b", "Tagging": {"TagSet": [{"Key": "k", "Value": ""}]}}),
        ("PutBucketPolicy", {"Bucket": "b", "Policy": "{\"Version\": \"2012-10-17\"}"}),
        ("PutObjectAcl", {"Bucket": "b", "Key": "k", "AccessControlPolicy": {
            "Owner": {"ID": "o"}, "Grants": [{"Permission": "READ", "Grantee": {"Type": "CanonicalUser", "ID": "g"}}]}}),
        ("PutBucketLifecycleConfiguration", {"Bucket": "b", "LifecycleConfiguration": {"Rules": [
            {"ID": "r", "Status": "Enabled", "Filter": {"And": {"Prefix": "p", "Tags": [{"Key": "a", "Value": "b"}]}},
             "Expiration": {"Date": 1700000000}, "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]}]}}),
        ("PutBucketVersioning", {"Bucket": "b", "MFA": "serial 123456",
                                 "VersioningConfiguration": {"Status": "Enabled", "MFADelete": "Disabled"}}),
        ("PutObjectRetention", {"Bucket": "b", "Key": "k", "Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": 1700000000}}),
        ("PutBucketNotificationConfiguration", {"Bucket": "b", "NotificationConfiguration": {"QueueConfigurations": [
            {"QueueArn": "arn:aws:sqs:us-east-1:1:q", "Events": ["s3:ObjectCreated:*"],
             "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "p/"}]}}}]}}),
        ("GetObjectAttributes", {"Bucket": "b", "Key": "k", "ObjectAttributes": ["ETag", "ObjectSize"], "MaxParts": 2}),
        ("AbortMultipartUpload", {"Bucket": "b", "Key": "k", "UploadId": "u"}),
        ("ListParts", {"Bucket": "b", "Key": "k", "UploadId": "u", "PartNumberMarker": 7}),
    ],
}


def text(body):
    return body.decode("utf-8") if isinstance(body, bytes) else body if isinstance(body, str) else str(body)


def serialized(service, operation, params):
    model = botocore.session.get_session().get_service_model(service)
    serializer = botocore.serialize.create_serializer(model.metadata["protocol"], include_validation=True)
    request = serializer.serialize_to_request(params, model.operation_model(operation))
    path, _, query = request["url_path"].partition("?")
    parts = [query] if query else []
    parameters = request["query_string"]
    for name, value in parameters.items() if isinstance(parameters, dict) else parameters:
        for each in value if isinstance(value, list) else [value]:
            parts.append(f"{quote(name, safe='-_.~')}={quote(str(each), safe='-_.~')}")
    wanted = {"method": request["method"]}
    if service == "s3" and "Bucket" in params:
        wanted["bucket"] = params["Bucket"]
        path = path.removeprefix("/" + params["Bucket"]) or "/"
    wanted["uri"] = path + ("?" + "&".join(parts) if parts else "")
    wanted["headers"] = {name: text(value) for name, value in sorted(request["headers"].items())}
    body = request["body"]
    if isinstance(body, dict):
        body = "&".join(f"{quote(name, safe='-_.~')}={quote(str(value), safe='-_.~')}" for name, value in body.items())
        wanted["headers"].pop("Content-Type", None)  # botocore names a charset there as well.
    wanted["body"] = text(body)
    return wanted


def main():
    lines = []
    for service, inputs in INPUTS.items():
        cases = [{"id": f"{operation}_{number}", "operation": operation, "params": params,
                  "serialized": serialized(service, operation, params)}
                 for number, (operation, params) in enumerate(inputs)]
        lines.append(f"{json.dumps(service)}: [\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n]")
    pathlib.Path(sys.argv[1]).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{sum(len(each) for each in INPUTS.values())} cases by botocore {botocore.__version__}")


if __name__ == "__main__":
    main()
