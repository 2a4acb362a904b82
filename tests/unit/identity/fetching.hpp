#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "credentials/cached_credentials.hpp"
#include "fakes/scripted_config.hpp"

/// What the tests of the sources of credentials have in common.
namespace gannet::identity {

inline const std::string secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline const std::string session_token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN==";

/// Says why where a message shows a secret.
inline void expect_no_secret(const Error& error) {
  for (const std::string& secret : {secret_key, session_token}) {
    EXPECT_EQ(error.message.find(secret), std::string::npos) << error.message;
    EXPECT_EQ(error.code.find(secret), std::string::npos) << error.code;
  }
}

/// Waits until it is cancelled.
inline Task<void> until_cancelled() {
  boost::asio::steady_timer never(co_await boost::asio::this_coro::executor,
                                  boost::asio::steady_timer::time_point::max());
  co_await never.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

/// A fetch that can be cancelled while it waits.
struct Fetching {
  std::optional<Result<Credentials>> outcome;
  bool throws_if_cancelled = false;
  boost::asio::io_context context;
  boost::asio::cancellation_signal cancel;

  /// Goes as far as it can.
  void begin(const credentials::Fetch& fetch) {
    boost::asio::co_spawn(context, run(fetch, *this),
                          boost::asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr thrown) {
                            EXPECT_FALSE(thrown) << "nothing is thrown";
                          }));
    context.poll();
  }
  void emit() {
    cancel.emit(boost::asio::cancellation_type::terminal);
    context.restart();
    context.run();
  }

 private:
  static Task<void> run(credentials::Fetch fetch, Fetching& self) {
    self.outcome = co_await fetch();
    self.throws_if_cancelled = co_await boost::asio::this_coro::throw_if_cancelled();
  }
};

/// A step that waits until it is cancelled.
inline fakes::ScriptedTransport::WaitingStep waits_until_cancelled() {
  return [](const fakes::SentRequest&) -> Task<std::expected<HttpResponse, TransportError>> {
    co_await until_cancelled();
    co_return std::unexpected(
        TransportError{.error = {.kind = ErrorKind::cancelled, .code = "Cancelled", .message = "cancelled"},
                       .delivery = Delivery::wholly_sent});
  };
}

}  // namespace gannet::identity
