#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

struct LocalOptions {
  std::uint16_t port = 4566;
  std::string host = "127.0.0.1";
  std::string data_dir = ".gannet/cloud";
  bool memory = false;
  bool durable = false;
  std::string region = "us-east-1";
  std::string account = "000000000000";
  std::vector<std::string> credentials;  ///< KEY:SECRET each, from the command line.
  std::optional<std::string> faults_file;
  std::vector<std::string> faults;       ///< Rules in their short form.
  std::optional<std::uint64_t> seed;
};

CLI::App* add_local_command(CLI::App& app, LocalOptions& options);

/// Runs the cloud until it is told to stop; the process's exit status.
int run_local(const LocalOptions& options);
