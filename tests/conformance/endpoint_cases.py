#!/usr/bin/env python3
"""Writes endpoint cases with botocore's answers, one JSON object a line, for the tests of src/core/*endpoints.hpp.

    endpoint_cases.py FILE [--s3 20000] [--seed 5] [--every-service]

botocore's own rule sets are evaluated: for S3 over a seeded choice out of all combinations of regions, settings, bucket
names and ARNs; for the other services over all of them. Of services that Gannet has no model of, the facts that its
generator would find go before the cases. Presigned URLs come from whole clients that never reach the network.

Works with botocore 1.29 (Debian 12) and later. Rules that an older botocore does not have yet are left out and counted;
where Gannet refuses on purpose what botocore has an endpoint for, the case says why ("refused").
"""

import argparse
import collections
import itertools
import json
import os
import pathlib
import random
import sys

os.environ["BOTO_DISABLE_CRT"] = "true"

import botocore
import botocore.session
import botocore.signers
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from sigv4_cases import ACCESS_KEY, SECRET_KEY, Clock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "codegen" / "gannet_codegen"))
sys.path.insert(0, str(ROOT / "codegen"))

import endpoint_rules  # noqa: E402
from import_models import read_json  # noqa: E402

DATA = pathlib.Path(botocore.__file__).parent / "data"
PARTITIONS = json.loads((ROOT / "models" / "partitions.json").read_text(encoding="utf-8"))
OURS = ("dynamodb", "secretsmanager", "sts")
OTHERS = ("sqs", "sns", "logs", "events", "lambda", "kms", "ssm", "ec2", "iam", "route53", "cloudfront", "kinesis",
          "cloudwatch", "ecr", "stepfunctions", "batch", "organizations", "budgets", "ses")
# Services whose rules for a URL of the user's own are unlike all others'.
UNUSUAL = {"s3control": "takes a URL beside FIPS, and none without a region",
           "signer-data": "takes a URL beside FIPS and dual-stack", "codecatalyst": "takes a URL beside FIPS",
           "cloudfront-keyvaluestore": "wants the ARN of a store, and no URL without"}
NEW_REGIONS = ["us-unheard-5", "cn-unheard-5", "us-gov-unheard-5", "xx-unheard-5", "mars"]
REGIONS = [region for each in PARTITIONS["partitions"] for region in each["regions"]] + NEW_REGIONS


def service_folder(service):
    return sorted(path for path in (DATA / service).iterdir() if path.is_dir())[-1]


def rule_set(service):
    return read_json(service_folder(service) / "endpoint-rule-set-1.json")


def older_reason(case, answer):
    """Why an older botocore's rules may say something else than those that ours are made of; None if they may not."""
    if tuple(map(int, botocore.__version__.split(".")[:2])) >= (1, 43):
        return None
    region, bucket = case["region"], case.get("bucket", "")
    if case["kind"] == "s3":
        if case["custom"] and (case["accelerate"] or case["fips"] or case["dual_stack"]):
            return "S3: a URL beside FIPS, dual-stack or Accelerate was not always refused yet"
        if case["accelerate"] and case["fips"]:
            return "S3: Accelerate with FIPS was not always refused yet"
        if bucket.startswith("arn:") and (case["path_style"] or "re_ports" in bucket):
            return "S3: ARNs were not looked at as closely yet"
        if bucket == "my.bucket" and case["custom"].startswith("http:"):
            return "S3: dots in the host's name without TLS were not known yet"
        if "Path-style addressing cannot be used with FIPS" in answer.get("error", ""):
            return "S3: there was no FIPS with path-style addressing yet"
        if region == "cn-north-1" and case["fips"]:
            return "S3: FIPS in China was not refused yet"
        if bucket.endswith(("--x-s3", "--xa-s3")) or case["purpose"] == "UseS3ExpressControlEndpoint":
            return "S3 Express was not known yet"
        return None
    if case["service"] == "secretsmanager" and case["dual_stack"]:
        return "secretsmanager: dual-stack hosts were others"
    if region == "local":
        return "dynamodb: the region `local` had no errors yet"
    return None


class Rules:
    def __init__(self, service):
        self.rules = rule_set(service)
        self.parameters = self.rules["parameters"]
        self.provider = EndpointProvider(self.rules, PARTITIONS)

    def answer(self, parameters):
        """The endpoint, or an error. None if these rules do not know a parameter, or want one that is not given."""
        given = {name: value for name, value in parameters.items() if value not in (None, False, "")}
        if not set(given) <= set(self.parameters):
            return None
        given.update({name: False for name, value in parameters.items() if value is False and name in self.parameters})
        if any(spec.get("required") and "default" not in spec and name not in given for name, spec in self.parameters.items()):
            return None
        try:
            endpoint = self.provider.resolve_endpoint(**given)
        except (KeyError, TypeError):
            return None  # Some rules of 1.29 end so where no region is given.
        except BotoCoreError as problem:
            return {"error": str(problem)}
        properties = endpoint.properties
        schemes = properties.get("authSchemes", [])
        usual = next((each for each in schemes if each["name"] == "sigv4"), {})
        answer = {"url": endpoint.url, "signing_region": usual.get("signingRegion", parameters.get("Region") or ""),
                  "signing_name": usual.get("signingName", "")}
        if schemes and not usual:
            answer["refused"] = {"sigv4a": "needs SigV4a"}.get(schemes[0]["name"], "needs sessions of S3 Express")
        elif properties.get("backend") == "S3Express" and parameters.get("Bucket") and "control" not in endpoint.url:
            answer["refused"] = "needs sessions of S3 Express"
        return answer


def compact(case):
    return {name: value for name, value in case.items() if value not in (None, False, "")}


class Cases:
    def __init__(self, file):
        self.file = file
        self.written = collections.Counter()
        self.left_out = collections.Counter()

    def write_unless_older(self, case, answer):
        reason = older_reason(case, answer)
        if reason:
            self.left_out[reason] += 1
        else:
            self.write({**case, **answer})

    def write(self, case):
        self.file.write(json.dumps(compact(case), sort_keys=True) + "\n")
        self.written[case["kind"]] += 1


# ---- services with regional endpoints ----


def regional_cases(cases, service, prefix, rows, account_host):
    cases.write({"kind": "facts", "service": service, "prefix": prefix, "rows": rows, "account_host": account_host})
    rules = Rules(service)
    customs = ["", "https://example.com", "http://localhost:8000/base"]
    for region, fips, dual_stack, custom, is_global in itertools.product(
            REGIONS + ["local", ""], (False, True), (False, True), customs, (False, True)):
        if is_global and service != "sts" or custom and region not in ("us-east-1", "cn-north-1", ""):
            continue
        if region == "local" and service != "dynamodb":
            continue
        parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack, "Endpoint": custom,
                      "UseGlobalEndpoint": is_global}
        case = {"kind": "regional", "service": service, "region": region, "fips": fips, "dual_stack": dual_stack,
                "custom": custom, "global": is_global}
        one_case(cases, service, rules, parameters, case)


def one_case(cases, service, rules, parameters, case):
    answer = rules.answer(parameters)
    if answer is None:
        cases.left_out["a parameter that these rules do not have yet, or want always"] += 1
        return
    if not case["region"] and not case["custom"] and "url" in answer:
        cases.left_out["global services that do without a region, where ours asks for one"] += 1
        return
    if service in UNUSUAL and case["custom"]:
        cases.left_out[f"{service}: {UNUSUAL[service]}"] += 1
        return
    cases.write_unless_older(case, answer)


def account_cases(cases):
    rules = Rules("dynamodb")
    if "AccountIdEndpointMode" not in rules.parameters:
        cases.left_out["endpoints of accounts, which these rules do not have yet"] += 1
        return
    arns = ["", "arn:aws:dynamodb:us-east-1:222222222222:table/t", "arn:aws:dynamodb:eu-west-1:222222222222:table/t",
            "arn:aws:s3:us-east-1:222222222222:table/t", "arn:aws:dynamodb:us-east-1:bad_account:table/t",
            "arn:aws:dynamodb:us-east-1::table/t", "arn:aws:dynamodb", "plain"]
    for region, fips, dual_stack, custom, mode, account, arn in itertools.product(
            ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "local", "mars"], (False, True),
            (False, True), ["", "https://example.com", "https://dynamodb.us-east-1.api.aws"],
            ["", "disabled", "preferred", "required"], ["", "111111111111", "bad_account"], arns):
        parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dual_stack, "Endpoint": custom,
                      "AccountIdEndpointMode": mode, "AccountId": account, "ResourceArn": arn}
        case = {"kind": "regional", "service": "dynamodb", "region": region, "fips": fips, "dual_stack": dual_stack,
                "custom": custom, "mode": mode, "account": account, "arn": arn}
        one_case(cases, "dynamodb", rules, parameters, case)


# ---- S3 ----

BUCKETS = [
    "", "fetch-receipts", "my.bucket", "Upper", "ab", "under_score", "192.168.1.1", "a..b", "bücket", "name-",
    "fetch--usw2-az1--x-s3", "fetch--use1-az12--x-s3", "x--xa-s3", "fetch--usw2-az1--xa-s3",
    "test-accessp-o0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3",
    "test-accessp-e0b1d075431d83bebde8xz5w8ijx1qzlbp3i3ebeta0--op-s3",
    "test-accessp-q0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3",
    "short--op-s3",
    "arn:", "arn:aws", "arn:aws:s3:::bucket", "arn:aws:s3", "arn:aws:s3:us-east-1:123456789012:", "arn:aws:::::x",
    "arn:aws:s3:us-east-1:123456789012:accesspoint", "arn:aws:s3:us-east-1:123456789012:accesspoint:",
    "arn:aws:s3:us-east-1:123456789012:accesspoint/reports", "arn:aws:s3:us-east-1:123456789012:accesspoint:reports",
    "arn:aws:s3:eu-west-1:123456789012:accesspoint/reports", "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/reports",
    "arn:aws-us-gov:s3:us-gov-west-1:123456789012:accesspoint/reports",
    "arn:aws:s3:us-east-1:123456789012:accesspoint/reports/more", "arn:aws:s3:us-east-1:123456789012:accesspoint/re_ports",
    "arn:aws:s3:us-east-1:12345_6789012:accesspoint/reports", "arn:aws:s3:us-east-1::accesspoint/reports",
    "arn:aws:sqs:us-east-1:123456789012:accesspoint/reports", "arn:aws:s3:us-east_1:123456789012:accesspoint/reports",
    "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", "arn:aws-cn:s3::123456789012:accesspoint:m.mrap",
    "arn:aws:s3::123456789012:accesspoint/", "arn:aws:s3::123456789012:accesspoint/under_score",
    "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/mybanner",
    "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint:mybanner",
    "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/mybanner",
    "arn:aws-cn:s3-object-lambda:cn-north-1:123456789012:accesspoint/mybanner",
    "arn:aws:s3-object-lambda::123456789012:accesspoint/mybanner", "arn:aws:s3-object-lambda:us-east-1::accesspoint/mybanner",
    "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/", "arn:aws:s3-object-lambda:us-east-1:123456789012:bucket/x",
    "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/my_banner",
    "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/mybanner/more",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-01234567890123456/accesspoint/reports",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost:op-01234567890123456:accesspoint:reports",
    "arn:aws:s3-outposts:eu-west-1:123456789012:outpost:op-01234567890123456:accesspoint:reports",
    "arn:aws-us-gov:s3-outposts:us-gov-west-1:123456789012:outpost:op-01234567890123456:accesspoint:reports",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost", "arn:aws:s3-outposts:us-east-1:123456789012:outpost:op-1",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/bucket/mybucket",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/accesspoint/reports/more",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/accesspoint",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op_1/accesspoint/reports",
    "arn:aws:s3-outposts:us-east-1::outpost/op-1/accesspoint/reports",
    "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/accesspoint/re_ports",
    "arn:aws:s3-outposts:us-east-1:123456789012:accesspoint/op-1/accesspoint/reports",
]
S3_REGIONS = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eusc-de-east-1", "aws-global",
              "us-unheard-5", "mars"]
ADDRESSES = ["https://10.0.0.1:9000/base", "http://[2001:db8::1]:9000"]
S3_URLS = ["", "https://store.example", "http://localhost:9000", "http://store.example/base", *ADDRESSES]
PURPOSES = ["", "UseObjectLambdaEndpoint", "UseS3ExpressControlEndpoint", "DisableAccessPoints"]


def s3_cases(cases, count, seed):
    rules = Rules("s3")
    draw = random.Random(seed)
    flags = (False, True)
    # What is plain is tried in full, what excludes itself mostly is drawn.
    everything = list(itertools.product(BUCKETS, S3_REGIONS, S3_URLS, PURPOSES, *[flags] * 7))
    plain = [each for each in everything if each[1] in ("us-east-1", "cn-north-1", "aws-global") and not each[3]
             and each[2] in S3_URLS[:2] and sum(each[4:8]) <= 1 and not any(each[8:10])]
    # The settings exclude each other mostly: most of what is drawn is of those that do not.
    fruitful = [each for each in everything if not (each[2] and any(each[4:7])) and not (each[4] and each[6])]
    chosen = plain + draw.sample(fruitful, count * 4 // 5) + draw.sample(everything, count // 5)
    for bucket, region, url, purpose, fips, dual_stack, accelerate, in_path, is_global, no_multi_region, arn_region in chosen:
        parameters = {
            "Bucket": bucket, "Region": region, "Endpoint": url, "UseFIPS": fips, "UseDualStack": dual_stack,
            "Accelerate": accelerate, "ForcePathStyle": in_path, "UseGlobalEndpoint": is_global,
            "DisableMultiRegionAccessPoints": no_multi_region, "UseArnRegion": arn_region,
        }
        if purpose:
            parameters[purpose] = True
        case = {
            "kind": "s3", "bucket": bucket, "region": region, "custom": url, "fips": fips, "dual_stack": dual_stack,
            "accelerate": accelerate, "path_style": in_path, "global": is_global, "no_multi_region": no_multi_region,
            "use_arn_region": arn_region, "purpose": purpose,
        }
        answer = rules.answer(parameters)
        if answer is None:
            cases.left_out["a parameter that these rules do not have yet, or want always"] += 1
            continue
        if "url" in answer and (bucket.startswith("arn:") or bucket.endswith("--op-s3") and "beta" in bucket) and url in ADDRESSES:
            answer["refused"] = "would put names before an address"
        if bucket == "my.bucket" and answer.get("url", "").startswith("http://my.bucket.[2001"):
            cases.left_out["S3: a bucket before an address, where ours goes into the path"] += 1
            continue
        if bucket == "my.bucket" and region == "aws-global" and answer.get("signing_region") == region:
            cases.left_out["S3: a signature for the pseudo region aws-global, where ours is for us-east-1"] += 1
            continue
        cases.write_unless_older(case, answer)


# ---- presigned URLs ----

PRESIGNED = [
    ("eu-west-1", "fetch-receipts", {}),
    ("eu-west-1", "my.bucket", {}),
    ("eu-west-1", "fetch-receipts", {"addressing_style": "path"}),
    ("eu-west-1", "fetch-receipts", {"use_accelerate_endpoint": True}),
    ("eu-west-1", "fetch-receipts", {"use_dualstack_endpoint": True}),
    ("eu-west-1", "fetch-receipts", {"use_accelerate_endpoint": True, "use_dualstack_endpoint": True}),
    ("cn-north-1", "fetch-receipts", {}),
    ("us-gov-west-1", "fetch-receipts", {"use_dualstack_endpoint": True}),
    ("eu-west-1", "arn:aws:s3:eu-west-1:123456789012:accesspoint/reports", {}),
    ("eu-west-1", "arn:aws:s3:us-west-2:123456789012:accesspoint/reports", {"use_arn_region": True}),
    ("eu-west-1", "arn:aws:s3:eu-west-1:123456789012:accesspoint/reports", {"use_dualstack_endpoint": True}),
    ("eu-west-1", "arn:aws:s3-object-lambda:eu-west-1:123456789012:accesspoint/mybanner", {}),
    ("eu-west-1", "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/reports",
     {"use_arn_region": True}),
]


def presigned_cases(cases):
    Clock()
    # By default botocore presigns for S3's global endpoint, in some versions whatever the settings say.
    botocore.signers._should_use_global_endpoint = lambda client: False
    session = botocore.session.Session()
    session.set_credentials(ACCESS_KEY, SECRET_KEY)
    for (region, bucket, settings), operation, fips in itertools.product(
            PRESIGNED, ("get_object", "put_object", "head_object"), (False, True)):
        if fips and (settings.get("use_accelerate_endpoint") or region == "cn-north-1" or "outposts" in bucket):
            continue
        client = session.create_client("s3", region_name=region, config=Config(
            signature_version="s3v4", s3={"us_east_1_regional_endpoint": "regional", **settings}, use_fips_endpoint=fips))
        try:
            url = client.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "a/b c+ü.jpg"}, ExpiresIn=900)
        except BotoCoreError as problem:
            cases.left_out[f"presigned: {problem}"] += 1
            continue
        cases.write({"kind": "presigned", "region": region, "bucket": bucket, "operation": operation, "fips": fips,
                     "key": "a/b c+ü.jpg", **settings, "url": url})


def every_service():
    found = []
    for name in sorted(path.name for path in DATA.iterdir() if path.is_dir() and any(path.glob("*/endpoint-rule-set-1*"))):
        if name not in OURS and name != "s3" and any(service_folder(name).glob("service-2.json*")):
            found.append(name)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--s3", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--every-service", action="store_true")
    arguments = parser.parse_args()
    with open(arguments.file + ".part", "w", encoding="utf-8") as file:
        cases = Cases(file)
        cases.write({"kind": "botocore", "version": botocore.__version__})
        for service in OURS:
            model = json.loads((ROOT / "models" / f"{service}.json").read_text(encoding="utf-8"))
            regional_cases(cases, service, model["metadata"]["endpointPrefix"], model["endpoints"],
                           "ddb" if service == "dynamodb" else "")
        account_cases(cases)
        for service in every_service() if arguments.every_service else OTHERS:
            prefix = read_json(service_folder(service) / "service-2.json")["metadata"]["endpointPrefix"]
            rows = endpoint_rules.rows(prefix, rule_set(service))
            regional_cases(cases, service, prefix, rows, "")
        s3_cases(cases, arguments.s3, arguments.seed)
        presigned_cases(cases)
        for reason, count in sorted(cases.left_out.items()):
            cases.write({"kind": "left_out", "reason": reason, "count": count})
    os.replace(arguments.file + ".part", arguments.file)
    print(f"botocore {botocore.__version__}: {dict(cases.written)}; left out: {dict(cases.left_out)}")


if __name__ == "__main__":
    main()
