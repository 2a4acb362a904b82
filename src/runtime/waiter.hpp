#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/waiter.hpp>

#include "runtime/call.hpp"

/// What a waiter's generated code says, and the wait that is made from it.
namespace gannet::runtime {

/// The values that an acceptor's path finds in an output, as texts.
class Found {
 public:
  void add(std::optional<std::string_view> text);
  void add(std::optional<double> number);
  void add(std::optional<bool> truth);
  void add(bool truth) { add(std::optional<bool>(truth)); }

  /// Those that are there.
  std::vector<std::string> values;
  std::size_t absent = 0;
};

enum class WaiterState : std::uint8_t { success, failure, retry };

/// Which answers mean what. A waiter goes by the first of its acceptors that matches.
struct Acceptor {
  enum class By : std::uint8_t {
    path,       ///< The path's one value is `expected`.
    all,        ///< It finds values, and all of them are.
    any,        ///< One of them is.
    status,     ///< The HTTP status is `status`, of an answer or an error.
    error,      ///< It is an error with the code `expected`.
    any_error,  ///< It is an error.
    no_error,   ///< It is none.
  };
  WaiterState state;
  By by;
  int status = 0;
  std::string_view expected{};
  std::string_view path{};
  void (*find)(const void* output, Found& found) = nullptr;
};

/// Facts of a waiter. One constant a waiter, generated.
struct Waiter {
  std::string_view name;  ///< "TableExists"
  ParseOutput parse;
  void (*reset)(void* output);  ///< Makes the output as new.
  std::chrono::milliseconds delay;
  int max_attempts;
  std::span<const Acceptor> acceptors;
};

template <class Output>
void reset_erased(void* output) {
  *static_cast<Output*>(output) = Output();
}

/// Asks until an acceptor says that it is over. `output` is then the last answer, if that was no error.
Task<Result<void>> wait_until(std::shared_ptr<const ClientState> client, const Waiter& waiter,
                              Result<Call> call, WaiterOptions options, std::shared_ptr<void> output);

/// Where the state can show in an error, so that there is no answer to give.
template <class Output>
Task<Result<void>> wait_for_state(std::shared_ptr<const ClientState> client, const Waiter& waiter,
                                  Result<Call> call, const WaiterOptions& options) {
  return wait_until(std::move(client), waiter, std::move(call), options, std::make_shared<Output>());
}

template <class Output>
Task<Result<Output>> wait_for_output(std::shared_ptr<const ClientState> client, const Waiter& waiter,
                                     Result<Call> call, WaiterOptions options) {
  auto output = std::make_shared<Output>();
  auto waited = co_await wait_until(std::move(client), waiter, std::move(call), options, output);
  if (!waited) co_return std::unexpected(std::move(waited.error()));
  co_return std::move(*output);
}

}  // namespace gannet::runtime
