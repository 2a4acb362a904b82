"""The client class, and the sources that serialize its operations and parse their answers."""

import re

import endpoint_facts
import json_codec
import query_codec
import xml_codec
from cpp_types import cpp_type
from limits import Limits
from lines import HEADER, Lines, name_it_first, quoted
from pagination import pages_source
from shapes import ModelError
from waiters import waiters_source

OPERATIONS_A_SOURCE = 40
CODECS_A_SOURCE = 160

CODECS = {"json": json_codec, "query": query_codec, "rest-xml": xml_codec}


def codec_of(service):
    return CODECS[service.protocol]


def operation_facts(service, operation):
    """What the documentation comment of an operation says."""
    retry = {
        "read": "Changes nothing: repeated after any failure.",
        "idempotent": "Idempotent: repeated after any failure.",
        "token": "Repeated after any failure: the client token makes it one request.",
        "settled": "Repeated after any failure: the refusal of a repetition is settled.",
        "by_input": "Whether it is repeated after an ambiguous failure depends on the input.",
        "not_idempotent": "Not repeated once it may have been applied.",
    }[operation.retry]
    errors = sorted(service.error_code(shape) for shape in operation.errors)
    text = f"{operation.name}. {retry}"
    if errors:
        text += " Errors: " + ", ".join(errors) + "."
    if operation.unsigned:
        text += " Sent unsigned."
    if operation.facts.get("deprecated"):
        text += " Deprecated."
    return text


def client_header(service):
    lines = Lines(HEADER, "#pragma once", "", "#include <memory>", "")
    presigns = service.protocol == "rest-xml"
    if presigns:
        lines.lines.insert(-2, "#include <chrono>")
    own = ["gannet/config.hpp", "gannet/result.hpp", "gannet/task.hpp", "gannet/temporaries.hpp"]
    if presigns:
        own.append("gannet/presign.hpp")
    if service.paginators:
        own.append("gannet/pages.hpp")
    if service.waiters:
        own.append("gannet/waiter.hpp")
    lines.add(*(f"#include <{each}>" for each in sorted(own)), "")
    lines.add(f"#include <gannet/{service.name}/types.hpp>", "")
    lines.add("namespace gannet::runtime {", "struct ClientState;", "}  // namespace gannet::runtime", "")
    lines.open(f"namespace gannet::{service.name}")
    lines.depth = 0
    lines.add("")
    lines.add(*(f"using {each.type} = gannet::Pages<{each.operation.output_name}>;" for each in service.paginators))
    if service.paginators:
        lines.add("")
    name = service.metadata.get("serviceFullName", service.name)
    lines.comment(
        f"{name}. A cheap, copyable handle; thread-safe; may outlive every execution context. An operation checks its "
        "input and serializes it at once: the input need not outlive the call. Errors of kind `validation` with the "
        "code `InvalidInput` are found before anything is sent."
    )
    lines.open("class Client")
    lines.lines.append(" public:")
    lines.add("explicit Client(gannet::Config config);", "")
    for operation in service.operations:
        lines.comment(operation_facts(service, operation))
        result = f"gannet::Task<gannet::Result<{operation.output_name}>>"
        lines.add(f"{result} {operation.cpp}(const {operation.input_name}& input,",
                  "    const gannet::CallOptions& options = gannet::default_call_options) const;")
        name_it_first(lines, result, operation.cpp, operation.input_name, "Call")
        if presigns:
            lines.comment(f"A signed {operation.name} for somebody else to send within `expires`.")
            task = "gannet::Task<gannet::Result<gannet::PresignedRequest>>"
            lines.add(f"{task} presign_{operation.cpp}(const {operation.input_name}& input,",
                      "    std::chrono::seconds expires) const;")
            lines.add(f"GANNET_NAME_IT_FIRST({task}",
                      f"    presign_{operation.cpp}({operation.input_name}&&, std::chrono::seconds) const);")
            lines.comment(
                "The same at once, where credentials are at hand; an error of kind `configuration` where they would "
                "have to be waited for.")
            lines.add(f"gannet::Result<gannet::PresignedRequest> presign_{operation.cpp}_at_hand(",
                      f"    const {operation.input_name}& input, std::chrono::seconds expires) const;")
        lines.add("")
    for each in [*service.paginators, *service.waiters]:
        each.declaration(lines)
        lines.add("")
    lines.comment("What the client was made from.")
    lines.add("[[nodiscard]] const gannet::Config& config() const noexcept;", "")
    lines.lines.append(" private:")
    lines.add("std::shared_ptr<const gannet::runtime::ClientState> state_;")
    lines.close(";")
    lines.add("", f"}}  // namespace gannet::{service.name}")
    return lines.text()


def codec_header(service):
    """What the generated sources of one service, and its tests, share."""
    codec = codec_of(service)
    lines = Lines(HEADER, "#pragma once", "", "#include <any>", "", f"#include <gannet/{service.name}/types.hpp>", "")
    lines.add(*(f'#include "{each}"' for each in ["runtime/call.hpp", "services/input_check.hpp", *codec.INCLUDES]))
    lines.add("", f"namespace gannet::{service.name} {{", "")
    lines.add("namespace operations {", "extern const runtime::Service service;")
    lines.add(*(f"extern const runtime::Operation {each.cpp};" for each in service.operations))
    lines.add("}  // namespace operations", "")
    for operation in service.operations:
        lines.add(f"gannet::Result<runtime::Call> serialize_{operation.cpp}(const {operation.input_name}& in);")
        lines.add(f"gannet::Result<void> parse_{operation.cpp}(runtime::Answer& answer, void* output);")
    lines.add("", "void parse_error(const runtime::Answer& answer, gannet::Error& error);", "")
    by_input = [each for each in service.operations if each.retry == "by_input"]
    if by_input:
        lines.add("// Written by hand: whether a request of this input may be sent again although it may have been applied.")
        lines.add(*(f"runtime::Repeatable repeatable(const {each.input_name}& in);" for each in by_input), "")
    settled = [each for each in service.operations if each.settles]
    if settled:
        lines.add("// Written by hand: lets the refusal of a repetition be settled. `call` bears the caller's options.")
        lines.add(*(f"gannet::Result<void> settle(const {each.input_name}& in, runtime::Call& call);" for each in settled), "")
    if service.options.get("failure_class"):
        lines.add("// Written by hand: the class of errors whose code does not tell it.",
                  "std::optional<core::FailureClass> failure_class(const gannet::Error& error);", "")
    codec.declarations(service, lines)
    lines.add("")
    Limits(service).declare(lines)
    lines.add("", f"}}  // namespace gannet::{service.name}")
    return lines.text()


def codec_jobs(service):
    return Limits(service).jobs() + codec_of(service).definitions(service)


def codec_sources(service):
    jobs = codec_jobs(service)
    sources = []
    for first in range(0, len(jobs), CODECS_A_SOURCE):
        lines = source(service)
        for job in jobs[first : first + CODECS_A_SOURCE]:
            job(lines)
        sources.append(end(service, lines))
    return sources or [end(service, source(service))]


def source(service, *includes):
    lines = Lines(HEADER, "#include <string>", "#include <utility>", "", *includes)
    lines.add(f'#include "{service.name}/codec.hpp"', "", f"namespace gannet::{service.name} {{", "")
    return lines


def end(service, lines):
    lines.add(f"}}  // namespace gannet::{service.name}")
    return lines.text()


def flag(name, value):
    return [f"    .{name} = true,"] if value else []


def operation_constant(service, lines, operation):
    facts = operation.facts
    checksum = facts.get("httpChecksum", {})
    repeatable = "yes" if operation.retry in ("read", "idempotent", "token", "settled") else "no"
    lines.add(
        f"const runtime::Operation operations::{operation.cpp}{{",
        "    .service = &operations::service,",
        f"    .name = {quoted(operation.name)},",
        f"    .repeatable = runtime::Repeatable::{repeatable},",
    )
    streams = bool(operation.output and any(each.streaming for each in operation.output.members))
    lines.add(*flag("streams_output", streams))
    lines.add(*flag("error_in_success", operation.name in service.options.get("error_in_success", ())))
    required = checksum.get("requestChecksumRequired") or facts.get("httpChecksumRequired")
    lines.add(*flag("checksum_required", required))
    lines.add("    .parse_error = &parse_error,")
    lines.add(*flag("reads", operation.retry == "read"))
    lines.add(*flag("takes_checksum", "requestAlgorithmMember" in checksum))
    lines.add(*flag("sent_unsigned", operation.unsigned))
    if operation.token_minutes:
        lines.add(f"    .token_lifetime = std::chrono::minutes({operation.token_minutes}),")
    lines.add(*flag("compresses", "gzip" in facts.get("requestcompression", {}).get("encodings", ())))
    lines.add(*endpoint_facts.operation_members(service, operation))
    lines.add("};", "")


def host_label(member):
    """The text of a member, for the host's name; one that is not there is empty, and refused as that."""
    text = ".reveal()" if member.secret else ".text()" if member.enum else ""
    if member.required:
        return f"in.{member.cpp}{text}"
    if not text:
        return f'in.{member.cpp}.value_or("")'
    return f"in.{member.cpp} ? std::string_view(in.{member.cpp}.value(){text}) : std::string_view()"


def host_prefix(service, lines, operation):
    """Emits what makes the prefix of the host's name; its C++ name, or None if there is none."""
    template = operation.facts.get("endpoint", {}).get("hostPrefix")
    if not template:
        return None
    lines.add("std::string host_prefix;")
    for piece in re.split(r"(\{[^}]+\})", template):
        if piece.startswith("{"):
            members = operation.input.members if operation.input else []
            member = next((each for each in members
                           if each.facts.get("hostLabel") and piece[1:-1] in (each.name, each.wire)), None)
            if member is None:
                raise ModelError(f"{service.name}: {operation.name} has {piece} in its host and no member for it")
            label = host_label(member)
            lines.add(f"host_prefix += protocols::host_label(check, {quoted(member.cpp)}, {label});")
        elif piece:
            lines.add(f"host_prefix += {quoted(piece)};")
    return "host_prefix"


def operation_functions(service, lines, operation, limits):
    codec = codec_of(service)
    lines.open(f"gannet::Result<runtime::Call> serialize_{operation.cpp}(const {operation.input_name}& in)")
    if not (operation.input and operation.input.members):
        lines.add("static_cast<void>(in);")
    tokens = [each for each in operation.input.members if each.facts.get("idempotencyToken")] if operation.input else []
    if tokens:
        member = tokens[0]
        missing = f"in.{member.cpp}.empty()" if member.required else f"!in.{member.cpp}"
        lines.open(f"if ({missing})")
        token = "gannet::Secret(core::uuid4())" if member.secret else "core::uuid4()"
        lines.add(f"{operation.input_name} with_token = in;", f"with_token.{member.cpp} = {token};")
        lines.add(f"return serialize_{operation.cpp}(with_token);")
        lines.close()
    for member in service.ids_without_path(operation):
        value = f"in.{member.cpp}" if member.required else f"(*in.{member.cpp})"
        given = "" if member.required else f"in.{member.cpp} && "
        lines.open(f"if ({given}{value}.contains('/'))")
        lines.add(f"{operation.input_name} bare = in;", f"bare.{member.cpp} = protocols::without_path({value});",
                  f"return serialize_{operation.cpp}(bare);")
        lines.close()
    lines.add(f"protocols::InputCheck check({quoted(operation.name)});")
    if operation.input and operation.input.name in limits.checked:
        lines.add(f"check_{operation.input.function}(check, in);")
    prefix = host_prefix(service, lines, operation)
    call = codec.serialize(service, lines, operation)
    resource = endpoint_facts.resource_lines(service, operation)
    if prefix or resource:
        lines.add(f"auto call = {call};")
        lines.open("if (call)")
        if prefix:
            lines.add(f"call->host_prefix = {prefix};")
        lines.add(*resource)
        lines.close()
        lines.add("return call;")
    else:
        lines.add(f"return {call};")
    lines.close()
    lines.add("")
    lines.open(f"gannet::Result<void> parse_{operation.cpp}(runtime::Answer& answer, void* output)")
    codec.parse(service, lines, operation)
    lines.close()
    lines.add("")


def client_functions(service, lines, operation):
    result = f"gannet::Task<gannet::Result<{operation.output_name}>>"
    lines.add(f"{result} Client::{operation.cpp}(const {operation.input_name}& input,")
    lines.open("    const gannet::CallOptions& options) const")
    lines.add(f"auto call = serialize_{operation.cpp}(input);")
    lines.open("if (call)")
    if operation.retry == "by_input":
        lines.add("call->repeatable = repeatable(input);")
    lines.add("call->options = options;")
    if operation.settles:
        lines.add("auto settled = settle(input, *call);", "if (!settled) call = std::unexpected(std::move(settled.error()));")
    lines.close()
    lines.add(f"return runtime::invoke<{operation.output_name}>(state_, std::move(call), &parse_{operation.cpp});")
    lines.close()
    lines.add("")
    if service.protocol == "rest-xml":
        lines.add(f"gannet::Task<gannet::Result<gannet::PresignedRequest>> Client::presign_{operation.cpp}(")
        lines.open(f"    const {operation.input_name}& input, std::chrono::seconds expires) const")
        lines.add(f"return runtime::presign(state_, serialize_{operation.cpp}(input), expires);")
        lines.close()
        lines.add("", f"gannet::Result<gannet::PresignedRequest> Client::presign_{operation.cpp}_at_hand(")
        lines.open(f"    const {operation.input_name}& input, std::chrono::seconds expires) const")
        lines.add(f"return runtime::presign_at_hand(*state_, serialize_{operation.cpp}(input), expires);")
        lines.close()
        lines.add("")


def operations_sources(service):
    sources, limits = [], Limits(service)
    for first in range(0, len(service.operations), OPERATIONS_A_SOURCE):
        part = service.operations[first : first + OPERATIONS_A_SOURCE]
        lines = source(service, f"#include <gannet/{service.name}/client.hpp>", "", '#include "core/uuid.hpp"')
        for operation in part:
            operation_constant(service, lines, operation)
            operation_functions(service, lines, operation, limits)
            client_functions(service, lines, operation)
        sources.append(end(service, lines))
    return sources


def retryable_errors(service):
    """The rows of errors that the model says may be repeated, by the codes that answers have for them."""
    rows = {}
    for shape in service.exceptions:
        if "retryable" in shape.facts:
            failure_class = "throttling" if shape.facts["retryable"].get("throttling") else "transient"
            rows.update({code: failure_class for code in (shape.name, service.error_code(shape))})
    return sorted(rows.items())


def failure_class(service, lines):
    """Emits what tells the class of an error that the model says may be repeated; its C++ name, or None if there is none such."""
    by_hand = "failure_class" if service.options.get("failure_class") else None
    rows = retryable_errors(service)
    if not rows:
        return by_hand
    lines.add("namespace {", "", "constexpr protocols::RetryableError retryable_errors[] = {")
    lines.add(*(f"    {{{quoted(code)}, core::FailureClass::{each}}}," for code, each in rows), "};", "")
    lines.open("std::optional<core::FailureClass> class_of(const gannet::Error& error)")
    if by_hand:
        lines.add("if (const auto known = failure_class(error)) return known;")
    lines.add("return protocols::failure_class(error, retryable_errors);")
    lines.close()
    lines.add("", "}  // namespace", "")
    return "class_of"


def service_source(service):
    """The service's facts, its errors and the client's own members."""
    own = ['#include "services/retryable_error.hpp"'] if retryable_errors(service) else []
    lines = source(service, f"#include <gannet/{service.name}/client.hpp>", "", *own)
    attempts, delay = (4, 25) if service.id in ("dynamodb", "dynamodb_streams") else (3, 50)
    class_of = failure_class(service, lines)
    if endpoints := endpoint_facts.table(service):
        lines.add("namespace {", "", *endpoints, "}  // namespace", "")
    lines.add(
        "const runtime::Service operations::service{",
        f"    .id = {quoted(service.id)},",
        f"    .signing_name = {quoted(service.signing_name)},",
        f"    .endpoint_prefix = {quoted(service.endpoint_prefix)},",
        *flag("s3", service.s3),
        f"    .default_max_attempts = {attempts},",
        f"    .default_base_delay = std::chrono::milliseconds({delay}),",
        *([f"    .failure_class = &{class_of},"] if class_of else []),
        *endpoint_facts.service_members(service),
        *flag("signs_as_s3", service.signs_as_s3),
        "};",
        "",
    )
    lines.add("namespace {", "")
    lines_before = len(lines.lines)
    table = Lines()
    codec_of(service).errors(service, table)
    # The table is the sources' own; the function is not.
    split = next(i for i, line in enumerate(table.lines) if line.startswith("void parse_error"))
    lines.lines[lines_before:] = table.lines[:split]
    lines.add("}  // namespace", "", *table.lines[split:])
    lines.add("Client::Client(gannet::Config config)",
              "    : state_(runtime::make_client(operations::service, std::move(config))) {}", "")
    lines.open("const gannet::Config& Client::config() const noexcept")
    lines.add("return runtime::config_of(*state_);")
    lines.close()
    lines.add("")
    return end(service, lines)


def client_files(service):
    """Paths below the output folder and their contents."""
    files = {
        f"include/gannet/{service.name}/client.hpp": client_header(service),
        f"src/{service.name}/codec.hpp": codec_header(service),
        f"src/{service.name}/service.cpp": service_source(service),
    }
    for number, text in enumerate(operations_sources(service), 1):
        files[f"src/{service.name}/operations_{number}.cpp"] = text
    if service.paginators:
        files[f"src/{service.name}/pages.cpp"] = pages_source(service)
    if service.waiters:
        files[f"src/{service.name}/waiters.cpp"] = waiters_source(service)
    for number, text in enumerate(codec_sources(service), 1):
        files[f"src/{service.name}/codec_{number}.cpp"] = text
    return files
