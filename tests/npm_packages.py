"""Packages of npm that tests talk to, put into build/peers/ once and found there again."""

import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "build" / "peers"


class Missing(Exception):
    """What the machine lacks, as a sentence."""


def allowed():
    """Refuses unless whoever runs the tests agreed to programs that no Debian package brings."""
    if os.environ.get("GANNET_TEST_PEERS") != "yes":
        raise Missing("Set GANNET_TEST_PEERS=yes (./dev test --peers does) to have it.")


def install(name, packages):
    """Installs `packages` ("name@version") and returns the folder that holds their node_modules."""
    return _once(name, packages, lambda folder: _npm("install", "--prefix", folder, "--no-audit", "--no-fund",
                                                     "--ignore-scripts", "--loglevel=error", *packages))


def unpack(package):
    """The files of one package, without any that it depends on: returns their folder."""
    def fetch(folder):
        _npm("pack", "--pack-destination", folder, "--loglevel=error", package)
        archive, = folder.glob("*.tgz")
        with tarfile.open(archive) as files:
            for member in files.getmembers():
                if not (member.isfile() or member.isdir()) or ".." in member.name or member.name.startswith("/"):
                    raise RuntimeError(f"{package} holds {member.name}, which does not stay in its folder")
            files.extractall(folder)
        archive.unlink()
    return _once(package.partition("@")[0], [package], fetch) / "package"


def node_version():
    """Major version of node on PATH."""
    if shutil.which("node") is None:
        raise Missing("There is no node (nodejs).")
    return int(subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout[1:].split(".")[0])


def _npm(*arguments):
    if shutil.which("npm") is None:
        raise Missing("There is no npm.")
    done = subprocess.run(["npm", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"npm {arguments[0]} failed:\n{done.stdout[-3000:]}")


def _once(name, packages, fill):
    """FOLDER/name, filled unless it holds just these packages already; tests that run side by side wait for each other."""
    allowed()
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = FOLDER / name
    complete = folder / "complete.json"
    with _locked(FOLDER / f"{name}.lock"):
        if complete.exists() and json.loads(complete.read_text()) == packages:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        fill(folder)
        complete.write_text(json.dumps(packages))
    return folder


@contextlib.contextmanager
def _locked(path):
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
