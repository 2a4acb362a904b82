#!/usr/bin/env python3
"""Holds the code in README.md and docs/*.md to the programs in this folder.

    guides.py check     says which blocks are not what their source says; exit status 1 if there are any
    guides.py write     writes the blocks anew from their sources

A block of Gannet's own code is fenced as `cpp`, and the line before it names its source: a file, relative to the root, and
a region of it.

    <!-- examples/async.cpp [cancelling] -->
    ```cpp
    ```

In the file the region lies between the lines `// [cancelling]` and `// [/cancelling]`; a region may lie in another, whose
text leaves out those lines. Python must parse. Another C++ library's code is fenced as `c++` and not looked at.
"""

import ast
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = re.compile(r"<!-- (?P<file>\S+) \[(?P<region>[\w-]+)\] -->")
MARK = re.compile(r"\s*// \[(?P<end>/?)(?P<region>[\w-]+)\]\s*")
LANGUAGES = ("cpp", "c++", "python", "sh", "ini", "json", "cmake", "text")


class Wrong(Exception):
    """What is wrong, for people."""


def region_text(source: str, region: str) -> str:
    """The lines of `region` in a program, as far to the left as they go."""
    lines = []
    inside = False
    seen = ended = False
    for line in source.splitlines():
        mark = MARK.fullmatch(line)
        if not mark:
            if inside:
                lines.append(line)
        elif mark["region"] == region:
            if bool(mark["end"]) != inside or (seen and not inside):
                raise Wrong(f"[{region}] begins or ends twice")
            inside = not mark["end"]
            seen = True
            ended = not inside
    if not seen:
        raise Wrong(f"there is no region [{region}]")
    if not ended:
        raise Wrong(f"[{region}] does not end")
    text = textwrap.dedent("\n".join(lines)).strip("\n")
    if not text:
        raise Wrong(f"[{region}] is empty")
    return text


def region_names(source: str):
    marks = (MARK.fullmatch(line) for line in source.splitlines())
    return [mark["region"] for mark in marks if mark and not mark["end"]]


def check_python(text: str):
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise Wrong(f"this is no Python: {error.msg}, line {error.lineno} of the block") from error


def page_anew(text: str, root: pathlib.Path, used: set):
    """The page with its blocks as their sources have them, and what is wrong with it as pairs of line and sentence."""
    lines = text.splitlines()
    result, problems = [], []
    index = 0
    while index < len(lines):
        line = lines[index]
        result.append(line)
        index += 1
        if not line.lstrip().startswith("```"):
            continue
        opened = index
        language = line.lstrip()[3:].strip()
        end = next((at for at in range(index, len(lines)) if lines[at].strip() == "```"), None)
        if end is None:
            problems.append((opened, "this block does not end"))
            break
        block = lines[index:end]
        try:
            if language not in LANGUAGES:
                raise Wrong(f"'{language}' is no language for a block here: {', '.join(LANGUAGES)} are")
            if language == "python":
                check_python("\n".join(block))
            if language == "cpp":
                named = SOURCE.fullmatch(lines[opened - 2]) if opened >= 2 else None
                if not named:
                    raise Wrong("the line before the block does not name its source: <!-- examples/FILE.cpp [REGION] -->")
                file = root / named["file"]
                if not file.is_file():
                    raise Wrong(f"there is no {named['file']}")
                try:
                    wanted = region_text(file.read_text(encoding="utf-8"), named["region"]).splitlines()
                except Wrong as error:
                    raise Wrong(f"{named['file']}: {error}") from error
                used.add((named["file"], named["region"]))
                if block != wanted:
                    problems.append((opened, f"the block is not what {named['file']} [{named['region']}] says; "
                                             "./dev docs writes it anew"))
                block = wanted
        except Wrong as error:
            problems.append((opened, str(error)))
        result += block + [lines[end]]
        index = end + 1
    return "\n".join(result) + "\n", problems


def pages(root: pathlib.Path):
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def run(mode: str, root: pathlib.Path = ROOT) -> list:
    """What is wrong, a sentence each; writing leaves only what cannot be written right."""
    used = set()
    complaints = []
    for page in pages(root):
        text = page.read_text(encoding="utf-8")
        anew, problems = page_anew(text, root, used)
        if mode == "write" and anew != text:
            page.write_text(anew, encoding="utf-8")
            _, problems = page_anew(anew, root, used)
        complaints += [f"{page.relative_to(root)}:{line}: {problem}" for line, problem in problems]
    for program in sorted((root / "examples").glob("*.cpp")):
        name = str(program.relative_to(root))
        for region in region_names(program.read_text(encoding="utf-8")):
            if (name, region) not in used:
                complaints.append(f"{name}: no page shows [{region}]")
    return complaints


def main() -> int:
    if sys.argv[1:] not in (["check"], ["write"]):
        print(__doc__, file=sys.stderr)
        return 2
    complaints = run(sys.argv[1])
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
