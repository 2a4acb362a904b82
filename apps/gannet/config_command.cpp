#include "config_command.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gannet/config.hpp>
#include <gannet/task.hpp>

#include "exit_codes.hpp"

namespace {

using gannet::ExplainedSetting;

struct Letter {
  char32_t code;
  std::size_t length;  ///< Bytes.
};

/// What `text` begins with; nothing where that is not UTF-8.
std::optional<Letter> first_letter(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return Letter{lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc0 || lead > 0xf7 || text.size() < length) return std::nullopt;
  char32_t code = lead & (0x7fU >> length);
  for (const char next : text.substr(1, length - 1)) {
    if ((next & 0xc0) != 0x80) return std::nullopt;
    code = code << 6 | (next & 0x3fU);
  }
  constexpr char32_t least[] = {0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least[length - 2] || code > 0x10ffff || is_surrogate) return std::nullopt;
  return Letter{code, length};
}

/// As inside a JSON string; control characters can neither end it nor draw on a terminal, and what is not
/// UTF-8 is U+FFFD.
std::string escaped(std::string_view text, bool json) {
  std::string result;
  while (!text.empty()) {
    const Letter letter = first_letter(text).value_or(Letter{0xfffd, 1});
    const bool is_control = letter.code < 0x20 || (letter.code >= 0x7f && letter.code < 0xa0);
    if (is_control || letter.code == 0xfffd) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(letter.code));
    } else {
      if (json && (letter.code == '"' || letter.code == '\\')) result += '\\';
      result += text.substr(0, letter.length);
    }
    text.remove_prefix(letter.length);
  }
  return result;
}

int fail_with(const gannet::Error& error) {
  fmt::print(stderr, "gannet config: {}\n", escaped(error.message, false));
  return error.kind == gannet::ErrorKind::configuration ? exit_configuration : exit_failure;
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
