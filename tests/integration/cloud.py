"""Starts and ends `gannet local`, and signs requests to it, with nothing but Python's own library."""

import datetime
import hashlib
import hmac
import http.client
import os
import signal
import subprocess
import tempfile
import urllib.parse

KEY_ID = "AKIAGANNETLOCAL00000"
SECRET = "gannet-local-secret-access-key"
REGION = "us-east-1"


class Cloud:
    """The program, up; use it in a `with`. `arguments` come after `local --port 0`."""

    def __init__(self, binary, *arguments, **environment):
        self.errors = tempfile.TemporaryFile("w+")
        inherited = {name: value for name, value in os.environ.items() if name != "GANNET_LOCAL_CREDENTIALS"}
        self.process = subprocess.Popen([binary, "local", "--port", "0", *arguments], stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True, env=dict(inherited, **environment))
        first = self.process.stdout.readline()
        if not first:
            self.process.wait(30)
            raise RuntimeError(f"gannet local did not start: exit {self.process.returncode}, {self.log()}")
        self.url, self.key_id = first.split()
        self.host = urllib.parse.urlsplit(self.url).netloc

    def log(self):
        self.errors.flush()
        self.errors.seek(0)
        return self.errors.read()

    def end(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        return self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            # Asked to end, it removes its temporary files.
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.errors.close()


class Connection:
    """A keep-alive connection that signs (AWS Signature Version 4) what it sends."""

    def __init__(self, host, secret=SECRET, key_id=KEY_ID):
        self.host = host
        self.secret = secret
        self.key_id = key_id
        self.http = http.client.HTTPConnection(host, timeout=30)

    def _signing_key(self, date, service):
        key = b"AWS4" + self.secret.encode()
        for part in (date, REGION, service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key

    def headers(self, service, method, path, query, headers, body):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        payload = hashlib.sha256(body).hexdigest()
        signed = {"host": self.host, "x-amz-date": now, "x-amz-content-sha256": payload}
        signed.update({name.lower(): value for name, value in headers.items()})
        names = ";".join(sorted(signed))
        canonical = "\n".join([method, path, query, *(f"{name}:{signed[name]}" for name in sorted(signed)), "",
                               names, payload])
        scope = f"{now[:8]}/{REGION}/{service}/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.new(self._signing_key(now[:8], service), text.encode(), hashlib.sha256).hexdigest()
        signed["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.key_id}/{scope}, SignedHeaders={names}, "
                                   f"Signature={signature}")
        return signed

    def send(self, service, method, path, body=b"", query="", **headers):
        """Status and body. `path` and `query` are canonical already."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        signed = self.headers(service, method, path, query, named, body)
        self.http.request(method, path + ("?" + query if query else ""), body or None, signed)
        response = self.http.getresponse()
        return response.status, response.read()

    def close(self):
        self.http.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
