"""The names that C++ code has for what the models name: members in snake_case, types in CamelCase."""

import re

# Runs of letters that the general rule would split wrongly, as they stand in the models, and their words.
SPECIAL_WORDS = {
    "CRC32C": "crc32c",
    "CRC64NVME": "crc64nvme",
    "DynamoDB": "dynamodb",
    "DynamoDb": "dynamodb",
    "IPv4": "ipv4",
    "IPv6": "ipv6",
    "OAuth": "oauth",
    "SQLServer": "sql_server",
    "SSEKMS": "sse_kms",
    "SSES3": "sse_s3",
    "XXHASH": "xxhash",
}

WORD = re.compile(
    "|".join(re.escape(word) for word in sorted(SPECIAL_WORDS, key=len, reverse=True))
    + r"|[A-Z]{2,}s(?![a-z])"  # ARNs, IDs
    + r"|[A-Z]+(?=[A-Z][a-z])"  # an acronym before a word: the DNS of DNSName
    + r"|[A-Z]?[a-z]+|[A-Z]+|[0-9]+"
)

# Keywords, alternative operator names, and macros that the C and POSIX headers define.
RESERVED = frozenset(
    """
    alignas alignof and and_eq asm assert auto bitand bitor bool break case catch char char8_t char16_t char32_t class
    co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default
    delete do double dynamic_cast else enum errno explicit export extern false final float for friend goto if inline int
    linux long major minor mutable namespace new noexcept not not_eq nullptr operator or or_eq override private
    protected public register reinterpret_cast requires return short signed sizeof static static_assert static_cast
    stderr stdin stdout struct switch template this thread_local throw true try typedef typeid typename union unix
    unsigned using virtual void volatile wchar_t while xor xor_eq
    """.split()
)


def words(name):
    """The words of a name, in lower case: `SSEKMSKeyId` is sse, kms, key, id; digits stay with what they follow."""
    found = []
    for part in re.split(r"[^A-Za-z0-9]+", name):
        end = 0
        for match in WORD.finditer(part):
            word = SPECIAL_WORDS.get(match[0], match[0].lower())
            if found and match[0][0].isdigit() and end == match.start() and end > 0:
                found[-1] += word
            else:
                found.append(word)
            end = match.end()
    return found


def snake(name):
    """A model's name in snake_case, safe to be a C++ identifier."""
    text = "_".join(words(name)) or "empty"
    if text[0].isdigit():
        text = "n" + text
    return text + "_" if text in RESERVED else text


def camel(name):
    """The name of a type: as the model has it, with a capital at its start."""
    text = re.sub(r"[^A-Za-z0-9_]", "", name)
    return text[:1].upper() + text[1:]


# Names that an enumeration has anyway: its value for what it does not know, and its functions.
ENUM_MEMBERS = frozenset({"unknown", "text", "texts", "values"})


def enumerators(values):
    """C++ names for an enumeration's values, in order and without doubles."""
    names, seen = [], set()
    for value in values:
        name = snake(value.replace("*", " all ")) if value else "empty"
        if name in ENUM_MEMBERS:
            name += "_"
        while name in seen:
            name += "_"
        seen.add(name)
        names.append(name)
    return names


def singular(count, word):
    return f"{count:,} {word}" + ("" if count == 1 else "s")
