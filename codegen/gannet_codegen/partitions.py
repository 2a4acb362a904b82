"""Partitions, and the table that src/core/partitions.hpp reads, from models/partitions.json."""

import pathlib
import re

from lines import HEADER, Lines, quoted
from model import read_json
from shapes import ModelError

FILE = pathlib.Path(__file__).resolve().parents[2] / "models" / "partitions.json"
OUTPUTS = ("dnsSuffix", "dualStackDnsSuffix", "implicitGlobalRegion", "supportsFIPS", "supportsDualStack")


class Partition:
    def __init__(self, facts):
        self.id = facts["id"]
        self.regex = facts["regionRegex"]
        self.regions = list(facts["regions"])
        missing = [each for each in OUTPUTS if each not in facts["outputs"]]
        if missing:
            raise ModelError(f"partition {self.id}: its facts lack {', '.join(missing)}")
        self.outputs = {**{each: facts["outputs"][each] for each in OUTPUTS}, "name": self.id}

    def prefixes(self):
        """What the names of regions begin with, where all that follows is a word, a hyphen and a number."""
        shape = re.fullmatch(r"\^(.*)\\-\\w\+\\-\\d\+\$", self.regex)
        found = [""]
        for piece in shape[1].split("\\-") if shape else []:
            words = piece[1:-1].split("|") if piece.startswith("(") and piece.endswith(")") else [piece]
            if not all(re.fullmatch(r"[a-z]+", word) for word in words):
                shape = None
                break
            found = [f"{before}{word}-" for before in found for word in words]
        if not shape:
            raise ModelError(f"partition {self.id}: {self.regex} is no list of prefixes before a word and a number")
        return found

    def new_region(self):
        """A region that nobody has heard of yet."""
        return f"{self.prefixes()[0]}unheardof-7"


def read_partitions(path=FILE):
    return [Partition(each) for each in read_json(path)["partitions"]]


def partition_of(partitions, region):
    for match in (lambda each: region in each.regions, lambda each: re.match(each.regex, region)):
        for partition in partitions:
            if match(partition):
                return partition
    return partitions[0]


def table(path):
    lines = Lines(HEADER, '#include "core/partitions.hpp"', "", "namespace gannet::core {", "namespace {", "")
    partitions = read_partitions(path)
    for number, partition in enumerate(partitions):
        for name, texts in (("regions", partition.regions), ("prefixes", partition.prefixes())):
            lines.add(f"constexpr std::string_view {name}_{number}[] = {{{', '.join(map(quoted, texts))}}};")
    lines.add("", "constexpr Partition table[] = {")
    for number, partition in enumerate(partitions):
        out = partition.outputs
        lines.add(
            f"    {{.id = {quoted(partition.id)},",
            f"     .dns_suffix = {quoted(out['dnsSuffix'])},",
            f"     .dual_stack_dns_suffix = {quoted(out['dualStackDnsSuffix'])},",
            f"     .implicit_global_region = {quoted(out['implicitGlobalRegion'])},",
            f"     .supports_fips = {str(out['supportsFIPS']).lower()},",
            f"     .supports_dual_stack = {str(out['supportsDualStack']).lower()},",
            f"     .regions = regions_{number},",
            f"     .region_prefixes = prefixes_{number}}},",
        )
    lines.add("};", "", "}  // namespace", "")
    lines.add("std::span<const Partition> partitions() noexcept {", "  return table;", "}", "", "}  // namespace gannet::core")
    return lines.text()
