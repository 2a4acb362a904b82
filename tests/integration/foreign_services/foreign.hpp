#pragma once

#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include <gannet/config.hpp>
#include <gtest/gtest.h>

#include "fakes/scripted_config.hpp"

namespace gannet::foreign {

/// A configuration for the server that GANNET_TEST_ENDPOINT names, if it names one.
inline std::optional<Config> server() {
  const char* const endpoint = std::getenv("GANNET_TEST_ENDPOINT");
  if (endpoint == nullptr) return std::nullopt;
  Config config;
  config.region = "us-east-1";
  config.endpoint_url = endpoint;
  config.credentials =
      static_credentials({.access_key_id = "AKIAPEER", .secret_access_key = Secret("secret")});
  return config;
}

/// A name that no earlier run has used.
inline std::string fresh(const std::string& prefix) {
  static std::random_device chance;
  return prefix + "-" + std::to_string(chance());
}

}  // namespace gannet::foreign

/// `config` is for a server, or the test is skipped.
#define GANNET_NEEDS_A_SERVER(config)                                                                     \
  const auto found_server = gannet::foreign::server();                                                    \
  if (!found_server) GTEST_SKIP() << "GANNET_TEST_ENDPOINT names no server: run.py starts moto for this"; \
  const gannet::Config& config = *found_server
