#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>
#include <gannet/log.hpp>

#include "fakes/scripted_transport.hpp"
#include "fakes/virtual_time.hpp"

namespace gannet::fakes {

/// A configuration that reaches nothing but `transport`, with example keys and a clock of the test's own.
inline Config scripted_config(std::shared_ptr<ScriptedTransport> transport, const VirtualTime& time) {
  Config config;
  config.region = "us-east-1";
  config.credentials =
      static_credentials({.access_key_id = "AKIDEXAMPLE", .secret_access_key = Secret("example-secret")});
  config.transport = std::move(transport);
  config.time = time.source();
  return config;
}

/// Keeps log lines: "warning: Table fetch-data not found".
class LogLines {
 public:
  [[nodiscard]] LogSink sink() {
    return [this](LogLevel level, std::string_view message) {
      static constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
      lines.push_back(std::string(names[static_cast<std::size_t>(level)]) + ": " + std::string(message));
    };
  }
  std::vector<std::string> lines;
};

}  // namespace gannet::fakes
