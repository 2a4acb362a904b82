#!/usr/bin/env python3
"""Has botocore find credentials and settings in pairs of config and credentials files, and writes what it found: one JSON
object a line, for tests/unit/identity/profile_cases_test.cpp.

    profile_cases.py FILE

Nothing goes over the network: STS, IAM Identity Center, the container's agent and the instance metadata service are
answered here, and what they were asked is written down. Works with botocore 1.29 (Debian 12) and later; without botocore
the exit status is 77.

Where Gannet is meant to differ, the case says what Gannet does (`gannet`) and why (`why`). Of an error, `says` is what
Gannet's has to say; "config" and "credentials" at its start stand for the files. Settings that this botocore does not know
are not in what it found; a case that is about such a one says so (`needs`), and is left out.
"""

import hashlib
import io
import json
import os
import re
import sys
import tempfile
import textwrap
from urllib.parse import parse_qs, urlsplit

os.environ["BOTO_DISABLE_CRT"] = "true"
try:
    import botocore
    import botocore.awsrequest
    import botocore.configprovider
    import botocore.credentials
    import botocore.exceptions
    import botocore.httpsession
    import botocore.session
    import botocore.tokens
except ImportError:
    print("There is no botocore to compare with.")
    sys.exit(77)

CASES = []
KEYS = "aws_access_key_id = {0}\naws_secret_access_key = secret-of-{0}\n"
FAR = "2999-01-01T00:00:00Z"
PAST = "2001-01-01T00:00:00Z"


def case(name, config="", credentials="", env=None, profile=None, files=None, says=None, gannet=None, why=None, about="credentials",
         needs=None):  # fmt: skip
    CASES.append({"name": name, "config": text(config), "credentials": text(credentials), "env": env or {}, "profile": profile,
                  "files": files or {}, "says": says, "gannet": gannet, "why": why, "about": about, "needs": needs})  # fmt: skip


def settings(name, config="", credentials="", **more):
    case(name, config, credentials, about="settings", **more)


def endpoints(name, config="", credentials="", **more):
    settings(name, config, credentials, needs="ignore_configured_endpoint_urls", **more)


def text(content):
    return content if isinstance(content, bytes) else textwrap.dedent(content).encode()


def keys(name):
    return KEYS.format(name)


def picks(name, **more):
    """What Gannet finds where it is meant to differ."""
    return {"key": name, "secret": f"secret-of-{name}", "token": "", "calls": [], **more}


def sso_token(expires=FAR, **more):
    return json.dumps({"startUrl": "https://d-1.awsapps.com/start", "region": "eu-west-1", "accessToken": "bearer-token",
                       "expiresAt": expires, **more})  # fmt: skip


def sso_file(name):
    return ".aws/sso/cache/" + hashlib.sha1(name.encode()).hexdigest() + ".json"


ENV = {"AWS_ACCESS_KEY_ID": "ENV", "AWS_SECRET_ACCESS_KEY": "secret-of-ENV"}
WEB_ENV = {"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/pod"}
WEB_FILES = {"token": "the.web.token"}
BASE = "[base]\n" + keys("BASE")
ROLE = "role_arn = arn:aws:iam::1:role/one\n"
NO_KEY = "keys that no request can carry are told of when they are read"
NOTHING = "a line with nothing on it counts as not there"

# ---- the order of the sources ----
case("nothing at all", says="no credentials were found")
case("the environment", env=ENV)
case("the environment with a token", env={**ENV, "AWS_SESSION_TOKEN": "T"})
case("the environment with the token's older name", env={**ENV, "AWS_SECURITY_TOKEN": "T"})
case("the environment with both tokens", env={**ENV, "AWS_SESSION_TOKEN": "T", "AWS_SECURITY_TOKEN": "OLD"},
     gannet=picks("ENV", token="T"), why="the name that every SDK reads counts for more than the older one")
case("the environment goes before the files", credentials="[default]\n" + keys("FILE"), env=ENV)
case("keys with a line end", env={"AWS_ACCESS_KEY_ID": "ENV\n", "AWS_SECRET_ACCESS_KEY": "secret-of-ENV"},
     gannet={"error": "AWS_ACCESS_KEY_ID holds a line end"}, why=NO_KEY)
case("the environment goes before AWS_PROFILE", credentials="[other]\n" + keys("FILE"), env={**ENV, "AWS_PROFILE": "other"})
case("a profile named in code goes before the environment", credentials="[other]\n" + keys("FILE"), env=ENV, profile="other")
case("a profile named in code leaves the environment out", credentials="[other]\nregion = x\n", env=ENV, profile="other",
     says="the environment was left out")
case("half of the environment's keys", env={"AWS_ACCESS_KEY_ID": "ENV"}, says="AWS_SECRET_ACCESS_KEY is not")
case("the other half of the environment's keys", env={"AWS_SECRET_ACCESS_KEY": "S"}, credentials="[default]\n" + keys("FILE"),
     gannet={"error": "AWS_ACCESS_KEY_ID is not"}, why="half a pair is a mistake, whichever half it is")
case("variables that are empty", credentials="[default]\n" + keys("FILE"),
     env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": ""},
     gannet=picks("FILE"), why="a variable that is empty counts as not set, AWS_PROFILE too")
case("the credentials file goes before the config file", "[default]\n" + keys("CONFIG"), "[default]\n" + keys("FILE"))
case("the config file", "[default]\n" + keys("CONFIG"))
case("the config file with a token", "[default]\n" + keys("CONFIG") + "aws_session_token = T\n")
case("the token's older name in a file", credentials="[default]\n" + keys("FILE") + "aws_security_token = T\n")
case("a profile by AWS_PROFILE", "[profile one]\n" + keys("ONE"), env={"AWS_PROFILE": "one"})
case("a profile by AWS_DEFAULT_PROFILE", "[profile one]\n" + keys("ONE"), env={"AWS_DEFAULT_PROFILE": "one"})
case("a profile that is nowhere", "[default]\n" + keys("D"), env={"AWS_PROFILE": "gone"}, says="the profile 'gone'")
case("half a pair in the credentials file", credentials="[default]\naws_access_key_id = K\n", says="credentials, line 2: ")
case("half a pair in the config file", "[default]\n\naws_access_key_id = K\n", says="config, line 3: ")
case("the other half in the credentials file", "[default]\n" + keys("CONFIG"), "[default]\naws_secret_access_key = S\n",
     gannet={"error": "credentials, line 2: "}, why="half a pair is a mistake, whichever half it is")
case("a process", "[default]\ncredential_process = /bin/echo '" + json.dumps(
     {"Version": 1, "AccessKeyId": "PROCESS", "SecretAccessKey": "secret-of-PROCESS", "SessionToken": "T"}) + "'\n")
case("the credentials file goes before a process", "[default]\ncredential_process = /bin/false\n", "[default]\n" + keys("FILE"))
case("a process goes before the config file", "[default]\n" + keys("CONFIG") + "credential_process = /bin/echo '" + json.dumps(
     {"Version": 1, "AccessKeyId": "PROCESS", "SecretAccessKey": "secret-of-PROCESS"}) + "'\n")
case("a process that fails", "[default]\ncredential_process = /bin/false\n" + keys("CONFIG"), says="/bin/false")
case("the container", env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role"})
case("the container by a whole URI", env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/role"})
case("files go before the container", credentials="[default]\n" + keys("FILE"), env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role"})
case("the instance", env={"AWS_EC2_METADATA_DISABLED": "false"})
case("the container goes before the instance", env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role", "AWS_EC2_METADATA_DISABLED": "false"})

# ---- roles ----
case("a role", "[default]\n" + ROLE + "source_profile = base\n", BASE)
case("a role whose source is in the config file", "[default]\n" + ROLE + "source_profile = base\n[profile base]\n" + keys("BASE"))
case("a role with all it may have", "[default]\n" + ROLE + """source_profile = base
external_id = an/id with spaces&=
role_session_name = me@there
duration_seconds = 3600
""", BASE)
case("a role in the credentials file", credentials="[default]\n" + ROLE + "source_profile = base\n" + BASE)
case("a role by AWS_PROFILE", "[profile dev]\n" + ROLE + "source_profile = base\n", BASE, env={"AWS_PROFILE": "dev"})
case("the environment goes before a role", "[default]\n" + ROLE + "source_profile = base\n", BASE, env=ENV)
case("a role goes before the profile's keys", "[default]\n" + ROLE + "source_profile = base\n" + keys("OWN"), BASE)
case("two roles", "[default]\n" + ROLE + "source_profile = two\n[profile two]\nrole_arn = arn:aws:iam::2:role/two\nsource_profile = base\n", BASE)
case("three roles, then the environment", "[default]\n" + ROLE + """source_profile = two
[profile two]
role_arn = arn:aws:iam::2:role/two
source_profile = three
[profile three]
role_arn = arn:aws:iam::3:role/three
credential_source = Environment
""", env=ENV, profile="default")
case("a source with keys and a role gives its keys", "[default]\n" + ROLE + "source_profile = two\n[profile two]\n"
     "role_arn = arn:aws:iam::2:role/two\nsource_profile = default\n" + keys("TWO"))
case("a role whose source is itself", "[default]\n" + ROLE + "source_profile = default\n" + keys("OWN"))
case("a role whose source is itself without keys", "[default]\n" + ROLE + "source_profile = default\n", says="config, line 3: source_profile leads in a circle")
case("a circle of two", "[default]\n" + ROLE + "source_profile = two\n[profile two]\nrole_arn = arn:aws:iam::2:role/two\nsource_profile = default\n",
     says="config, line 6: source_profile leads in a circle: default -> two -> default")
case("a circle of two with keys at its end", "[default]\n" + ROLE + "source_profile = two\n" + keys("OWN") +
     "[profile two]\nrole_arn = arn:aws:iam::2:role/two\nsource_profile = default\n", says="config, line 8: source_profile leads in a circle")
case("a circle that begins later", "[default]\n" + ROLE + "source_profile = two\n[profile two]\nrole_arn = arn:aws:iam::2:role/two\n"
     "source_profile = three\n[profile three]\nrole_arn = arn:aws:iam::3:role/three\nsource_profile = two\n", says="config, line 9: ")
case("a role without a source", "[default]\n" + ROLE, says="config, line 2: role_arn needs source_profile or credential_source")
case("a role without a source, and keys", "[default]\n" + ROLE + keys("OWN"), says="config, line 2: ")
case("a role with two sources", "[default]\n" + ROLE + "source_profile = base\ncredential_source = Environment\n", BASE,
     env={}, says="config, line 3: source_profile and credential_source")
case("a source that is nowhere", "[default]\n" + ROLE + "source_profile = gone\n", says="config, line 3: there is no profile 'gone'")
case("a source without credentials", "[default]\n" + ROLE + "source_profile = empty\n[profile empty]\nregion = x\n",
     says="config, line 3: the profile 'empty' has no credentials")
case("a source with half a pair", "[default]\n" + ROLE + "source_profile = half\n", "[half]\naws_access_key_id = K\n", says="credentials, line 2: ")
case("a source_profile without a role", "[default]\nsource_profile = base\n", BASE, says="no credentials were found")
case("the environment as source", "[profile dev]\n" + ROLE + "credential_source = Environment\n", env=ENV, profile="dev")
case("the environment as source without keys", "[profile dev]\n" + ROLE + "credential_source = Environment\n", profile="dev",
     says="config, line 3: credential_source is Environment")
case("the container as source", "[default]\n" + ROLE + "credential_source = EcsContainer\n", env={"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/role"})
case("the container as source without any", "[default]\n" + ROLE + "credential_source = EcsContainer\n", says="config, line 3: credential_source is EcsContainer")
case("the instance as source", "[default]\n" + ROLE + "credential_source = Ec2InstanceMetadata\n", env={"AWS_EC2_METADATA_DISABLED": "false"})
case("an unknown source", "[default]\n" + ROLE + "credential_source = Elsewhere\n", says="config, line 3: 'Elsewhere' is no credential_source")
case("a source in another case", "[profile dev]\n" + ROLE + "credential_source = environment\n", env=ENV, profile="dev",
     says="config, line 3: 'environment' is no credential_source")
case("a process as source", "[default]\n" + ROLE + "source_profile = p\n[profile p]\ncredential_process = /bin/echo '" + json.dumps(
     {"Version": 1, "AccessKeyId": "PROCESS", "SecretAccessKey": "secret-of-PROCESS"}) + "'\n")
case("a web identity as source", "[default]\n" + ROLE + "source_profile = web\n[profile web]\nrole_arn = arn:aws:iam::1:role/web\n"
     "web_identity_token_file = @HOME@/token\n", files=WEB_FILES)
case("the environment's web identity is no source", "[default]\n" + ROLE + "source_profile = base\n", BASE, env=WEB_ENV, files=WEB_FILES)
case("single sign-on as source", "[default]\n" + ROLE + """source_profile = sso
[profile sso]
sso_start_url = https://d-1.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Reader
""", files={sso_file("https://d-1.awsapps.com/start"): sso_token()})
case("a duration that is no number", "[default]\n" + ROLE + "source_profile = base\nduration_seconds = long\n", BASE,
     gannet={"error": "config, line 4: 'long' is not a whole number"}, why="botocore leaves out what it cannot read, and the role lasts for an hour")
case("a duration that STS refuses", "[default]\n" + ROLE + "source_profile = base\nduration_seconds = 60\n", BASE,
     gannet={"error": "config, line 2: a role's credentials last from 900"}, why="known to be wrong before STS is asked")
case("a session name that STS refuses", "[default]\n" + ROLE + "source_profile = base\nrole_session_name = my name\n", BASE,
     gannet={"error": "config, line 2: the role's session name"}, why="known to be wrong before STS is asked")
case("a role that is no ARN", "[default]\nrole_arn = admin\nsource_profile = base\n", BASE,
     gannet={"error": "config, line 2: 'admin' is no role's ARN"}, why="known to be wrong before STS is asked")
case("a role that wants an MFA code", "[default]\n" + ROLE + "source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/me\n", BASE,
     gannet={"error": "config, line 2: the role arn:aws:iam::1:role/one wants a code of the MFA device"},
     why="botocore asks the terminal for a code; a service has none")
case("a role that is empty", "[default]\nrole_arn =\nsource_profile = base\n" + keys("OWN"), BASE, gannet=picks("OWN"),
     why=NOTHING)

# ---- web identity ----
case("a web identity of the environment", env=WEB_ENV, files=WEB_FILES)
case("a web identity with a session name", env={**WEB_ENV, "AWS_ROLE_SESSION_NAME": "pod-7"}, files=WEB_FILES)
case("keys of the environment go before its web identity", env={**ENV, **WEB_ENV}, files=WEB_FILES)
case("a web identity of the environment goes before the files", credentials="[default]\n" + keys("FILE"), env=WEB_ENV, files=WEB_FILES)
case("a web identity of the environment goes before a process", "[default]\ncredential_process = /bin/false\n", env=WEB_ENV, files=WEB_FILES)
case("a role of the profile goes before a web identity of the environment", "[default]\n" + ROLE + "source_profile = base\n", BASE, env=WEB_ENV, files=WEB_FILES)
case("a web identity of the environment without a role", env={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/token"}, files=WEB_FILES,
     says="AWS_WEB_IDENTITY_TOKEN_FILE: a web identity needs a role")
case("a web identity of the environment with a profile named in code", credentials="[one]\n" + keys("ONE"), env=WEB_ENV, files=WEB_FILES, profile="one")
case("a web identity of the profile", "[default]\nrole_arn = arn:aws:iam::1:role/web\nweb_identity_token_file = @HOME@/token\nrole_session_name = here\n", files=WEB_FILES)
case("a web identity of the profile without a role", "[default]\nweb_identity_token_file = @HOME@/token\n", files=WEB_FILES, says="config, line 2: a web identity needs a role")
case("a web identity of the profile goes before its keys", "[default]\nrole_arn = arn:aws:iam::1:role/web\nweb_identity_token_file = @HOME@/token\n", "[default]\n" + keys("FILE"), files=WEB_FILES)
case("a web identity of the profile and a source", "[default]\nrole_arn = arn:aws:iam::1:role/web\nweb_identity_token_file = @HOME@/token\nsource_profile = base\n", BASE, files=WEB_FILES)
case("a web identity half of each", "[default]\nrole_arn = arn:aws:iam::1:role/web\nweb_identity_token_file = @HOME@/other\n",
     env={"AWS_WEB_IDENTITY_TOKEN_FILE": "@HOME@/token"}, files=WEB_FILES)
case("a web identity whose token is missing", env=WEB_ENV, says="@HOME@/token: No such file")

# ---- single sign-on ----
SSO = """[default]
sso_start_url = https://d-1.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Reader
"""
SESSION = """[default]
sso_session = work
sso_account_id = 123456789012
sso_role_name = Reader
[sso-session work]
sso_start_url = https://d-1.awsapps.com/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""
LEGACY_FILE = sso_file("https://d-1.awsapps.com/start")
SESSION_FILE = sso_file("work")
REFRESHABLE = {"clientId": "client", "clientSecret": "client-secret", "refreshToken": "refresh-1", "registrationExpiresAt": FAR}
case("single sign-on of the older kind", SSO, files={LEGACY_FILE: sso_token()})
case("single sign-on goes before keys", SSO + keys("CONFIG"), "[default]\n" + keys("FILE"), files={LEGACY_FILE: sso_token()})
case("single sign-on without a token", SSO, says="aws sso login --profile default")
case("single sign-on with an expired token", SSO, files={LEGACY_FILE: sso_token(PAST)},
     gannet={"error": "aws sso login --profile default"}, why="a token that has expired is not sent; newer versions of botocore do not either")
case("single sign-on with an older way to write times", SSO, files={LEGACY_FILE: sso_token("2999-01-01T00:00:00UTC")})
case("single sign-on with a token without an end", SSO, files={LEGACY_FILE: json.dumps({"accessToken": "x"})}, says="has no expiresAt")
case("single sign-on with a token file that is no JSON", SSO, files={LEGACY_FILE: "{"}, says="is no JSON object")
case("single sign-on by a session", SESSION, files={SESSION_FILE: sso_token()})
case("single sign-on by a session with a quoted name", SESSION.replace("[sso-session work]", '[sso-session "my work"]').replace("= work", "= my work"),
     files={sso_file("my work"): sso_token()})
case("a session's token is not the start URL's", SESSION, files={LEGACY_FILE: sso_token()}, says="aws sso login --profile default")
case("a session's token is refreshed", SESSION, files={SESSION_FILE: sso_token(PAST, **REFRESHABLE)})
case("a session's token that lasts is not refreshed", SESSION, files={SESSION_FILE: sso_token(FAR, **REFRESHABLE)})
case("a session's token with a registration that ended", SESSION,
     files={SESSION_FILE: sso_token(PAST, **{**REFRESHABLE, "registrationExpiresAt": PAST})}, says="aws sso login --profile default")
case("a session's token without what refreshes it", SESSION, files={SESSION_FILE: sso_token(PAST)}, says="aws sso login --profile default")
case("a session's token that is refused", SESSION, files={SESSION_FILE: sso_token(PAST, **{**REFRESHABLE, "refreshToken": "refused"})},
     says="aws sso login --profile default")
case("the older kind of token is never refreshed", SSO, files={LEGACY_FILE: sso_token(PAST, **REFRESHABLE)},
     gannet={"error": "aws sso login --profile default"}, why="a token that has expired is not sent; newer versions of botocore do not either")
case("a bearer token that is refused", SSO, files={LEGACY_FILE: sso_token().replace("bearer-token", "refused")}, says="aws sso login --profile default")
case("single sign-on without a role", SSO.replace("sso_role_name = Reader\n", ""), says="config, line 4: single sign-on also needs sso_role_name")
case("single sign-on without an account", SSO.replace("sso_account_id = 123456789012\n", ""), says="config, line 4: single sign-on also needs sso_account_id")
case("single sign-on without where", "[default]\nsso_account_id = 123456789012\nsso_role_name = Reader\n",
     says="config, line 2: single sign-on also needs sso_start_url, sso_region")
case("single sign-on for tokens only", "[default]\nsso_session = work\n[sso-session work]\nsso_start_url = x\nsso_region = y\n",
     says="gives none without sso_account_id and sso_role_name")
case("single sign-on for tokens only, and keys", "[default]\nsso_session = work\n" + keys("CONFIG"))
case("a session that is nowhere", SESSION.replace("[sso-session work]", "[sso-session home]"), says="config, line 2: there is no section [sso-session work]")
case("a session that says another region", SESSION.replace("sso_role_name", "sso_region = us-east-1\nsso_role_name"), says="config, line 4: sso_region is not what it is in")
case("a session that says the same region", SESSION.replace("sso_role_name", "sso_region = eu-west-1\nsso_role_name"), files={SESSION_FILE: sso_token()})
case("a session that names the account and the role too", SESSION.replace("sso_account_id = 123456789012\n", "") +
     "sso_account_id = 123456789012\nsso_role_name = Reader\n", files={SESSION_FILE: sso_token()})
case("a session that names another account", SESSION + "sso_account_id = 210987654321\n", says="config, line 3: sso_account_id is not what it is in")
case("a session without a region, which the profile has", SESSION.replace("sso_region = eu-west-1\n", "").replace(
     "sso_role_name", "sso_region = eu-west-1\nsso_role_name"), files={SESSION_FILE: sso_token()}, says="single sign-on also needs sso_region")
case("a session without a start URL, which the profile has", SESSION.replace("sso_start_url = https://d-1.awsapps.com/start\n", "").replace(
     "sso_role_name", "sso_start_url = https://d-1.awsapps.com/start\nsso_role_name"), files={SESSION_FILE: sso_token()},
     says="single sign-on also needs sso_start_url")
case("a session without a region", SESSION.replace("sso_region = eu-west-1\n", ""), says="single sign-on also needs sso_region")
case("a session without a start URL", SESSION.replace("sso_start_url = https://d-1.awsapps.com/start\n", ""), says="single sign-on also needs sso_start_url")

# ---- how the files are written ----
D = "[default]\n" + keys("D")
case("comments", "# one\n; two\n[default]\n# three\n" + keys("D") + "  # four\n; five = six\n")
case("a comment behind a value is part of it", credentials="[default]\naws_access_key_id = K # mine\naws_secret_access_key = S\n",
     gannet={"error": "credentials, line 2: aws_access_key_id holds a line end, a blank"}, why=NO_KEY)
case("colons", credentials="[default]\naws_access_key_id: K\naws_secret_access_key: S:1=2\n")
case("no spaces", credentials="[default]\naws_access_key_id=K\naws_secret_access_key=S==\n")
case("upper case", credentials="[default]\nAWS_Access_Key_ID = K\nAWS_SECRET_ACCESS_KEY = S\n")
case("percent signs", credentials="[default]\naws_access_key_id = K\naws_secret_access_key = %S%(x)s$HOME\n")
case("quotes stay", credentials="[default]\naws_access_key_id = \"K\"\naws_secret_access_key = 'S'\n")
case("CRLF", credentials=D.replace("\n", "\r\n").encode())
case("no line break at the end", credentials=D.rstrip("\n"))
case("blank lines", credentials="\n\n[default]\n\n\n" + keys("D").replace("\n", "\n\n"))
case("tabs", credentials="[default]\naws_access_key_id\t=\tK\t\naws_secret_access_key\t=\tS\n")
case("a byte order mark", credentials=b"\xef\xbb\xbf" + D.encode(), gannet=picks("D"), why="editors on Windows write one; nothing else is meant by it")
case("indented lines below keys", credentials="[default]\n  aws_access_key_id = K\n  aws_secret_access_key = S\n")
case("a value that goes on", credentials="[default]\naws_access_key_id = K\naws_secret_access_key = S\n  more\nregion = x\n",
     gannet={"error": "credentials, line 3: aws_secret_access_key holds a line end, a blank"}, why=NO_KEY)
case("a nested list", "[default]\ns3 =\n  addressing_style = path\n  max_concurrent_requests = 20\n" + keys("D"))
case("a nested list with keys in it", "[default]\ns3 =\n  aws_access_key_id = K\n  aws_secret_access_key = S\n", says="no credentials were found")
case("a nested line that is no pair", "[default]\ns3 =\n  addressing_style\n" + keys("D"), says="config, line 3: ")
case("a line that is no pair", "[default]\nregion\n" + keys("D"), says="config, line 2: ")
case("a key before any section", keys("D") + "[default]\n", says="config, line 1: ")
case("a section's name that does not end", "[default\n" + keys("D"), says="config, line 1: ")
case("a section twice", D + "[other]\n" + D, says="config, line 5: ")
case("a key twice", D + "aws_access_key_id = E\n", says="config, line 4: ")
case("a key twice in two cases", D + "AWS_ACCESS_KEY_ID = E\n", says="config, line 4: ")
case("no UTF-8", credentials=D.encode() + b"# \xff\n", says="credentials: ")
case("UTF-8", credentials=D + "# käse\nnote = ✓\n")
case("a mistake in the other file", D, "[default\n", env={}, says="credentials, line 1: ")
case("a mistake where the environment has keys", "[default\n", env=ENV, says="config, line 1: ")
case("profile default", "[profile default]\n" + keys("D"))
case("default and profile default", "[default]\n" + keys("PLAIN") + "[profile default]\n" + keys("LONG"))
case("profile default and default", "[profile default]\n" + keys("LONG") + "[default]\n" + keys("PLAIN"))
case("a quoted name", '[profile "my own"]\n' + keys("Q"), env={"AWS_PROFILE": "my own"})
case("a name in single quotes", "[profile 'my own']\n" + keys("Q"), env={"AWS_PROFILE": "my own"})
case("two spaces before the name", "[profile  one]\n" + keys("ONE"), env={"AWS_PROFILE": "one"})
case("a name with spaces and no quotes", "[profile my own]\n" + keys("Q"), env={"AWS_PROFILE": "my own"}, says="the profile 'my own'")
case("a name with spaces in the credentials file", credentials="[my own]\n" + keys("Q"), env={"AWS_PROFILE": "my own"})
case("a quote that does not end", '[profile "one]\n' + keys("ONE") + "[profile two]\n" + keys("TWO"), env={"AWS_PROFILE": "two"})
case("no word profile in the config file", "[one]\n" + keys("ONE"), env={"AWS_PROFILE": "one"}, says="the profile 'one'")
case("the word profile in the credentials file", credentials="[profile one]\n" + keys("ONE"), env={"AWS_PROFILE": "one"}, says="the profile 'one'")
case("spaces inside the brackets", credentials="[ default ]\n" + keys("D"), says="no credentials were found")
case("another case of default", credentials="[Default]\n" + keys("D"), says="no credentials were found")
case("a word that begins like profile", "[profiles one]\n" + keys("ONE"), env={"AWS_PROFILE": "one"},
     gannet={"error": "the profile 'one'"}, why="botocore takes any first word that begins so")
case("sections of other kinds", "[services mine]\ns3 =\n  endpoint_url = http://x\n[plugins]\na = b\n" + D)
case("keys that are empty", "[default]\n" + keys("CONFIG"), "[default]\naws_access_key_id =\naws_secret_access_key =\n",
     gannet=picks("CONFIG"), why=NOTHING)
case("a file that is empty", "", "")
CASES[-1]["says"] = "no credentials were found"

# ---- settings ----
settings("nothing is set")
settings("a region in the config file", "[default]\nregion = c\n")
settings("a region in both files", "[default]\nregion = c\n", "[default]\nregion = s\n")
settings("AWS_DEFAULT_REGION", "[default]\nregion = c\n", env={"AWS_DEFAULT_REGION": "e"})
settings("AWS_REGION", "[default]\nregion = c\n", env={"AWS_DEFAULT_REGION": "e", "AWS_REGION": "other"},
         gannet={"settings": {"region": "other"}}, why="every other SDK reads AWS_REGION")
settings("the region of AWS_PROFILE", "[default]\nregion = c\n[profile one]\nregion = o\n", env={"AWS_PROFILE": "one"})
settings("the region of a profile named in code", "[profile one]\nregion = o\n[profile two]\nregion = t\n", env={"AWS_PROFILE": "one"}, profile="two")
settings("what default says is not said of another profile", "[default]\nregion = c\nretry_mode = standard\n[profile one]\noutput = json\n", profile="one")
settings("half of a profile in each file", "[profile one]\nregion = o\n", "[one]\nmax_attempts = 7\n", profile="one")
settings("retries", "[default]\nretry_mode = standard\nmax_attempts = 7\n")
settings("retries in the credentials file", "[default]\nretry_mode = standard\nmax_attempts = 7\n", "[default]\nretry_mode = adaptive\nmax_attempts = 2\n")
settings("retries in the environment", "[default]\nretry_mode = standard\nmax_attempts = 7\n", env={"AWS_RETRY_MODE": "legacy", "AWS_MAX_ATTEMPTS": "4"})
settings("attempts that are no number", "[default]\nmax_attempts = many\n", says="config, line 2: 'many'")
settings("no attempts at all", "[default]\nmax_attempts = 0\n", gannet={"error": "config, line 2: '0'"}, why="botocore fails when a client is made")
settings("a retry mode that there is not", "[default]\nretry_mode = fast\n", gannet={"error": "config, line 2: 'fast' is no retry mode"},
         why="botocore fails when a client is made")
settings("authorities", "[default]\nca_bundle = /c.pem\n", "[default]\nca_bundle = /s.pem\n")
settings("authorities in the environment", "[default]\nca_bundle = /c.pem\n", env={"AWS_CA_BUNDLE": "/e.pem"})
settings("FIPS and dual-stack", "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = TRUE\n")
settings("neither FIPS nor dual-stack", "[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = False\n", env={"AWS_USE_FIPS_ENDPOINT": "false"})
settings("a truth that is none", "[default]\nuse_fips_endpoint = yes\n", gannet={"error": "config, line 2: 'yes' is neither true nor false"},
         why="botocore takes whatever is not true for false")
settings("the older endpoint of STS", "[default]\nsts_regional_endpoints = legacy\n")
settings("the name of the program", "[default]\nsdk_ua_app_id = c\n", "[default]\nsdk_ua_app_id = s\n")
settings("compression", "[default]\ndisable_request_compression = true\nrequest_min_compression_size_bytes = 5\n", "[default]\nrequest_min_compression_size_bytes = 6\n")
settings("lines that are empty", "[default]\nca_bundle = /c.pem\n", "[default]\nca_bundle =\n", gannet={"settings": {"ca_bundle": "/c.pem"}}, why=NOTHING)

PATH = "[default]\ns3 =\n  addressing_style = path\n"
VIRTUAL = "[default]\ns3 =\n  addressing_style = virtual\n"
settings("a style of S3", PATH)
settings("a style of S3 in the credentials file", credentials=PATH)
settings("a style of S3 in both files", VIRTUAL, PATH)
settings("one file's s3 stands in for the other's", PATH + "  use_accelerate_endpoint = true\n", "[default]\ns3 =\n  use_dualstack_endpoint = true\n")
settings("an s3 in the credentials file with nothing that is known", PATH, "[default]\ns3 =\n  max_concurrent_requests = 20\n")
settings("an s3 that is empty", PATH, "[default]\ns3 =\n", gannet={"settings": {"s3.addressing_style": "path"}}, why=NOTHING)
settings("a style of S3 twice", PATH + "  addressing_style = virtual\n")
settings("a style of S3 twice, then empty", PATH + "  addressing_style =\n")
settings("a style of S3 in upper case", PATH.replace("addressing_style", "Addressing_Style"))
settings("an S3 in upper case", PATH.replace("s3", "S3"))
settings("a style of S3 of another profile", PATH + "[profile one]\ns3 =\n  addressing_style = virtual\n", env={"AWS_PROFILE": "one"})
settings("a style of S3 that there is not", PATH.replace("path", "sideways"), gannet={"error": "config, line 3: 'sideways' is no addressing style"},
         why="botocore takes it for auto")
settings("all of s3", PATH + "  use_accelerate_endpoint = true\n  use_dualstack_endpoint = false\n  use_arn_region = true\n"
         "  us_east_1_regional_endpoint = legacy\n  s3_disable_multiregion_access_points = true\n")
settings("all of s3 in the credentials file", credentials=PATH + "  use_accelerate_endpoint = true\n  use_dualstack_endpoint = false\n"
         "  use_arn_region = true\n  us_east_1_regional_endpoint = legacy\n  s3_disable_multiregion_access_points = true\n")
settings("a line beside s3 and one below it", "[default]\ns3_use_arn_region = true\ns3 =\n  use_arn_region = false\n")
settings("a variable, a line beside s3 and one below it", "[default]\ns3_us_east_1_regional_endpoint = legacy\ns3 =\n  us_east_1_regional_endpoint = legacy\n",
         env={"AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "regional"})

MINE = "[default]\nservices = mine\nendpoint_url = http://all\n[services mine]\n"
S3_URL = "s3 =\n  endpoint_url = http://s3\n"
endpoints("an endpoint", "[default]\nendpoint_url = http://all\n")
endpoints("an endpoint in both files", "[default]\nendpoint_url = http://all\n", "[default]\nendpoint_url = http://file\n")
endpoints("an endpoint of one service", MINE + S3_URL)
endpoints("an endpoint of one service whose name is long", MINE + "secrets_manager =\n  endpoint_url = http://secrets\nsecretsmanager =\n  endpoint_url = http://no\n")
endpoints("an endpoint of a service in upper case", MINE + S3_URL.replace("s3 =", "S3 ="))
endpoints("services named in the credentials file", "[services mine]\n" + S3_URL, "[default]\nservices = mine\n")
endpoints("services in the credentials file", "[default]\nservices = mine\n", "[services mine]\n" + S3_URL, says="config, line 2: there is no section [services mine]")
endpoints("services that are nowhere", "[default]\nservices = mine\n", says="config, line 2: there is no section [services mine]")
endpoints("services that are empty", MINE, gannet={"settings": {f"endpoint_url.{name}": "http://all" for name in ("dynamodb", "s3", "secretsmanager", "sts")}},
          why="a section with nothing in it says nothing")
endpoints("an endpoint of one service that is empty", MINE + "s3 =\n  endpoint_url =\n")
endpoints("an endpoint of one service twice", MINE + S3_URL + "  endpoint_url = http://last\n")
endpoints("an endpoint of one service twice, then empty", MINE + S3_URL + "  endpoint_url =\n")
endpoints("an endpoint that is empty", "[default]\nendpoint_url =\n")
endpoints("the variable for all", MINE + S3_URL, env={"AWS_ENDPOINT_URL": "http://env"})
endpoints("the variable of one service", MINE + S3_URL, env={"AWS_ENDPOINT_URL_S3": "http://env-s3", "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://env-secrets"})
endpoints("all variables", MINE + S3_URL, env={"AWS_ENDPOINT_URL": "http://env", "AWS_ENDPOINT_URL_S3": "http://env-s3"})
endpoints("variables that are empty", MINE + S3_URL, env={"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": ""})
endpoints("endpoints that are ignored", MINE + S3_URL + "[profile x]\n", env={"AWS_ENDPOINT_URL_STS": "http://env", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"})
endpoints("endpoints that the file says to ignore", MINE.replace("services", "ignore_configured_endpoint_urls = true\nservices", 1) + S3_URL)
endpoints("endpoints that the environment says not to ignore", MINE.replace("services", "ignore_configured_endpoint_urls = true\nservices", 1) + S3_URL,
          env={"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"})


# ---- botocore ----


class Raw(io.BytesIO):
    def stream(self, *_, **__):
        yield self.read()


class Peers:
    """Answers in place of the network, and writes down what was asked; the test has the same answers."""

    def __init__(self):
        self.calls = []

    def send(self, request):
        status, content_type, body = self.answer(request)
        return botocore.awsrequest.AWSResponse(request.url, status, {"content-type": content_type}, Raw(body.encode()))

    def answer(self, request):
        url = urlsplit(request.url)
        body = request.body or b""
        body = body.decode() if isinstance(body, bytes) else body
        if url.hostname.startswith("sts."):
            return self.sts(request, {name: value[0] for name, value in parse_qs(body, keep_blank_values=True).items()})
        if url.hostname.startswith("portal.sso."):
            query = {name: value[0] for name, value in parse_qs(url.query).items()}
            bearer = as_text(request.headers["x-amz-sso_bearer_token"])
            self.calls.append({"call": "GetRoleCredentials", "host": url.hostname, "role": query["role_name"],
                               "account": query["account_id"], "bearer": bearer})  # fmt: skip
            if bearer == "refused":
                return 401, "application/json", json.dumps({"message": "Session token not found or invalid", "__type": "UnauthorizedException"})
            return 200, "application/json", json.dumps({"roleCredentials": {
                "accessKeyId": "SSO", "secretAccessKey": "secret-of-SSO", "sessionToken": "token-of-SSO", "expiration": 32472144000000}})
        if url.hostname.startswith("oidc."):
            form = json.loads(body)
            self.calls.append({"call": "CreateToken", "host": url.hostname, "grant": form["grantType"], "client": form["clientId"],
                               "secret": form["clientSecret"], "refresh": form["refreshToken"]})  # fmt: skip
            if form["refreshToken"] == "refused":
                return 400, "application/json", json.dumps({"error": "invalid_grant", "error_description": "no", "__type": "InvalidGrantException"})
            return 200, "application/json", json.dumps({"accessToken": "fresh-token", "tokenType": "Bearer", "expiresIn": 28800, "refreshToken": "refresh-2"})
        if url.hostname == "169.254.169.254":
            if request.method == "PUT":
                self.calls.append({"call": "instance"})
                return 200, "text/plain", "imds-token"
            if url.path.rstrip("/").endswith("security-credentials"):
                return 200, "text/plain", "machine"
            return 200, "application/json", agent("INSTANCE", Code="Success", Type="AWS-HMAC", LastUpdated="2020-01-01T00:00:00Z")
        self.calls.append({"call": "container", "url": f"{url.hostname}{url.path}"})
        return 200, "application/json", agent("CONTAINER")

    def sts(self, request, form):
        generated = re.fullmatch(r"botocore-session-\d+", form["RoleSessionName"])
        signed = re.search(r"Credential=([^/]+)/", as_text(request.headers.get("Authorization", "")))
        self.calls.append({"call": form["Action"], "role": form["RoleArn"], "session": "" if generated else form["RoleSessionName"],
                           "signed_by": signed.group(1) if signed else "", "external_id": form.get("ExternalId", ""),
                           "duration": form.get("DurationSeconds", ""), "token": form.get("WebIdentityToken", "")})  # fmt: skip
        name = form["RoleArn"].rpartition("/")[2]
        account = form["RoleArn"].split(":")[4] if form["RoleArn"].count(":") > 4 else ""
        return 200, "text/xml", (
            f'<{form["Action"]}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{form["Action"]}Result>'
            f"<AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/{name}/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser>"
            f"<Credentials><AccessKeyId>{name}</AccessKeyId><SecretAccessKey>secret-of-{name}</SecretAccessKey>"
            f"<SessionToken>token-of-{name}</SessionToken><Expiration>{FAR}</Expiration></Credentials>"
            f'</{form["Action"]}Result></{form["Action"]}Response>'
        )


def agent(name, **more):
    return json.dumps({"AccessKeyId": name, "SecretAccessKey": f"secret-of-{name}", "Token": f"token-of-{name}", "Expiration": FAR, **more})


def as_text(value):
    return value.decode() if isinstance(value, bytes) else value


def found_by_botocore(given, home, peers):
    os.environ.clear()
    os.environ.update(environment(given, home))
    folder = os.path.join(home, ".aws", "sso", "cache")
    botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR = folder
    botocore.tokens.SSOTokenProvider._SSO_TOKEN_CACHE_DIR = folder
    botocore.httpsession.URLLib3Session.send = lambda _, request: peers.send(request)
    try:
        session = botocore.session.Session(profile=given["profile"])
        if given["about"] == "settings":
            return {"settings": settings_of(session)}
        session.get_component("credential_provider").get_provider("assume-role")._prompter = lambda _: "123456"
        credentials = session.get_credentials()
        if credentials is None:
            return {"none": True}
        frozen = credentials.get_frozen_credentials()
        return {"key": frozen.access_key, "secret": frozen.secret_key, "token": frozen.token or "", "calls": peers.calls}
    except (botocore.exceptions.BotoCoreError, OSError, KeyError, ValueError) as error:
        return {"error": type(error).__name__}


VARIABLES = ("region", "retry_mode", "max_attempts", "ca_bundle", "use_fips_endpoint", "use_dualstack_endpoint", "sts_regional_endpoints",
             "user_agent_appid", "disable_request_compression", "request_min_compression_size_bytes")  # fmt: skip
BELOW_S3 = ("addressing_style", "use_accelerate_endpoint", "use_dualstack_endpoint", "use_arn_region", "us_east_1_regional_endpoint",
            "s3_disable_multiregion_access_points")  # fmt: skip


def knows(variable):
    return variable in botocore.configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES


def settings_of(session):
    """What was set, as text: "" for what was not, whatever botocore then does by default."""
    store = session.get_component("config_store")
    found = {name: set_value(store.get_config_provider(name)) for name in VARIABLES if knows(name)}
    s3 = session.get_config_variable("s3") or {}
    found.update({f"s3.{name}": s3.get(name) for name in BELOW_S3})
    found["s3.addressing_style"] = found["s3.addressing_style"] or "auto"
    if knows("ignore_configured_endpoint_urls"):
        for service in ("dynamodb", "s3", "secretsmanager", "sts"):
            url = botocore.configprovider.ConfiguredEndpointProvider(
                full_config=session.full_config, scoped_config=session.get_scoped_config(), client_name=service).provide()  # fmt: skip
            found[f"endpoint_url.{service}"] = None if session.get_config_variable("ignore_configured_endpoint_urls") else url
    return {name: as_written(value) for name, value in found.items()}


def set_value(chain):
    for provider in chain._providers:
        value = None if isinstance(provider, botocore.configprovider.ConstantProvider) else provider.provide()
        if value is not None:
            return chain._convert_type(value)
    return None


def as_written(value):
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def environment(given, home):
    fixed = {"HOME": home, "PATH": "/usr/bin:/bin", "AWS_CONFIG_FILE": os.path.join(home, "config"), "LC_ALL": "C.UTF-8",
             "AWS_SHARED_CREDENTIALS_FILE": os.path.join(home, "credentials"), "AWS_EC2_METADATA_DISABLED": "true",
             "BOTO_CONFIG": os.path.join(home, "boto")}  # fmt: skip
    if given["about"] == "credentials":
        fixed["AWS_DEFAULT_REGION"] = "us-east-1"
    return {**fixed, **{name: value.replace("@HOME@", home) for name, value in given["env"].items()}}


def write_files(given, home):
    for name, content in [("config", given["config"]), ("credentials", given["credentials"]),
                          *((name, content.encode()) for name, content in given["files"].items())]:  # fmt: skip
        os.makedirs(os.path.dirname(os.path.join(home, name)), exist_ok=True)
        with open(os.path.join(home, name), "wb") as file:
            file.write(content.replace(b"@HOME@", home.encode()))


def main():
    target = sys.argv[1]
    lines = []
    for given in CASES:
        left_out = given["needs"] and not knows(given["needs"])
        with tempfile.TemporaryDirectory() as home:
            write_files(given, home)
            found = {} if left_out else found_by_botocore(given, home, Peers())
        lines.append(json.dumps({**given, "config": given["config"].hex(), "credentials": given["credentials"].hex(),
                                 "profile": given["profile"] or "", "found": found,
                                 "left_out": f"botocore {botocore.__version__} does not know {given['needs']}" if left_out else "", "botocore": botocore.__version__}))  # fmt: skip
    with open(target, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
