#!/usr/bin/env python3
"""Runs the conformance suite against servers that are not ours: python3 peers.py SUITE [PEER ...]

SUITE is the program tests_conformance; a PEER is one of

    moto            the Python package, where this Python has it
    dynamodb-local  Amazon's DynamoDB Local: its jar comes in an npm package; needs java
    s3rver          from npm
    ceph            Ceph's Object Gateway, started and stopped by the program in GANNET_TEST_S3_PEER
    swift           OpenStack Swift's S3, by the program in GANNET_TEST_S3_PEER_SWIFT

and all but moto also need GANNET_TEST_PEERS=yes (./dev test --peers). Prints a line for each peer and a sum. Status 1 if
a case failed, 77 if no peer could be started.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "integration")]

import cloud  # noqa: E402
import npm_packages  # noqa: E402
from npm_packages import Missing  # noqa: E402

DYNAMODB, S3, SECRETS_MANAGER, STS = ("DynamoDbConformance.*", "S3Conformance.*", "SecretsManagerConformance.*",
                                      "StsConformance.*")

# Where a peer is not the service that it stands for: peer, case, reason. These cases run, and may fail. (That moto and
# s3rver verify no signature is known to the suite itself, which skips just that.)
DEVIATIONS = {
    "moto": {
        "a_transaction_with_a_token_is_done_once": "a transaction is done again however often its token comes",
    },
    "s3rver": {
        "odd_keys_are_themselves": "objects are files, and a//b is no name of a file",
        "listing_pages_and_groups": "a folder of nothing but folders is not among the common prefixes",
        "ranges_are_parts_of_the_object": "bytes=-2 is taken for bytes=0-2",
    },
}

SUITE_SECONDS = 240
START_SECONDS = 120


# --- how each is started: gives its URL, and ends it after the `with` ---------------------------------------------------

@contextlib.contextmanager
def moto(folder, _key):
    import importlib.util
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask") is None:
        raise Missing("This Python has no moto (with its server).")
    port = free_port()
    with server(folder, [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port) as url:
        yield url


@contextlib.contextmanager
def dynamodb_local(folder, _key):
    npm_packages.allowed()
    if shutil.which("java") is None:
        raise Missing("There is no java (openjdk-17-jre-headless).")
    emulator = npm_packages.unpack("amplify-dynamodb-simulator@2.9.30") / "emulator"
    port = free_port()
    with server(folder, ["java", f"-Djava.library.path={emulator}/DynamoDBLocal_lib", "-jar",
                         f"{emulator}/DynamoDBLocal.jar", "-inMemory", "-disableTelemetry", "-port", str(port)], port) as url:
        yield url


@contextlib.contextmanager
def s3rver(folder, _key):
    npm_packages.allowed()
    npm_packages.node_version()
    program = npm_packages.install("s3rver", ["s3rver@3.7.1"]) / "node_modules" / "s3rver" / "bin" / "s3rver.js"
    objects = pathlib.Path(folder) / "objects"
    objects.mkdir()
    port = free_port()
    # Its continuation tokens are encrypted with a cipher that OpenSSL 3 has put away.
    with server(folder, ["node", "--openssl-legacy-provider", str(program), "--address", "127.0.0.1", "--port", str(port), "--directory",
                         str(objects)], port) as url:
        yield url


def by_program(variable):
    """A peer that the program named by an environment variable starts and stops."""
    @contextlib.contextmanager
    def start(folder, key):
        npm_packages.allowed()
        program = os.environ.get(variable, "")
        if not program:
            raise Missing(f"{variable} names no program that starts it.")
        if not os.access(program, os.X_OK):
            raise Missing(f"{variable} names {program}, which cannot be run.")
        state = os.path.join(folder, "state")
        try:
            # What it starts in the background must not hold our output open.
            with open(os.path.join(folder, "start.log"), "w+", encoding="utf-8") as log:
                done = subprocess.run([program, "start", state, str(free_port()), *key.split(":")], stdin=subprocess.DEVNULL,
                                      stdout=log, stderr=subprocess.STDOUT, timeout=600, check=False)
                log.seek(0)
                printed = log.read()
            if done.returncode != 0:
                raise RuntimeError(f"{program} start ended with {done.returncode}:\n{printed[-3000:]}")
            url = printed.split()[-1]
            wait_until_writable(url, key)
            yield url
        finally:
            subprocess.run([program, "stop", state], stdin=subprocess.DEVNULL, timeout=120, check=False)
    return start


def wait_until_writable(url, key):
    """A server that has only just started may have given up, for a minute, on parts of itself that were slower to."""
    key_id, secret = key.split(":")
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with cloud.Connection(urllib.parse.urlsplit(url).netloc, secret, key_id) as connection:
                status, body = connection.send("s3", "PUT", "/warming-up")
        except OSError as error:
            status, body = 0, str(error)
        if status == 200:
            return
        if time.monotonic() > end:
            raise RuntimeError(f"{url} makes no bucket: {status} {body}")
        time.sleep(1)


class Peer:
    def __init__(self, start, key, *speaks):
        self.start = start
        self.key = key
        self.speaks = ":".join(speaks)


PEERS = {
    "moto": Peer(moto, "AKIAPEER:secret", DYNAMODB, S3, SECRETS_MANAGER, STS),
    "dynamodb-local": Peer(dynamodb_local, "AKIAPEER:secret", DYNAMODB),
    "s3rver": Peer(s3rver, "S3RVER:S3RVER", S3),
    "ceph": Peer(by_program("GANNET_TEST_S3_PEER"), "AKIAPEER:peers-secret-access-key", S3),
    "swift": Peer(by_program("GANNET_TEST_S3_PEER_SWIFT"), "AKIAPEER:peers-secret-access-key", S3),
}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(folder, command, port):
    url = f"http://127.0.0.1:{port}"
    with open(os.path.join(folder, "server.log"), "w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            if not answers_within(START_SECONDS, url, process):
                log.seek(0)
                raise RuntimeError(f"{command[0]} did not get ready:\n{log.read()[-3000:]}")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answers_within(seconds, url, process):
    """Whether it speaks HTTP in time, whatever it says."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            opener.open(url, timeout=5).close()
            return True
        except urllib.error.HTTPError as error:
            error.close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


# --- the suite ----------------------------------------------------------------------------------------------------------

class Outcome:
    def __init__(self):
        self.passed, self.failed, self.left_out, self.output = [], [], {}, ""


def run_suite(suite, name, peer, url, folder):
    report = os.path.join(folder, "report.xml")
    environment = dict(os.environ, GANNET_TEST_ENDPOINT=url, GANNET_TEST_ENDPOINT_KEY=peer.key,
                       GANNET_TEST_ENDPOINT_NAME=name)
    outcome = Outcome()
    try:
        done = subprocess.run([suite, f"--gtest_filter={peer.speaks}", f"--gtest_output=xml:{report}"], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=SUITE_SECONDS, check=False)
        outcome.output = done.stdout
    except subprocess.TimeoutExpired as error:
        outcome.output = (error.stdout or b"").decode(errors="replace") + f"\nnot done after {SUITE_SECONDS} seconds"
    if not os.path.exists(report):
        outcome.failed.append("the suite did not come to its end")
        return outcome
    known = DEVIATIONS.get(name, {})
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        title = f"{case.get('classname')}.{case.get('name')}"
        skipped = case.find("skipped")
        if skipped is not None:
            # The message is "file:line", then the sentence.
            outcome.left_out[case.get("name")] = (skipped.get("message") or "").split("\n")[-1].strip()
        elif case.find("failure") is None:
            outcome.passed.append(title)
            if case.get("name") in known:
                print(f"{name}: {title} passes by now; it need not stand among the deviations", flush=True)
        elif case.get("name") in known:
            outcome.left_out[case.get("name")] = known[case.get("name")]
        else:
            outcome.failed.append(title)
    if not outcome.passed:
        outcome.failed.append("no case passed")
    return outcome


def line_of(name, outcome):
    line = f"{name}: {len(outcome.passed)} passed, {len(outcome.failed)} failed"
    if outcome.left_out:
        reasons = "; ".join(f"{case}: {reason}" for case, reason in outcome.left_out.items())
        line += f", {len(outcome.left_out)} left out ({reasons})"
    return line


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 2
    suite = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:] or list(PEERS)
    unknown = [name for name in wanted if name not in PEERS]
    if unknown:
        print(f"peers.py knows no peer {unknown[0]}; it knows {', '.join(PEERS)}", file=sys.stderr)
        return 2
    # So that what was started is stopped when somebody ends this script.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]

    passed = failed = left_out = 0
    absent = []
    for name in wanted:
        peer = PEERS[name]
        with tempfile.TemporaryDirectory(prefix=f"gannet-{name}-") as folder:
            try:
                with peer.start(folder, peer.key) as url:
                    outcome = run_suite(suite, name, peer, url, folder)
            except Missing as sentence:
                absent.append(name)
                print(f"{name}: not run. {sentence}", flush=True)
                continue
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"{name}: 0 passed, 1 failed (it could not be used)\n{error}", flush=True)
                continue
        if outcome.failed:
            print(outcome.output)
        print(line_of(name, outcome), flush=True)
        for title in outcome.failed:
            print(f"    FAILED {title}", flush=True)
        passed, failed, left_out = (passed + len(outcome.passed), failed + len(outcome.failed),
                                    left_out + len(outcome.left_out))
    print(f"{passed} passed, {failed} failed, {left_out} skipped" +
          (f"; not run: {', '.join(absent)}" if absent else ""))
    if failed:
        return 1
    return 77 if len(absent) == len(wanted) else 0


if __name__ == "__main__":
    sys.exit(main())
