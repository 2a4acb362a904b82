#pragma once

#include <string>

#include <CLI/CLI.hpp>

struct ConfigOptions {
  std::string profile;
  bool json = false;
  bool credentials = false;  ///< Get them, and say which source gave them.
};

CLI::App* add_config_command(CLI::App& app, ConfigOptions& options);

/// Prints the configuration that a program would find here; the process's exit status.
int run_config(const ConfigOptions& options);
