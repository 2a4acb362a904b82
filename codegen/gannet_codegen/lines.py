"""Collects the lines of a generated file."""

HEADER = "// Generated from an API model by codegen/gannet_codegen; do not edit."


class Lines:
    def __init__(self, *first):
        self.lines = list(first)
        self.depth = 0

    def add(self, *lines):
        for line in lines:
            self.lines.append("  " * self.depth + line if line else "")

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


def fill(items, indent, width=110):
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
