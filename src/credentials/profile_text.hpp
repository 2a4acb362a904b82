#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gannet/result.hpp>

/// The shared config and credentials files, read as the AWS command line reads them: sections, `key = value`
/// (or `key: value`), whole-line comments (# and ;), indented lines that go on with the value above, and
/// values that are themselves a list of indented `key = value` lines.
namespace gannet::credentials {

struct ProfileEntry {
  std::string key;    ///< Lower case.
  std::string value;  ///< Continued lines joined by newlines. "" where `nested` has the value.
  int line = 0;
  /// One level; its own `nested` are empty. Of keys that stand there twice the last one.
  std::vector<ProfileEntry> nested;
};

struct ProfileSection {
  std::string name;  ///< As between the brackets.
  int line = 0;
  std::vector<ProfileEntry> entries;

  [[nodiscard]] const ProfileEntry* find(std::string_view key) const noexcept;
};

/// A whole file. It may hold secrets: its values are wiped when it ends.
class ProfileText {
 public:
  /// Errors are of kind `configuration` and name `file` and the line, never what stands there.
  static Result<ProfileText> parse(std::string_view text, std::string_view file);

  ProfileText() = default;
  ProfileText(ProfileText&&) noexcept = default;
  ProfileText& operator=(ProfileText&&) noexcept;
  ~ProfileText();

  [[nodiscard]] const std::vector<ProfileSection>& sections() const noexcept { return sections_; }
  /// `[name]`
  [[nodiscard]] const ProfileSection* section(std::string_view name) const noexcept;
  /// `[kind name]`, the name in quotes or not; also `[default]` for the profile of that name.
  [[nodiscard]] const ProfileSection* section(std::string_view kind, std::string_view name) const noexcept;

 private:
  void wipe() noexcept;
  std::vector<ProfileSection> sections_;
};

}  // namespace gannet::credentials
