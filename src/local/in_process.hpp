#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <gannet/http_server.hpp>
#include <gannet/timestamp.hpp>
#include <gannet/transport.hpp>

namespace gannet::local {

/// A handler's door inside the process: requests sent on any executor run on the handler's own, bodies go
/// both ways piece by piece, and either side may go away at any time. `send` is thread-safe; the rest runs on
/// the handler's executor.
class InProcess final : public Transport {
 public:
  InProcess(boost::asio::any_io_executor executor, http::Handler handler, std::function<Timestamp()> now);
  ~InProcess() override;

  Task<std::expected<HttpResponse, TransportError>> send(const HttpRequest& request, Body body,
                                                         AttemptLimits limits) override;

  /// From here on requests are refused as not sent; what is under way goes on.
  void refuse_new();
  /// Cancels the requests under way.
  void cancel_all();
  /// Nothing is under way, or ever will be: lets go of the executor and of the answers that nobody has read
  /// yet. Reading on in one gives an error.
  void close();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gannet::local
