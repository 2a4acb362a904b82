#include "config_command.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gannet/config.hpp>
#include <gannet/task.hpp>

namespace {

using gannet::ExplainedSetting;

constexpr int exit_failure = 1;
constexpr int exit_configuration = 78;  // EX_CONFIG of sysexits.h

int fail_with(const gannet::Error& error) {
  fmt::print(stderr, "gannet config: {}\n", error.message);
  return error.kind == gannet::ErrorKind::configuration ? exit_configuration : exit_failure;
}

/// As inside a JSON string; control characters can neither end it nor draw on a terminal.
std::string escaped(std::string_view text, bool json) {
  std::string result;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (json && (letter == '"' || letter == '\\')) {
      result += '\\';
      result += letter;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\u{:04x}", byte);
    } else {
      result += letter;
    }
  }
  return result;
}

void print_json(const std::vector<ExplainedSetting>& settings) {
  fmt::print("[");
  const char* separator = "\n";
  for (const ExplainedSetting& setting : settings) {
    fmt::print(R"({}  {{"name": "{}", "value": "{}", "origin": "{}"}})", separator,
               escaped(setting.name, true), escaped(setting.value, true), escaped(setting.origin, true));
    separator = ",\n";
  }
  fmt::print("\n]\n");
}

void print_table(const std::vector<ExplainedSetting>& settings) {
  constexpr std::size_t widest_value = 60;
  constexpr std::string_view heads[] = {"SETTING", "VALUE", "FROM"};
  std::size_t name_width = heads[0].size();
  std::size_t value_width = heads[1].size();
  for (const ExplainedSetting& setting : settings) {
    name_width = std::max(name_width, setting.name.size());
    value_width = std::max(value_width, std::min(setting.value.size(), widest_value));
  }
  fmt::print("{:<{}}  {:<{}}  {}\n", heads[0], name_width, heads[1], value_width, heads[2]);
  for (const ExplainedSetting& setting : settings) {
    fmt::print("{:<{}}  {:<{}}  {}\n", escaped(setting.name, false), name_width,
               setting.value.empty() ? "-" : escaped(setting.value, false), value_width,
               escaped(setting.origin, false));
  }
}

/// Lines about the credentials themselves, for behind the one that names them.
std::vector<ExplainedSetting> explain(const gannet::Credentials& credentials) {
  const auto end = credentials.expiration;
  return {
      {.name = "credentials.session_token",
       .value = credentials.session_token.empty() ? "" : "***",
       .origin = "credentials"},
      {.name = "credentials.account_id", .value = credentials.account_id, .origin = "credentials"},
      {.name = "credentials.expiration",
       .value =
           end ? fmt::format(
                     "{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::floor<std::chrono::seconds>(*end).time_since_epoch().count()))
               : "never",
       .origin = "credentials"}};
}

}  // namespace

CLI::App* add_config_command(CLI::App& app, ConfigOptions& options) {
  CLI::App* const config = app.add_subcommand(
      "config",
      "Say what a program that uses this library would be configured with here, and which variable, file "
      "and\n"
      "line each setting came from. Secrets are masked.\n\n"
      "The exit status is 78 if the configuration is wrong, 1 if credentials could not be got for another "
      "reason.");
  config->add_option("--profile", options.profile, "Profile to take instead of AWS_PROFILE's")
      ->type_name("NAME");
  config->add_flag("--json", options.json, "Print a JSON array of objects with name, value and origin");
  config->add_flag("--credentials", options.credentials,
                   "Get the credentials too, over the network if need be, and say when they expire");
  return config;
}

int run_config(const ConfigOptions& options) {
  const auto config = gannet::Config::load({.profile = options.profile});
  if (!config) return fail_with(config.error());
  std::vector<ExplainedSetting> about_credentials;
  if (options.credentials) {
    const auto who = gannet::blocking(config->credentials->resolve());
    if (!who) return fail_with(who.error());
    about_credentials = explain(**who);
  }
  auto settings = config->explain();
  const auto named = std::ranges::find(settings, "credentials", &ExplainedSetting::name);
  if (named != settings.end()) settings.insert(named + 1, about_credentials.begin(), about_credentials.end());
  if (options.json) {
    print_json(settings);
  } else {
    print_table(settings);
  }
  return EXIT_SUCCESS;
}
