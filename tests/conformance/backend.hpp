#pragma once

#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include <fmt/format.h>
#include <gannet/config.hpp>
#include <gannet/credentials_provider.hpp>
#include <gannet/local.hpp>

namespace gannet::conformance {

/// The server that the suite runs against: the one named by GANNET_TEST_ENDPOINT (with
/// GANNET_TEST_ENDPOINT_KEY, ID:SECRET), else a local cloud of this process's own, on a socket.
class Backend {
 public:
  static Backend& get() {
    static Backend backend;
    return backend;
  }

  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] bool is_ours() const { return cloud_ != nullptr; }
  /// "moto", "ceph" ...: GANNET_TEST_ENDPOINT_NAME; "gannet" for the local cloud.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Whether a signature that is wrong is refused; these two take any.
  [[nodiscard]] bool verifies_signatures() const { return name_ != "moto" && name_ != "s3rver"; }
  /// A name that no earlier run has used.
  static std::string fresh(const std::string& prefix) {
    static std::random_device chance;
    return fmt::format("{}-{:08x}", prefix, chance());
  }

 private:
  Backend() {
    config_.region = "us-east-1";
    Credentials keys;
    if (const char* const endpoint = std::getenv("GANNET_TEST_ENDPOINT")) {
      config_.endpoint_url = endpoint;
      const char* const name = std::getenv("GANNET_TEST_ENDPOINT_NAME");
      name_ = name == nullptr ? endpoint : name;
      const char* const given = std::getenv("GANNET_TEST_ENDPOINT_KEY");
      const std::string key = given == nullptr ? "test:test" : given;
      const std::size_t colon = key.find(':');
      keys = {.access_key_id = key.substr(0, colon), .secret_access_key = Secret(key.substr(colon + 1))};
    } else {
      const local::AcceptedKey key;
      keys = {.access_key_id = key.access_key_id, .secret_access_key = key.secret_access_key};
      cloud_ = local::Cloud::open({}).value();
      config_.endpoint_url = cloud_->listen("127.0.0.1", 0).value();
      name_ = "gannet";
    }
    config_.credentials = static_credentials(std::move(keys));
  }

  std::unique_ptr<local::Cloud> cloud_;
  Config config_;
  std::string name_;
};

}  // namespace gannet::conformance
