"""What the scripts of this folder share: cases, what they may skip, and clients of the cloud under test."""

import contextlib
import datetime
import importlib.util
import types
import unittest.mock

KEY_ID = "AKIAGANNETLOCAL00000"
SECRET = "gannet-local-secret-access-key"
REGION = "us-east-1"

CASES = []


class Skip(Exception):
    """What the machine lacks, as a sentence."""


def case(function):
    """Registers a function that takes the cloud's URL and raises where something is wrong."""
    CASES.append(function)
    return function


def has(module):
    return importlib.util.find_spec(module) is not None


def needs(module, package):
    if not has(module):
        raise Skip(f"This Python has no {module} ({package}).")


def client(service, url, key=KEY_ID, secret=SECRET, region=REGION, **configuration):
    """A boto3 client that tries each call once."""
    import boto3
    import botocore.config
    return boto3.session.Session().client(
        service, endpoint_url=url, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
        config=botocore.config.Config(retries={"total_max_attempts": 1}, **configuration))


def refusal(call, *arguments, **keywords):
    """Status and code that a call is refused with."""
    import botocore.exceptions
    try:
        answer = call(*arguments, **keywords)
    except botocore.exceptions.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    raise AssertionError(f"it was not refused: {answer}")


def equal(found, wanted, what=""):
    if found != wanted:
        raise AssertionError(f"{what}: found {found!r}, wanted {wanted!r}")


def signers():
    """The modules of botocore that sign: its own, and the one that Debian's takes where python3-awscrt is there."""
    import botocore.auth
    yield botocore.auth
    if has("awscrt"):
        import botocore.crt.auth
        yield botocore.crt.auth


@contextlib.contextmanager
def signing_at(offset):
    """While this context lasts botocore signs with a clock that is off by `offset`."""
    now = datetime.datetime.now(datetime.timezone.utc) + offset

    def shifted(remove_tzinfo=True):
        return now.replace(tzinfo=None) if remove_tzinfo else now

    class Shifted(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return now.replace(tzinfo=None)

        @classmethod
        def now(cls, tz=None):
            return now if tz else now.replace(tzinfo=None)

    with contextlib.ExitStack() as patches:
        for module in signers():
            if hasattr(module, "get_current_datetime"):
                patches.enter_context(unittest.mock.patch.object(module, "get_current_datetime", shifted))
            else:
                clock = types.SimpleNamespace(**dict(vars(datetime), datetime=Shifted))
                patches.enter_context(unittest.mock.patch.object(module, "datetime", clock))
        yield
