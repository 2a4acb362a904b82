#!/usr/bin/env python3
"""Asks two DynamoDB servers the same things and compares what they answer.

    dynamodb_differential.py --ours http://127.0.0.1:4566 --theirs http://127.0.0.1:8000 [--seed 1] [--random 1000]
    dynamodb_differential.py --start GANNET [--seed 1] [--random 1000]

The second form starts both, and ends with status 77 where the machine cannot (see peers.py).
Ours is the local cloud, theirs is DynamoDB Local. Status, error type, message and result are compared for a table of
special cases and for seeded random operations; what is known to differ is in KNOWN, each with its reason. Prints how
much was compared, and each difference; exits with status 1 if there is one. Needs botocore. Both servers lose the
tables that the script uses.
"""

import argparse
import contextlib
import decimal
import http.client
import json
import os
import pathlib
import random
import re
import sys
import tempfile
import urllib.parse

try:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError:
    print("This Python has no botocore (python3-botocore).")
    sys.exit(77)


class Server:
    def __init__(self, url, access_key, secret_key):
        parts = urllib.parse.urlsplit(url)
        self.url = url
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        self.signer = SigV4Auth(Credentials(access_key, secret_key), "dynamodb", "us-east-1")

    def call(self, operation, body):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = AWSRequest("POST", self.url + "/", data=data, headers={
            "X-Amz-Target": "DynamoDB_20120810." + operation,
            "Content-Type": "application/x-amz-json-1.0",
        })
        self.signer.add_auth(request)
        self.connection.request("POST", "/", data, dict(request.headers))
        answer = self.connection.getresponse()
        text = answer.read()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, {"not JSON": text.decode(errors="replace")}


# --- what makes two answers the same ---------------------------------------------------------------------------------

# Members that say when or where, not what.
VOLATILE = {"CreationDateTime", "TableArn", "IndexArn", "TableId", "LastUpdateToPayPerRequestDateTime",
            "LastIncreaseDateTime", "LastDecreaseDateTime", "NumberOfDecreasesToday", "IndexSizeBytes", "ItemCount",
            "TableSizeBytes", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "ProvisionedThroughput",
            "BillingModeSummary", "DeletionProtectionEnabled"}


def plain_number(digits):
    with decimal.localcontext() as context:
        context.prec = 200
        number = decimal.Decimal(digits)
        return "0" if number == 0 else format(number.normalize(), "f")


def normal(value):
    """The same for equal answers: sets in order, numbers in one spelling, nothing volatile."""
    if isinstance(value, list):
        return [normal(each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (kind, content), = value.items()
        if kind == "N" and isinstance(content, str):
            return {"N": plain_number(content)}
        if kind == "NS" and isinstance(content, list):
            return {"NS": sorted(plain_number(each) for each in content)}
        if kind in ("SS", "BS") and isinstance(content, list):
            return {kind: sorted(content)}
    return {key: normal(each) for key, each in value.items() if key not in VOLATILE}


def normal_answer(operation, body, status, answer):
    if status != 200:
        message = answer.get("message", answer.get("Message", ""))
        # Sets of names print in no order.
        message = re.sub(r"\{([^{}]*, [^{}]*)\}", lambda m: "{" + ", ".join(sorted(m[1].split(", "))) + "}", message)
        return {"status": status, "type": answer.get("__type", "").split("#")[-1], "message": message,
                "item": normal(answer.get("Item")), "reasons": normal(answer.get("CancellationReasons"))}
    out = normal(answer)
    by_text = lambda each: json.dumps(each, sort_keys=True)
    if operation == "Scan":
        # Partitions come in no order: with a limit only the counts can be compared.
        if "Limit" in body or "Segment" in body:
            out = {key: out[key] for key in out if key in ("ScannedCount",)} if "Limit" in body else {}
        elif "Items" in out:
            out["Items"].sort(key=by_text)
    if operation == "Query" and "IndexName" in body and "Limit" not in body and "Items" in out:
        out["Items"].sort(key=by_text)  # Equal index keys come in no order.
    if operation == "BatchGetItem":
        for items in out.get("Responses", {}).values():
            items.sort(key=by_text)
    if isinstance(out.get("ConsumedCapacity"), list):
        out["ConsumedCapacity"].sort(key=by_text)
    out.pop("ItemCollectionMetrics", None)
    return {"status": 200, "result": out}


# --- what is known to differ -----------------------------------------------------------------------------------------

class Messages:
    """Both refuse with the same status and type, in different words; ours are the real service's."""

    def __init__(self, reason, theirs, ours):
        self.reason, self.theirs, self.ours = reason, re.compile(theirs), re.compile(ours)

    def fits(self, operation, body, theirs, ours):
        return (theirs["status"] == ours["status"] != 200 and theirs["type"] == ours["type"]
                and self.theirs.search(theirs["message"]) is not None and self.ours.search(ours["message"]) is not None)


class Other:
    def __init__(self, reason, predicate):
        self.reason, self.fits = reason, predicate


def refused_by_ours(kind, pattern):
    return lambda operation, body, theirs, ours: (
        ours["status"] == 400 and ours["type"] == kind and re.search(pattern, ours["message"]) is not None)


def cancelled_for_a_reason(operation, body, theirs, ours):
    if not operation.startswith("Transact") or theirs["status"] != 400 or ours["type"] != "TransactionCanceledException":
        return False
    return (theirs["type"] in ("TransactionCanceledException", "ValidationException")
            and "ValidationError" in [reason["Code"] for reason in ours["reasons"]])


FAULTS = ("document path provided in the update expression is invalid|refers to an attribute that does not exist|"
          "has an incorrect data type|Incorrect operand type|must be distinct from|Two document paths|Number (over|under)flow|"
          "38 (significant )?digits|Multiple attribute names")
MODEL = r"^\d+ validation errors? detected: "
KNOWN = [
    Messages("no such table", "^Cannot do operations on a non-existent table$", "^Requested resource not found"),
    Messages("a name taken", "^Cannot create preexisting table$", "^Table already exists: "),
    Messages("the model's constraints are checked first, and named in the service's way", "", MODEL),
    Messages("a number", "cannot be converted into a number", "^(ExpressionAttributeValues contains invalid value: )?"
             "The parameter cannot be converted to a numeric value: "),
    Messages("an exponent far out of range is a number all the same", "cannot be converted into a number",
             "Number (over|under)flow"),
    Messages("38 digits", "only supports precision up to 38 digits", "more than 38 significant digits"),
    Messages("a key of other attributes", "The number of conditions on the keys is invalid|One of the required keys was "
             "not given a value|Type mismatch for key|Invalid attribute value type",
             "The provided key element does not match the schema"),
    Messages("a key missing in an item", "One of the required keys was not given a value", "Missing the key \\w+ in the"),
    Messages("a key of another type in an item", "Type mismatch for key|Invalid attribute value type",
             "Type mismatch for key \\w+ expected: \\w actual: "),
    Messages("the size of keys", "^Hash primary key values must be under", "Size of hashkey has exceeded|"
             "Aggregated size of all range keys"),
    Messages("an index key of another type", "Type mismatch for Index Key$", "Type mismatch for Index Key \\w+ Expected"),
    Messages("the size of an index key", "Size limit exceeded", "Size of hashkey has exceeded|Aggregated size"),
    Messages("a set with repetition", "Input collection", "Input collection"),
    Messages("return values", "^Return values set to invalid value$", "^ReturnValues can only be ALL_OLD or NONE$"),
    Messages("the names of types print in no order", "valid types: ", "valid types: "),
    Messages("key schema element by name", "^Query condition missed key schema element$",
             "^Query condition missed key schema element: "),
    Messages("a starting key", "Exclusive Start Key must have same size|Type mismatch for attribute to update|"
             "Exclusive start key must lie within the segment|The provided starting key",
             "^The provided starting key|Type mismatch for key"),
    Messages("consistent reads of an index", "^Consistent read cannot be true when", "^Consistent reads are not supported"),
    Messages("the words of CreateTable", "[Kk]ey|Attribute Definition|attribute definitions|throughput|projec|indices|GSI",
             "KeySchema|AttributeDefinitions|BillingMode|ProjectionType|index|Both the Hash Key|SecondaryIndex"),
    Messages("segments", "[Ss]egment", "[Ss]egment"),
    Messages("a conditional parameter without its expression", "can only be specified when using expressions",
             "can only be specified when using expressions"),
    Messages("a put or delete in a batch", "null AttributeValue", MODEL),
    Messages("which of an expression's faults is named", FAULTS, FAULTS),
    Messages("a path in a key condition", "Key attributes must be scalars", "cannot have conditions on nested attributes"),
    Other("SIZE is a reserved word, also where DynamoDB Local can tell it from the function",
          refused_by_ours("ValidationException", "reserved keyword: size$")),
    Other("a read of an item that is not there costs as much as one of a small item; DynamoDB Local counts otherwise in "
          "batches",
          lambda operation, body, theirs, ours: (
              operation in ("BatchGetItem", "BatchWriteItem") and theirs["status"] == ours["status"] == 200
              and {**theirs["result"], "ConsumedCapacity": 0} == {**ours["result"], "ConsumedCapacity": 0})),
    Messages("values in messages are spelled otherwise", "AttributeValue: {[NB]:", "AttributeValue: {[NB]:"),
    Other("a query that finds nothing costs a read all the same",
          lambda operation, body, theirs, ours: (
              operation == "Query" and theirs["status"] == ours["status"] == 200 and ours["result"]["ScannedCount"] == 0
              and {**theirs["result"], "ConsumedCapacity": 0} == {**ours["result"], "ConsumedCapacity": 0})),
    Other("a page that its limit ends has a last key, also where the key condition allows no other item after it",
          lambda operation, body, theirs, ours: (
              operation == "Query" and theirs["status"] == ours["status"] == 200 and "Limit" in body
              and theirs["result"] == {key: each for key, each in ours["result"].items() if key != "LastEvaluatedKey"})),
    Other("and so such a key may be started from",
          lambda operation, body, theirs, ours: (
              operation == "Query" and "ExclusiveStartKey" in body and "starting key" in theirs.get("message", "")
              and ours["status"] == 200 and ours["result"]["ScannedCount"] == 0)),
    Messages("a table without attributes", "No Attribute Schema Defined", "AttributeDefinitions"),
    Messages("a value that is null", "contains a null AttributeValue", "Supplied AttributeValue is empty"),
    Other("a table that is being deleted says so, and no more of its schema",
          lambda operation, body, theirs, ours: (
              operation == "DeleteTable" and theirs["status"] == ours["status"] == 200)),
    Other("DynamoDB Local reads a body no further than the end of its first value",
          refused_by_ours("SerializationException", "cannot be read as JSON")),
    Other("DynamoDB Local tells the capacity of a deletion without effect unasked",
          lambda operation, body, theirs, ours: (
              operation == "DeleteItem" and "ReturnConsumedCapacity" not in body and ours == {"status": 200, "result": {}}
              and list(theirs.get("result", {})) == ["ConsumedCapacity"])),
    Other("DynamoDB Local fails where a type is wrong; the service refuses",
          lambda operation, body, theirs, ours: theirs["status"] == 500 and ours["status"] == 400),
    Other("DynamoDB Local takes JSON values of other types for text, numbers and truth values",
          refused_by_ours("SerializationException", "_VALUE|not expected|Unrecognized|base-64|Base64")),
    Other("DynamoDB Local does not check enumerations and lengths of every member",
          refused_by_ours("ValidationException", MODEL)),
    Other("DynamoDB Local takes digits of other scripts for numbers",
          refused_by_ours("ValidationException", "cannot be converted to a numeric value: [^\x00-\x7f]")),
    Other("DynamoDB Local takes both BillingMode PAY_PER_REQUEST and a throughput",
          refused_by_ours("ValidationException", "can be specified when BillingMode is PAY_PER_REQUEST")),
    Other("DynamoDB Local lets an update give an index key another type",
          refused_by_ours("ValidationException", "Type mismatch for Index Key")),
    Other("parameters from before expressions are not in the local cloud",
          refused_by_ours("ValidationException", "legacy parameter")),
    Other("not in the local cloud yet", refused_by_ours("ValidationException", "The local cloud does not have")),
    Other("UPDATED_OLD and UPDATED_NEW give the parts that were updated, as the service does; DynamoDB Local gives the "
          "whole top-level attribute",
          lambda operation, body, theirs, ours: (
              operation == "UpdateItem" and theirs["status"] == ours["status"] == 200
              and str(body.get("ReturnValues", "")).startswith("UPDATED") and re.search(r"[.\[]", body["UpdateExpression"])
              and set(ours["result"].get("Attributes", {})) == set(theirs["result"].get("Attributes", {})))),
    Other("an item that a filter drops counts towards the page's size, as the service documents",
          lambda operation, body, theirs, ours: (
              theirs["status"] == ours["status"] == 200 and "FilterExpression" in body
              and "LastEvaluatedKey" in ours["result"] and "Limit" not in body)),
    Other("an unknown operation is of the coral service's name space only in words",
          lambda operation, body, theirs, ours: theirs.get("type") == ours.get("type") == "UnknownOperationException"),
    Other("a failed condition gives its item from DeleteItem too, as the service does",
          lambda operation, body, theirs, ours: (
              operation == "DeleteItem" and theirs.get("type") == ours.get("type") == "ConditionalCheckFailedException"
              and theirs["item"] is None)),
    Other("of a ListTables that starts after a name, the name need not be a table's",
          lambda operation, body, theirs, ours: (
              operation == "ListTables" and "ExclusiveStartTableName" in body and ours["status"] == 200)),
    Other("DynamoDB Local counts the capacity of transactions in ways of its own",
          lambda operation, body, theirs, ours: (
              operation.startswith("Transact") and theirs["status"] == ours["status"] == 200
              and {**theirs["result"], "ConsumedCapacity": 0} == {**ours["result"], "ConsumedCapacity": 0})),
    Other("what does not fit the table or the stored item cancels a transaction with a reason for each action; DynamoDB "
          "Local refuses some of it outright, and does not look at the other actions", cancelled_for_a_reason),
    Other("DynamoDB Local ends some of its messages with a full stop",
          lambda operation, body, theirs, ours: (
              ours.get("type") == theirs.get("type") == "TransactionCanceledException"
              and json.loads(json.dumps(theirs).replace("request failed.", "request failed")) == ours)),
    Other("an item named twice is noticed before conditions are looked at",
          lambda operation, body, theirs, ours: (
              operation == "TransactWriteItems" and theirs.get("type") == "TransactionCanceledException"
              and "multiple operations on one item" in ours.get("message", ""))),
    Messages("DynamoDB Local gives no message with a token's other request", "^$", "within the last ten minutes"),
    Messages("the payload of a transactional read", "^Payload in response is too large", "^Transaction payload size"),
    Messages("a cancelled transactional read has reasons, too", "number of conditions on the keys", "specific reasons"),
]


# --- special cases ---------------------------------------------------------------------------------------------------

KEYS = "conformance-keys"        # PK and SK, both S
NUMBERS = "conformance-numbers"  # PK S, SK N
SINGLE = "conformance-single"    # id B
INDEXED = "conformance-indexed"  # PK and SK S, with four indexes
TABLES = [KEYS, NUMBERS, SINGLE, INDEXED]


def schema(*keys):
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"))]


def definitions(**types):
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]


def create(name, keys, types, **more):
    return ("CreateTable", {"TableName": name, "KeySchema": schema(*keys), "AttributeDefinitions": definitions(**types),
                            "BillingMode": "PAY_PER_REQUEST", **more})


def index(name, keys, kind="ALL", **projection):
    return {"IndexName": name, "KeySchema": schema(*keys), "Projection": {"ProjectionType": kind, **projection}}


GLOBAL = [index("by-g", ("G", "H")), index("keys-only", ("G",), "KEYS_ONLY"),
          index("including", ("G", "H"), "INCLUDE", NonKeyAttributes=["v"])]
LOCAL = [index("by-h", ("PK", "H"), "KEYS_ONLY")]

SETUP = [
    create(KEYS, ("PK", "SK"), {"PK": "S", "SK": "S"}),
    create(NUMBERS, ("PK", "SK"), {"PK": "S", "SK": "N"}),
    create(SINGLE, ("id",), {"id": "B"}),
    create(INDEXED, ("PK", "SK"), {"PK": "S", "SK": "S", "G": "S", "H": "N"}, GlobalSecondaryIndexes=GLOBAL,
           LocalSecondaryIndexes=LOCAL),
]

KEY = {"PK": {"S": "a"}, "SK": {"S": "u"}}
BASE = {**KEY, "s": {"S": "abc"}, "n": {"N": "5"}, "b": {"B": "YWJj"}, "t": {"BOOL": True}, "nil": {"NULL": True},
        "l": {"L": [{"S": "x"}, {"N": "1"}, {"M": {"q": {"S": "z"}}}]}, "m": {"M": {"a": {"S": "v"}, "b": {"N": "2"}}},
        "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2"]}, "bs": {"BS": ["YQ==", "Yg=="]}}
VALUES = {":s": {"S": "abc"}, ":n": {"N": "1"}, ":z": {"N": "9"}, ":l": {"L": [{"S": "q"}]}, ":el": {"L": []},
          ":m": {"M": {"z": {"S": "t"}}}, ":ss": {"SS": ["b", "c"]}, ":ab": {"SS": ["a", "b"]},
          ":ns": {"NS": ["2", "3"]}, ":bs": {"BS": ["Yg==", "Yw=="]}, ":b": {"B": "YWI="}, ":t": {"BOOL": True},
          ":nil": {"NULL": True}, ":ty": {"S": "S"}, ":bad": {"S": "XX"}, ":e": {"S": ""}}

NUMBER_TEXTS = [
    "1", "+1", "-1", "1.", ".5", "-.5", "1e5", "1E+5", "1e-5", "1e", "e5", "", "-", " 1", "1 ", "0x1", "NaN", "Infinity",
    "007", "0.10", "100", "1e125", "9.9999999999999999999999999999999999999e125", "1e126", "1e-130", "1e-131", "0e500",
    "-0", "0.000", "1" * 38, "1" * 39, "1" * 38 + "0" * 10, "1" * 38 + ".0", "1e99999999999", "1e-99999999999", "1_0",
    "\uff11", "1e+-5", "--1", "+-1", ".", "1.2.3", "1" * 200, "1e20", "1e21", "1234567890123456789012345", "1e-7",
    "0.000001234", "1d", "1f", "-1e125", "-9.9e125", "-1e-130", "0." + "0" * 129 + "1", "1" + "0" * 125]

ARITHMETIC = [("1e38", "0.1"), ("9.9e125", "9.9e125"), ("1e-130", "-9e-130"), ("1e37", "0.1"), ("1e100", "1e-100"),
              ("2e-130", "-1e-130"), ("9" * 38, "1"), ("9" * 38, "2"), ("1", "-1"), ("0.1", "0.2"), ("5" * 38, "5" * 38),
              ("1e-129", "-1e-130"), ("-1", "-1e37"), ("0", "0"), ("100", "-0.01")]

TYPED_VALUES = [
    {"N": 1}, {"S": 1}, {"S": ""}, {"B": ""}, {"B": "!!"}, {"B": "YQ"}, {"B": "YQ=="}, {"SS": []}, {"SS": ["a", "a"]},
    {"SS": ["a", ""]}, {"NS": ["1", "1.0"]}, {"NS": ["1", "x"]}, {"NS": []}, {"BS": []}, {"BS": ["YQ==", "YQ=="]},
    {"NULL": False}, {"NULL": True}, {"BOOL": "true"}, {"BOOL": 1}, {}, {"S": "a", "N": "1"}, {"X": "a"}, {"L": []},
    {"M": {}}, {"L": [{}]}, {"M": {"": {"S": "a"}}}, {"M": {"a": {}}}, {"S": None}, 5, None, [], {"L": {}}, {"M": []},
    {"SS": "a"}, {"SS": [1]}, {"L": [{"N": "1.0"}, {"S": "x"}]}, {"SS": ["b", "a"]}, {"NS": ["3", "10", "2"]},
    {"S": "a", "X": 1}, {"NULL": None}, {"N": None}, {"S": "\u00e9\u20ac\U0001f600\u0000\"\\"}, {"NS": ["1e1", "-5"]},
    {"S": "x" * 400 * 1024}, {"S": "x" * (400 * 1024 - 20)}]

CONDITIONS = """
s = :s|s <> :s|n < :z|s < :n|n < :m|n > :l|l = :l|m = :m|t < :t|nil >= :nil|ss > :ss|n BETWEEN :n AND :z
n BETWEEN :z AND :n|n BETWEEN :s AND :n|n BETWEEN :m AND :m|n IN (:n,:z)|s IN (:s)|begins_with(s,:s)|begins_with(s,:n)
begins_with(n,:s)|begins_with(b,:b)|begins_with(:s,:s)|begins_with(s,:m)|begins_with(s,s)|contains(s,:s)|contains(l,:s)
contains(ss,:s)|contains(ss,:ss)|contains(n,:n)|contains(ns,:n)|contains(:ss,:s)|contains(:s,s)|contains(s,:ss)
contains(s,:n)|contains(m,:s)|contains(bs,:b)|contains(b,:b)|size(s) = :n|size(s) > :s|size(:s) > :n|size(:n) > :n
size(n) > :n|size(l) < :z|size(m) < :z|size(ss) < :z|size(bs) < :z|size(b) < :z|size(t) = :n|size(nil) = :n
size(nope) = :n|attribute_type(s,:ty)|attribute_type(s,:bad)|attribute_type(s,:n)|attribute_type(nope,:ty)
attribute_exists(l[0])|attribute_exists(l[9])|attribute_exists(m.a)|attribute_exists(m.zz)|attribute_exists(s.a)
attribute_exists(s[0])|attribute_not_exists(l[0].a)|attribute_exists(:s)|attribute_exists(size(s))|s = s|s < s
n = :n AND n = :n|NOT s = :s|NOT (s = :s)|nope = :s|nope <> :s|nope < :s|NOT nope < :s|:s = :s|:s = s|:n < :z|l[0] = :s
l[1] < :z|l[2].q <> :s|m.b = :n|n > size(s)|size(s) < size(l)|size(s) IN (:n,:z)|s BETWEEN :e AND :s|n IN (:n,:s,:m)
begins_with(s,:e)|foo(s)|size(s)|s|(s = :s)|((s = :s))|s = :s OR|contains(l,l[0])|begins_with(size(s),:s)|m < :m
begins_with(m.a,:s)|contains(nope,:s)|contains(s,nope)|begins_with(s,nope)|size(s) = size(s)|attribute_exists(s) = :t
n between :n and :z|:n BETWEEN n AND :z|l[0][0] = :s|n = n|size(m.a) = :n|contains(s,:e)|contains(:s,:s)|nope <> nope2
n BETWEEN nope AND :z|s = :s AND (n = :z OR n = :n) AND NOT contains(ss,:bad)|n = :n OR s = :s AND t = :nil|nil = :nil
t = :t|t <> :t|ss = :ab|ns = :ns|bs <> :bs|b > :b|b < :s|n IN (n)|s BETWEEN s AND :s|attribute_type(l, :ty)
attribute_exists(#undefined)|s = :undefined|comment = :s|#|:|a..b = :s|a[x] = :s|a[-1] = :s|a[99999999999] = :s|s == :s
s = :s AND|AND s = :s|s IN ()|s BETWEEN :s|begins_with(s)|attribute_exists(s, s)|size(size(s)) = :n|contains(s,:s,:s)
"""

UPDATES = """
SET n = n + :n|SET n = n - :n|SET n = :n + :z|SET s = s + :n|SET s = :s + :n|SET n = :m + :n|SET n = nope + :n
SET n = if_not_exists(nope,:n) + :z|SET n = if_not_exists(n,:s)|SET q = nope|SET l = list_append(l,:l)
SET l = list_append(:l,l)|SET l = list_append(l,:s)|SET l = list_append(l,s)|SET l = list_append(nope,:l)|SET l[0] = :s
SET l[1] = :s, l[2] = :n|SET l[9] = :s|SET l[7] = :s, l[5] = :n|SET l[3] = l[0]|SET m.a = :s|SET m.c = :s|SET m.x.y = :s
SET nope.a = :s|SET nope[0] = :s|SET s.a = :s|SET s[0] = :s|SET m[0] = :s|SET l.a = :s|SET a = :s, a = :n
SET m = :m, m.a = :s|SET m.a = :s, m.a.b = :n|SET m.a = :s, m[0] = :n|SET l[0] = :s REMOVE l[0]|SET l[0] = :s REMOVE l[1]
REMOVE l[0], l[1]|REMOVE l[9]|REMOVE nope|REMOVE m.a|REMOVE m.nope|REMOVE nope.a|REMOVE s.a|REMOVE nope[0]|REMOVE m.x.y
REMOVE l[2].q|REMOVE l[0].a|ADD n :n|ADD nope :n|ADD s :n|ADD n :s|ADD n :ss|ADD ss :ss|ADD ss :ns|ADD ss :n|ADD nope :ss
ADD m.b :n|ADD m.c :n|ADD m.x.y :n|ADD l[1] :n|ADD l[9] :n|ADD ns :ns|ADD bs :bs|ADD b :b|ADD l :l|DELETE ss :ss
DELETE ss :ab|DELETE ns :ns|DELETE bs :bs|DELETE ss :ns|DELETE ss :s|DELETE nope :ss|DELETE n :ns|DELETE m.a :ss
DELETE nope.a :ss|SET PK = :s|REMOVE SK|ADD PK :n|SET PK.a = :s|DELETE SK :ss
SET s = :s ADD n :n REMOVE m.a DELETE ss :ss|SET s = n, n = s|SET s = :s SET n = :n|SET n = n + n|SET a = b|SET a = size(s)
SET q = list_append(l,l)|SET q = if_not_exists(q,l)|SET q = if_not_exists(:s,:s)|SET q = if_not_exists(nope,nope2)
SET q = if_not_exists(nope,if_not_exists(nope2,:s))|SET q = list_append(if_not_exists(nope,:el),:l)|SET q = (n + :n)
SET q = n + :n - :n|SET q = foo(n)|SET l[0] = :s ADD l[1] :n|SET m.a.b = :s|ADD ss :s|ADD ss :l|DELETE ss :m
SET n = n + :nil|SET n = n - s|SET a = :s REMOVE a|SET a = :s, b = a||SET|SET a|REMOVE|SET a = :s,
SET l[0] = l[1], l[1] = l[0]|REMOVE l[2], l[0]|SET l[3] = :s, l[4] = :n|SET l[4] = :s, l[3] = :n|SET x = m.nope
SET x = l[7]|SET x = s.a|ADD m :m|SET n = attribute_exists(n)|SET l = list_append(:l, :s)|SET q = list_append(:l, :el)
SET x.y = :s, x.z = :n|SET m.p = :s, m.q = :n|SET m.p = :s ADD m.q :n DELETE ss :ss REMOVE m.a|SET size = :s
SET m.#x = :s|SET a = :undefined|SET l[9] = :s REMOVE l[3], l[0]|REMOVE l[0] SET l[1] = :s|SET l = :l, n = size(l)
FOO a = :s|SET a := :s|SET a = :s :n|REMOVE a b|ADD a|ADD a b|SET a = :s ADD a :n|SET x = PK|SET comment = :s
SET a = if_not_exists(n, :s) + :n|SET a = n - :n, b = b|SET a[0] = :s|SET t = :nil, nil = :t|DELETE ss :ss, ns :ns
"""

KEY_CONDITIONS = """
PK = :p|PK = :p AND SK = :s|PK = :p AND SK < :s|PK = :p AND SK > :s|PK = :p AND SK <= :s|PK = :p AND SK >= :s
PK = :p AND begins_with(SK,:t)|PK = :p AND SK BETWEEN :u AND :s|PK = :p AND SK BETWEEN :s AND :u|SK = :s|SK = :s AND PK = :p
:p = PK|PK = :p AND :s < SK|PK < :p|PK = :p OR SK = :s|NOT PK = :p|PK = :p AND SK <> :s|PK = :p AND SK IN (:s,:t)
PK = :p AND attribute_exists(SK)|PK = :p AND contains(SK,:s)|PK = :p AND v = :n|PK = :p AND PK = :p
PK = :p AND SK = :s AND SK = :t|PK = :p AND SK = :s AND v = :n|PK = :n|PK = :p AND SK = :n|PK = :p AND SK = :m|PK = :e
PK = :p AND SK = :e|PK = :p AND SK > :e|PK = :p AND begins_with(SK,:e)|PK = :p AND begins_with(SK,:n)
PK = :p AND begins_with(:s,SK)|PK = SK|PK = :p AND SK = v|size(PK) = :n|PK = :p AND size(SK) = :n|PK.a = :p|PK[0] = :p
PK = :p AND SK = :s AND v||PK|begins_with(PK,:p)|PK BETWEEN :p AND :s|(PK = :p) AND (SK = :s)|PK = :p AND (SK = :s AND SK = :t)
PK = :p AND SK BETWEEN SK AND :s|PK = :p AND SK BETWEEN :s AND :n|PK = :p AND :p = SK|PK = :p AND SK = :missing
"""
KEY_VALUES = {":p": {"S": "q"}, ":s": {"S": "s3"}, ":t": {"S": "s"}, ":n": {"N": "1"}, ":m": {"M": {}}, ":u": {"S": "s1"},
              ":e": {"S": ""}, ":z": {"N": "4"}}


def texts(table):
    """The texts between bars and line ends; an empty one, between two bars, stands for itself."""
    return [text.strip() for line in table.strip().split("\n") for text in line.split("|")]


def used(values, *expressions):
    names = set(re.findall(r":\w+", " ".join(expressions)))
    chosen = {name: values[name] for name in names if name in values}
    return {"ExpressionAttributeValues": chosen} if chosen else {}


def put(table, item, **more):
    return ("PutItem", {"TableName": table, "Item": item, **more})


def get(table, key, **more):
    return ("GetItem", {"TableName": table, "Key": key, **more})


def special_cases():
    yield from table_cases()
    for text in NUMBER_TEXTS:
        yield put(KEYS, {**KEY, "n": {"N": text}})
        yield get(KEYS, KEY)
        if text.isascii():
            yield put(NUMBERS, {"PK": {"S": "n"}, "SK": {"N": text}})
    yield ("Query", {"TableName": NUMBERS, "KeyConditionExpression": "PK = :p", "ExpressionAttributeValues": {":p": {"S": "n"}}})
    for left, right in ARITHMETIC:
        for expression in ("ADD n :b", "SET n = n + :b", "SET n = n - :b", "SET n = :b - n"):
            yield put(KEYS, {**KEY, "n": {"N": left}})
            yield ("UpdateItem", {"TableName": KEYS, "Key": KEY, "UpdateExpression": expression, "ReturnValues": "ALL_NEW",
                                  "ExpressionAttributeValues": {":b": {"N": right}}})
    for value in TYPED_VALUES:
        yield put(KEYS, {**KEY, "v": value})
        yield get(KEYS, KEY)
        yield put(KEYS, KEY, ConditionExpression="v = :v", ExpressionAttributeValues={":v": value})
    nested = {"S": "x"}
    for depth in range(1, 35):
        nested = {"L": [nested]} if depth % 2 else {"M": {"a": nested}}
        if depth > 28:
            yield put(KEYS, {**KEY, "v": nested})
    yield from key_cases()
    yield from parameter_cases()
    yield put(KEYS, BASE)
    for text in texts(CONDITIONS):
        yield ("UpdateItem", {"TableName": KEYS, "Key": KEY, "UpdateExpression": "SET s = :s", "ConditionExpression": text,
                              "ExpressionAttributeValues": {**used(VALUES, text).get("ExpressionAttributeValues", {}),
                                                            ":s": VALUES[":s"]}})
        yield ("Scan", {"TableName": KEYS, "FilterExpression": text, **used(VALUES, text)})
    for text in texts(UPDATES):
        for wanted in ("ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"):
            yield put(KEYS, BASE)
            yield ("UpdateItem", {"TableName": KEYS, "Key": KEY, "UpdateExpression": text, "ReturnValues": wanted,
                                  **used(VALUES, text)})
        yield get(KEYS, KEY)
        absent = {"PK": {"S": "absent"}, "SK": {"S": "x"}}
        yield ("DeleteItem", {"TableName": KEYS, "Key": absent})
        yield ("UpdateItem", {"TableName": KEYS, "Key": absent, "UpdateExpression": text, "ReturnValues": "ALL_NEW",
                              **used(VALUES, text)})
        yield get(KEYS, absent)
    yield from projection_cases()
    yield from query_cases()
    yield from batch_cases()
    yield from index_cases()
    yield from transaction_cases()


def table_cases():
    good = {"TableName": "conformance-x", "KeySchema": schema("a"), "AttributeDefinitions": definitions(a="S"),
            "BillingMode": "PAY_PER_REQUEST"}
    for change in [
            {"TableName": None}, {"TableName": "x"}, {"TableName": "ab"}, {"TableName": "a b c"}, {"TableName": "x" * 256},
            {"TableName": 5}, {"KeySchema": None}, {"KeySchema": []}, {"KeySchema": {}}, {"KeySchema": "x"},
            {"AttributeDefinitions": None}, {"AttributeDefinitions": []}, {"AttributeDefinitions": [5]},
            {"AttributeDefinitions": definitions(b="S")}, {"AttributeDefinitions": definitions(a="S", b="S")},
            {"AttributeDefinitions": definitions(a="X")}, {"BillingMode": None}, {"BillingMode": "X"},
            {"KeySchema": [{"AttributeName": "a", "KeyType": "RANGE"}]},
            {"KeySchema": schema("a", "a")}, {"KeySchema": [{"AttributeName": "a", "KeyType": "X"}]},
            {"KeySchema": [{"AttributeName": "a"}]},
            {"KeySchema": schema("a") + schema("b"), "AttributeDefinitions": definitions(a="S", b="S")},
            {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}},
            {"BillingMode": None, "ProvisionedThroughput": {"ReadCapacityUnits": 0, "WriteCapacityUnits": 1}},
            {"GlobalSecondaryIndexes": []},
            {"GlobalSecondaryIndexes": [index("by-zz", ("zz",))]},
            {"GlobalSecondaryIndexes": [index("x", ("a",))]},
            {"GlobalSecondaryIndexes": [index("twice", ("a",)), index("twice", ("a",))]},
            {"GlobalSecondaryIndexes": [{**index("bad", ("a",)), "Projection": {}}]},
            {"GlobalSecondaryIndexes": [index("bad", ("a",), "INCLUDE")]},
            {"GlobalSecondaryIndexes": [index("bad", ("a",), "ALL", NonKeyAttributes=["z"])]},
            {"LocalSecondaryIndexes": [index("bad", ("a",))]},
    ]:
        yield ("CreateTable", {key: value for key, value in {**good, **change}.items() if value is not None})
    yield SETUP[0]
    for name in (KEYS, NUMBERS, SINGLE, INDEXED, "conformance-nope", "x", 5):
        yield ("DescribeTable", {"TableName": name})
    yield ("CreateTable", good)
    yield ("ListTables", {})
    for limit in (1, 2, 0, 101, "a"):
        yield ("ListTables", {"Limit": limit})
    yield ("ListTables", {"ExclusiveStartTableName": KEYS})
    yield ("ListTables", {"Frob": 1})
    yield ("DeleteTable", {"TableName": "conformance-nope"})
    yield ("DeleteTable", {})
    yield ("DeleteTable", {"TableName": "conformance-x"})
    yield ("DescribeTable", {"TableName": "conformance-x"})
    yield ("Frob", {})
    for broken in (b"", b"{", b"[]", b"null", b'{"TableName":', b'{"TableName":"x"}}', b'{"TableName":"\xff"}', b"5"):
        yield ("PutItem", broken)


def key_cases():
    full = {"PK": {"S": "a"}, "SK": {"S": "b"}}
    for item in [{"PK": {"S": ""}, "SK": {"S": "b"}}, {"PK": {"S": "a"}}, {"PK": {"N": "1"}, "SK": {"S": "b"}},
                 {"PK": {"S": "a"}, "SK": {"S": ""}}, {"PK": {"S": "a" * 2049}, "SK": {"S": "b"}},
                 {"PK": {"S": "a"}, "SK": {"S": "b" * 1025}}, {"PK": {"S": "a" * 2048}, "SK": {"S": "b" * 1024}}, {},
                 {**full, "": {"S": "a"}}, {**full, "a" * 65536: {"S": "a"}}]:
        yield put(KEYS, item)
    for key in [{"PK": {"S": ""}, "SK": {"S": "b"}}, {"PK": {"S": "a"}}, {"PK": {"N": "1"}, "SK": {"S": "b"}}, {},
                {**full, "x": {"S": "a"}}, {"PK": {"S": "a"}, "X": {"S": "b"}}, {"PK": {"S": "a" * 2049}, "SK": {"S": "b"}},
                {"PK": {"S": "a"}, "SK": {"N": "x"}}, {"PK": {"L": []}, "SK": {"S": "x"}}]:
        for operation in ("GetItem", "DeleteItem", "UpdateItem"):
            yield (operation, {"TableName": KEYS, "Key": key})
    for binary in ("AA==", "/w==", "AAE=", "", "gA=="):
        yield put(SINGLE, {"id": {"B": binary}, "v": {"S": binary}})
        yield get(SINGLE, {"id": {"B": binary}})
    yield put(SINGLE, {"id": {"S": "a"}})
    for number in ("1", "-1", "0", "1.5", "-1.5", "10", "1e10", "-1e10", "0.001", "1e-100", "9", "99", "100", "1.0"):
        yield put(NUMBERS, {"PK": {"S": "order"}, "SK": {"N": number}})
    for forward in (True, False):
        yield ("Query", {"TableName": NUMBERS, "KeyConditionExpression": "PK = :p", "ScanIndexForward": forward,
                         "ExpressionAttributeValues": {":p": {"S": "order"}}})
    for text in ("a", "B", "b", "aa", "\u00e9", "\U0001f600", "\uffee", "~", " "):
        yield put(KEYS, {"PK": {"S": "order"}, "SK": {"S": text}})
    for forward in (True, False):
        yield ("Query", {"TableName": KEYS, "KeyConditionExpression": "PK = :p", "ScanIndexForward": forward,
                         "ExpressionAttributeValues": {":p": {"S": "order"}}})


def parameter_cases():
    plain = {"TableName": KEYS, "Item": KEY}
    names, value = {"#a": "PK"}, {":a": {"S": "a"}}
    compare = {"ConditionExpression": "#a = :a", "ExpressionAttributeNames": names, "ExpressionAttributeValues": value}
    for change in [
            {"Item": None}, {"TableName": None}, {"TableName": "conformance-nope"}, {"ReturnValues": "ALL_NEW"},
            {"ReturnValues": "XX"}, {"ReturnConsumedCapacity": "XX"}, {"ReturnConsumedCapacity": "TOTAL"},
            {"ReturnConsumedCapacity": "INDEXES"}, {"ReturnItemCollectionMetrics": "SIZE"}, {"ReturnValues": "ALL_OLD"},
            {"Expected": {"PK": {"Exists": False}}}, {"ConditionExpression": ""},
            {"ConditionExpression": "attribute_not_exists(PK)"},
            {"ConditionExpression": "attribute_not_exists(PK)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
            {"ConditionExpression": "attribute_not_exists(PK)", "ReturnValuesOnConditionCheckFailure": "XX"},
            {"ExpressionAttributeNames": names}, {"ExpressionAttributeValues": value}, compare,
            {"ConditionExpression": "#a = :a"}, {"ConditionExpression": "PK = :a"},
            {**compare, "ExpressionAttributeValues": {}}, {**compare, "ExpressionAttributeNames": {}},
            {**compare, "ExpressionAttributeNames": {"a": "PK"}},
            {**compare, "ExpressionAttributeNames": {"#a": "PK", "#b": "c", "#c": "d"}},
            {**compare, "ExpressionAttributeValues": {**value, ":b": {"S": "a"}, ":c": {"S": "b"}}},
            {**compare, "ExpressionAttributeNames": {"#a": ""}}, {**compare, "ExpressionAttributeNames": {"#a": 5}},
            {**compare, "ExpressionAttributeValues": {"a": {"S": "a"}}},
            {**compare, "ExpressionAttributeValues": {":a": {"X": "a"}}},
            {**compare, "ExpressionAttributeValues": {**value, "#": {"S": "a"}}}, {"ConditionExpression": 5},
            {"Item": 5}, {"Item": {"PK": 5}}, {"Item": []}, {"ConditionExpression": "x" * 4097}]:
        yield ("PutItem", {key: each for key, each in {**plain, **change}.items() if each is not None})
    update = {"TableName": KEYS, "Key": KEY}
    for change in [
            {}, {"UpdateExpression": ""}, {"ConditionExpression": "attribute_exists(PK)"},
            {"AttributeUpdates": {"x": {"Value": {"S": "a"}}}}, {"UpdateExpression": "SET s = :s", **used(VALUES, ":s"),
                                                                 "ReturnConsumedCapacity": "TOTAL"},
            {"UpdateExpression": "SET s = :s", "ExpressionAttributeValues": {":s": {"S": "x" * 409600}}},
            {"UpdateExpression": "SET s = :s", "ConditionExpression": "attribute_not_exists(PK)", **used(VALUES, ":s"),
             "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
            {"UpdateExpression": "SET s = :s", "ReturnValues": "XX", **used(VALUES, ":s")},
            {"UpdateExpression": "SET s = :s", "ConditionExpression": "#a = :s", "ExpressionAttributeNames":
             {"#a": "s", "#z": "s"}, **used(VALUES, ":s")}]:
        yield ("UpdateItem", {**update, **change})
    for wanted in ("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "XX"):
        yield put(KEYS, BASE)
        yield ("DeleteItem", {"TableName": KEYS, "Key": KEY, "ReturnValues": wanted, "ReturnConsumedCapacity": "TOTAL"})
        yield ("DeleteItem", {"TableName": KEYS, "Key": KEY, "ReturnValues": wanted})
    yield ("DeleteItem", {"TableName": KEYS, "Key": KEY, "ConditionExpression": "attribute_exists(PK)"})
    yield put(KEYS, BASE)
    yield ("DeleteItem", {"TableName": KEYS, "Key": KEY, "ConditionExpression": "n = :z", **used(VALUES, ":z"),
                          "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    yield put(KEYS, {**KEY, "v": {"S": "x" * 5000}}, ReturnConsumedCapacity="TOTAL")
    yield get(KEYS, KEY, ReturnConsumedCapacity="TOTAL")
    yield get(KEYS, KEY, ReturnConsumedCapacity="INDEXES", ConsistentRead=True)


def projection_cases():
    yield put(KEYS, BASE)
    for text in ("s", "nope", "PK, SK", "s, s", "m.a, m", "m.a, m[0]", "", "#x", "#s", "l[0], l[2].q, m.a", "l[2], l[0]",
                 "l[1], l[9]", "l[9], m.z", "l[2].q, l[2].r, m.b", "s.x", "s[0]", "m", "m.b, s, n", "s,", ",s", "s n",
                 "comment", "l[0].x", ":v", "size(s)"):
        names = {"ExpressionAttributeNames": {"#s": "s"}} if "#s" in text else {}
        yield get(KEYS, KEY, ProjectionExpression=text, **names)
        yield ("Query", {"TableName": KEYS, "KeyConditionExpression": "PK = :p", "ProjectionExpression": text,
                         "ExpressionAttributeValues": {":p": {"S": "a"}}, **names})
    yield get(KEYS, KEY, ProjectionExpression="s", ExpressionAttributeNames={"#v": "v"})
    yield get(KEYS, KEY, ExpressionAttributeNames={"#v": "v"})
    yield get(KEYS, KEY, AttributesToGet=["v"])
    yield get(KEYS, KEY, ConsistentRead="x")
    yield get(KEYS, {"PK": {"S": "none"}, "SK": {"S": "x"}}, ReturnConsumedCapacity="TOTAL")
    yield ("GetItem", {"TableName": KEYS})


def query_cases():
    for i in range(6):
        yield put(KEYS, {"PK": {"S": "q"}, "SK": {"S": "s%d" % i}, "v": {"N": str(i)}})
        yield put(NUMBERS, {"PK": {"S": "q"}, "SK": {"N": str(i)}, "v": {"N": str(i)}})
    for text in texts(KEY_CONDITIONS):
        yield ("Query", {"TableName": KEYS, "KeyConditionExpression": text, **used(KEY_VALUES, text)})
        yield ("Query", {"TableName": KEYS, "KeyConditionExpression": text, "ScanIndexForward": False, "Limit": 2,
                         **used(KEY_VALUES, text)})
    for text in ("PK = :p AND SK = :n", "PK = :p AND SK > :n", "PK = :p AND SK BETWEEN :n AND :z",
                 "PK = :p AND begins_with(SK,:n)", "PK = :p AND SK = :s", "PK = :p AND SK <= :z"):
        yield ("Query", {"TableName": NUMBERS, "KeyConditionExpression": text, **used(KEY_VALUES, text)})
    start = {"PK": {"S": "q"}, "SK": {"S": "s2"}}
    for change in [
            {"KeyConditionExpression": None}, {"Limit": 2}, {"Limit": 6}, {"Limit": 7}, {"Limit": 0}, {"Limit": -1},
            {"Select": "COUNT"}, {"Select": "COUNT", "ProjectionExpression": "v"}, {"Select": "SPECIFIC_ATTRIBUTES"},
            {"Select": "SPECIFIC_ATTRIBUTES", "ProjectionExpression": "v"},
            {"Select": "ALL_ATTRIBUTES", "ProjectionExpression": "v"}, {"Select": "ALL_PROJECTED_ATTRIBUTES"},
            {"Select": "XX"}, {"FilterExpression": "v > :n"}, {"FilterExpression": "v > :n", "Limit": 3},
            {"FilterExpression": "PK = :p"}, {"FilterExpression": "SK = :s"}, {"FilterExpression": "attribute_exists(SK)"},
            {"FilterExpression": "v > :n", "Select": "COUNT"}, {"ExclusiveStartKey": start},
            {"ExclusiveStartKey": start, "ScanIndexForward": False}, {"ExclusiveStartKey": start, "Limit": 1},
            {"ExclusiveStartKey": {**start, "SK": {"S": "nope"}}}, {"ExclusiveStartKey": {**start, "PK": {"S": "x"}}},
            {"ExclusiveStartKey": {"PK": {"S": "q"}}}, {"ExclusiveStartKey": {**start, "SK": {"N": "1"}}},
            {"ExclusiveStartKey": {**start, "x": {"S": "s"}}}, {"ExclusiveStartKey": {}}, {"IndexName": "nope"},
            {"ReturnConsumedCapacity": "TOTAL"}, {"ReturnConsumedCapacity": "INDEXES", "ConsistentRead": True},
            {"KeyConditions": {"PK": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "q"}]}}},
            {"TableName": "conformance-nope"}, {"AttributesToGet": ["v"]}, {"ConsistentRead": True}]:
        body = {"TableName": KEYS, "KeyConditionExpression": "PK = :p", **change}
        text = " ".join(str(body.get(name, "")) for name in ("KeyConditionExpression", "FilterExpression"))
        yield ("Query", {**{key: each for key, each in body.items() if each is not None}, **used(KEY_VALUES, text)})
    for text in ("PK = :p AND SK > :s", "PK = :p AND SK < :u"):
        for forward in (True, False):
            yield ("Query", {"TableName": KEYS, "KeyConditionExpression": text, "ExclusiveStartKey": start,
                             "ScanIndexForward": forward, **used(KEY_VALUES, text)})
    for change in [
            {}, {"Limit": 2}, {"Segment": 0}, {"TotalSegments": 2}, {"Segment": 0, "TotalSegments": 2},
            {"Segment": 2, "TotalSegments": 2}, {"Segment": -1, "TotalSegments": 2}, {"Segment": 0, "TotalSegments": 0},
            {"Segment": 0, "TotalSegments": 1000001}, {"FilterExpression": "v = :n", **used(KEY_VALUES, ":n")},
            {"FilterExpression": "PK = :p", **used(KEY_VALUES, ":p")}, {"FilterExpression": "PK = :p"},
            {"Select": "COUNT"}, {"ExclusiveStartKey": {"PK": {"S": "q"}}}, {"Limit": -1}, {"ScanFilter": {}},
            {"ReturnConsumedCapacity": "TOTAL"}, {"ProjectionExpression": "v", "Select": "ALL_ATTRIBUTES"},
            {"TableName": "conformance-nope"}, {"IndexName": "nope"}, {"ConsistentRead": True}]:
        yield ("Scan", {"TableName": KEYS, **change})
    for i in range(15):
        yield put(NUMBERS, {"PK": {"S": "large"}, "SK": {"N": str(i)}, "v": {"S": "x" * 100000}})
    for change in ({}, {"Select": "COUNT"}, {"FilterExpression": "attribute_not_exists(v)"},
                   {"ReturnConsumedCapacity": "TOTAL"}, {"ScanIndexForward": False}):
        yield ("Query", {"TableName": NUMBERS, "KeyConditionExpression": "PK = :p", **change,
                         "ExpressionAttributeValues": {":p": {"S": "large"}}})
    for i in range(15):
        yield ("DeleteItem", {"TableName": NUMBERS, "Key": {"PK": {"S": "large"}, "SK": {"N": str(i)}}})


def batch_cases():
    key = lambda i: {"PK": {"S": "q"}, "SK": {"S": "s%d" % i}}
    for tables in [
            None, {}, {KEYS: {"Keys": []}}, {KEYS: {}}, {KEYS: {"Keys": [key(1), key(1)]}},
            {KEYS: {"Keys": [key(i) for i in range(100)]}}, {KEYS: {"Keys": [key(i) for i in range(101)]}},
            {KEYS: {"Keys": [key(i) for i in range(60)]}, NUMBERS: {"Keys": [{"PK": {"S": "q"}, "SK": {"N": str(i)}} for i in
                                                                             range(60)]}},
            {"conformance-nope": {"Keys": [key(1)]}}, {KEYS: {"Keys": [{"PK": {"S": "q"}}]}},
            {KEYS: {"Keys": [key(1)], "ProjectionExpression": "v"}}, {KEYS: {"Keys": [key(1)], "AttributesToGet": ["v"]}},
            {KEYS: {"Keys": [key(1), key(2)], "ConsistentRead": True},
             NUMBERS: {"Keys": [{"PK": {"S": "q"}, "SK": {"N": "1"}}, {"PK": {"S": "q"}, "SK": {"N": "77"}}]}},
            {KEYS: {"Keys": [key(1)], "ExpressionAttributeNames": {"#v": "v"}}}, {KEYS: []}, []]:
        body = {} if tables is None else {"RequestItems": tables}
        yield ("BatchGetItem", body)
        yield ("BatchGetItem", {**body, "ReturnConsumedCapacity": "INDEXES"})
    written = lambda i: {"PutRequest": {"Item": {"PK": {"S": "w"}, "SK": {"S": "s%d" % i}}}}
    erased = lambda i: {"DeleteRequest": {"Key": {"PK": {"S": "w"}, "SK": {"S": "s%d" % i}}}}
    for tables in [
            None, {}, {KEYS: []}, {KEYS: [{}]}, {KEYS: [{**written(1), **erased(2)}]}, {KEYS: [written(1), written(1)]},
            {KEYS: [written(1), erased(1)]}, {KEYS: [written(i) for i in range(26)]},
            {KEYS: [written(i) for i in range(25)]}, {KEYS: [erased(i) for i in range(5)]}, {"conformance-nope": [written(1)]},
            {KEYS: [{"PutRequest": {"Item": {"PK": {"S": "w"}}}}]},
            {KEYS: [written(1), {"PutRequest": {"Item": {"PK": {"S": "w"}, "SK": {"S": "x"}, "v": {"S": "x" * 409600}}}}]},
            {KEYS: [{"PutRequest": {}}]}, {KEYS: [written(77), {"DeleteRequest": {"Key": {"PK": {"S": "w"}}}}]}, {KEYS: {}}, [],
            {KEYS: [written(88)], "conformance-nope": [written(1)]},
            {KEYS: [written(3)], NUMBERS: [{"PutRequest": {"Item": {"PK": {"S": "w"}, "SK": {"N": "3"}}}}]}]:
        body = {} if tables is None else {"RequestItems": tables}
        yield ("BatchWriteItem", body)
        yield ("BatchWriteItem", {**body, "ReturnConsumedCapacity": "TOTAL"})
    yield ("Query", {"TableName": KEYS, "KeyConditionExpression": "PK = :p", "ExpressionAttributeValues": {":p": {"S": "w"}}})


def index_cases():
    def item(i, **attributes):
        return put(INDEXED, {"PK": {"S": "p%d" % (i % 2)}, "SK": {"S": "s%d" % i}, **attributes},
                   ReturnConsumedCapacity="INDEXES")
    yield item(1, G={"S": "g"}, H={"N": "1"}, v={"S": "v1"}, w={"S": "w"})
    yield item(2, G={"S": "g"}, H={"N": "2"}, v={"S": "v2"})
    yield item(3, G={"S": "g"})
    yield item(4, H={"N": "3"})
    yield item(5, G={"N": "1"}, H={"N": "1"})
    yield item(6, G={"S": ""}, H={"N": "1"})
    yield item(7, G={"S": "g"}, H={"N": "0"})
    yield item(8, G={"S": "x" * 2049}, H={"N": "1"})
    yield item(9, G={"S": "h"}, H={"N": "-5"}, v={"S": "v9"})
    yield item(9, G={"S": "g"}, H={"N": "-5"}, v={"S": "v9"})
    yield item(9, G={"S": "g"}, H={"N": "-5"}, v={"S": "v9"})
    yield item(9, G={"S": "g"}, H={"N": "-6"}, v={"S": "v9"}, w={"S": "w"})

    def ask():
        for name in ("by-g", "keys-only", "including", "by-h", "nope"):
            by = {"KeyConditionExpression": "PK = :g" if name == "by-h" else "G = :g",
                  "ExpressionAttributeValues": {":g": {"S": "p1" if name == "by-h" else "g"}}}
            for change in [{}, {"ConsistentRead": True}, {"Select": "ALL_ATTRIBUTES"}, {"ProjectionExpression": "w"},
                           {"ReturnConsumedCapacity": "INDEXES"}, {"ScanIndexForward": False}, {"Select": "COUNT"},
                           {"FilterExpression": "attribute_exists(w)"}]:
                yield ("Query", {"TableName": INDEXED, "IndexName": name, **by, **change})
            for change in [{}, {"Limit": 1}, {"ConsistentRead": True}, {"Select": "ALL_ATTRIBUTES"}]:
                yield ("Scan", {"TableName": INDEXED, "IndexName": name, **change})
        for change in [{"Limit": 1}, {"Limit": 2, "ScanIndexForward": False},
                       {"KeyConditionExpression": "G = :g AND H > :h", "ExpressionAttributeValues":
                        {":g": {"S": "g"}, ":h": {"N": "0"}}},
                       {"KeyConditionExpression": "G = :g AND SK = :g"}, {"FilterExpression": "PK = :g"},
                       {"FilterExpression": "H = :g"},
                       {"ExclusiveStartKey": {"PK": {"S": "p1"}, "SK": {"S": "s1"}, "G": {"S": "g"}, "H": {"N": "1"}}},
                       {"ExclusiveStartKey": {"PK": {"S": "p1"}, "SK": {"S": "s1"}}}]:
            yield ("Query", {"TableName": INDEXED, "IndexName": "by-g", "KeyConditionExpression": "G = :g",
                             "ExpressionAttributeValues": {":g": {"S": "g"}}, **change})

    yield from ask()
    key = {"PK": {"S": "p1"}, "SK": {"S": "s1"}}
    for expression, values in [("SET H = H + :n", {":n": {"N": "10"}}), ("SET v = :v", {":v": {"S": "new"}}),
                               ("REMOVE H", {}), ("SET G = :g, H = :n", {":g": {"S": "z"}, ":n": {"N": "1"}})]:
        yield ("UpdateItem", {"TableName": INDEXED, "Key": key, "UpdateExpression": expression,
                              **({"ExpressionAttributeValues": values} if values else {})})
        yield from ask()
    yield ("DeleteItem", {"TableName": INDEXED, "Key": key})
    yield ("BatchWriteItem", {"RequestItems": {INDEXED: [{"DeleteRequest": {"Key": {"PK": {"S": "p0"}, "SK": {"S": "s2"}}}}]}})
    yield from ask()


def transaction_cases():
    yield ("DeleteTable", {"TableName": KEYS})
    yield SETUP[0]
    key = lambda i: {"PK": {"S": "t"}, "SK": {"S": str(i)}}
    put = lambda i, attributes={}, **more: {"Put": {"TableName": KEYS, "Item": {**key(i), **attributes}, **more}}
    update = lambda i, expression, **more: {"Update": {"TableName": KEYS, "Key": key(i), "UpdateExpression": expression,
                                                       **used(VALUES, expression), **more}}
    erase = lambda i, **more: {"Delete": {"TableName": KEYS, "Key": key(i), **more}}
    check = lambda i, expression, **more: {"ConditionCheck": {"TableName": KEYS, "Key": key(i),
                                                              "ConditionExpression": expression, **more}}
    get = lambda i, **more: {"Get": {"TableName": KEYS, "Key": key(i), **more}}
    other = lambda kind, **request: {kind: {"TableName": KEYS, **request}}
    new, there = "attribute_not_exists(PK)", "attribute_exists(PK)"
    old = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    large = {"v": {"S": "x" * 400000}}
    writes = [
        [], None, {}, [{}], [{"Put": {}}], [{**put(1), **erase(2)}], [5], [None],
        [put(i, {"n": {"N": str(i)}}) for i in range(100)], [put(i) for i in range(101)],
        [put(1), erase(1)], [check(1, there), erase(1)], [put(1), put(1)], [check(1, there), erase(2), put(3, {"s": {"S": "x"}})],
        [check(1, new), put(2, ConditionExpression=new, **old), put(3)],
        [check(1, new, **old), erase(177, ConditionExpression=there, **old)], [erase(1, ConditionExpression=new, **old)],
        [update(4, "ADD SK :n"), put(5)], [update(4, "SET PK.a = :n")], [update(3, "ADD s :n"), put(5)],
        [put(5), update(3, "SET q = s + :n"), put(1, ConditionExpression=new)], [update(3, "SET a.b.c = :n"), put(5)],
        [update(3, "SET a = nope"), put(5)], [update(3, "SET s = "), put(5)], [update(3, "SET s = :undefined"), put(5)],
        [update(3, "SET s = :n", ExpressionAttributeValues={":n": {"N": "1"}, ":w": {"N": "1"}})],
        [put(5, {"v": {"N": "x"}})], [put(5, {"v": {}})], [put(5, {"v": {"SS": []}})],
        [put(1), other("Put", Item={"PK": {"S": "a"}})], [put(1), other("Put", Item={"PK": {"N": "1"}, "SK": {"S": "a"}})],
        [put(1), other("Put", Item={"PK": {"S": ""}, "SK": {"S": "a"}})], [put(1), other("Delete", Key={"PK": {"S": "a"}})],
        [put(1), other("Delete", Key={"PK": {"S": "a"}, "SK": {"N": "1"}})],
        [put(1), {"Put": {"TableName": "conformance-nope", "Item": key(1)}}], [put(1), {"Put": {"TableName": "x", "Item": key(1)}}],
        [check(1, "")], [check(1, None)], [update(1, "")], [put(1, {"v": {"S": "x" * 409600}})],
        [put(i, large) for i in range(11)], [put(i, large) for i in range(10)], [erase(i) for i in range(10)],
        [put(40, ReturnValuesOnConditionCheckFailure="XX")], [put(40, ExpressionAttributeNames={"#a": "b"})],
        [put(40, ExpressionAttributeValues={":n": {"N": "1"}})], [check(40, there, ExpressionAttributeValues={":n": {"N": "1"}})],
        [{"Put": {"TableName": INDEXED, "Item": {**key(1), "G": {"S": "g"}, "H": {"N": "1"}}}}, put(2)],
        [{"Put": {"TableName": INDEXED, "Item": {**key(1), "G": {"N": "1"}, "H": {"N": "1"}}}}, put(2)],
        [{"Delete": {"TableName": INDEXED, "Key": key(1)}}, erase(2)]]
    for actions in writes:
        yield ("TransactWriteItems", {"TransactItems": actions})
        if actions != writes[-1]:
            yield ("TransactWriteItems", {"TransactItems": actions, "ReturnConsumedCapacity": "TOTAL"})
        yield ("Query", {"TableName": KEYS, "KeyConditionExpression": "PK = :p", "ExpressionAttributeValues": {":p": {"S": "t"}},
                         "Select": "COUNT"})
    for text in texts(UPDATES):
        yield ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": KEYS, "Item": BASE}}]})
        yield ("TransactWriteItems", {"TransactItems": [put(70), {"Update": {
            "TableName": KEYS, "Key": KEY, "UpdateExpression": text, **used(VALUES, text)}}]})
        yield ("GetItem", {"TableName": KEYS, "Key": KEY})
        yield ("DeleteItem", {"TableName": KEYS, "Key": key(70)})
    for text in texts(CONDITIONS):
        yield ("TransactWriteItems", {"TransactItems": [put(71), {"ConditionCheck": {
            "TableName": KEYS, "Key": KEY, "ConditionExpression": text, **used(VALUES, text), **old}}]})
    run = os.urandom(4).hex()  # Either server may have seen an earlier run's tokens.
    token = lambda name, *actions, **more: (
        "TransactWriteItems", {"TransactItems": list(actions), "ClientRequestToken": f"{name}-{run}", **more})
    yield token("a", update(50, "ADD n :n"))
    yield token("a", update(50, "ADD n :n"))
    yield token("a", update(50, "ADD n :z"))
    yield token("a", update(50, "ADD n :n"), ReturnConsumedCapacity="TOTAL")
    yield token("b", put(51, {"a": {"SS": ["x", "y"]}, "b": {"N": "1"}}), put(52))
    yield token("b", put(51, {"b": {"N": "1"}, "a": {"SS": ["y", "x"]}}), put(52))
    yield token("b", put(52), put(51, {"a": {"SS": ["x", "y"]}, "b": {"N": "1"}}))
    yield token("c", check(53, there))
    yield token("c", check(53, new))
    yield token("x" * 37, put(54))
    for i in (50, 51, 52):
        yield ("GetItem", {"TableName": KEYS, "Key": key(i)})
    for actions in [
            [], [{}], [{"Get": {}}], [get(1), get(199), get(2)], [get(1), get(1)], [get(200 + i) for i in range(101)],
            [get(3, ProjectionExpression="s"), get(2, ProjectionExpression="nope")], [get(3, ProjectionExpression="s,")],
            [get(3, ExpressionAttributeNames={"#a": "b"})], [other("Get", Key={"PK": {"S": "a"}}), get(1)],
            [{"Get": {"TableName": "conformance-nope", "Key": key(1)}}, get(1)]]:
        yield ("TransactGetItems", {"TransactItems": actions})
        yield ("TransactGetItems", {"TransactItems": actions, "ReturnConsumedCapacity": "INDEXES"})
    for i in range(12):
        yield ("PutItem", {"TableName": KEYS, "Item": {**key(i), "v": {"S": "x" * 380000}}})
    yield ("TransactGetItems", {"TransactItems": [get(i) for i in range(12)]})
    yield ("TransactGetItems", {"TransactItems": [get(i, ProjectionExpression="SK") for i in range(12)]})
    yield ("DeleteTable", {"TableName": KEYS})
    yield SETUP[0]


# --- random operations -----------------------------------------------------------------------------------------------

class Chance:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self, *choices):
        return self.random.choice(choices)

    def number(self):
        return self.one("0", "1", "-1", "2", "10", "3.5", "-0.25", "1e3", "100", "12345678901234567890", "1E-3", "7")

    def text(self):
        return self.one("", "a", "b", "ab", "abc", "B", "\u00e9", "x y", "10")

    def value(self, depth=0):
        kind = self.one("S", "S", "N", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M")
        if kind in ("L", "M") and depth > 2:
            kind = "S"
        count = self.random.randrange(1, 4)
        return {kind: {
            "S": self.text, "N": self.number, "B": lambda: self.one("", "YQ==", "YWI="),
            "BOOL": lambda: self.one(True, False), "NULL": lambda: True,
            "SS": lambda: sorted({self.text() for _ in range(count)}),
            "NS": lambda: sorted({plain_number(self.number()) for _ in range(count)}),
            "BS": lambda: sorted({self.one("YQ==", "YWI=", "Yw==") for _ in range(count)}),
            "L": lambda: [self.value(depth + 1) for _ in range(count - 1)],
            "M": lambda: {self.one("a", "b", "c"): self.value(depth + 1) for _ in range(count - 1)},
        }[kind]()}

    def key(self, table):
        partition = {"S": self.one("r0", "r1")}
        sort = {"N": self.one("0", "1", "-3", "2.5", "10", "1e2")} if table == NUMBERS else {"S": self.one("a", "b", "ab", "c")}
        return {"PK": partition, "SK": sort}

    def path(self):
        return self.one("a", "b", "c", "d", "e", "a.b", "b[0]", "b[1]", "c.a.b", "d[0].a", "a[0]", "e.a", "nope", "c[2]")

    def table(self):
        return self.one(KEYS, NUMBERS, INDEXED)

    def condition(self, values, depth=0):
        def value():
            name = ":c%d" % len(values)
            values[name] = self.value()
            return name

        def operand():
            return self.one(self.path, self.path, value, lambda: "size(%s)" % self.path())()

        if depth < 2 and self.random.random() < 0.4:
            left, right = self.condition(values, depth + 1), self.condition(values, depth + 1)
            return self.one("(%s) AND (%s)", "(%s) OR (%s)", "NOT (%s) AND (%s)") % (left, right)
        return self.one(
            lambda: "%s %s %s" % (operand(), self.one("=", "<>", "<", "<=", ">", ">="), operand()),
            lambda: "%s BETWEEN %s AND %s" % (operand(), operand(), operand()),
            lambda: "%s IN (%s, %s)" % (operand(), value(), operand()),
            lambda: "attribute_exists(%s)" % self.path(), lambda: "attribute_not_exists(%s)" % self.path(),
            lambda: "begins_with(%s, %s)" % (operand(), operand()), lambda: "contains(%s, %s)" % (operand(), operand()),
        )()

    def update(self, values):
        def value(made=None):
            name = ":u%d" % len(values)
            values[name] = made or self.value()
            return name

        def right():
            return self.one(
                value, self.path, lambda: "%s + %s" % (self.path(), value({"N": self.number()})),
                lambda: "%s - %s" % (value({"N": self.number()}), self.path()),
                lambda: "if_not_exists(%s, %s)" % (self.path(), value()),
                lambda: "list_append(%s, %s)" % (self.path(), value({"L": [self.value(2)]})),
                lambda: "if_not_exists(%s, %s) + %s" % (self.path(), value({"N": "0"}), value({"N": "1"})))()

        sections = []
        if self.random.random() < 0.7:
            sections.append("SET " + ", ".join("%s = %s" % (self.path(), right()) for _ in range(self.random.randrange(1, 3))))
        if self.random.random() < 0.3:
            sections.append("REMOVE " + self.path())
        if self.random.random() < 0.3:
            sections.append("ADD %s %s" % (self.path(), value()))
        if self.random.random() < 0.2:
            sections.append("DELETE %s %s" % (self.path(), value()))
        self.random.shuffle(sections)
        return " ".join(sections) or "REMOVE a"

    def transaction(self, table):
        keys = [json.loads(each) for each in {json.dumps(self.key(table)): None for _ in range(4)}]
        if self.random.random() < 0.3:
            return ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": table, "Key": key}} for key in keys]})
        actions = []
        for key in keys:
            values = {}
            body = {"TableName": table}
            kind = self.one("Put", "Update", "Update", "Delete", "ConditionCheck")
            if kind == "Put":
                body["Item"] = {**key, "a": self.value(), "b": self.value()}
            else:
                body["Key"] = key
            if kind == "Update":
                body["UpdateExpression"] = self.update(values)
            if kind == "ConditionCheck" or self.random.random() < 0.2:
                body["ConditionExpression"] = self.condition(values)
                body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            if values:
                body["ExpressionAttributeValues"] = values
            actions.append({kind: body})
        return ("TransactWriteItems", {"TransactItems": actions})

    def operation(self):
        table = self.table()
        key = self.key(table)
        values = {}
        body = {"TableName": table}
        kind = self.one("put", "put", "update", "update", "update", "get", "delete", "query", "query", "scan", "batch",
                        "transaction", "transaction")
        if kind == "put":
            item = {**key, **{name: self.value() for name in self.one("ab", "abc", "de", "abcde", "a")}}
            if table == INDEXED and self.random.random() < 0.7:
                item.update({"G": {"S": self.one("g", "h")}, "H": {"N": self.one("1", "2", "-1")}})
            body["Item"] = item
            body["ReturnValues"] = self.one("NONE", "ALL_OLD")
            if self.random.random() < 0.4:
                body["ConditionExpression"] = self.condition(values)
                body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        elif kind == "update":
            body["Key"] = key
            body["UpdateExpression"] = self.update(values)
            body["ReturnValues"] = self.one("NONE", "ALL_OLD", "ALL_NEW", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")
            if self.random.random() < 0.3:
                body["ConditionExpression"] = self.condition(values)
        elif kind == "delete":
            body["Key"] = key
            body["ReturnValues"] = self.one("NONE", "ALL_OLD")
            if self.random.random() < 0.4:
                body["ConditionExpression"] = self.condition(values)
        elif kind == "get":
            body["Key"] = key
            if self.random.random() < 0.6:
                body["ProjectionExpression"] = ", ".join({self.path(), self.path(), self.path()})
        elif kind == "query":
            values[":p"] = key["PK"]
            low, high = self.key(table)["SK"], self.key(table)["SK"]
            shape = self.one("", "", " AND SK = :l", " AND SK < :l", " AND SK >= :l", " AND SK BETWEEN :l AND :h",
                             " AND begins_with(SK, :l)")
            body["KeyConditionExpression"] = "PK = :p" + shape
            if ":l" in shape:
                values[":l"] = low
            if ":h" in shape:
                values[":h"] = high
            body["ScanIndexForward"] = self.one(True, False)
            if self.random.random() < 0.4:
                body["Limit"] = self.random.randrange(1, 5)
            if self.random.random() < 0.3:
                body["FilterExpression"] = self.condition(values)
            if self.random.random() < 0.2:
                body["ExclusiveStartKey"] = {**key, "SK": self.key(table)["SK"]}
            if table == INDEXED and self.random.random() < 0.5:
                body = {"TableName": table, "IndexName": self.one("by-g", "keys-only", "including"),
                        "KeyConditionExpression": "G = :p", "ScanIndexForward": self.one(True, False)}
                values = {":p": {"S": self.one("g", "h")}}
        elif kind == "scan":
            if self.random.random() < 0.7:
                body["FilterExpression"] = self.condition(values)
            if self.random.random() < 0.2:
                body["Select"] = "COUNT"
        elif kind == "transaction":
            return self.transaction(table)
        else:
            keys = list({json.dumps(self.key(table)): None for _ in range(4)})
            if self.random.random() < 0.5:
                return ("BatchGetItem", {"RequestItems": {table: {"Keys": [json.loads(each) for each in keys]}}})
            return ("BatchWriteItem", {"RequestItems": {table: [
                self.one({"PutRequest": {"Item": {**json.loads(each), "a": self.value()}}},
                         {"DeleteRequest": {"Key": json.loads(each)}}) for each in keys]}})
        if values:
            body["ExpressionAttributeValues"] = values
        if self.random.random() < 0.3:
            body["ReturnConsumedCapacity"] = self.one("TOTAL", "INDEXES")
        return ({"put": "PutItem", "update": "UpdateItem", "delete": "DeleteItem", "get": "GetItem", "query": "Query",
                 "scan": "Scan"}[kind], body)


@contextlib.contextmanager
def both_started(binary):
    """URLs of a local cloud and of a DynamoDB Local, which live as long as this context."""
    here = pathlib.Path(__file__).resolve().parent
    sys.path[:0] = [str(here)]
    import peers
    from peers import cloud, npm_packages
    with tempfile.TemporaryDirectory(prefix="gannet-differential-") as folder, contextlib.ExitStack() as started:
        try:
            theirs = started.enter_context(peers.dynamodb_local(folder, ""))
        except npm_packages.Missing as sentence:
            print(f"dynamodb-local: not run. {sentence}")
            sys.exit(77)
        ours = started.enter_context(cloud.Cloud(os.path.abspath(binary), "--memory"))
        yield ours.url, theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--ours", help="the local cloud's URL")
    parser.add_argument("--theirs", help="DynamoDB Local's URL")
    parser.add_argument("--start", metavar="GANNET", help="the program to start instead, beside a DynamoDB Local")
    parser.add_argument("--access-key", default="AKIAGANNETLOCAL00000")
    parser.add_argument("--secret-key", default="gannet-local-secret-access-key")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--random", type=int, default=1000, help="how many random operations")
    arguments = parser.parse_args()
    if arguments.start:
        with both_started(arguments.start) as (arguments.ours, arguments.theirs):
            return compare_servers(arguments)
    if not arguments.ours or not arguments.theirs:
        parser.error("give --ours and --theirs, or --start")
    return compare_servers(arguments)


def compare_servers(arguments):
    ours = Server(arguments.ours, arguments.access_key, arguments.secret_key)
    theirs = Server(arguments.theirs, "AKIDEXAMPLE", "secret")

    compared = differences = 0
    known = {}

    def make_equal_again(operation, body):
        """So that one deviation does not bring others: what one server may have done is undone on both."""
        undo = []
        if operation == "CreateTable" and str(body.get("TableName")) not in TABLES:
            undo = [("DeleteTable", {"TableName": body.get("TableName")})]
        elif operation in ("PutItem", "UpdateItem", "DeleteItem"):
            undo = [deletion(body)]
        elif operation == "TransactWriteItems" and isinstance(body.get("TransactItems"), list):
            undo = [deletion(write) for action in body["TransactItems"] if isinstance(action, dict)
                    for write in action.values() if isinstance(write, dict)]
        for server in (ours, theirs):
            for each in filter(None, undo):
                server.call(*each)

    def deletion(write):
        key = write.get("Key", write.get("Item"))
        names = ("id",) if write.get("TableName") == SINGLE else ("PK", "SK")
        if isinstance(key, dict):
            return ("DeleteItem", {"TableName": write.get("TableName"), "Key": {name: key.get(name) for name in names}})

    def compare(operation, body):
        nonlocal compared, differences
        asked = body if isinstance(body, dict) else {}
        left = normal_answer(operation, asked, *theirs.call(operation, body))
        right = normal_answer(operation, asked, *ours.call(operation, body))
        compared += 1
        if left == right:
            return
        make_equal_again(operation, asked)
        for deviation in KNOWN:
            if deviation.fits(operation, asked, left, right):
                known[deviation.reason] = known.get(deviation.reason, 0) + 1
                return
        differences += 1
        shown = json.dumps(body) if isinstance(body, dict) else repr(body)
        print("%s %s\n    theirs %s\n    ours   %s" % (operation, shown[:700], json.dumps(left)[:900], json.dumps(right)[:900]))

    for server in (ours, theirs):
        for name in server.call("ListTables", {})[1].get("TableNames", []):
            server.call("DeleteTable", {"TableName": name})
    for operation, body in SETUP:
        compare(operation, body)
    for operation, body in special_cases():
        compare(operation, body)
    chance = Chance(arguments.seed)
    for _ in range(arguments.random):
        compare(*chance.operation())
    for table in TABLES:
        compare("Scan", {"TableName": table})

    print("%d compared, %d differences, %d known deviations:" % (compared, differences, sum(known.values())))
    for reason, count in sorted(known.items(), key=lambda each: -each[1]):
        print("  %5d  %s" % (count, reason))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
