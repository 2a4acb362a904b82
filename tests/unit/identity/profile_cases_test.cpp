// Which credentials and settings Gannet finds in pairs of files, beside what botocore finds: the cases are
// those of tests/conformance/profile_cases.py, which runs botocore on them. GANNET_TEST_PYTHON is a Python
// with another botocore than the system's.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include <gannet/config.hpp>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/json.hpp"
#include "fakes/identity_services.hpp"

namespace gannet::identity {
namespace {

using core::JsonDocument;
using core::JsonValue;
using Calls = std::vector<fakes::IdentityServices::Asked>;
using Settings = std::map<std::string, std::string>;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-profiles-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string text_at(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? std::string(value->string().value_or("")) : std::string();
}

std::string with_home(std::string text, const std::string& home) {
  for (auto at = text.find("@HOME@"); at != std::string::npos; at = text.find("@HOME@", at))
    text.replace(at, 6, home);
  return text;
}

/// The same form for what either of them found.
struct Found {
  std::string error;  ///< "" for credentials.
  std::string key{}, secret{}, token{};
  Calls calls{};
  Settings settings{};  ///< By botocore's names; "" for what was not set.

  friend bool operator==(const Found&, const Found&) = default;
  friend void PrintTo(const Found& found, std::ostream* out) {
    *out << (found.error.empty() ? found.key + "/" + found.secret + "/" + found.token
                                 : "error: " + found.error);
    for (const auto& [name, value] : found.settings) {
      if (!value.empty()) *out << "\n  " << name << " = " << value;
    }
    for (const auto& call : found.calls) {
      *out << "\n ";
      for (const auto& [name, value] : call) *out << " " << name << "=" << value;
    }
  }
};

Found expected(JsonValue found) {
  Found expected{.error = text_at(found, "error"),
                 .key = text_at(found, "key"),
                 .secret = text_at(found, "secret"),
                 .token = text_at(found, "token")};
  if (found.find("none")) expected.error = "no credentials were found";
  if (const auto calls = found.find("calls")) {
    for (const JsonValue call : *calls) {
      auto& asked = expected.calls.emplace_back();
      for (auto member = call.begin(), end = call.end(); member != end; ++member)
        asked.emplace(member.key(), member.value().string().value());
    }
  }
  if (const auto settings = found.find("settings")) {
    for (auto member = settings->begin(), end = settings->end(); member != end; ++member)
      expected.settings.emplace(member.key(), member.value().string().value());
  }
  return expected;
}

std::string text(const std::optional<bool>& value, const char* yes = "true", const char* no = "false") {
  return value ? *value ? yes : no : "";
}
std::string text(const std::optional<int>& value) {
  return value ? std::to_string(*value) : "";
}
std::string text(S3Addressing style) {
  return style == S3Addressing::automatic ? "auto" : style == S3Addressing::path ? "path" : "virtual";
}

std::string endpoint(const Config& config, const char* service) {
  const auto own = config.service_endpoint_urls.find(service);
  return own != config.service_endpoint_urls.end() ? own->second : config.endpoint_url.value_or("");
}

Settings settings_of(const Config& config) {
  const EndpointSettings& endpoints = config.endpoints;
  const bool has_mode = config.origins.contains("retry_mode");
  return {{"region", config.region},
          {"retry_mode", has_mode ? config.loaded_values.at("retry_mode") : ""},
          {"max_attempts", text(config.retry.max_attempts)},
          {"ca_bundle", config.ca_bundle.string()},
          {"use_fips_endpoint", text(endpoints.use_fips)},
          {"use_dualstack_endpoint", text(endpoints.use_dual_stack)},
          {"sts_regional_endpoints", text(endpoints.sts_global, "legacy", "regional")},
          {"user_agent_appid", config.app_id},
          {"disable_request_compression", text(config.disable_request_compression)},
          {"request_min_compression_size_bytes", text(config.request_min_compression_size_bytes)},
          {"s3.addressing_style", text(config.s3_addressing)},
          {"s3.use_accelerate_endpoint", text(endpoints.s3_use_accelerate)},
          {"s3.use_dualstack_endpoint", text(endpoints.s3_use_dual_stack)},
          {"s3.use_arn_region", text(endpoints.s3_use_arn_region)},
          {"s3.us_east_1_regional_endpoint", text(endpoints.s3_us_east_1_global, "legacy", "regional")},
          {"s3.s3_disable_multiregion_access_points", text(endpoints.s3_disable_multi_region_access_points)},
          {"endpoint_url.dynamodb", endpoint(config, "dynamodb")},
          {"endpoint_url.s3", endpoint(config, "s3")},
          {"endpoint_url.secretsmanager", endpoint(config, "secrets_manager")},
          {"endpoint_url.sts", endpoint(config, "sts")}};
}

class Case {
 public:
  explicit Case(JsonValue root) : root_(root) {
    write("config", bytes("config"));
    write("credentials", bytes("credentials"));
    const auto files = root.find("files").value();
    for (auto file = files.begin(), end = files.end(); file != end; ++file)
      write(std::string(file.key()), std::string(file.value().string().value()));
  }

  [[nodiscard]] std::string home() const { return folder_.path().string(); }

  [[nodiscard]] Found run() const {
    std::map<std::string, std::string> variables = {{"HOME", home()},
                                                    {"PATH", "/usr/bin:/bin"},
                                                    {"AWS_CONFIG_FILE", home() + "/config"},
                                                    {"AWS_SHARED_CREDENTIALS_FILE", home() + "/credentials"},
                                                    {"AWS_EC2_METADATA_DISABLED", "true"}};
    const bool is_about_settings = text_at(root_, "about") == "settings";
    if (!is_about_settings) variables.emplace("AWS_DEFAULT_REGION", "us-east-1");
    const auto given = root_.find("env").value();
    for (auto variable = given.begin(), end = given.end(); variable != end; ++variable)
      variables.insert_or_assign(std::string(variable.key()),
                                 with_home(std::string(variable.value().string().value()), home()));
    const auto services = std::make_shared<fakes::IdentityServices>();
    Config given_in_code{.profile = text_at(root_, "profile"), .transport = services};
    if (!is_about_settings) given_in_code.retry.max_attempts = 1;
    const auto config = Config::load(std::move(given_in_code), Environment::of(variables));
    if (!config) return {.error = config.error().message};
    if (is_about_settings) return {.error = {}, .settings = settings_of(*config)};
    EXPECT_TRUE(services->asked().empty()) << "loading asks nobody";
    const auto who = blocking(config->credentials->resolve());
    if (!who) {
      EXPECT_EQ(who.error().kind, ErrorKind::configuration) << to_string(who.error());
      return {.error = who.error().message};
    }
    return {.error = {},
            .key = (*who)->access_key_id,
            .secret = (*who)->secret_access_key.reveal(),
            .token = (*who)->session_token.reveal(),
            .calls = services->asked()};
  }

 private:
  [[nodiscard]] std::string bytes(std::string_view name) const {
    const auto decoded = core::from_hex(text_at(root_, name)).value();
    return std::string(as_text(decoded));
  }
  void write(const std::string& name, const std::string& text) const {
    const auto file = folder_.path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << with_home(text, home());
  }

  JsonValue root_;
  Folder folder_;
};

/// Whether the error is the one that the case expects: "config, line 3: ..." begins with the file's name.
void expect_error(const std::string& error, std::string says, const std::string& home) {
  says = with_home(std::move(says), home);
  for (const char* file : {"config", "credentials"}) {
    if (says.starts_with(std::string(file) + ", line ") || says.starts_with(std::string(file) + ": "))
      says.insert(0, home + "/");
  }
  EXPECT_FALSE(says.empty()) << "the case does not tell what an error says";
  EXPECT_NE(error.find(says), std::string::npos) << "expected: " << says << "\nin: " << error;
}

/// What came of the cases. Left out are those that botocore does not judge, by the reason.
struct Counts {
  int passed = 0;
  int failed = 0;
  std::map<std::string, int> left_out;
};

void print(const Counts& counts, const std::string& botocore) {
  int left_out = 0;
  std::string reasons;
  for (const auto& [reason, count] : counts.left_out) {
    left_out += count;
    reasons += (reasons.empty() ? "" : "; ") + std::to_string(count) + ": " + reason;
  }
  std::cout << "Profile cases: " << counts.passed << " passed, " << counts.failed << " failed, " << left_out
            << " left out of what botocore " << botocore << " finds (" << reasons << ")\n";
}

/// Expects of Gannet what the case does. Why botocore does not judge it, if it does not.
std::string judge(JsonValue root) {
  if (auto reason = text_at(root, "left_out"); !reason.empty()) return reason;
  const Case given(root);
  Found found = given.run();
  Found wanted = expected(root.find("found").value());
  const auto differs = root.find("gannet");
  const bool is_other = differs && !differs->is_null();
  const std::string why = text_at(root, "why");
  EXPECT_EQ(is_other, !why.empty()) << "a difference has its reason";
  if (is_other) {
    Found ours = expected(*differs);
    // Settings that are not named are as botocore has them.
    if (ours.error.empty()) ours.settings.merge(wanted.settings);
    wanted = std::move(ours);
  }
  // An older botocore does not know all of them.
  std::erase_if(found.settings, [&](const auto& one) { return !wanted.settings.contains(one.first); });
  if (wanted.error.empty()) {
    EXPECT_EQ(found, wanted);
  } else {
    const std::string says = text_at(root, "says");
    EXPECT_FALSE(found.error.empty()) << "found " << testing::PrintToString(found);
    expect_error(found.error, says.empty() ? wanted.error : says, given.home());
  }
  return why;
}

int failures_so_far() {
  return testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
}

TEST(ProfileCases, find_what_botocore_finds) {
  const Folder folder;
  const auto file = folder.path() / "cases.jsonl";
  const char* const other = std::getenv("GANNET_TEST_PYTHON");
  const std::string python = other == nullptr ? "/usr/bin/python3" : other;
  const std::string command = python + " '" GANNET_PROFILE_CASES "' '" + file.string() + "'";
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127))
    GTEST_SKIP() << "There is no " << python
                 << " with botocore here to compare with (package python3-botocore).";
  ASSERT_EQ(status, 0);

  std::ifstream cases(file, std::ios::binary);
  Counts counts;
  std::string botocore;
  for (std::string line; std::getline(cases, line);) {
    const auto document = JsonDocument::parse(line);
    ASSERT_TRUE(document.has_value()) << document.error().message;
    const JsonValue root = document->root();
    SCOPED_TRACE(text_at(root, "name"));
    botocore = text_at(root, "botocore");
    const int failures = failures_so_far();
    const std::string left_out = judge(root);
    if (failures_so_far() != failures) {
      ++counts.failed;
    } else if (left_out.empty()) {
      ++counts.passed;
    } else {
      ++counts.left_out[left_out];
    }
  }
  print(counts, botocore);
  EXPECT_GE(counts.passed, 150);
}

}  // namespace
}  // namespace gannet::identity
