#include "credentials/static_credentials.hpp"

#include <utility>

#include "core/timestamps.hpp"
#include "io/time_source.hpp"

namespace gannet {
namespace credentials {
namespace {

class FixedCredentials final : public CredentialsProvider {
 public:
  FixedCredentials(Credentials credentials, std::string name, TimeSource time)
      : credentials_(std::make_shared<const Credentials>(std::move(credentials))),
        name_(std::move(name)),
        time_(std::move(time)) {}

  Task<Result<std::shared_ptr<const Credentials>>> resolve() override {
    if (auto usable = peek()) co_return usable;
    co_return fail(ErrorKind::configuration, "ExpiredCredentials",
                   name_ + " have expired at " + core::iso8601(*credentials_->expiration) +
                       ": get new ones and start again");
  }
  std::shared_ptr<const Credentials> peek() noexcept override {
    const auto& end = credentials_->expiration;
    return !end || io::now_of(time_) < *end ? credentials_ : nullptr;
  }
  std::shared_ptr<const Credentials> look() noexcept override { return credentials_; }

 private:
  const std::shared_ptr<const Credentials> credentials_;
  const std::string name_;
  const TimeSource time_;
};

}  // namespace

std::shared_ptr<CredentialsProvider> fixed_credentials(Credentials credentials, std::string name,
                                                       TimeSource time) {
  return std::make_shared<FixedCredentials>(std::move(credentials), std::move(name), std::move(time));
}

}  // namespace credentials

std::shared_ptr<CredentialsProvider> static_credentials(Credentials credentials) {
  return credentials::fixed_credentials(std::move(credentials), "the credentials given to static_credentials",
                                        {});
}

}  // namespace gannet
