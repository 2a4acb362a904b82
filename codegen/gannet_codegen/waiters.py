"""Waiters: which answers of an operation end the wait for a state, as C++."""

from expressions import Call, ExpressionError, Literal, parse
from lines import HEADER, Lines, name_it_first, quoted
from shapes import ModelError
from names import snake
from paths import Node, Paths, Truth, Value, kind_of

STATES = ("success", "failure", "retry")
MATCHERS = {"path": "path", "pathAll": "all", "pathAny": "any", "status": "status", "error": "error"}


class Acceptor:
    def __init__(self, waiter, facts):
        self.waiter = waiter
        self.state = facts.get("state")
        self.matcher = facts.get("matcher")
        self.expected = facts.get("expected")
        self.argument = facts.get("argument")
        if self.state not in STATES:
            raise ModelError(f"{waiter.place}: an acceptor's state must be one of {', '.join(STATES)}, is {self.state!r}")
        if not isinstance(self.matcher, str) or self.matcher not in MATCHERS:
            raise ModelError(f"{waiter.place}: an acceptor's matcher must be one of {', '.join(MATCHERS)}, is {self.matcher!r}")
        if self.matcher == "status" and (isinstance(self.expected, bool) or not isinstance(self.expected, int)):
            raise ModelError(f"{waiter.place}: a status is expected that is no number: {self.expected!r}")
        if self.matcher == "error" and not isinstance(self.expected, (str, bool)):
            raise ModelError(f"{waiter.place}: an error is expected that is no code: {self.expected!r}")
        if self.is_path and not isinstance(self.expected, (str, bool, int)):
            raise ModelError(f"{waiter.place}: a value is expected that is no text, number or boolean: {self.expected!r}")

    @property
    def is_path(self):
        return self.matcher.startswith("path")

    @property
    def comes_with_output(self):
        """Whether whatever it matches is an answer, not an error."""
        return self.is_path or (self.matcher == "status" and 200 <= self.expected < 300) or (
            self.matcher == "error" and self.expected is False)

    def text(self):
        """The expected value, as found values are written."""
        if isinstance(self.expected, bool):
            return "true" if self.expected else "false"
        return str(self.expected)

    def words(self):
        """What it matches, for people."""
        if self.is_path:
            which = {"path": "", "pathAll": "all of ", "pathAny": "one of "}[self.matcher]
            return f"{which}`{self.argument}` is `{self.text()}`"
        if self.matcher == "status":
            return f"HTTP {self.expected}"
        if isinstance(self.expected, bool):
            return "any error" if self.expected else "no error"
        return f"error `{self.expected}`"

    def find(self, lines):
        """The statements that add to `found` what the argument finds in `out`."""
        waiter = self.waiter
        if not waiter.operation.output:
            raise ExpressionError(f"{waiter.operation.name} has no output to find {self.argument!r} in")
        tree = parse(self.argument)
        paths = Paths(waiter.service, lines)
        out = Node("out", waiter.operation.output, sure=True)
        wanted = "truth" if isinstance(self.expected, bool) else "text" if isinstance(self.expected, str) else "number"

        def add(node):
            kind = kind_of(node)
            if kind != wanted:
                raise ExpressionError(f"{self.argument!r} finds a {node.shape.kind}, where {self.expected!r} is expected")
            lines.add(f"found.add(protocols::{kind}_of({node.cpp}));")

        if isinstance(tree, Literal):
            raise ExpressionError(f"{self.argument!r} looks at nothing")
        if self.matcher == "path":
            value = paths.value(tree, out)
            if isinstance(value, Node):
                add(value)
            elif isinstance(value, (Value, Truth)) and value.kind == wanted:
                lines.add(f"found.add({value.cpp});")
            else:
                raise ExpressionError(f"{self.argument!r} is a {value.kind}, where {self.expected!r} is expected")
        elif isinstance(tree, Call):
            raise ExpressionError(f"{self.argument!r} finds no list")
        elif paths.projects(tree):
            paths.each(tree.steps, out, add)
        else:
            paths.each([*tree.steps, ("flatten",)], out, add)


class Waiter:
    def __init__(self, service, name, facts):
        self.service = service
        self.model_name = name
        self.place = f"{service.name}: the waiter {name}"
        self.name = f"wait_until_{snake(name).rstrip('_')}"
        operation = next((each for each in service.operations if each.name == facts.get("operation")), None)
        if operation is None:
            raise ModelError(f"{self.place} is of the operation {facts.get('operation')}, which the model lacks")
        self.operation = operation
        self.delay = facts.get("delay")
        self.attempts = facts.get("maxAttempts")
        for key, value in (("delay", self.delay), ("maxAttempts", self.attempts)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ModelError(f"{self.place}: its {key} must be a number from 1 on, is {value!r}")
        listed = facts.get("acceptors")
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise ModelError(f"{self.place}: its acceptors must be a list of objects")
        self.acceptors = [Acceptor(self, each) for each in listed]
        successes = [each for each in self.acceptors if each.state == "success"]
        if not successes:
            raise ModelError(f"{self.place} has no acceptor for success")
        self.gives_output = operation.output is not None and all(each.comes_with_output for each in successes)
        # One function for each argument, however many acceptors it has.
        self.finders = {}
        try:
            for each in self.acceptors:
                if each.is_path:
                    each.find(Lines())
                    key = (each.matcher == "path", each.argument)
                    self.finders.setdefault(key, (f"{self.name}_finds_{len(self.finders) + 1}", each))
        except ExpressionError as problem:
            raise ExpressionError(f"{self.place}: {problem}") from problem

    def finder(self, acceptor):
        return self.finders[(acceptor.matcher == "path", acceptor.argument)][0]

    @property
    def result(self):
        output = self.operation.output_name if self.gives_output else "void"
        return f"gannet::Task<gannet::Result<{output}>>"

    def words(self):
        seconds = f"{self.delay} s" if self.delay != 1 else "second"
        text = (f"Waits until {self.model_name}: asks {self.operation.name} every {seconds}, at most {self.attempts} times, "
                "unless `options` say otherwise.")
        return text + (" Gives the last answer." if self.gives_output else "") + " See gannet::WaiterOptions."

    def declaration(self, lines):
        lines.comment(self.words())
        lines.add(f"{self.result} {self.name}(const {self.operation.input_name}& input,",
                  "    const gannet::WaiterOptions& options = gannet::default_waiter_options) const;")
        name_it_first(lines, self.result, self.name, self.operation.input_name, "Waiter")


def waiters(service, facts):
    if not isinstance(facts, dict):
        raise ModelError(f"{service.name}: its waiters must be an object")
    found = []
    for name, each in sorted(facts.items()):
        if not isinstance(each, dict):
            raise ModelError(f"{service.name}: the waiter {name} must be an object")
        if not isinstance(each.get("operation"), str):
            raise ModelError(f"{service.name}: the waiter {name} must say its operation, a name")
        if each.get("operation") in service.left_out:
            continue
        try:
            found.append(Waiter(service, name, each))
        except ExpressionError as problem:
            service.leave_out(problem)
    return found


def acceptor_facts(waiter, acceptor):
    facts = f".state = runtime::WaiterState::{acceptor.state}, "
    if acceptor.is_path:
        return (facts + f".by = runtime::Acceptor::By::{MATCHERS[acceptor.matcher]}, .expected = {quoted(acceptor.text())}, "
                f".path = {quoted(acceptor.argument)}, .find = &{waiter.finder(acceptor)}")
    if acceptor.matcher == "status":
        return facts + f".by = runtime::Acceptor::By::status, .status = {acceptor.expected}"
    if isinstance(acceptor.expected, bool):
        return facts + f".by = runtime::Acceptor::By::{'any_error' if acceptor.expected else 'no_error'}"
    return facts + f".by = runtime::Acceptor::By::error, .expected = {quoted(acceptor.expected)}"


def waiters_source(service):
    lines = Lines(HEADER, f"#include <gannet/{service.name}/client.hpp>", "", f'#include "{service.name}/codec.hpp"',
                  '#include "runtime/waiter.hpp"', '#include "services/paths.hpp"', "", f"namespace gannet::{service.name} {{")
    lines.add("namespace {", "")
    for each in service.waiters:
        for function, acceptor in each.finders.values():
            lines.open(f"void {function}(const void* output, runtime::Found& found)")
            lines.add(f"const auto* out = static_cast<const {each.operation.output_name}*>(output);")
            acceptor.find(lines)
            lines.close()
            lines.add("")
        lines.add(f"constexpr runtime::Acceptor {each.name}_acceptors[] = {{",
                  *(f"    {{{acceptor_facts(each, acceptor)}}}," for acceptor in each.acceptors), "};",
                  f"constexpr runtime::Waiter {each.name}_facts{{", f"    .name = {quoted(each.model_name)},",
                  f"    .parse = &parse_{each.operation.cpp},",
                  f"    .reset = &runtime::reset_erased<{each.operation.output_name}>,",
                  f"    .delay = std::chrono::seconds({each.delay}),", f"    .max_attempts = {each.attempts},",
                  f"    .acceptors = {each.name}_acceptors}};", "")
    lines.add("}  // namespace", "")
    for each in service.waiters:
        function = "wait_for_output" if each.gives_output else "wait_for_state"
        lines.add(f"{each.result} Client::{each.name}(const {each.operation.input_name}& input,")
        lines.open("    const gannet::WaiterOptions& options) const")
        lines.add(f"return runtime::{function}<{each.operation.output_name}>(",
                  f"    state_, {each.name}_facts, serialize_{each.operation.cpp}(input), options);")
        lines.close()
        lines.add("")
    lines.add(f"}}  // namespace gannet::{service.name}")
    return lines.text()
