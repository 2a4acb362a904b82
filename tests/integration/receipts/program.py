"""Starts and ends the receipts program, for the tests."""

import os
import pathlib
import subprocess
import tempfile


class Receipts:
    """The program, up; use it in a `with`. `arguments` come after --local and its ports, all of its choosing."""

    def __init__(self, binary, data_dir, *arguments, **environment):
        self.errors = tempfile.TemporaryFile("w+")
        self.data_dir = pathlib.Path(data_dir)
        self.process = subprocess.Popen(
            [binary, "--local", "--port", "0", "--cloud-port", "0", "--data-dir", data_dir, *arguments],
            stdout=subprocess.PIPE, stderr=self.errors, text=True, env=dict(os.environ, **environment))
        self.welcome = []
        for line in self.process.stdout:
            self.welcome.append(line)
            if line.lstrip().startswith("curl") and "upload-url" in line:
                break

    def _after(self, word):
        line = next(line for line in self.welcome if line.strip().startswith(word))
        return line.strip()[len(word):].split()[0]

    @property
    def api(self):
        return self._after("API ")

    @property
    def cloud(self):
        return self._after("local cloud")

    @property
    def key(self):
        return self._after("API key")

    def log(self):
        self.errors.flush()
        self.errors.seek(0)
        return self.errors.read()

    def stop(self):
        self.process.terminate()
        return self.process.wait(30)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        self.process.stdout.close()
        self.errors.close()
