#include "io/child_process.hpp"

#include <cerrno>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "io/without_throwing.hpp"

namespace gannet::io {
namespace {

using namespace std::chrono_literals;

Result<ProcessOutcome> outcome_of(std::vector<std::string> words, ProcessLimits limits = {},
                                  KillProcess kill = ::kill) {
  return blocking(without_throwing(run_process(std::move(words), limits, kill)));
}

/// As for a process that `sudo` has made root's.
class UnkillableProcess : public ::testing::Test {
 protected:
  ~UnkillableProcess() override {
    ::kill(spared, SIGKILL);
    while (::waitpid(spared, nullptr, 0) < 0 && errno == EINTR) {
    }
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a process was left behind";
  }

  static int not_permitted(pid_t id, int) {
    spared = id;
    errno = EPERM;
    return -1;
  }
  static inline pid_t spared = 0;
};

TEST_F(UnkillableProcess, is_left_running_and_the_error_says_so) {
  const auto outcome = outcome_of({"/bin/sleep", "1000"}, {.time = 20ms}, not_permitted);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().kind, ErrorKind::timeout);
  EXPECT_EQ(outcome.error().message,
            "/bin/sleep did not end within its time limit and may not be killed by this user: it is left "
            "running");
  EXPECT_EQ(::waitpid(spared, nullptr, WNOHANG), 0) << "it has ended";
}

TEST_F(UnkillableProcess, that_writes_too_much_is_left_running_too) {
  const auto outcome =
      outcome_of({"/bin/sh", "-c", "echo 123456789; exec sleep 1000"}, {.output = 4}, not_permitted);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().message,
            "/bin/sh wrote more than 4 bytes and may not be killed by this user: it is left running");
}

TEST_F(UnkillableProcess, is_no_zombie_for_longer_than_until_the_next_process_is_started) {
  EXPECT_FALSE(outcome_of({"/bin/sleep", "1000"}, {.time = 20ms}, not_permitted).has_value());
  ::kill(spared, SIGKILL);
  siginfo_t ended;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(spared), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(outcome_of({"/bin/true"}).has_value());
  EXPECT_EQ(::waitpid(spared, nullptr, WNOHANG), -1) << "it is still a zombie";
}

}  // namespace
}  // namespace gannet::io
