#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>

#include "credentials/cached_credentials.hpp"
#include "fakes/virtual_time.hpp"
#include "io/event.hpp"

namespace gannet::credentials {

/// Credentials that end after `life`, with a key id that tells the fetches apart: "KEY1", "KEY2" ...
class CredentialSource {
 public:
  explicit CredentialSource(const fakes::VirtualTime& time) : time_(time) {}

  [[nodiscard]] Fetch fetch() {
    return [this] { return get(); };
  }
  [[nodiscard]] int fetches() const { return fetches_; }

  std::optional<std::chrono::milliseconds> life = std::chrono::hours(1);
  std::atomic<bool> fails = false;
  bool throws = false;
  /// Fetches wait for it, if there is one.
  std::shared_ptr<io::Event> gate;

 private:
  Task<Result<Credentials>> get() {
    const int number = ++fetches_;
    if (const auto waits_for = gate) co_await waits_for->wait();
    if (throws) throw std::runtime_error("the source is out of order");
    if (fails)
      co_return fail(ErrorKind::configuration, "NoSource", "fetch " + std::to_string(number) + " failed");
    Credentials credentials{.access_key_id = "KEY" + std::to_string(number),
                            .secret_access_key = Secret("secret-of-the-source")};
    if (life) credentials.expiration = time_.now() + *life;
    co_return credentials;
  }

  fakes::VirtualTime time_;
  std::atomic<int> fetches_ = 0;
};

}  // namespace gannet::credentials
