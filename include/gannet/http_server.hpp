#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <gannet/body.hpp>
#include <gannet/http.hpp>
#include <gannet/result.hpp>
#include <gannet/task.hpp>

namespace gannet::http {

/// A request as it came: `origin.host` is the Host header's, path and query exactly as sent.
struct ServerRequest {
  HttpRequest head{};
  BodyReader body{};   ///< Reading it answers `Expect: 100-continue` first.
  std::string peer{};  ///< "address:port"
};

struct ServerResponse {
  int status = 200;   ///< 0: no answer, the connection is closed instead.
  Headers headers{};  ///< Date, if not given, and Content-Length are the server's matter. `Connection: close`
                      ///< closes after the answer.
  Body body{};
  /// The length that a HEAD answer speaks of, its body being absent.
  std::optional<std::uint64_t> head_length{};
  /// Sends the answer piece by piece: a slow server, for tests of clients.
  struct Pace {
    std::size_t piece = 1;  ///< Bytes, at least one.
    /// Awaited between two pieces; once it gives false, the rest is sent without it.
    std::function<Task<bool>()> between{};
  };
  std::optional<Pace> pace{};
};

/// Answers one request. What it throws becomes a plain 500.
using Handler = std::function<Task<ServerResponse>(ServerRequest)>;

struct ServerLimits {
  std::size_t header_bytes = 64 * 1024;     ///< Over it: 431.
  std::uint64_t body_bytes = 5ULL << 30;    ///< Over it: 413.
  std::size_t connections = 4096;           ///< Over it new ones wait in the listen queue.
  std::chrono::milliseconds head{30'000};   ///< To receive a whole head.
  std::chrono::milliseconds stall{60'000};  ///< Between two bytes of a body, either way.
  std::chrono::milliseconds idle{75'000};   ///< Between two requests of a connection.
};

class Session;

/// An HTTP/1.1 server on one executor, which must run on one thread or be a strand. Requests that are
/// malformed are answered 400 and close; a handler sees only what is well-formed. Destroy it on its executor,
/// or once that is at rest.
class Server {
 public:
  Server(boost::asio::any_io_executor executor, Handler handler, ServerLimits limits = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Binds and listens; port 0 picks one. Gives the bound port, or an error that names address and reason.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);
  /// Takes connections until `stop`, then until the requests under way have been answered or `grace` is over.
  /// To be run on the server's own executor.
  Task<void> serve();
  /// Stops taking connections and ends `serve` as above. Thread-safe.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds(10));

 private:
  friend class Session;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace gannet::http
