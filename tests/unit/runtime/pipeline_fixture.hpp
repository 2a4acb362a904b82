#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error_codes.hpp"
#include "fakes/scripted_transport.hpp"
#include "fakes/virtual_time.hpp"
#include "runtime/call.hpp"
#include "runtime/client_state.hpp"

namespace gannet::runtime {

/// A service whose error answers are "CODE message" and whose outputs are the body as it came.
inline void parse_plain_error(const Answer& answer, Error& error) {
  const auto space = answer.body.find(' ');
  error.code = answer.body.substr(0, space);
  if (space != std::string::npos) error.message = answer.body.substr(space + 1);
  error.kind = core::kind_of(error.code, answer.status);
}

inline Result<void> parse_plain(Answer& answer, void* output) {
  if (answer.body.starts_with("unreadable"))
    return fail(ErrorKind::protocol, "SerializationException", "cannot read it");
  *static_cast<std::string*>(output) = answer.body;
  return {};
}

inline Result<void> parse_stream(Answer& answer, void* output) {
  *static_cast<BodyReader*>(output) = std::move(answer.stream);
  return {};
}

inline constexpr Service plain_service{.id = "plain_service",
                                       .signing_name = "plain",
                                       .endpoint_prefix = "plain",
                                       .default_max_attempts = 4,
                                       .default_base_delay = std::chrono::milliseconds(25)};
inline constexpr Service s3_service{.id = "s3", .signing_name = "s3", .endpoint_prefix = "s3", .s3 = true};

inline constexpr Operation read_operation{.service = &plain_service,
                                          .name = "ReadThing",
                                          .repeatable = Repeatable::yes,
                                          .parse_error = parse_plain_error,
                                          .reads = true};
inline constexpr Operation idempotent_operation{.service = &plain_service,
                                                .name = "PutThing",
                                                .repeatable = Repeatable::yes,
                                                .parse_error = parse_plain_error};
inline constexpr Operation other_operation{.service = &plain_service,
                                           .name = "AddToThing",
                                           .repeatable = Repeatable::no,
                                           .parse_error = parse_plain_error};

/// What an observer was told, kept.
struct Told {
  int attempt;
  int http_status;
  bool failed;
  bool will_retry;
  std::chrono::milliseconds delay;
  std::string reason;
  std::string request_id;
};

/// The real pipeline on a scripted transport and a clock of its own.
class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    config.region = "us-east-1";
    config.credentials =
        static_credentials({.access_key_id = "AKIDEXAMPLE",
                            .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")});
    config.transport = transport;
    config.time = time.source();
    config.observers.push_back([this](const AttemptEvent& event) {
      told.push_back({event.attempt, event.http_status, event.error != nullptr, event.will_retry, event.delay,
                      std::string(event.reason), std::string(event.request_id)});
    });
  }

  static Call call_of(const Operation& operation, Body body = "{}") {
    Call call;
    call.operation = &operation;
    call.request.method = "POST";
    call.request.headers.add("x-amz-target", operation.name);
    call.body = std::move(body);
    call.repeatable = operation.repeatable;
    return call;
  }
  std::shared_ptr<const ClientState> client_of(const Operation& operation) const {
    return make_client(*operation.service, config);
  }

  Result<std::string> run(Call call) {
    std::string output;
    auto client = client_of(*call.operation);
    auto done = blocking(execute_with_checksum(std::move(client), std::move(call), parse_plain, &output));
    if (!done) return std::unexpected(std::move(done.error()));
    return output;
  }
  Result<std::string> run(const Operation& operation) { return run(call_of(operation)); }

  std::shared_ptr<fakes::ScriptedTransport> transport = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time;
  std::vector<Told> told;
  Config config;
};

}  // namespace gannet::runtime
