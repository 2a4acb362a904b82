"""docs/configuration.md names every member of Config and every variable that the sources read, and none beside."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
VARIABLE = re.compile(r"(?<![A-Z0-9_])(?:_?AWS_[A-Z0-9_]*[A-Z0-9]|_X_AMZN_[A-Z_]+|(?:HTTPS?|ALL|NO)_PROXY)(?![A-Z0-9_])")
CODE = re.compile(r"`([^`\n]+)`")
# In these structures of a Config's members the page calls a member by its own name, or behind the other's.
STRUCTURES = {"Config": "", "Timeouts": "timeouts.", "ConnectionLimits": "connections.", "RetryPolicy": "retry.",
              "EndpointSettings": "", "Proxies": ""}


def sources():
    for folder in ("src", "include"):
        for pattern in ("*.cpp", "*.hpp"):
            for file in (ROOT / folder).rglob(pattern):
                yield file.read_text(encoding="utf-8")


def statements(text: str):
    """What stands between the semicolons that are inside of nothing."""
    depth, begin = 0, 0
    for at, letter in enumerate(text):
        depth += (letter in "{([") - (letter in "})]")
        if letter == ";" and depth == 0:
            yield " ".join(text[begin:at].split())
            begin = at + 1


def members(structure: str):
    """The data members that a header gives to a structure."""
    for file in sorted((ROOT / "include" / "gannet").glob("*.hpp")):
        found = re.search(rf"^struct {structure} {{\n(.*?)^}};", file.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        if not found:
            continue
        names = []
        for statement in statements(re.sub(r"//.*", "", found[1])):
            declared = re.sub(r"\s*(\{.*\}| = .*)$", "", statement)
            if not re.search(r"\)( const)?$", declared) and not statement.startswith(("friend ", "static ")):
                names.append(declared.split()[-1])
        return names
    raise AssertionError(f"no header has a struct {structure}")


def column(title: str):
    """The cells of the page's tables below a head that begins so."""
    place = None
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        heads = [at for at, cell in enumerate(cells) if cell.startswith(title)]
        if not cells:
            place = None
        elif heads:
            place = heads[0]
        elif place is not None:
            yield cells[place]


class Settings(unittest.TestCase):
    def setUp(self):
        self.code = set(CODE.findall(PAGE))

    def test_members_are_found(self):
        self.assertEqual(members("RetryPolicy"), ["max_attempts", "base_delay", "max_delay", "jitter"])
        self.assertEqual(members("Timeouts"), ["connect", "stall", "attempt", "call", "unrepeatable_idle"])
        self.assertEqual(members("Proxies"), ["https", "http", "no_proxy"])
        config = members("Config")
        for name in ("region", "service_endpoint_urls", "trace_id", "background", "loaded_values", "shared"):
            self.assertIn(name, config)
        self.assertNotIn("load", config)
        self.assertNotIn("explain", config)

    def test_every_member_is_on_the_page(self):
        for structure, prefix in STRUCTURES.items():
            with self.subTest(structure=structure):
                self.assertEqual([name for name in members(structure) if prefix + name not in self.code], [])

    def test_every_member_on_the_page_exists(self):
        known = {prefix + member for structure, prefix in STRUCTURES.items() for member in members(structure)}
        listed = [name for cell in column("member") for name in CODE.findall(cell)]
        self.assertGreater(len(listed), 40)
        self.assertEqual([name for name in listed if name not in known], [])

    def test_variables_are_those_of_the_sources(self):
        in_sources = set()
        for text in sources():
            in_sources.update(VARIABLE.findall(text))
        self.assertGreater(len(in_sources), 40)
        on_page = set(VARIABLE.findall(PAGE))
        self.assertEqual(in_sources - on_page, set(), "variables that the page leaves out")
        self.assertEqual(on_page - in_sources, set(), "variables that nothing reads")

    def test_profile_keys_are_those_of_the_sources(self):
        everything = "\n".join(sources())
        keys = {key for cell in column("profile key") for key in CODE.findall(cell.split(":")[0])}
        self.assertGreater(len(keys), 40)
        self.assertEqual([key for key in sorted(keys) if f'"{key}"' not in everything], [])


if __name__ == "__main__":
    unittest.main()
