"""What guides.py takes and what it refuses, on pages and programs of the tests' own."""

import pathlib
import tempfile
import unittest

import guides

PROGRAM = """int main() {
  // [whole]
  int one = 1;
  // [part]
    int two = 2;
  // [/part]
  // [/whole]
}
"""
PAGE = """Text.

<!-- examples/a.cpp [whole] -->
```cpp
int one = 1;
  int two = 2;
```

<!-- examples/a.cpp [part] -->
```cpp
int two = 2;
```
"""


class Guides(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "examples").mkdir()
        (self.root / "docs").mkdir()
        (self.root / "README.md").write_text("# Nothing\n")
        self.page = self.root / "docs" / "a.md"
        self.program = self.root / "examples" / "a.cpp"
        self.page.write_text(PAGE)
        self.program.write_text(PROGRAM)

    def complaints(self, mode="check"):
        return guides.run(mode, self.root)

    def test_a_page_like_its_program_is_right(self):
        self.assertEqual(self.complaints(), [])
        self.complaints("write")
        self.assertEqual(self.page.read_text(), PAGE)

    def test_a_block_that_drifted_is_named_and_written_anew(self):
        self.program.write_text(PROGRAM.replace("two = 2", "two = 3"))
        found = self.complaints()
        self.assertEqual(len(found), 2, found)
        self.assertIn("docs/a.md:4: the block is not what examples/a.cpp [whole] says", found[0])
        self.assertEqual(self.complaints("write"), [])
        self.assertEqual(self.page.read_text(), PAGE.replace("two = 2", "two = 3"))
        self.assertEqual(self.complaints(), [])

    def test_what_cannot_be_right_is_refused(self):
        cases = (
            ("\n```cpp\nint x;\n```\n", "does not name its source"),
            ("<!-- examples/b.cpp [whole] -->\n```cpp\n```\n", "there is no examples/b.cpp"),
            ("<!-- examples/a.cpp [other] -->\n```cpp\n```\n", "there is no region [other]"),
            ("```python\nif x\n```\n", "this is no Python"),
            ("```perl\n```\n", "'perl' is no language"),
            ("```\n```\n", "'' is no language"),
            ("```sh\nls\n", "does not end"),
        )
        for text, sentence in cases:
            with self.subTest(text=text):
                self.page.write_text(PAGE + text)
                for mode in ("check", "write"):
                    found = self.complaints(mode)
                    self.assertEqual(len(found), 1, found)
                    self.assertIn(sentence, found[0])

    def test_another_library_s_code_is_left_alone(self):
        self.page.write_text(PAGE + "```c++\nAws::InitAPI(options);\n```\n")
        self.assertEqual(self.complaints("write"), [])
        self.assertIn("Aws::InitAPI", self.page.read_text())

    def test_regions_that_are_broken_or_shown_nowhere_are_refused(self):
        cases = (
            (PROGRAM.replace("  // [/part]\n", ""), "[part] does not end"),
            (PROGRAM + "// [part]\n// [/part]\n", "[part] begins or ends twice"),
            (PROGRAM.replace("    int two = 2;\n", ""), "[part] is empty"),
            (PROGRAM + "// [spare]\nint x;\n// [/spare]\n", "examples/a.cpp: no page shows [spare]"),
        )
        for program, sentence in cases:
            with self.subTest(sentence=sentence):
                self.program.write_text(program)
                self.assertTrue(any(sentence in found for found in self.complaints()), self.complaints())


if __name__ == "__main__":
    unittest.main()
