#include "identity/sso_token.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/checksums.hpp"
#include "core/encoding.hpp"
#include "core/json.hpp"
#include "core/timestamps.hpp"
#include "credentials/secret_file.hpp"

namespace gannet::identity {
namespace {

constexpr std::size_t longest_file = 64UL * 1024;
constexpr std::size_t deepest = 8;

class Reader {
 public:
  Reader(core::JsonValue object, std::string_view file) : object_(object), file_(file) {}

  [[nodiscard]] Result<std::string_view> text(std::string_view key, bool required) const {
    const auto member = object_.find(key);
    if (!member || member->is_null()) {
      if (required) return wrong("has no " + std::string(key));
      return std::string_view();
    }
    const auto value = member->string();
    if (!value) return wrong("says " + std::string(key) + " with something that is no string");
    if (required && value->empty()) return wrong("has an empty " + std::string(key));
    return *value;
  }

  [[nodiscard]] Result<std::optional<Timestamp>> time(std::string_view key, bool required) const {
    const auto value = text(key, required);
    if (!value) return std::unexpected(value.error());
    if (value->empty()) return std::nullopt;
    std::string written(*value);
    if (written.ends_with("UTC")) written.replace(written.size() - 3, 3, "Z");  // As older versions wrote.
    const auto moment = core::parse_iso8601(written);
    if (!moment) return wrong("says " + std::string(key) + " with something that is no time");
    return moment;
  }

  [[nodiscard]] std::unexpected<Error> wrong(const std::string& what) const {
    return fail(ErrorKind::configuration, "InvalidSsoToken", std::string(file_) + " " + what);
  }

 private:
  core::JsonValue object_;
  std::string_view file_;
};

std::unexpected<Error> unwritable(const std::filesystem::path& file, int problem) {
  return fail(ErrorKind::configuration, "UnwritableFile",
              "cannot write " + file.string() + ": " + std::strerror(problem));
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

bool SsoToken::is_refreshable(Timestamp now) const {
  return !client_id.empty() && !client_secret.empty() && !refresh_token.empty() &&
         (!registration_expires_at || *registration_expires_at > now);
}

std::string sso_token_file_name(std::string_view session_or_start_url) {
  core::Checksum checksum(core::ChecksumAlgorithm::sha1);
  checksum.update(session_or_start_url);
  return core::hex(as_bytes(checksum.finish())) + ".json";
}

Result<SsoToken> parse_sso_token(std::string_view text, std::string_view file) {
  const auto document = core::JsonDocument::parse_secret(text, deepest);
  if (!document || !document->root().is_object()) {
    return fail(ErrorKind::configuration, "InvalidSsoToken", std::string(file) + " is no JSON object");
  }
  const Reader reader(document->root(), file);
  SsoToken token;
  const std::pair<std::string_view, std::string*> texts[] = {
      {"startUrl", &token.start_url}, {"region", &token.region}, {"clientId", &token.client_id}};
  for (const auto& [key, to] : texts) {
    const auto value = reader.text(key, false);
    if (!value) return std::unexpected(value.error());
    *to = *value;
  }
  const std::pair<std::string_view, Secret*> secrets[] = {{"accessToken", &token.access_token},
                                                          {"clientSecret", &token.client_secret},
                                                          {"refreshToken", &token.refresh_token}};
  for (const auto& [key, to] : secrets) {
    const auto value = reader.text(key, to == &token.access_token);
    if (!value) return std::unexpected(value.error());
    *to = Secret(*value);
  }
  const auto expires = reader.time("expiresAt", true);
  if (!expires) return std::unexpected(expires.error());
  token.expires_at = **expires;
  const auto registration = reader.time("registrationExpiresAt", false);
  if (!registration) return std::unexpected(registration.error());
  token.registration_expires_at = *registration;
  // It goes into a header: a line break there would begin another one.
  for (const char c : token.access_token.reveal()) {
    if (c < 0x21 || c > 0x7E) return reader.wrong("has an accessToken that no header can hold");
  }
  return token;
}

Secret write_sso_token(const SsoToken& token) {
  std::string room;
  room.reserve(2 * longest_file);
  core::JsonWriter out(std::move(room));
  const auto text = [&](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    out.key(key);
    out.string(value);
  };
  out.begin_object();
  text("startUrl", token.start_url);
  text("region", token.region);
  text("accessToken", token.access_token.reveal());
  text("expiresAt", core::iso8601(std::chrono::floor<std::chrono::seconds>(token.expires_at)));
  text("clientId", token.client_id);
  text("clientSecret", token.client_secret.reveal());
  if (token.registration_expires_at)
    text("registrationExpiresAt",
         core::iso8601(std::chrono::floor<std::chrono::seconds>(*token.registration_expires_at)));
  text("refreshToken", token.refresh_token.reveal());
  out.end_object();
  return Secret(out.take());
}

Result<SsoToken> read_sso_token(const std::filesystem::path& file) {
  const auto text = credentials::read_secret_file(file, longest_file);
  if (!text) return std::unexpected(text.error());
  return parse_sso_token(text->reveal(), file.string());
}

Result<void> save_sso_token(const SsoToken& token, const std::filesystem::path& file) {
  const Secret text = write_sso_token(token);
  // Made beside the file and with mode 0600, so that the renaming is one step and nobody else reads it.
  std::string aside = file.string() + ".XXXXXX";
  const int opened = ::mkostemp(aside.data(), O_CLOEXEC);
  if (opened < 0) return unwritable(file, errno);
  bool done = write_all(opened, text.reveal()) && ::fsync(opened) == 0;
  int problem = errno;
  if (::close(opened) != 0 && done) {
    done = false;
    problem = errno;
  }
  if (done && ::rename(aside.c_str(), file.c_str()) != 0) {
    done = false;
    problem = errno;
  }
  if (done) return {};
  ::unlink(aside.c_str());
  return unwritable(file, problem);
}

}  // namespace gannet::identity
