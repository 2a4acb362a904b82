#include "local/in_process.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/timestamps.hpp"
#include "io/http_message.hpp"
#include "local/handover.hpp"

namespace gannet::local {
namespace {

namespace asio = boost::asio;

constexpr auto never = std::chrono::steady_clock::time_point::max();
constexpr std::size_t piece_size = 64 * 1024;

using Piece = Result<std::string>;
using SharedSource = std::shared_ptr<ByteSource>;

/// Reads once from `source`, on the executor it belongs to.
Task<Piece> read_piece(SharedSource source, std::size_t size) {
  std::string piece(std::min(size, piece_size), '\0');
  const auto read = co_await source->read_some(std::as_writable_bytes(std::span(piece)));
  if (!read) co_return std::unexpected(read.error());
  piece.resize(*read);
  co_return piece;
}

Result<std::size_t> copy_piece(const std::optional<Piece>& piece, std::span<std::byte> buffer,
                               const char* gone) {
  if (!piece) return fail(ErrorKind::network, "ConnectionClosed", gone);
  if (!*piece) return std::unexpected(piece->error());
  std::memcpy(buffer.data(), (*piece)->data(), (*piece)->size());
  return (*piece)->size();
}

/// A request's body that is read as it goes. Its source stays on the sender's executor.
struct Upload {
  explicit Upload(const asio::any_io_executor& executor) : sender(executor) {}
  Mailbox sender;

  // The rest is used on the sender's executor alone.
  SharedSource source;
  bool reading = false;
  bool at_end = false;
  asio::cancellation_signal stop;
  std::optional<HandoverSender<bool>> stopped;
};

Task<void> read_upload(std::shared_ptr<Upload> upload, std::size_t size, HandoverSender<Piece> to) {
  if (!upload->source) co_return;
  upload->reading = true;
  auto piece = co_await read_piece(upload->source, size);
  upload->at_end = piece && piece->empty();
  upload->reading = false;
  to.give(std::move(piece));
  if (upload->stopped) upload->stopped->give(true);
}

/// The upload as the handler reads it.
class UploadReader final : public ByteSource {
 public:
  UploadReader(std::shared_ptr<Upload> upload, asio::any_io_executor sender)
      : upload_(std::move(upload)), sender_(std::move(sender)) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const auto here = co_await asio::this_coro::executor;
    HandoverReceiver<Piece> receiver(here, never);
    upload_->sender.post(
        [upload = upload_, executor = sender_, size = buffer.size(), to = receiver.sender()]() mutable {
          auto slot = upload->stop.slot();
          asio::co_spawn(executor, read_upload(std::move(upload), size, std::move(to)),
                         asio::bind_cancellation_slot(slot, asio::detached));
        });
    const auto piece = co_await receiver.wait();
    co_return copy_piece(piece, buffer, "The sender of this request went away before its body had ended.");
  }

 private:
  std::shared_ptr<Upload> upload_;
  asio::any_io_executor sender_;
};

/// Ends an upload when the call that sends it ends, however it does.
class UploadEnd {
 public:
  explicit UploadEnd(std::shared_ptr<Upload> upload) : upload_(std::move(upload)) {}
  UploadEnd(const UploadEnd&) = delete;
  UploadEnd& operator=(const UploadEnd&) = delete;
  ~UploadEnd() {
    if (!upload_) return;
    upload_->sender.close();
    upload_->source.reset();
  }

 private:
  std::shared_ptr<Upload> upload_;
};

/// A body that comes as slowly as it is asked to.
class PacedSource final : public ByteSource {
 public:
  PacedSource(std::unique_ptr<ByteSource> source, http::ServerResponse::Pace pace)
      : source_(std::move(source)), pace_(pace) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    if (begun_ && pace_.between) {
      const bool go_on = co_await pace_.between();
      if (!go_on) pace_.between = nullptr;
    }
    begun_ = true;
    const std::size_t most = pace_.between ? std::max<std::size_t>(pace_.piece, 1) : buffer.size();
    const auto piece = buffer.first(std::min(buffer.size(), most));
    co_return co_await source_->read_some(piece);
  }

 private:
  std::unique_ptr<ByteSource> source_;
  http::ServerResponse::Pace pace_;
  bool begun_ = false;
};

Body paced(Body body, http::ServerResponse::Pace pace) {
  const auto size = body.size();
  return Body::reopenable(
      [body = std::move(body), pace]() -> Result<std::unique_ptr<ByteSource>> {
        auto source = body.open();
        if (!source) return source;
        return std::make_unique<PacedSource>(*std::move(source), pace);
      },
      size);
}

/// Takes as long as the head of an answer does that goes piece by piece over a connection.
Task<void> pace_head(const http::ServerResponse::Pace& pace, int status, const Headers& headers) {
  std::size_t bytes = std::string_view("HTTP/1.1 200 \r\n\r\n").size() + io::reason_phrase(status).size();
  for (const Header& header : headers)
    bytes += header.name.size() + header.value.size() + std::string_view(": \r\n").size();
  for (std::size_t sent = 0; sent < bytes; sent += std::max<std::size_t>(pace.piece, 1)) {
    const bool go_on = co_await pace.between();
    if (!go_on) co_return;
  }
}

std::unexpected<TransportError> failed(ErrorKind kind, std::string code, std::string message,
                                       Delivery delivery) {
  return std::unexpected(TransportError{
      .error = {.kind = kind, .code = std::move(code), .message = std::move(message)}, .delivery = delivery});
}

}  // namespace

struct InProcess::Shared : std::enable_shared_from_this<InProcess::Shared> {
  Shared(asio::any_io_executor its_executor, http::Handler its_handler, std::function<Timestamp()> its_clock)
      : mailbox(its_executor),
        executor(std::move(its_executor)),
        handler(std::move(its_handler)),
        now(std::move(its_clock)) {}

  Mailbox mailbox;

  // The rest is used on the handler's executor alone.
  asio::any_io_executor executor;
  http::Handler handler;
  std::function<Timestamp()> now;
  bool refusing = false;
  std::uint64_t last_number = 0;
  std::unordered_map<std::uint64_t, std::shared_ptr<asio::cancellation_signal>> running;
  std::unordered_map<std::uint64_t, SharedSource> downloads;

  class Download;
  class DownloadReader;
  struct Answer;

  void start(http::ServerRequest request, HandoverSender<Answer> to);
  static Task<void> run(std::shared_ptr<Shared> self, std::uint64_t number, http::ServerRequest request,
                        HandoverSender<Answer> to);
  Answer answer_of(http::ServerResponse response, bool head_only);
  static Task<void> read_download(std::shared_ptr<Shared> self, std::uint64_t number, std::size_t size,
                                  HandoverSender<Piece> to);
};

/// An answer's body that is read as it comes; its source stays on the handler's executor, and goes when this
/// does.
class InProcess::Shared::Download {
 public:
  Download(std::shared_ptr<Shared> shared, std::uint64_t number)
      : shared_(std::move(shared)), number_(number) {}
  Download(Download&& other) noexcept : shared_(std::move(other.shared_)), number_(other.number_) {}
  Download& operator=(Download&&) = delete;
  ~Download() {
    if (!shared_) return;
    const auto shared = shared_;
    shared->mailbox.post([self = std::move(shared_), number = number_] { self->downloads.erase(number); });
  }
  [[nodiscard]] const std::shared_ptr<Shared>& shared() const noexcept { return shared_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

 private:
  std::shared_ptr<Shared> shared_;
  std::uint64_t number_;
};

struct InProcess::Shared::Answer {
  bool refused = false;
  bool cut = false;  ///< The handler wants the connection closed instead.
  int status = 0;
  Headers headers{};
  std::string body{};
  std::optional<Download> rest{};
};

class InProcess::Shared::DownloadReader final : public ByteSource {
 public:
  DownloadReader(Download download, AttemptLimits limits) : download_(std::move(download)), limits_(limits) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const auto here = co_await asio::this_coro::executor;
    auto deadline = limits_.deadline.value_or(never);
    if (limits_.stall.count() > 0)
      deadline = std::min(deadline, std::chrono::steady_clock::now() + limits_.stall);
    HandoverReceiver<Piece> receiver(here, deadline);
    const auto& shared = download_.shared();
    shared->mailbox.post([self = shared, number = download_.number(), size = buffer.size(),
                          to = receiver.sender()]() mutable {
      const auto executor = self->executor;
      asio::co_spawn(executor, read_download(std::move(self), number, size, std::move(to)), asio::detached);
    });
    const auto piece = co_await receiver.wait();
    if (!piece && !receiver.ended() && receiver.deadline_passed()) {
      co_return fail(ErrorKind::timeout, "RequestTimeout", "The local cloud's answer did not go on in time.");
    }
    co_return copy_piece(piece, buffer, "The local cloud stopped before this answer had ended.");
  }

 private:
  Download download_;
  AttemptLimits limits_;
};

Task<void> InProcess::Shared::read_download(std::shared_ptr<Shared> self, std::uint64_t number,
                                            std::size_t size, HandoverSender<Piece> to) {
  const auto at = self->downloads.find(number);
  if (at == self->downloads.end()) co_return;
  auto piece = co_await read_piece(at->second, size);
  to.give(std::move(piece));
}

void InProcess::Shared::start(http::ServerRequest request, HandoverSender<Answer> to) {
  if (refusing) {
    Answer refusal;
    refusal.refused = true;
    to.give(std::move(refusal));
    return;
  }
  const auto number = ++last_number;
  const auto cancel = std::make_shared<asio::cancellation_signal>();
  running.emplace(number, cancel);
  asio::co_spawn(executor, run(shared_from_this(), number, std::move(request), std::move(to)),
                 asio::bind_cancellation_slot(cancel->slot(), [cancel](const std::exception_ptr&) {}));
}

Task<void> InProcess::Shared::run(std::shared_ptr<Shared> self, std::uint64_t number,
                                  http::ServerRequest request, HandoverSender<Answer> to) {
  struct Running {
    Shared& shared;
    std::uint64_t number;
    ~Running() { shared.running.erase(number); }
  };
  const Running running_until_here{*self, number};
  const bool head_only = request.head.method == "HEAD";
  auto response = co_await self->handler(std::move(request));
  const auto pace = response.pace;
  auto answer = self->answer_of(std::move(response), head_only);
  if (pace && pace->between && !answer.cut) co_await pace_head(*pace, answer.status, answer.headers);
  to.give(std::move(answer));
}

InProcess::Shared::Answer InProcess::Shared::answer_of(http::ServerResponse response, bool head_only) {
  Answer answer;
  answer.status = response.status;
  answer.cut = response.status == 0;
  if (answer.cut) return answer;
  answer.headers = std::move(response.headers);
  if (!answer.headers.contains("date")) answer.headers.add("Date", core::rfc822(now()));
  const auto length = response.head_length ? response.head_length : response.body.size();
  const bool bodiless = answer.status == 204 || answer.status == 304;
  if (length && !bodiless && !answer.headers.contains("content-length")) {
    answer.headers.add("Content-Length", std::to_string(*length));
  }
  if (head_only || bodiless) return answer;
  if (response.pace) response.body = paced(std::move(response.body), *response.pace);
  if (const auto bytes = response.body.in_memory()) {
    answer.body = as_text(*bytes);
    return answer;
  }
  auto source = response.body.open();
  if (!source) {
    answer.status = 500;
    answer.body = source.error().message;
    return answer;
  }
  const auto number = ++last_number;
  downloads.emplace(number, *std::move(source));
  answer.rest.emplace(shared_from_this(), number);
  return answer;
}

InProcess::InProcess(asio::any_io_executor executor, http::Handler handler, std::function<Timestamp()> now)
    : shared_(std::make_shared<Shared>(std::move(executor), std::move(handler), std::move(now))) {}

InProcess::~InProcess() = default;

void InProcess::refuse_new() {
  shared_->refusing = true;
}

void InProcess::cancel_all() {
  std::vector<std::shared_ptr<asio::cancellation_signal>> signals;
  for (const auto& [number, signal] : shared_->running) signals.push_back(signal);
  for (const auto& signal : signals) signal->emit(asio::cancellation_type::terminal);
}

void InProcess::close() {
  shared_->mailbox.close();
  shared_->downloads.clear();
  shared_->handler = nullptr;
}

Task<std::expected<HttpResponse, TransportError>> InProcess::send(const HttpRequest& request, Body body,
                                                                  AttemptLimits limits) {
  const auto here = co_await asio::this_coro::executor;
  http::ServerRequest sent;
  sent.head = request;
  sent.peer = "in-process";
  if (!sent.head.headers.contains("host")) sent.head.headers.add("Host", request.origin.authority());
  std::shared_ptr<Upload> upload;
  if (const auto bytes = body.in_memory()) {
    // A copy: a caller who cancels may take the bytes away while the handler still reads.
    if (!bytes->empty()) sent.body = BodyReader(std::string(as_text(*bytes)));
  } else {
    auto source = body.open();
    if (!source) co_return std::unexpected(TransportError{.error = source.error()});
    upload = std::make_shared<Upload>(here);
    upload->source = *std::move(source);
    sent.body = BodyReader(std::string(), std::make_unique<UploadReader>(upload, here));
  }
  const bool has_length =
      sent.head.headers.contains("content-length") || sent.head.headers.contains("transfer-encoding");
  if (const auto size = body.size(); !has_length && size && (*size != 0 || sent.head.method != "GET")) {
    sent.head.headers.add("Content-Length", std::to_string(*size));
  }
  const UploadEnd end_of_upload(upload);

  auto deadline = limits.deadline.value_or(never);
  if (limits.attempt.count() > 0)
    deadline = std::min(deadline, std::chrono::steady_clock::now() + limits.attempt);
  HandoverReceiver<Shared::Answer> receiver(here, deadline);
  const bool posted = shared_->mailbox.post(
      [shared = shared_, request_sent = std::move(sent), to = receiver.sender()]() mutable {
        auto& self = *shared;
        self.start(std::move(request_sent), std::move(to));
      });
  if (!posted) {
    co_return failed(ErrorKind::network, "ConnectionRefused", "The local cloud has stopped.",
                     Delivery::not_sent);
  }

  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  auto answer = co_await receiver.wait();
  while (upload && upload->reading) {
    // The source may use what the caller takes away after this call.
    HandoverReceiver<bool> stopped(here, never);
    upload->stopped.emplace(stopped.sender());
    upload->stop.emit(asio::cancellation_type::terminal);
    co_await stopped.wait();
    upload->stopped.reset();
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  co_await asio::this_coro::throw_if_cancelled(throws);

  const auto delivery = upload && !upload->at_end ? Delivery::not_sent : Delivery::wholly_sent;
  if (!answer) {
    if (state.cancelled() != asio::cancellation_type::none) {
      co_return failed(ErrorKind::cancelled, "Cancelled", "The call was cancelled.", delivery);
    }
    if (!receiver.ended() && receiver.deadline_passed()) {
      co_return failed(ErrorKind::timeout, "RequestTimeout", "The local cloud did not answer in time.",
                       delivery);
    }
    co_return failed(ErrorKind::network, "ConnectionClosed", "The local cloud stopped before it answered.",
                     delivery);
  }
  if (answer->refused) {
    co_return failed(ErrorKind::network, "ConnectionRefused", "The local cloud is stopping.",
                     Delivery::not_sent);
  }
  if (answer->cut) {
    co_return failed(ErrorKind::network, "NoAnswer",
                     "The local cloud closed the connection before it answered.", delivery);
  }
  HttpResponse response;
  response.status = answer->status;
  response.request_sent = delivery == Delivery::wholly_sent;
  response.headers = std::move(answer->headers);
  response.body = answer->rest ? BodyReader(std::move(answer->body), std::make_unique<Shared::DownloadReader>(
                                                                         *std::move(answer->rest), limits))
                               : BodyReader(std::move(answer->body));
  co_return response;
}

}  // namespace gannet::local
