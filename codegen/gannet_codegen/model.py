"""A service's model, resolved, and the facts beside it."""

import gzip
import json
import pathlib
import re

import layout
from names import RESERVED, words
from pagination import paginators
from shapes import CONTAINERS, Member, ModelError, Operation, Shape, declaration_order, reachable
from waiters import waiters

PROTOCOLS = ("json", "query", "rest-xml")


RETRY_CLASSES = {
    "read": "changes nothing",
    "idempotent": "done again it leaves the same state and gives the same answer",
    "token": "carries a client token by which the service knows a repetition",
    "settled": "a repetition that is refused can be told from a refusal of the first time",
    "by_input": "the input decides",
    "not_idempotent": "must not be repeated once it may have been applied",
}


# What the namespace `gannet` and its namespaces of services hold anyway.
OWN_NAMES = frozenset(
    """
    as_bytes as_text blocking core credentials fail format_as http identity iequals io local models operations protocols
    retry run_blocking runtime secrets settings std to_bytes to_string to_string_view wipe
    """.split()
)
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


# By service: the shapes whose values answers give with a path before them ("/hostedzone/Z1") and requests want without.
IDS_WITHOUT_PATH = {"route_53": ("ResourceId", "DelegationSetId", "ChangeId")}


class Service:
    """`name` is the C++ namespace and the file name; `options` are the facts that the model lacks (see README.md)."""

    def __init__(self, name, model, retry=None, options=None, error_kinds=None):
        self.name = name
        self._check_name()
        layout.check(name, model)
        self.metadata = model["metadata"]
        self.options = options or {}
        self.error_kinds = error_kinds or {}
        self.warnings = []
        # The one that the SDKs prefer may be another one than those that are had here.
        offered = [self.metadata.get("protocol", ""), *self.metadata.get("protocols", ())]
        self.protocol = next((each for each in offered if each in PROTOCOLS), "")
        if not self.protocol:
            offered = ", ".join(dict.fromkeys(offered))
            raise ModelError(
                f"{name}: its protocol is {offered}; clients are made for JSON 1.0 and 1.1 (json), query and REST-XML "
                "(rest-xml) only"
            )
        if self.protocol == "json" and "targetPrefix" not in self.metadata:
            raise ModelError(f"{name}: its metadata lacks targetPrefix, without which JSON operations cannot be named")
        if self.metadata.get("signatureVersion") == "v2":
            raise ModelError(f"{name}: it is signed with Signature Version 2, which is not had here; clients sign with version 4")
        if self.protocol == "query" and "apiVersion" not in self.metadata:
            raise ModelError(f"{name}: its metadata lacks apiVersion, without which query operations cannot be named")
        self.shapes = {each: Shape(each, self._with_secrets(each, facts)) for each, facts in model["shapes"].items()}
        for each in self.options.get("secrets", ()):
            if each not in self.shapes:
                raise ModelError(f"{name}: its secrets name {each}, which the model lacks")
        self._resolve_members()
        self._hide_what_is_within()
        self._refuse_endless_containers()
        self.left_out = dict(self.options.get("left_out", {}))
        # See endpoint_rules.py; None if the model does not say.
        self.endpoints = model.get("endpoints")
        self.operations = []
        for each, facts in sorted(model["operations"].items()):
            self._add_operation(each, facts)
        self._warn_of_discovery()
        self._name_inputs_and_outputs()
        self._name_functions()
        self._use_shapes()
        self._check_error_kinds()
        self.reviewed = retry is not None
        self.paginators = paginators(self, model.get("pagination", {}))
        self.waiters = waiters(self, model.get("waiters", {}))
        self._apply_retry(retry, model)
        self._check_names()

    # -- building -------------------------------------------------------------------------------------------------

    def _check_name(self):
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", self.name) or self.name in RESERVED or self.name in OWN_NAMES:
            raise ModelError(
                f"{self.name!r} cannot be a service's name: it becomes the C++ namespace gannet::NAME, so it must be of small "
                "letters, digits and single underscores, begin with a letter, be no C++ keyword, and be free in gannet; my_sqs "
                "would do"
            )

    def _with_secrets(self, name, facts):
        return {**facts, "sensitive": True} if name in self.options.get("secrets", ()) else facts

    def _shape(self, place, reference):
        if reference["shape"] not in self.shapes:
            raise ModelError(f"{self.name}: {place} is of shape {reference['shape']}, which the model lacks")
        return self.shapes[reference["shape"]]

    def _member(self, owner, name, reference, **more):
        target = self._shape(f"{owner.name}: member {name}", reference)
        return Member(name, target, {key: fact for key, fact in reference.items() if key != "shape"}, **more)

    def _resolve_members(self):
        for shape in self.shapes.values():
            if shape.kind == "structure":
                required = set(shape.facts.get("required", ())) if not shape.exception else set()
                shape.members = [
                    self._member(shape, name, reference, required=name in required)
                    for name, reference in shape.facts.get("members", {}).items()
                ]
                taken = set()
                for member in shape.members:
                    while member.cpp in taken:
                        member.cpp += "_"
                    taken.add(member.cpp)
                if "payload" in shape.facts and shape.facts["payload"] not in [each.name for each in shape.members]:
                    raise ModelError(f"{self.name}: the payload of {shape.name} is {shape.facts['payload']}, which is no member")
            elif shape.kind == "list":
                shape.element = self._member(shape, "member", shape.facts["member"])
            elif shape.kind == "map":
                shape.key = self._member(shape, "key", shape.facts["key"], key=True)
                shape.value = self._member(shape, "value", shape.facts["value"])
                if shape.key.shape.kind != "string":
                    raise ModelError(f"{self.name}: the keys of {shape.name} are of type {shape.key.shape.kind}, where only "
                                     "strings are understood")

    def _hide_what_is_within(self):
        """What a sensitive structure, list or map consists of is sensitive, too, down to its text and blobs. A structure that
        lies within one of them is so wherever else it is used."""
        waiting = [shape for shape in self.shapes.values() if shape.facts.get("sensitive") and shape.kind in CONTAINERS]
        waiting += [part.shape for shape in self.shapes.values() for part in shape.parts()
                    if part.reference.get("sensitive") and part.shape.kind in CONTAINERS]
        for shape in reachable(waiting, self.is_opaque):
            for part in shape.parts():
                part.hidden = True

    def _refuse_endless_containers(self):
        def contents(shape):
            return [part.shape for part in shape.parts() if shape.kind != "structure"]

        for shape in self.shapes.values():
            within = reachable(contents(shape), lambda each: each.kind == "structure")
            if shape in within:
                raise ModelError(f"{self.name}: {shape.name} is a {shape.kind} of itself with no structure in between, which "
                                 "has no C++ type")

    def _add_operation(self, name, facts):
        if name in self.left_out:
            return
        operation = Operation(name, facts)
        for place in ("input", "output"):
            if place in facts:
                setattr(operation, place, self._structure(f"the {place} of {name}", facts[place]))
        for shape in (operation.input, operation.output):
            if shape and any(each.event_stream for each in reachable([shape])):
                self.left_out[name] = "it has an event stream"
                return
        operation.errors = [self._structure(f"an error of {name}", error) for error in facts.get("errors", ())]
        if self.protocol == "rest-xml" and "http" not in facts:
            raise ModelError(f"{self.name}: {name} lacks http, the method and URI without which REST operations cannot be sent")
        self.operations.append(operation)

    def _warn_of_discovery(self):
        discovered = [each.name for each in self.operations if each.facts.get("endpointdiscovery", {}).get("required")]
        if discovered:
            self.warnings.append(
                f"{self.name}: the endpoint of {', '.join(discovered)} has to be discovered, which is not done here: ask the "
                "service for it and set Config::endpoint_url")

    def _structure(self, place, reference):
        shape = self._shape(place, reference)
        if shape.kind != "structure":
            raise ModelError(f"{self.name}: {place} is the {shape.kind} {shape.name}, where only a structure can be")
        return shape

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
        names = {}
        for operation in self.operations:
            names[operation.input_name] = operation.input
            names[operation.output_name] = operation.output
        for shape in self.shapes.values():
            if shape.cpp in names and names[shape.cpp] is not shape:
                shape.cpp += "_"  # The operation's own goes by that name.
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
            taken |= {shape.function, f"flat_{shape.function}"}

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
        self._box_recursion(used)
        self.structures = declaration_order(used)
        self.output_structures = {shape.name for shape in self.read}
        self.input_structures = {shape.name for shape in self.written}

    def is_opaque(self, shape):
        """Whether the shape has a hand-written C++ type, so that what it consists of is of no interest."""
        return shape.name in self.options.get("types", {})

    def holds_secrets(self, shapes):
        """Whether any of the shapes, or of what they consist of, is sensitive."""
        return any(each.facts.get("sensitive") or any(part.sensitive for part in each.parts())
                   for each in reachable(shapes, self.is_opaque))

    def _box_recursion(self, used):
        for shape in used.values():
            for member in shape.members:
                if member.shape.kind != "structure" or self.is_opaque(member.shape) or member.shape.name not in used:
                    continue
                if shape in reachable([member.shape], self.is_opaque, through_containers=False):
                    member.boxed = True

    def _apply_retry(self, retry, model):
        if retry is None:
            polled = {*model.get("pagination", {}), *(each.get("operation") for each in model.get("waiters", {}).values())}
            for operation in self.operations:
                operation.retry, operation.reason = self._retry_of_model(operation, polled)
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
            if fact["class"] == "token" and not self._has_token(operation):
                raise ModelError(f"{self.name}: {operation.name} is of the class token, and its input has no idempotency token")
            operation.retry, operation.reason = fact["class"], fact["reason"]
            operation.settles = operation.retry == "settled" or bool(fact.get("settles"))
            operation.token_minutes = fact.get("token_minutes", 0)

    def _retry_of_model(self, operation, polled):
        """The class and the reason that a model gives which nobody has reviewed. `polled`: what is asked again and again."""
        if operation.facts.get("readonly"):
            return "read", "the model says that it is read-only"
        if self._has_token(operation):
            return "token", "the model has a client token"
        if operation.facts.get("idempotent"):
            return "idempotent", "the model says that it is idempotent"
        if operation.name in polled:
            return "read", "a paginator or waiter of the model repeats it"
        return "not_idempotent", "the model does not say otherwise"

    @staticmethod
    def _has_token(operation):
        return operation.input is not None and any(each.facts.get("idempotencyToken") for each in operation.input.members)

    def _check_error_kinds(self):
        if not self.error_kinds:
            return
        missing = [shape.name for shape in self.exceptions if self.error_code(shape) not in self.error_kinds]
        if missing:
            raise ModelError(f"{self.name}: the error kinds lack {', '.join(missing)}")

    def _check_names(self):
        self._check_type_names()
        self._check_function_names()

    def _check_type_names(self):
        taken = {"Client": "the client"}

        def take(name, place):
            if not IDENTIFIER.fullmatch(name):
                raise ModelError(f"{self.name}: {place} would be the C++ type {name!r}, which is no identifier; rename it in the "
                                 "model")
            if name in taken:
                raise ModelError(f"{self.name}: {place} and {taken[name]} would both be the C++ type {name}; rename one of them "
                                 "in the model")
            taken[name] = place

        for shape in self.structures + self.enums:
            for name in [shape.cpp, *shape.aliases]:
                take(name, shape.name)
        for shape in self.enums:
            take(f"{shape.cpp}Names", f"the values of {shape.name}")
        for operation in self.operations:
            for shape, name in ((operation.input, operation.input_name), (operation.output, operation.output_name)):
                if shape is None:
                    take(name, operation.name)
        for each in self.paginators:
            take(each.type, each.place)

    def _check_function_names(self):
        taken = {"config"}
        functions = [each.cpp for each in self.operations] + [each.name for each in [*self.paginators, *self.waiters]]
        if self.protocol == "rest-xml":
            functions += [f"presign_{each.cpp}" for each in self.operations]
        for function in functions:
            if function in taken:
                raise ModelError(f"{self.name}: two functions of the client would be called {function}; rename one of what they "
                                 "are of in the model")
            taken.add(function)
        if "service" in taken:
            raise ModelError(f"{self.name}: an operation is called Service, a name that the generated sources have for the "
                             "service itself; rename it in the model")

    def leave_out(self, problem):
        """A paginator or waiter that cannot be made: an error in a model that we reviewed, else a warning."""
        if self.reviewed:
            raise problem
        self.warnings.append(f"{problem}; it is left out")

    # -- facts ----------------------------------------------------------------------------------------------------

    @staticmethod
    def error_code(shape):
        """The word by which answers name a modelled error."""
        return shape.facts.get("error", {}).get("code", shape.name)

    def error_kind(self, shape):
        """The reviewed ErrorKind of a modelled error; None where an answer's code and status are to tell it."""
        return self.error_kinds.get(self.error_code(shape))

    def ids_without_path(self, operation):
        """The members of an operation's input that are sent without the path that answers give before them."""
        shapes = IDS_WITHOUT_PATH.get(self.id, ())
        return [each for each in operation.input.members if each.shape.name in shapes] if operation.input else []

    @property
    def id(self):
        return self.metadata.get("serviceId", self.name).lower().replace(" ", "_").replace("-", "_")

    @property
    def signing_name(self):
        return self.metadata.get("signingName", self.endpoint_prefix)

    @property
    def endpoint_prefix(self):
        return self.metadata.get("endpointPrefix", self.name)

    @property
    def query_compatible(self):
        """Whether it spoke the query protocol before, and still knows that one's error codes."""
        return "awsQueryCompatible" in self.metadata

    def metadata_namespace(self):
        """The namespace of documents that name none of their own."""
        return {"xmlNamespace": self.metadata["xmlNamespace"]} if "xmlNamespace" in self.metadata else {}

    @property
    def s3(self):
        return self.id == "s3"

    @property
    def signs_as_s3(self):
        return self.metadata.get("signatureVersion") == "s3v4" and not self.s3

    def timestamp_format(self, member, default):
        return member.facts.get("timestampFormat", default)


def read_json(path):
    path = pathlib.Path(path)
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8") as file:
                return json.load(file)
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ModelError(f"{path}: {problem}") from problem


def read_model(path):
    """A model with its paginators and waiters: those in the file itself, or where it is a `service-2.json` those of the files
    beside it, with what `*.sdk-extras.json` say laid over them, as the SDKs read them."""
    path = pathlib.Path(path)
    model = read_json(path)
    if not isinstance(model, dict):
        raise ModelError(f"{path}: a model is an object")
    if path.name in ("service-2.json", "service-2.json.gz"):
        merge(model, read_beside(path, "service-2.sdk-extras").get("merge", {}))
        for kind, key in (("paginators-1", "pagination"), ("waiters-2", "waiters")):
            facts = read_beside(path, kind)
            merge(facts, read_beside(path, f"{kind}.sdk-extras").get("merge", {}))
            model.setdefault(key, facts.get(key, {}))
    for key in ("metadata", "operations", "shapes"):
        if not isinstance(model.get(key), dict):
            raise ModelError(f"{path}: it has no {key}, so that it is no model in the layout of service-2.json")
    return model


def read_beside(path, kind):
    for name in (f"{kind}.json", f"{kind}.json.gz"):
        if path.with_name(name).exists():
            found = read_json(path.with_name(name))
            if not isinstance(found, dict):
                raise ModelError(f"{path.with_name(name)}: it must hold an object")
            return found
    return {}


def merge(into, extra):
    for key, each in extra.items():
        if isinstance(each, dict) and isinstance(into.get(key), dict):
            merge(into[key], each)
        else:
            into[key] = each
