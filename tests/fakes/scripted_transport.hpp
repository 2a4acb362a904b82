#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gannet/transport.hpp>

namespace gannet::fakes {

/// A request as a ScriptedTransport saw it, its body read to the end.
struct SentRequest {
  HttpRequest request;
  std::string body;
  AttemptLimits limits;
};

/// Plays a script: each request gets the next answer or failure of it, and is kept. Asking for more than the
/// script holds is an error of kind `protocol` that says so. Thread-safe.
///
///     auto transport = std::make_shared<fakes::ScriptedTransport>();
///     transport->answer(400, R"({"__type": "ThrottlingException"})").answer(200, "{}");
class ScriptedTransport : public Transport {
 public:
  /// A whole answer.
  ScriptedTransport& answer(int status, std::string body = {}, Headers headers = {}) {
    return then([status, body, headers](const SentRequest&) {
      return HttpResponse{.status = status, .headers = headers, .body = BodyReader(body)};
    });
  }
  /// An answer whose body breaks after `begin`.
  ScriptedTransport& answer_cut(int status, std::string begin, Headers headers = {}) {
    return then([status, begin, headers](const SentRequest&) {
      return HttpResponse{
          .status = status, .headers = headers, .body = BodyReader(begin, std::make_unique<BrokenSource>())};
    });
  }
  /// An answer whose body comes in `pieces`, one a read.
  ScriptedTransport& answer_in_pieces(int status, std::vector<std::string> pieces, Headers headers = {}) {
    return then([status, pieces, headers](const SentRequest&) {
      return HttpResponse{.status = status,
                          .headers = headers,
                          .body = BodyReader({}, std::make_unique<PiecesSource>(pieces))};
    });
  }
  /// No answer.
  ScriptedTransport& fail(Delivery delivery, ErrorKind kind = ErrorKind::network,
                          std::string code = "ConnectionReset") {
    return then([=](const SentRequest&) {
      return std::unexpected(TransportError{
          .error = {.kind = kind, .code = code, .message = "the script says so"}, .delivery = delivery});
    });
  }
  /// Whatever `step` makes of the request.
  using Step = std::function<std::expected<HttpResponse, TransportError>(const SentRequest&)>;
  ScriptedTransport& then(Step step) {
    const std::lock_guard lock(mutex_);
    steps_.push_back({std::move(step), nullptr});
    return *this;
  }
  /// The same for a step that waits, say for its cancellation.
  using WaitingStep = std::function<Task<std::expected<HttpResponse, TransportError>>(const SentRequest&)>;
  ScriptedTransport& then_wait(WaitingStep step) {
    const std::lock_guard lock(mutex_);
    steps_.push_back({nullptr, std::move(step)});
    return *this;
  }

  [[nodiscard]] std::vector<SentRequest> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return sent_.size();
  }
  /// Whether every step has been played.
  [[nodiscard]] bool finished() const {
    const std::lock_guard lock(mutex_);
    return steps_.empty();
  }

  Task<std::expected<HttpResponse, TransportError>> send(const HttpRequest& request, Body body,
                                                         AttemptLimits limits) override {
    SentRequest seen{.request = request, .body = {}, .limits = limits};
    auto source = body.open();
    if (!source) {
      co_return std::unexpected(
          TransportError{.error = std::move(source.error()), .delivery = Delivery::not_sent});
    }
    BodyReader reader({}, std::move(*source));
    auto read = co_await reader.read_all(std::size_t{1} << 30);
    if (!read) {
      co_return std::unexpected(
          TransportError{.error = std::move(read.error()), .delivery = Delivery::not_sent});
    }
    seen.body = std::move(*read);
    Steps next;
    {
      const std::lock_guard lock(mutex_);
      sent_.push_back(seen);
      if (steps_.empty()) {
        co_return std::unexpected(
            TransportError{.error = {.kind = ErrorKind::protocol,
                                     .code = "ScriptEnded",
                                     .message = "the script holds no answer to this request"},
                           .delivery = Delivery::not_sent});
      }
      next = std::move(steps_.front());
      steps_.pop_front();
    }
    if (next.waiting) co_return co_await next.waiting(seen);
    co_return next.at_once(seen);
  }

 private:
  struct Steps {
    Step at_once;
    WaitingStep waiting;
  };
  struct BrokenSource : ByteSource {
    Task<Result<std::size_t>> read_some(std::span<std::byte>) override { co_return fail_read(); }
    static Result<std::size_t> fail_read() {
      return gannet::fail(ErrorKind::network, "ConnectionReset", "the connection was cut in mid-body");
    }
  };
  struct PiecesSource : ByteSource {
    explicit PiecesSource(std::vector<std::string> all) : pieces(all.begin(), all.end()) {}
    Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
      while (!pieces.empty() && pieces.front().empty()) pieces.pop_front();
      if (pieces.empty()) co_return std::size_t{0};
      std::string& piece = pieces.front();
      const std::size_t count = std::min(buffer.size(), piece.size());
      std::copy_n(gannet::as_bytes(piece).begin(), count, buffer.begin());
      piece.erase(0, count);
      co_return count;
    }
    std::deque<std::string> pieces;
  };

  mutable std::mutex mutex_;
  std::deque<Steps> steps_;
  std::vector<SentRequest> sent_;
};

}  // namespace gannet::fakes
