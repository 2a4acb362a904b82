// Which credentials Gannet finds in pairs of files, beside what botocore finds: the cases are those of
// tests/conformance/profile_cases.py, which runs botocore on them.

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

  friend bool operator==(const Found&, const Found&) = default;
  friend void PrintTo(const Found& found, std::ostream* out) {
    *out << (found.error.empty() ? found.key + "/" + found.secret + "/" + found.token
                                 : "error: " + found.error);
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
  return expected;
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
                                                    {"AWS_DEFAULT_REGION", "us-east-1"},
                                                    {"AWS_EC2_METADATA_DISABLED", "true"}};
    const auto given = root_.find("env").value();
    for (auto variable = given.begin(), end = given.end(); variable != end; ++variable)
      variables.insert_or_assign(std::string(variable.key()),
                                 with_home(std::string(variable.value().string().value()), home()));
    const auto services = std::make_shared<fakes::IdentityServices>();
    const auto config = Config::load(
        {.profile = text_at(root_, "profile"), .retry = {.max_attempts = 1}, .transport = services},
        Environment::of(variables));
    if (!config) return {.error = config.error().message};
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

TEST(ProfileCases, find_what_botocore_finds) {
  const Folder folder;
  const auto file = folder.path() / "cases.jsonl";
  const std::string command = "/usr/bin/python3 '" GANNET_PROFILE_CASES "' '" + file.string() + "'";
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127))
    GTEST_SKIP()
        << "There is no /usr/bin/python3 with botocore here to compare with (package python3-botocore).";
  ASSERT_EQ(status, 0);

  std::ifstream cases(file, std::ios::binary);
  std::map<std::string, int> counts;
  std::string botocore;
  for (std::string line; std::getline(cases, line);) {
    const auto document = JsonDocument::parse(line);
    ASSERT_TRUE(document.has_value()) << document.error().message;
    const JsonValue root = document->root();
    SCOPED_TRACE(text_at(root, "name"));
    const Case given(root);
    const Found found = given.run();
    const auto differs = root.find("gannet");
    const Found wanted = expected(differs && !differs->is_null() ? *differs : root.find("found").value());
    if (wanted.error.empty()) {
      EXPECT_EQ(found, wanted);
    } else {
      const std::string says = text_at(root, "says");
      EXPECT_FALSE(found.error.empty()) << "found " << testing::PrintToString(found);
      expect_error(found.error, says.empty() ? wanted.error : says, given.home());
    }
    botocore = text_at(root, "botocore");
    ++counts[differs && !differs->is_null() ? "other" : wanted.error.empty() ? "same" : "refused"];
    if (differs && !differs->is_null()) {
      EXPECT_NE(text_at(root, "why"), "") << "a difference has its reason";
    }
  }
  std::cout << "As botocore " << botocore << ": " << counts["same"] << " found, " << counts["refused"]
            << " refused; " << counts["other"] << " differ by intent\n";
  EXPECT_GE(counts["same"] + counts["refused"], 120);
}

}  // namespace
}  // namespace gannet::identity
