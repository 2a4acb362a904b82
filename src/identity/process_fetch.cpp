#include "identity/process_fetch.hpp"

#include <cstring>
#include <utility>

#include "identity/command_words.hpp"
#include "identity/credential_document.hpp"
#include "io/child_process.hpp"
#include "io/without_throwing.hpp"

namespace gannet::identity {
namespace {

/// The program that failed is named; its arguments may hold secrets.
std::unexpected<Error> failure(const char* code, const std::string& program, const std::string& what) {
  return fail(ErrorKind::configuration, code, "the credential process " + program + " " + what);
}

Task<Result<Credentials>> run(ProcessCredentialsOptions options) {
  auto words = command_words(options.command);
  if (!words) co_return std::unexpected(std::move(words.error()));
  const std::string program = words->front();
  const io::ProcessLimits limits{.time = options.timeout, .output = longest_document};
  auto outcome = co_await io::run_process(std::move(*words), limits);
  if (!outcome) {
    if (outcome.error().kind == ErrorKind::cancelled) co_return std::unexpected(std::move(outcome.error()));
    co_return fail(ErrorKind::configuration, outcome.error().code,
                   "the credential process failed: " + outcome.error().message);
  }
  if (outcome->signal) {
    co_return failure("ProcessFailed", program,
                      "was ended by signal " + std::to_string(*outcome->signal) + " (" +
                          ::strsignal(*outcome->signal) + ")");
  }
  if (outcome->exit_status.value_or(0) != 0) {
    co_return failure("ProcessFailed", program,
                      "ended with status " + std::to_string(*outcome->exit_status) +
                          "; what it wrote to its standard error went to this program's");
  }
  auto credentials = read_credential_document(outcome->output.reveal(), DocumentOf::process,
                                              "the output of the credential process " + program);
  if (credentials && credentials->account_id.empty()) credentials->account_id = options.account_id;
  co_return credentials;
}

}  // namespace

credentials::Fetch process_fetch(const Config&, ProcessCredentialsOptions options) {
  return [options = std::move(options)] { return io::without_throwing(run(options)); };
}

}  // namespace gannet::identity
