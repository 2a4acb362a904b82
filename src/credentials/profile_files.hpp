#pragma once

#include <string>
#include <string_view>

#include <gannet/config.hpp>
#include <gannet/result.hpp>

#include "credentials/profile_text.hpp"

namespace gannet::credentials {

/// A value with the place it came from, for messages: "AWS_REGION", "/home/me/.aws/config, line 3".
struct Setting {
  std::string value;
  std::string where;
};

/// The shared config and credentials files and the profile that was chosen. Files that are not there are
/// empty.
class ProfileFiles {
 public:
  /// Reads the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name, else those below ~/.aws,
  /// which count as not there where they may not be looked for. `profile` "" stands for AWS_PROFILE, then
  /// AWS_DEFAULT_PROFILE, then `default`. Errors are of kind `configuration`: a file that cannot be read or
  /// understood, a profile that was asked for and is in neither file.
  static Result<ProfileFiles> load(std::string_view profile, const Environment& environment);

  [[nodiscard]] const std::string& profile() const noexcept { return profile_; }
  /// The variable that named the profile; "" for none.
  [[nodiscard]] const std::string& profile_variable() const noexcept { return profile_variable_; }
  [[nodiscard]] const std::string& config_file() const noexcept { return config_file_; }
  [[nodiscard]] const std::string& credentials_file() const noexcept { return credentials_file_; }
  /// The profile's sections, or nullptr.
  [[nodiscard]] const ProfileSection* in_config() const noexcept { return in_config(profile_); }
  [[nodiscard]] const ProfileSection* in_credentials() const noexcept { return in_credentials(profile_); }
  /// Those of another profile.
  [[nodiscard]] const ProfileSection* in_config(std::string_view profile) const noexcept;
  [[nodiscard]] const ProfileSection* in_credentials(std::string_view profile) const noexcept;
  /// `[sso-session NAME]`, or nullptr.
  [[nodiscard]] const ProfileSection* sso_session(std::string_view name) const noexcept;

  /// A plain value of the profile that is not empty; the credentials file comes first.
  [[nodiscard]] std::optional<Setting> find(std::string_view key) const;
  /// The same of another profile.
  [[nodiscard]] std::optional<Setting> find_in(std::string_view profile, std::string_view key) const;
  /// Whether there is one; secrets are better not copied to find out.
  [[nodiscard]] bool has(std::string_view profile, std::string_view key) const noexcept;
  /// A value of a section that stands in the config file, if it is not empty.
  [[nodiscard]] std::optional<Setting> find_in_config(const ProfileSection& section,
                                                      std::string_view key) const;
  /// A value below a key of the profile: `s3 =` and below it `addressing_style = path`. The credentials file
  /// comes first, with all that it has below that key.
  [[nodiscard]] std::optional<Setting> find(std::string_view key, std::string_view nested) const;
  /// The endpoints by service id that the profile's `services` section gives; those that are empty are not
  /// there.
  [[nodiscard]] Result<std::vector<std::pair<std::string, Setting>>> service_endpoints() const;

 private:
  std::string profile_;
  std::string profile_variable_;
  std::string config_file_;
  std::string credentials_file_;
  ProfileText config_;
  ProfileText credentials_;
};

}  // namespace gannet::credentials
