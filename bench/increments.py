#!/usr/bin/env python3
"""Ten thousand increments of one counter with boto3 as it comes, fifty threads, at the endpoint of the environment.

Prints boto3's version, what was acknowledged and what failed.

usage: bench/increments.py [COUNT]
"""

import concurrent.futures
import os
import sys

import boto3
import botocore.config
import botocore.exceptions

THREADS = 50


def main(count=10_000):
    client = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL"],  # which older ones do not read
                          config=botocore.config.Config(max_pool_connections=THREADS))
    client.create_table(TableName="counters", BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}])
    key = {"PK": {"S": "COUNTER#1"}}

    def increment(_):
        try:
            client.update_item(TableName="counters", Key=key, UpdateExpression="ADD n :1",
                               ExpressionAttributeValues={":1": {"N": "1"}})
            return True
        except (botocore.exceptions.ClientError, botocore.exceptions.HTTPClientError):
            return False

    with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
        acknowledged = sum(threads.map(increment, range(count)))
    print(boto3.__version__, acknowledged, count - acknowledged)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
