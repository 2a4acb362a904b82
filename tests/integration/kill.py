"""Kills `gannet local` at random moments under load and looks for what it had acknowledged.

Each round starts the cloud on the same folder, writes items, objects and secrets on several connections at once, sends
SIGKILL, starts it again and reads back: every write that was acknowledged must be there, and whatever is there must be
whole: one of the values that were sent, never a mixture or a part.
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time

from cloud import Cloud, Connection

GONE = b""  # What an acknowledged deletion leaves.


def value_of(key, version, size):
    """Bytes that only this write can have sent."""
    seed = hashlib.sha256(f"{key} {version}".encode()).digest()
    return (seed * (size // len(seed) + 1))[:size]


class Items:
    name = "items"
    largest = 20_000

    def prepare(self, connection):
        json_call(connection, "dynamodb", "DynamoDB_20120810.CreateTable", {
            "TableName": "load", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}]}, may_exist=True)

    def write(self, connection, key, version, value):
        json_call(connection, "dynamodb", "DynamoDB_20120810.PutItem", {
            "TableName": "load", "Item": {"PK": {"S": key}, "version": {"N": str(version)},
                                          "value": {"B": base64.b64encode(value).decode()}}})

    def remove(self, connection, key):
        json_call(connection, "dynamodb", "DynamoDB_20120810.DeleteItem", {"TableName": "load", "Key": {"PK": {"S": key}}})

    def read(self, connection, key):
        found = json_call(connection, "dynamodb", "DynamoDB_20120810.GetItem", {
            "TableName": "load", "Key": {"PK": {"S": key}}, "ConsistentRead": True})
        return base64.b64decode(found["Item"]["value"]["B"]) if "Item" in found else GONE


class Objects:
    name = "objects"
    largest = 300_000

    def prepare(self, connection):
        status, body = connection.send("s3", "PUT", "/load-bucket")
        assert status == 200 or b"BucketAlreadyOwnedByYou" in body, body

    def write(self, connection, key, version, value):
        expect(connection.send("s3", "PUT", "/load-bucket/" + key, value), 200)

    def remove(self, connection, key):
        expect(connection.send("s3", "DELETE", "/load-bucket/" + key), 204)

    def read(self, connection, key):
        status, body = connection.send("s3", "GET", "/load-bucket/" + key)
        if status == 404:
            return GONE
        expect((status, body), 200)
        return body


class Secrets:
    name = "secrets"
    largest = 2_000

    def prepare(self, connection):
        pass

    def write(self, connection, key, version, value):
        operation, named = ("CreateSecret", "Name") if version == 1 else ("PutSecretValue", "SecretId")
        json_call(connection, "secretsmanager", "secretsmanager." + operation,
                  {named: key, "SecretBinary": base64.b64encode(value).decode()})

    def remove(self, connection, key):
        json_call(connection, "secretsmanager", "secretsmanager.DeleteSecret",
                  {"SecretId": key, "ForceDeleteWithoutRecovery": True})

    def read(self, connection, key):
        found = json_call(connection, "secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": key}, may_miss=True)
        return base64.b64decode(found["SecretBinary"]) if found else GONE


def expect(answer, status):
    if answer[0] != status:
        raise AssertionError(f"status {answer[0]}: {answer[1][:500]!r}")


def json_call(connection, service, target, values, may_exist=False, may_miss=False):
    status, body = connection.send(service, "POST", "/", json.dumps(values).encode(), x_amz_target=target,
                                   content_type="application/x-amz-json-1.0")
    if may_exist and b"ResourceInUseException" in body or may_miss and b"ResourceNotFoundException" in body:
        return None
    expect((status, body), 200)
    return json.loads(body)


class Writer(threading.Thread):
    """Writes, overwrites and deletes keys of its own, and keeps book of what was acknowledged."""

    def __init__(self, kind, prefix, host, stop):
        super().__init__()
        self.kind = kind
        self.prefix = prefix
        self.connection = Connection(host)
        self.stop = stop
        self.random = random.Random(prefix)
        self.acknowledged = {}  # key: value
        self.under_way = {}     # key: value of the one write that was never answered
        self.writes = 0
        self.failure = None

    def run(self):
        number = 0
        versions = {}
        try:
            while not self.stop.is_set():
                alive = [key for key, value in self.acknowledged.items() if value != GONE]
                choice = self.random.random()
                if alive and choice < 0.1:
                    key, value = self.random.choice(alive), GONE
                    self.under_way = {key: value}
                    self.kind.remove(self.connection, key)
                else:
                    if alive and choice < 0.5:
                        key = self.random.choice(alive)
                    else:
                        number += 1
                        key = f"{self.prefix}-{number}"
                    versions[key] = versions.get(key, 0) + 1
                    value = value_of(key, versions[key], self.random.randint(1, self.kind.largest))
                    self.under_way = {key: value}
                    self.kind.write(self.connection, key, versions[key], value)
                self.acknowledged[key] = value
                self.under_way = {}
                self.writes += 1
        except (OSError, http.client.HTTPException):
            pass  # The cloud was killed.
        except AssertionError as failure:
            self.failure = failure
        finally:
            self.connection.close()

    def check(self, connection):
        """What is wrong, as sentences."""
        wrong = []
        for key, value in {**self.under_way, **self.acknowledged}.items():
            found = self.kind.read(connection, key)
            allowed = [self.acknowledged.get(key, GONE)]
            if key in self.under_way:
                allowed.append(self.under_way[key])
            if found not in allowed:
                what = "is lost" if found == GONE else f"is {len(found)} bytes that were not sent" if value else "is back"
                wrong.append(f"{self.kind.name} {key} {what}")
        # From here on what was read is what must stay.
        for key in self.under_way:
            self.acknowledged[key] = self.kind.read(connection, key)
        self.under_way = {}
        return wrong


def play_round(binary, folder, number, chance, writers):
    stop = threading.Event()
    with Cloud(binary, "--data-dir", folder) as cloud:
        new = [Writer(kind, f"r{number}-{kind.name}-{i}", cloud.host, stop)
               for kind in (Items(), Objects(), Secrets()) for i in range(writers)]
        setup = Connection(cloud.host)
        for writer in new:
            writer.kind.prepare(setup)
        setup.close()
        for writer in new:
            writer.start()
        time.sleep(chance.uniform(0.05, 1.0))
        cloud.process.kill()
        stop.set()
        for writer in new:
            writer.join()
        cloud.process.wait()
    return new


def check_all(binary, folder, writers, say):
    with Cloud(binary, "--data-dir", folder) as cloud:
        connection = Connection(cloud.host)
        wrong = [sentence for writer in writers for sentence in writer.check(connection)]
        wrong += [f"a writer was refused: {writer.failure}" for writer in writers if writer.failure]
        connection.close()
        ended = cloud.end(signal.SIGTERM)
        if ended != 0:
            wrong.append(f"the cloud ended with {ended}")
        errors = [line for line in cloud.log().splitlines() if '"level":"error"' in line]
        wrong += [f"the cloud logged {line}" for line in errors]
    for sentence in wrong:
        say(sentence)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", help="the gannet program")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--writers", type=int, default=2, help="connections of each kind")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    print(f"seed {seed}", flush=True)
    everything, wrong = [], []
    with tempfile.TemporaryDirectory() as base:
        folder = os.path.join(base, "cloud")
        for number in range(1, options.rounds + 1):
            new = play_round(options.binary, folder, number, chance, options.writers)
            wrong += check_all(options.binary, folder, new, print)
            everything += new
            counts = {kind: sum(writer.writes for writer in new if writer.kind.name == kind)
                      for kind in ("items", "objects", "secrets")}
            print(f"round {number}: acknowledged {counts}", flush=True)
            if sum(counts.values()) == 0 and number > 1 and not wrong:
                print("note: killed before anything was acknowledged")
        print("reading all rounds again", flush=True)
        wrong += check_all(options.binary, folder, everything, print)
    writes = sum(writer.writes for writer in everything)
    print(f"{options.rounds} kills, {writes} acknowledged writes, {len(wrong)} wrong")
    if writes == 0:
        print("nothing was ever acknowledged: the test has tested nothing")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
