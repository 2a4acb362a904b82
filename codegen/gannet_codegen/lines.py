"""Collects the lines of a generated file."""

import re

HEADER = "// Generated from an API model by codegen/gannet_codegen; do not edit."
WIDTH = 110

# What a line of C++ is made of, as far as breaking it is concerned. A `<` that opens template arguments follows a name.
TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|(?<=[A-Za-z0-9_])<(?![ =])|->|>= |<= |&& |\|\| | = | \? | : |, '
    r"|(?<=[A-Za-z0-9_>]) (?=(?:[A-Za-z]+::)*[A-Za-z_]+\()|[({\[<>\]})]|."
)
OPENING, CLOSING = ("(", "{", "[", "<"), (")", "}", "]", ">")
HEAD = re.compile(r" *(?:if|else if|for|while) \(")


def breaks(line):
    """Where a line may be broken: pairs of how bad it is, by how deep it nests, and the position."""
    depth, found, head = 0, [], HEAD.match(line)
    for match in TOKEN.finditer(line):
        text, after = match[0], match.end()
        if text in OPENING:
            depth += 1
            if line[after:after + 1] not in CLOSING:
                found.append((2 * depth + 1, after))
        elif text in CLOSING:
            depth -= 1
            if head and text == ")" and depth == 0 and line[after:after + 1] == " ":
                found.append((0, after + 1))
                head = None
        elif text in (", ", "&& ", "|| "):
            found.append((2 * depth, after))
        elif text == " = ":
            found.append((2 * depth + 1, after))
        elif text in (" ? ", " : "):
            found.append((2 * depth, match.start() + 1))
        elif text == " " and depth == 0 and not line[:match.start()].endswith(("return", "else", "new")):
            found.append((3, after))  # Between the type of a function and its name.
    return found


def wrapped(line):
    """The line in lines of at most WIDTH characters, broken where it nests least. A text is never broken, nor is a comment."""
    if len(line) <= WIDTH or line.lstrip().startswith(("//", "#")) or "///" in line:
        return [line]
    lines = []
    indent = further = len(line) - len(line.lstrip())
    while len(line) > WIDTH and (at := best_break(line, further)):
        lines.append(line[:at].rstrip())
        further = indent + (2 if HEAD.match(lines[0]) else 4)
        line = " " * further + line[at:].strip()
    return [*lines, line]


def best_break(line, indent):
    """The position of the last of the best breaks in what fits; else the first break there is, or None."""
    found = [(badness, at) for badness, at in breaks(line) if indent + 4 < at < len(line)]
    fitting = [(badness, at) for badness, at in found if len(line[:at].rstrip()) <= WIDTH]
    if fitting:
        least = min(fitting)[0]
        return max(at for badness, at in fitting if badness == least)
    return min((at for _, at in found), default=None)


class Lines:
    def __init__(self, *first):
        self.lines = list(first)
        self.depth = 0

    def add(self, *lines):
        for line in lines:
            self.lines.extend(wrapped("  " * self.depth + line) if line else [""])

    def open(self, line):
        self.add(line + " {")
        self.depth += 1

    def close(self, after=""):
        self.depth -= 1
        self.add("}" + after)

    def comment(self, text, width=104):
        """A documentation comment, wrapped."""
        room = width - 2 * self.depth
        line = "///"
        for word in text.split():
            if len(line) + 1 + len(word) > room and line != "///":
                self.add(line)
                line = "///"
            line += " " + word
        self.add(line)

    def text(self):
        return "\n".join(self.lines) + "\n"


def quoted(text):
    """A C++ string literal of ASCII escapes."""
    out = []
    for byte in text.encode("utf-8"):
        character = chr(byte)
        if character in '"\\':
            out.append("\\" + character)
        elif 32 <= byte < 127:
            out.append(character)
        else:
            out.append(f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def fill(items, indent, width=WIDTH):
    """Items set into lines, separated by commas."""
    lines, line = [], ""
    for item in items:
        piece = item + ","
        if line and len(indent) + len(line) + 1 + len(piece) > width:
            lines.append(indent + line)
            line = ""
        line += (" " if line else "") + piece
    if line:
        lines.append(indent + line)
    return lines


def name_it_first(lines, result, function, input_name, options):
    """The overloads that take temporaries, for compilers that must not be given any: see gannet/temporaries.hpp."""
    defaults = f"gannet::default_{options.lower()}_options"
    lines.add(f"GANNET_NAME_IT_FIRST({result}",
              f"    {function}({input_name}&&, const gannet::{options}Options& = {defaults}) const);",
              f"GANNET_NAME_IT_FIRST({result} {function}(const {input_name}&, gannet::{options}Options&&) const);")
