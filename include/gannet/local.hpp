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
#include <gannet/local_faults.hpp>
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
  FaultPlan faults{};  ///< What goes wrong on purpose from the start.
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
  /// Puts the plan in the place of the one in force, its counts beginning anew; an empty one ends all faults.
  /// Requests under way go on as they began, and what is to be applied late still is. An error, and no
  /// change, if the plan cannot be followed.
  Result<void> set_faults(FaultPlan plan);
  /// One for each rule of the plan in force.
  [[nodiscard]] std::vector<FaultCount> fault_counts() const;
  /// The seed of the plan in force: its own or the one that was picked.
  [[nodiscard]] std::uint64_t fault_seed() const;
  /// Answers what is under way, then ends; what was to be applied late never is. The destructor does the
  /// same.
  void stop();

 private:
  Cloud();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gannet::local
