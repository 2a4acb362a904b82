#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <gannet/credentials.hpp>
#include <gannet/log.hpp>
#include <gannet/result.hpp>
#include <gannet/secret.hpp>
#include <gannet/task.hpp>
#include <gannet/timestamp.hpp>
#include <gannet/transport.hpp>

namespace gannet::local {

/// An access key that the cloud accepts.
struct AcceptedKey {
  std::string access_key_id = "AKIAGANNETLOCAL00000";
  Secret secret_access_key = Secret("gannet-local-secret-access-key");
};

struct CloudOptions {
  /// Where state is kept; unset: in memory (object bodies in a temporary folder that goes with the cloud).
  std::optional<std::filesystem::path> data_dir{};
  std::vector<AcceptedKey> keys = {AcceptedKey{}};
  std::string account_id = "000000000000";
  std::string region = "us-east-1";
  bool durable = false;              ///< Survives a power cut (full syncs), not only the end of the process.
  std::function<Timestamp()> now{};  ///< Empty: the system clock.
  LogSink log{};
};

/// The embedded cloud: DynamoDB, S3, Secrets Manager and STS behind one door. It runs on one thread of its
/// own, which its destructor joins. Thread-safe.
class Cloud {
 public:
  static Result<std::unique_ptr<Cloud>> open(CloudOptions options);
  Cloud(const Cloud&) = delete;
  Cloud& operator=(const Cloud&) = delete;
  ~Cloud();

  /// Takes requests on a socket; port 0 picks one. Gives the URL.
  Result<std::string> listen(const std::string& host, std::uint16_t port);
  /// The same cloud with no socket: requests go straight to its thread. Must not outlive the cloud.
  [[nodiscard]] std::shared_ptr<Transport> transport();
  /// Answers what is under way, then ends. The destructor does the same.
  void stop();

 private:
  Cloud();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gannet::local
