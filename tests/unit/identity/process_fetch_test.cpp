#include "identity/process_fetch.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/identity/fetching.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::identity {
namespace {

using namespace std::chrono_literals;

class ProcessFetch : public testing::Test {
 protected:
  ProcessFetch() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet process-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~ProcessFetch() override {
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a process was left behind";
    EXPECT_EQ(errno, ECHILD);
    std::filesystem::remove_all(folder);
  }

  /// A shell script, which is then the command.
  void script(const std::string& text, std::string_view arguments = {}) {
    const auto file = folder / "credential helper";
    std::ofstream(file) << "#!/bin/sh\n" << text << "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    options.command = "'" + file.string() + "' " + std::string(arguments);
  }
  void prints(const std::string& document) {
    std::ofstream(folder / "document") << document;
    script("cat '" + (folder / "document").string() + "'");
  }
  Result<Credentials> run() { return blocking(process_fetch(Config(), options)()); }
  void expect_error(const char* code, std::string_view part) {
    const auto who = run();
    ASSERT_FALSE(who.has_value()) << part;
    EXPECT_EQ(who.error().kind, ErrorKind::configuration);
    EXPECT_EQ(who.error().code, code) << who.error().message;
    EXPECT_NE(who.error().message.find(part), std::string::npos) << who.error().message;
    EXPECT_EQ(who.error().message.find("hidden"), std::string::npos) << who.error().message;
    expect_no_secret(who.error());
  }

  std::filesystem::path folder;
  ProcessCredentialsOptions options;
  const std::string keys =
      R"("Version": 1, "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": ")" + secret_key + R"(")";
};

TEST_F(ProcessFetch, reads_what_the_process_prints) {
  prints("{" + keys + R"(, "SessionToken": ")" + session_token +
         R"(", "Expiration": "2027-01-01T00:00:00Z", "AccountId": "123456789012"})");
  const auto who = run();
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ(who->access_key_id, "ASIAEXAMPLE");
  EXPECT_EQ(who->secret_access_key.reveal(), secret_key);
  EXPECT_EQ(who->session_token.reveal(), session_token);
  EXPECT_EQ(who->account_id, "123456789012");
  EXPECT_TRUE(who->expiration.has_value());
}

TEST_F(ProcessFetch, names_the_account_of_the_profile_where_the_process_names_none) {
  prints("{" + keys + "}");
  options.account_id = "210987654321";
  const auto who = run();
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ(who->account_id, "210987654321");
  EXPECT_FALSE(who->expiration.has_value());
}

TEST_F(ProcessFetch, gives_the_process_its_arguments_and_runs_no_shell) {
  script(R"(test "$#" = 3 && test "$1" = 'two words' && test "$2" = '$HOME;' && test "$3" = '' || exit 9
            printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "x"}' ARGUMENTS)",
         R"("two words" $HOME; '')");
  const auto who = run();
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ(who->access_key_id, "ARGUMENTS");
}

TEST_F(ProcessFetch, looks_for_the_program_along_the_path) {
  options.command = R"(printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "x"}' FOUND)";
  EXPECT_EQ(run()->access_key_id, "FOUND");
}

TEST_F(ProcessFetch, lets_the_process_speak_on_standard_error) {
  script("echo 'your password?' >&2; exit 3", "hidden");
  testing::internal::CaptureStderr();
  expect_error("ProcessFailed", "ended with status 3");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "your password?\n");
}

TEST_F(ProcessFetch, starts_the_process_with_signals_as_they_are_by_default) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  script("kill -TERM $$; exit 1");
  expect_error("ProcessFailed", "signal 15");
  script("kill -PIPE $$; exit 1");
  expect_error("ProcessFailed", "signal 13");
  ::signal(SIGPIPE, old);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(ProcessFetch, that_fails_in_any_way_is_an_error_without_secrets) {
  options.command = "";
  expect_error("InvalidCommand", "is empty");
  options.command = "prog 'hidden";
  expect_error("InvalidCommand", "without its end");
  options.command = "/no/such/program hidden";
  expect_error("ProcessNotStarted", "cannot run /no/such/program: No such file or directory");
  options.command = "/etc/passwd hidden";
  expect_error("ProcessNotStarted", "Permission denied");

  script("echo '{" + keys + "}'; exit 1", "hidden");
  expect_error("ProcessFailed", "ended with status 1");
  script("echo '{" + keys + "}'; kill -KILL $$", "hidden");
  expect_error("ProcessFailed", "signal 9");
  script("while :; do echo '" + secret_key + "'; done", "hidden");
  expect_error("ProcessOutputTooLong", "65536 bytes");
  script("exit 0");
  expect_error("MalformedCredentials", "not valid JSON");
  prints("{" + keys);
  expect_error("MalformedCredentials", "not valid JSON");
  prints(R"({"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": ")" + secret_key + R"("})");
  expect_error("MalformedCredentials", "Version is missing");
}

TEST_F(ProcessFetch, kills_a_process_that_takes_too_long) {
  options.timeout = 20ms;
  script("exec sleep 1000", "hidden");
  expect_error("ProcessTimeout", "was killed");
  // It has closed its output, and goes on.
  script("exec >&-; exec sleep 1000", "hidden");
  expect_error("ProcessTimeout", "was killed");
}

TEST_F(ProcessFetch, believes_the_output_where_nobody_is_told_how_processes_end) {
  prints("{" + keys + "}");
  const auto old = ::signal(SIGCHLD, SIG_IGN);
  const auto who = run();
  ::signal(SIGCHLD, old);
  EXPECT_TRUE(who.has_value()) << who.error().message;
}

/// A process that waits for a line in the file `fifo`.
class WaitingProcess : public ProcessFetch {
 protected:
  WaitingProcess() {
    const auto file = folder / "fifo";
    EXPECT_EQ(::mkfifo(file.c_str(), 0600), 0);
    fifo = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    script("read line < '" + file.string() + "'; printf '{" + keys + "}'");
  }
  ~WaitingProcess() override { ::close(fifo); }
  int fifo = -1;
};

TEST_F(WaitingProcess, holds_up_nothing_else) {
  Fetching fetching;
  fetching.begin(process_fetch(Config(), options));
  ASSERT_FALSE(fetching.outcome.has_value());
  bool done = false;
  boost::asio::post(fetching.context, [&] { done = true; });
  fetching.context.poll();
  EXPECT_TRUE(done);
  EXPECT_FALSE(fetching.outcome.has_value());
  ASSERT_EQ(::write(fifo, "go\n", 3), 3);
  fetching.context.run();
  ASSERT_TRUE(fetching.outcome.has_value());
  EXPECT_TRUE(fetching.outcome->has_value()) << fetching.outcome->error().message;
}

TEST_F(WaitingProcess, is_killed_when_the_call_is_cancelled) {
  Fetching fetching;
  fetching.begin(process_fetch(Config(), options));
  ASSERT_FALSE(fetching.outcome.has_value());
  fetching.emit();
  ASSERT_TRUE(fetching.outcome.has_value());
  EXPECT_EQ(fetching.outcome->error().kind, ErrorKind::cancelled);
  EXPECT_TRUE(fetching.throws_if_cancelled);
}

TEST_F(WaitingProcess, is_killed_when_it_is_cancelled_after_it_has_closed_its_output) {
  script("exec >&-; echo > '" + (folder / "closed").string() + "'; exec sleep 1000");
  Fetching fetching;
  fetching.begin(process_fetch(Config(), options));
  while (!std::filesystem::exists(folder / "closed")) fetching.context.poll();
  for (int i = 0; i < 100; ++i) fetching.context.poll();
  ASSERT_FALSE(fetching.outcome.has_value());
  fetching.emit();
  EXPECT_EQ(fetching.outcome->error().kind, ErrorKind::cancelled);
}

TEST_F(WaitingProcess, is_killed_when_its_context_ends) {
  Fetching fetching;
  fetching.begin(process_fetch(Config(), options));
  ASSERT_FALSE(fetching.outcome.has_value());
}

TEST_F(WaitingProcess, is_killed_when_the_last_of_a_config_ends) {
  std::optional<Config> config(std::in_place);
  auto provider = process_credentials(*config, options);
  boost::asio::io_context context;
  boost::asio::cancellation_signal cancel;
  boost::asio::co_spawn(
      context, provider->resolve(),
      boost::asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr, const auto& given) {
        EXPECT_EQ(given.error().kind, ErrorKind::cancelled);
      }));
  context.poll();
  cancel.emit(boost::asio::cancellation_type::terminal);
  context.restart();
  context.run();
  config.reset();
  provider.reset();
}

TEST_F(ProcessFetch, serves_a_provider) {
  prints("{" + keys + "}");
  const Config config;
  const auto provider = process_credentials(config, options);
  const auto who = blocking(provider->resolve());
  ASSERT_TRUE(who.has_value()) << who.error().message;
  EXPECT_EQ((*who)->access_key_id, "ASIAEXAMPLE");
  EXPECT_EQ(provider->peek(), *who);
}

}  // namespace
}  // namespace gannet::identity
