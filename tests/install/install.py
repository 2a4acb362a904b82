"""Gannet in somebody else's project: python3 install.py WAY --build BUILD --folder FOLDER --compiler COMPILER ...

WAY is `prefix` (installs what BUILD holds, for the others), `find_package`, `pkg_config`, `headers` (each public header
compiles alone), `subdirectory`, or `package` (the .deb files, unpacked). The programs of consumer/ are built in FOLDER and
run against the installed `gannet local`.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
from cloud import KEY_ID, REGION, SECRET, Cloud  # noqa: E402


class Failed(Exception):
    pass


def run(*command, expect_failure=False, **environment):
    """The command's output, both streams."""
    done = subprocess.run([str(each) for each in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env=dict(os.environ, **environment), check=False)
    if (done.returncode != 0) != expect_failure:
        said = "succeeded" if expect_failure else f"failed with {done.returncode}"
        raise Failed(f"{' '.join(map(str, command))}\n{said}\n{done.stdout}")
    return done.stdout


def expect(condition, sentence):
    if not condition:
        raise Failed(sentence)


def only(pattern, folder):
    found = sorted(folder.rglob(pattern))
    expect(len(found) == 1, f"{folder} should have one {pattern}: {found}")
    return found[0]


class Install:
    """A tree that Gannet was installed into."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.libraries = only("gannet-core.pc", prefix).parents[1]
        self.environment = {
            "LD_LIBRARY_PATH": str(self.libraries),
            "PKG_CONFIG_PATH": str(self.libraries / "pkgconfig"),
        }

    def cloud(self):
        return Cloud(str(self.prefix / "bin" / "gannet"), "--memory", **self.environment)


def call_the_cloud(install, put_and_get, list_tables=None, libraries=None):
    """Runs the consumer's programs, against the cloud of `install` and with its libraries unless `libraries` says else."""
    with install.cloud() as cloud, tempfile.TemporaryDirectory() as home:
        environment = install.environment if libraries is None else libraries
        environment = dict(environment, HOME=home, AWS_ENDPOINT_URL=cloud.url, AWS_REGION=REGION,
                           AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET)
        expect(run(put_and_get, **environment) == "Nina has 3 songs\n", "put_and_get said something else")
        if list_tables:
            expect(run(list_tables, **environment) == "music\n", "list_tables said something else")


class Ways:
    def __init__(self, options):
        self.options = options
        self.folder = options.folder
        self.flags = options.flags
        self.linker_flags = options.linker_flags

    def configure(self, folder, *arguments, **how):
        return run(self.options.cmake, "-S", HERE / "consumer", "-B", folder, "-G", "Ninja",
                   f"-DCMAKE_CXX_COMPILER={self.options.compiler}", f"-DCONSUMER_FLAGS={self.flags}",
                   f"-DCMAKE_EXE_LINKER_FLAGS={self.linker_flags}", *arguments, **how)

    def build(self, folder, *targets):
        return run(self.options.cmake, "--build", folder, "--target", *targets)

    def compile(self, *arguments):
        return run(self.options.compiler, "-std=c++23", *self.flags.split(), *arguments)

    def packages(self, install, *names):
        return run("pkg-config", "--cflags", "--libs", *names, **install.environment).split()

    def installed(self):
        return Install(self.folder.parent / "prefix")

    def prefix(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        run(self.options.cmake, "--install", self.options.build, "--prefix", self.folder)
        for name in ("LICENSE", "NOTICE"):
            expect((self.folder / "share" / "doc" / "gannet" / name).is_file(), f"{name} is not installed")
        for path in self.folder.rglob("*"):
            if path.suffix in (".cmake", ".pc"):
                for place in (HERE.parents[1], self.options.build):
                    expect(str(place) not in path.read_text(), f"{path} names {place}")

    def find_package(self, install=None):
        install = install or self.installed()
        where = f"-DCMAKE_PREFIX_PATH={install.prefix}"
        self.configure(self.folder, where)
        self.build(self.folder, "all")
        call_the_cloud(install, self.folder / "put_and_get", self.folder / "list_tables")
        said = run(self.folder / "every_component", AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET,
                   **install.environment)
        expect(said == "000000000000 application/pdf 32\n", f"every_component said {said}")

        fresh = self.folder / "components"
        shutil.rmtree(fresh, ignore_errors=True)
        # Who names components needs nothing that only the others link.
        self.configure(fresh, where, "-DGANNET_COMPONENTS=dynamodb", "-DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON")
        said = self.configure(fresh, where, "-DGANNET_COMPONENTS=dynamodb;fish", expect_failure=True)
        expect("gannet has no component fish; it has core," in " ".join(said.split()), said)
        said = self.configure(fresh, where, "-DGANNET_VERSION=0.2", "-DGANNET_COMPONENTS=", expect_failure=True)
        expect('compatible with requested version "0.2"' in " ".join(said.split()), said)

    def pkg_config(self, install=None):
        install = install or self.installed()
        self.folder.mkdir(parents=True, exist_ok=True)
        names = sorted(path.stem for path in (install.libraries / "pkgconfig").glob("gannet-*.pc"))
        run("pkg-config", "--exists", "--print-errors", *names, **install.environment)
        program = self.folder / "put_and_get"
        self.compile(HERE / "consumer" / "put_and_get.cpp", "-o", program, *self.linker_flags.split(),
                     *self.packages(install, "gannet-dynamodb"))
        call_the_cloud(install, program)

    def headers(self):
        include = self.installed().prefix / "include"
        headers = [path for path in sorted(include.rglob("*.hpp")) if "internal" not in path.parts]
        expect(len(headers) > 30, f"these cannot be all headers: {headers}")
        options = [each for each in self.packages(self.installed(), "gannet-core") if each[:2] in ("-I", "-D")]
        self.folder.mkdir(parents=True, exist_ok=True)

        def alone(header):
            name = str(header.relative_to(include))
            source = self.folder / (name.replace("/", "_") + ".cpp")
            source.write_text(f"#include <{name}>\n#include <{name}>\n")
            run(self.options.compiler, "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
                "-Wno-missing-field-initializers", *options, source)

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(alone, headers))
        print(f"{len(headers)} headers compile alone")

    def subdirectory(self):
        # As a project without any settings has it, or one that joins its sources. That Gannet's own sanitizers find nothing is
        # told by the other ways.
        self.flags, self.linker_flags = "", ""
        self.configure(self.folder, f"-DGANNET_SOURCE_DIR={HERE.parents[1]}", f"-DBUILD_SHARED_LIBS={self.options.shared}",
                       f"-DCMAKE_UNITY_BUILD={self.options.unity}",
                       f"-DCMAKE_CXX_COMPILER_LAUNCHER={self.options.launcher}")
        self.build(self.folder, "put_and_get", "list_tables")
        # Its programs know where they were built with Gannet; those of the installed tree may have a sanitizer.
        call_the_cloud(self.installed(), self.folder / "put_and_get", self.folder / "list_tables", libraries={})

    def package(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        run(pathlib.Path(self.options.cmake).with_name("cpack"), "-G", "DEB", "--config",
            self.options.build / "CPackConfig.cmake", "-B", self.folder)
        root = self.folder / "root"
        wanted = {
            # What it holds, and what apt-get is to install with it.
            "gannet": ([r"\./usr/bin/gannet$"], [r"libgannet0\.1 \(= 0\.1\.0-1\)", r"libc6 "]),
            "libgannet0.1": ([r"/libgannet_core\.so\.0\.1$", r"/libgannet_core\.so\.0\.1\.0$", r"/doc/libgannet0\.1/LICENSE$"],
                             [r"libssl3 ", r"libsimdjson", r"libexpat1 ", r"libstdc\+\+6 ", r"libsqlite3-0 "]),
            "libgannet-dev": ([r"/libgannet_core\.so$", r"/gannet/dynamodb/client\.hpp$", r"/gannet-config\.cmake$",
                               r"/gannet-dynamodb\.pc$"],
                              [r"libgannet0\.1 \(= 0\.1\.0-1\)", r"libboost1\.81-dev"]),
        }
        files = sorted(self.folder.glob("*.deb"))
        expect(len(files) == len(wanted), f"{wanted.keys()} should be the packages: {files}")
        for file in files:
            name, depends = (run("dpkg-deb", "-f", file, field).strip() for field in ("Package", "Depends"))
            listing = run("dpkg-deb", "-c", file)
            for pattern in wanted[name][0]:
                expect(re.search(pattern, listing.replace(" -> ", "\n"), re.MULTILINE), f"{file} lacks {pattern}\n{listing}")
            for pattern in wanted[name][1]:
                expect(re.search(pattern, depends), f"{file} does not depend on {pattern} but on {depends}")
            run("dpkg-deb", "-x", file, root)
        install = Install(root / "usr")
        self.configure(self.folder / "consumer", f"-DCMAKE_PREFIX_PATH={install.prefix}", "-DGANNET_COMPONENTS=dynamodb")
        self.build(self.folder / "consumer", "all")
        call_the_cloud(install, self.folder / "consumer" / "put_and_get", self.folder / "consumer" / "list_tables")


def main():
    ways = [name for name, value in vars(Ways).items() if callable(value) and name in __doc__]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("way", choices=ways)
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--launcher", default="")
    parser.add_argument("--shared", default="OFF", help="whether BUILD has shared libraries")
    parser.add_argument("--unity", default="OFF", help="whether sources are compiled several at once")
    parser.add_argument("--flags", default="", help="the compiler's, for the consumer")
    parser.add_argument("--linker-flags", default="")
    options = parser.parse_args()
    try:
        getattr(Ways(options), options.way)()
    except Failed as failed:
        sys.exit(str(failed))


if __name__ == "__main__":
    main()
