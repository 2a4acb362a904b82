"""A service's model, resolved: shapes know their members, operations know their shapes, all know their C++ names."""

import gzip
import json
import pathlib

from names import camel, snake, words

SCALARS = {"string", "character", "integer", "short", "byte", "long", "float", "double", "boolean", "timestamp", "blob",
           "document"}  # Any JSON value, as its text.
INTEGERS = {"integer", "short", "byte", "long"}
PROTOCOLS = {"json", "query", "rest-xml"}


class ModelError(Exception):
    """The model, or a fact beside it, asks for what the generator cannot do. The message names the place."""


class Member:
    """A member of a structure, or the element, key or value of a list or map."""

    def __init__(self, name, shape, reference, required):
        self.name = name
        self.shape = shape
        self.required = required
        self.cpp = snake(name)
        # What is said where a shape is used goes over what the shape itself says.
        self.facts = {**shape.facts, **reference}
        self.facts.pop("required", None)
        self.reference = reference
        self.boxed = False

    @property
    def location(self):
        return self.reference.get("location")

    @property
    def wire(self):
        """The name on the wire, where the member is not in a header or the like: see `locationName`."""
        return self.reference.get("locationName", self.name)

    @property
    def streaming(self):
        return bool(self.facts.get("streaming")) and self.shape.kind in ("blob", "string")


class Shape:
    def __init__(self, name, facts):
        self.name = name
        self.facts = facts
        self.kind = "document" if facts.get("document") else facts["type"]
        self.cpp = camel(name)
        self.function = ""  # What the functions that read, write and check the shape are called after.
        self.aliases = []
        self.members = []
        self.element = self.key = self.value = None

    @property
    def sensitive(self):
        return bool(self.facts.get("sensitive")) and self.kind in ("string", "blob")

    @property
    def enum(self):
        return self.facts.get("enum") if self.kind == "string" and not self.sensitive else None

    @property
    def exception(self):
        return bool(self.facts.get("exception"))

    @property
    def event_stream(self):
        return bool(self.facts.get("eventstream"))

    def parts(self):
        """All members, of whichever kind."""
        return self.members + [part for part in (self.element, self.key, self.value) if part]

    def member(self, name):
        for member in self.members:
            if member.name == name:
                return member
        raise ModelError(f"{self.name} has no member {name}")

    @property
    def payload(self):
        return self.member(self.facts["payload"]) if "payload" in self.facts else None


class Operation:
    def __init__(self, name, facts):
        self.name = name
        self.facts = facts
        self.cpp = snake(name)
        self.input = self.output = None  # Shapes; an operation without one has an empty structure.
        self.input_name = f"{camel(name)}Input"
        self.output_name = f"{camel(name)}Output"
        self.errors = []
        self.retry = None
        self.reason = ""

    @property
    def method(self):
        return self.facts["http"]["method"]

    @property
    def uri(self):
        return self.facts["http"]["requestUri"]

    @property
    def unsigned(self):
        return self.facts.get("authtype") == "none" or self.facts.get("auth") == ["smithy.api#noAuth"]


RETRY_CLASSES = {
    "read": "changes nothing",
    "idempotent": "done again it leaves the same state and gives the same answer",
    "token": "carries a client token by which the service knows a repetition",
    "by_input": "the input decides",
    "not_idempotent": "must not be repeated once it may have been applied",
}


ERROR_KINDS_BY_NAME = (
    (("NotFound", "DoesNotExist", "NonExistent"), "not_found"),
    (("AlreadyExists",), "already_exists"),
    (("Throttling", "Throttled", "TooManyRequests"), "throttled"),
    (("LimitExceeded", "QuotaExceeded"), "limit_exceeded"),
    (("AccessDenied",), "access_denied"),
    (("Conflict", "InUse", "ConcurrentModification"), "conflict"),
)
ERROR_KINDS_BY_STATUS = {401: "unauthenticated", 403: "access_denied", 404: "not_found", 409: "conflict",
                         412: "condition_failed", 429: "throttled"}


class Service:
    """`name` is the C++ namespace and the file name; `options` are the facts that the model lacks (see README.md)."""

    def __init__(self, name, model, retry=None, options=None, error_kinds=None):
        self.name = name
        self.metadata = model["metadata"]
        self.options = options or {}
        self.error_kinds = error_kinds or {}
        self.protocol = self.metadata.get("protocol", "")
        if self.protocol not in PROTOCOLS:
            offered = ", ".join(self.metadata.get("protocols", [self.protocol]))
            raise ModelError(
                f"{name}: its protocol is {offered}; clients are made for JSON 1.0 and 1.1 (json), query and REST-XML "
                "(rest-xml) only"
            )
        if self.protocol == "json" and "targetPrefix" not in self.metadata:
            raise ModelError(f"{name}: its metadata lacks targetPrefix, without which JSON operations cannot be named")
        self.shapes = {each: Shape(each, facts) for each, facts in model["shapes"].items()}
        self._resolve_members()
        self.left_out = dict(self.options.get("left_out", {}))
        # See endpoint_rules.py; None if the model does not say.
        self.endpoints = model.get("endpoints")
        self.operations = []
        for each, facts in sorted(model["operations"].items()):
            self._add_operation(each, facts)
        self._name_inputs_and_outputs()
        self._name_functions()
        self._use_shapes()
        self._box_recursion()
        self._apply_retry(retry)
        self._check_error_kinds()
        self._check_names()

    # -- building -------------------------------------------------------------------------------------------------

    def _member(self, name, reference, required=False):
        target = self.shapes.get(reference["shape"])
        if target is None:
            raise ModelError(f"{self.name}: member {name} is of shape {reference['shape']}, which the model lacks")
        return Member(name, target, {key: fact for key, fact in reference.items() if key != "shape"}, required)

    def _resolve_members(self):
        for shape in self.shapes.values():
            if shape.kind == "structure":
                required = set(shape.facts.get("required", ())) if not shape.exception else set()
                shape.members = [
                    self._member(name, reference, name in required)
                    for name, reference in shape.facts.get("members", {}).items()
                ]
                taken = set()
                for member in shape.members:
                    while member.cpp in taken:
                        member.cpp += "_"
                    taken.add(member.cpp)
            elif shape.kind == "list":
                shape.element = self._member("member", shape.facts["member"])
            elif shape.kind == "map":
                shape.key = self._member("key", shape.facts["key"])
                shape.value = self._member("value", shape.facts["value"])
            elif shape.kind not in SCALARS:
                raise ModelError(f"{self.name}: shape {shape.name} is of type {shape.kind}, which has no C++ type here")

    def _add_operation(self, name, facts):
        if name in self.left_out:
            return
        operation = Operation(name, facts)
        if "input" in facts:
            operation.input = self.shapes[facts["input"]["shape"]]
        if "output" in facts:
            operation.output = self.shapes[facts["output"]["shape"]]
        for shape in (operation.input, operation.output):
            if shape and any(each.event_stream for each in reachable([shape])):
                self.left_out[name] = "it has an event stream"
                return
        operation.errors = [self.shapes[error["shape"]] for error in facts.get("errors", ())]
        self.operations.append(operation)

    def _name_inputs_and_outputs(self):
        """An input or output that one operation alone uses takes the operation's name; a shared one is aliased."""
        uses = {}
        for shape in self.shapes.values():
            for part in shape.parts():
                uses[part.shape.name] = uses.get(part.shape.name, 0) + 1
        for operation in self.operations:
            for shape in (operation.input, operation.output):
                if shape:
                    uses[shape.name] = uses.get(shape.name, 0) + 1
        for operation in self.operations:
            for shape, name in ((operation.input, operation.input_name), (operation.output, operation.output_name)):
                if shape is None or shape.cpp == name:
                    continue
                if uses[shape.name] == 1 and not shape.exception:
                    shape.cpp = name
                else:
                    shape.aliases.append(name)

    def _name_functions(self):
        taken = set()
        for shape in self.shapes.values():
            shape.function = "_".join(words(shape.cpp))
            while shape.function in taken:
                shape.function += "_"
            taken.add(shape.function)

    def _use_shapes(self):
        """Which structures are written and which are read, and all that are used, in an order fit for declaration."""
        self.written = reachable([each.input for each in self.operations if each.input], self.is_opaque)
        roots = [each.output for each in self.operations if each.output]
        self.exceptions = sorted(
            {shape.name: shape for shape in self.shapes.values() if shape.exception}.values(), key=lambda each: each.name
        )
        self.read = reachable(roots + self.exceptions, self.is_opaque)
        used = {shape.name: shape for shape in self.written + self.read}
        self.enums = sorted((shape for shape in used.values() if shape.enum), key=lambda each: each.cpp)
        self.structures = [shape for shape in declaration_order(used) if shape.kind == "structure"]
        self.output_structures = {shape.name for shape in self.read}
        self.input_structures = {shape.name for shape in self.written}

    def is_opaque(self, shape):
        """Whether the shape has a hand-written C++ type, so that what it consists of is of no interest."""
        return shape.name in self.options.get("types", {})

    def _box_recursion(self):
        for shape in self.structures:
            for member in shape.members:
                if member.shape.kind != "structure" or self.is_opaque(member.shape):
                    continue
                if shape in reachable([member.shape], self.is_opaque, through_containers=False):
                    member.boxed = True

    def _apply_retry(self, retry):
        if retry is None:
            for operation in self.operations:
                token = operation.input and any(member.facts.get("idempotencyToken") for member in operation.input.members)
                operation.retry = "token" if token else "not_idempotent"
                operation.reason = "from the model alone"
            return
        missing = [each.name for each in self.operations if each.name not in retry]
        if missing:
            raise ModelError(f"{self.name}: the retry facts lack {', '.join(missing)}; give each a class and a reason")
        known = {each.name for each in self.operations} | set(self.left_out)
        extra = [each for each in retry if each not in known]
        if extra:
            raise ModelError(f"{self.name}: the retry facts name {', '.join(extra)}, which the model lacks")
        for operation in self.operations:
            fact = retry[operation.name]
            if fact.get("class") not in RETRY_CLASSES or not fact.get("reason"):
                raise ModelError(
                    f"{self.name}: the retry fact of {operation.name} must have a class of {', '.join(RETRY_CLASSES)} "
                    "and a reason"
                )
            operation.retry, operation.reason = fact["class"], fact["reason"]

    def _check_error_kinds(self):
        if not self.error_kinds:
            return
        missing = [shape.name for shape in self.exceptions if self.error_code(shape) not in self.error_kinds]
        if missing:
            raise ModelError(f"{self.name}: the error kinds lack {', '.join(missing)}")

    def _check_names(self):
        taken = {"Client": "the client"}
        for shape in self.structures + self.enums:
            for name in [shape.cpp, *shape.aliases]:
                if name in taken:
                    raise ModelError(f"{self.name}: {shape.name} and {taken[name]} would both be the C++ type {name}")
                taken[name] = shape.name

    # -- facts ----------------------------------------------------------------------------------------------------

    @staticmethod
    def error_code(shape):
        """The word by which answers name a modelled error."""
        return shape.facts.get("error", {}).get("code", shape.name)

    def error_kind(self, shape):
        """The ErrorKind of a modelled error; a service without a table of its own goes by names and statuses."""
        listed = self.error_kinds.get(self.error_code(shape))
        if listed:
            return listed
        name = self.error_code(shape)
        for endings, kind in ERROR_KINDS_BY_NAME:
            if name.removesuffix("Exception").removesuffix("Fault").removesuffix("Error").endswith(endings):
                return kind
        status = shape.facts.get("error", {}).get("httpStatusCode", 500 if shape.facts.get("fault") else 400)
        return ERROR_KINDS_BY_STATUS.get(status, "service" if status >= 500 else "validation")

    @property
    def id(self):
        return self.metadata.get("serviceId", self.name).lower().replace(" ", "_").replace("-", "_")

    @property
    def signing_name(self):
        return self.metadata.get("signingName", self.endpoint_prefix)

    @property
    def endpoint_prefix(self):
        return self.metadata.get("endpointPrefix", self.name)

    def metadata_namespace(self):
        """The namespace of documents that name none of their own."""
        return {"xmlNamespace": self.metadata["xmlNamespace"]} if "xmlNamespace" in self.metadata else {}

    @property
    def s3(self):
        return self.id == "s3"

    def timestamp_format(self, member, default):
        return member.facts.get("timestampFormat", default)


def reachable(roots, opaque=lambda shape: False, through_containers=True):
    """The shapes that `roots` consist of, themselves included, each once."""
    found, order, waiting = set(), [], list(roots)
    while waiting:
        shape = waiting.pop()
        if shape.name in found:
            continue
        found.add(shape.name)
        order.append(shape)
        if opaque(shape) or (not through_containers and shape.kind != "structure"):
            continue
        waiting.extend(part.shape for part in reversed(shape.parts()))
    return order


def declaration_order(used):
    """The shapes sorted by name, but each after those it consists of; a cycle is cut where it closes."""
    order, state = [], {}

    def visit(shape):
        if shape.name in state or shape.name not in used:
            return
        state[shape.name] = "open"
        for part in shape.parts():
            visit(part.shape)
        state[shape.name] = "done"
        order.append(shape)

    for name in sorted(used):
        visit(used[name])
    return order


def read_json(path):
    path = pathlib.Path(path)
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8") as file:
                return json.load(file)
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ModelError(f"{path}: {problem}") from problem
