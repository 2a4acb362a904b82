#include "io/child_process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/watchdog.hpp"

namespace gannet::io {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// How often is looked whether a process that has closed its output has ended, at first and at the longest.
constexpr milliseconds first_look{1};
constexpr milliseconds longest_look{50};

/// Processes that may not be killed: others' since they began (`sudo`). To wait for one could take for ever,
/// so they are looked after when the next process is started. Thread-safe.
class LeftRunning {
 public:
  void add(pid_t id) {
    const std::lock_guard lock(mutex_);
    ids_.push_back(id);
  }
  /// Lets those go that have ended.
  void look() {
    const std::lock_guard lock(mutex_);
    std::erase_if(ids_, [](pid_t id) { return ::waitpid(id, nullptr, WNOHANG) != 0; });
  }

 private:
  std::mutex mutex_;
  std::vector<pid_t> ids_;
};

/// Never destroyed: threads may outlive the statics.
LeftRunning& left_running() {
  static auto& all = *new LeftRunning;
  return all;
}

/// A process of ours: stopped when dropped, unless it has ended.
class Child {
 public:
  Child(pid_t id, KillProcess kill) : id_(id), kill_(kill) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { stop(); }

  /// Kills it and waits for its end. What came of that, for an error.
  std::string stop() {
    if (id_ <= 0) return {};
    const pid_t id = std::exchange(id_, 0);
    if (kill_(id, SIGKILL) != 0 && errno == EPERM) {
      left_running().add(id);
      return "may not be killed by this user: it is left running";
    }
    while (::waitpid(id, nullptr, 0) < 0 && errno == EINTR) {
    }
    return "was killed";
  }

  /// Whether it has ended; then how.
  bool has_ended(ProcessOutcome& outcome) {
    int status = 0;
    const pid_t ended = ::waitpid(id_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
    id_ = 0;
    if (ended < 0) return true;
    if (WIFEXITED(status)) outcome.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
    return true;
  }

 private:
  pid_t id_;
  KillProcess kill_;
};

/// The end of a pipe that we read from.
class OutputPipe final : public Watched {
 public:
  OutputPipe(Watchdog& watchdog, const asio::any_io_executor& executor, int descriptor)
      : Watched(watchdog), stream_(without_strand(executor), descriptor) {
    runs_on(executor);
  }

  /// `co_await pipe.read_some(room, limit); pipe.end_wait();`
  auto read_some(asio::mutable_buffer room, Clock::time_point limit) {
    return asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this, room, limit](auto handler) {
          begin(limit, [&] { stream_.async_read_some(room, std::move(handler)); }, [] { return false; });
        },
        token_);
  }
  bool end_wait() noexcept { return forget(); }

 private:
  using Token = const asio::as_tuple_t<asio::deferred_t>;
  static constexpr Token token_{asio::deferred};

  void stop_waiting() override {
    boost::system::error_code ignored;
    stream_.cancel(ignored);
  }

  asio::posix::stream_descriptor stream_;
};

/// The memory is wiped whatever happens to the task.
struct Output {
  explicit Output(std::size_t size) : text(size, '\0') {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { wipe(text); }
  std::string text;
};

class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    // What this program blocks and ignores is its own affair.
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
  }

  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
};

std::unexpected<Error> cannot_run(const std::string& program, int problem) {
  return fail(ErrorKind::configuration, "ProcessNotStarted",
              "cannot run " + program + ": " + std::strerror(problem));
}

struct Started {
  pid_t id;
  int output;
};

Result<Started> start(std::vector<std::string>& words) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return cannot_run(words.front(), errno);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const SpawnSettings settings(ends[1]);
  pid_t id = 0;
  const int problem =
      ::posix_spawnp(&id, arguments[0], &settings.files, &settings.attributes, arguments.data(), environ);
  ::close(ends[1]);
  if (problem != 0) {
    ::close(ends[0]);
    return cannot_run(words.front(), problem);
  }
  return Started{id, ends[0]};
}

Error cancelled_error(const std::string& program, Child& child) {
  return {.kind = ErrorKind::cancelled,
          .code = "Cancelled",
          .message = "cancelled while running " + program + ", which " + child.stop()};
}

Error too_late(const std::string& program, Child& child) {
  return {.kind = ErrorKind::timeout,
          .code = "ProcessTimeout",
          .message = program + " did not end within its time limit and " + child.stop()};
}

}  // namespace

Task<Result<ProcessOutcome>> run_process(std::vector<std::string> words, ProcessLimits limits,
                                         KillProcess kill) {
  const auto executor = co_await asio::this_coro::executor;
  auto& watchdog = asio::use_service<Watchdog>(asio::query(executor, asio::execution::context));
  const auto deadline = end_of(limits.time);
  const std::string program = words.front();
  left_running().look();
  auto started = start(words);
  if (!started) co_return std::unexpected(std::move(started.error()));
  Child child(started->id, kill);
  const auto pipe = std::make_shared<OutputPipe>(watchdog, executor, started->output);

  // One byte more tells an output of exactly the limit from a longer one.
  Output output(limits.output + 1);
  std::size_t have = 0;
  while (have <= limits.output) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      co_return std::unexpected(cancelled_error(program, child));
    const auto room = asio::buffer(output.text.data() + have, output.text.size() - have);
    const auto [error, count] = co_await pipe->read_some(room, deadline);
    if (pipe->end_wait()) co_return std::unexpected(too_late(program, child));
    have += count;
    if (error == asio::error::operation_aborted) continue;
    if (error) break;  // The end of the output.
  }
  if (have > limits.output) {
    co_return fail(
        ErrorKind::limit_exceeded, "ProcessOutputTooLong",
        program + " wrote more than " + std::to_string(limits.output) + " bytes and " + child.stop());
  }

  ProcessOutcome outcome;
  asio::steady_timer look(executor);
  for (auto pause = first_look; !child.has_ended(outcome); pause = std::min(2 * pause, longest_look)) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
      co_return std::unexpected(cancelled_error(program, child));
    if (Clock::now() >= deadline) co_return std::unexpected(too_late(program, child));
    look.expires_after(pause);
    co_await look.async_wait(asio::as_tuple(asio::deferred));
  }
  outcome.output = Secret(std::string_view(output.text).substr(0, have));
  co_return outcome;
}

}  // namespace gannet::io
