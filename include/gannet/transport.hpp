#pragma once

#include <chrono>
#include <expected>
#include <optional>

#include <gannet/body.hpp>
#include <gannet/delivery.hpp>
#include <gannet/http.hpp>
#include <gannet/task.hpp>

namespace gannet {

struct TransportError {
  /// Of kind network, timeout, cancelled or protocol; validation or configuration where the request or the
  /// transport's settings cannot be used; a body's own error where it could not be read.
  Error error{};
  Delivery delivery = Delivery::not_sent;
};

/// Has a request made anew that has waited for a connection: its signature ages meanwhile.
class RequestRenewal {
 public:
  /// Called when a connection is at hand that had to be waited for and before anything is written: the last
  /// moment at which the request may change. An error ends the attempt, nothing sent.
  virtual Result<void> renew() = 0;

 protected:
  ~RequestRenewal() = default;
};

/// Limits of one attempt. Zero means no limit.
struct AttemptLimits {
  std::chrono::milliseconds connect{3'100};  ///< Name look-up, TCP and TLS, each new connection.
  std::chrono::milliseconds stall{20'000};   ///< The longest wait for the next byte, either way.
  std::chrono::milliseconds attempt{0};      ///< From the start to the answer's head.
  /// When all must have ended, the reading of a streamed body included.
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  /// A connection that has been idle for longer is not used; for requests that must not be sent twice.
  std::optional<std::chrono::milliseconds> maximum_idle{};
  RequestRenewal* renewal = nullptr;  ///< Must live until the attempt's head is there.
};

/// An answer whose body may still be under way.
struct HttpResponse {
  int status = 0;
  Headers headers{};
  BodyReader body{};
  /// False where the answer came before the last byte of the request had been handed to the socket.
  bool request_sent = true;
};

/// Sends one request and gives the head of its answer. Implemented by sockets, by test doubles and by the
/// local cloud. Thread-safe; must outlive the calls made on it, not the answers it gave.
class Transport {
 public:
  virtual ~Transport() = default;
  /// `request` must live until the task ends.
  virtual Task<std::expected<HttpResponse, TransportError>> send(const HttpRequest& request, Body body,
                                                                 AttemptLimits limits) = 0;
};

}  // namespace gannet
