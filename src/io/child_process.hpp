#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <gannet/result.hpp>
#include <gannet/secret.hpp>
#include <gannet/task.hpp>
#include <sys/types.h>

namespace gannet::io {

struct ProcessLimits {
  std::chrono::milliseconds time{0};  ///< Zero means none.
  std::size_t output = 64UL * 1024;   ///< Bytes.
};

struct ProcessOutcome {
  Secret output{};  ///< All that it wrote to its standard output.
  /// Not set where the system tells no parent how its children end (SIGCHLD is ignored).
  std::optional<int> exit_status{};
  std::optional<int> signal{};  ///< That ended it.
};

/// As kill(2).
using KillProcess = int (*)(pid_t, int);

/// Runs a program to its end, `words` being its name, looked for along PATH, and its arguments; it has our
/// environment, standard input and standard error. Blocks no thread. Errors are of kind configuration (it
/// cannot be started), timeout, limit_exceeded or cancelled, and name the program alone; the process has been
/// killed then, as it is when the task is dropped. One that may not be killed, as it runs as another user, is
/// left to itself: the error says so. Expects a caller that has switched throwing on cancellation off.
Task<Result<ProcessOutcome>> run_process(std::vector<std::string> words, ProcessLimits limits,
                                         KillProcess kill = ::kill);

}  // namespace gannet::io
