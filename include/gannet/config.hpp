#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <gannet/credentials_provider.hpp>
#include <gannet/endpoint_settings.hpp>
#include <gannet/observer.hpp>
#include <gannet/proxies.hpp>
#include <gannet/retry.hpp>
#include <gannet/s3_addressing.hpp>
#include <gannet/time_source.hpp>
#include <gannet/transport.hpp>

namespace gannet {

/// Where `Config::load` reads variables from: the process, or a test's own table.
struct Environment {
  std::function<std::optional<std::string>(const std::string& name)> get{};
  /// The names of all variables: AWS_ENDPOINT_URL_SERVICE is read for whatever service it names.
  std::function<std::vector<std::string>()> names{};
  static Environment process();
  static Environment of(std::map<std::string, std::string> variables);
};

/// Limits on time. Zero means no limit.
struct Timeouts {
  std::chrono::milliseconds connect{3'100};  ///< Name look-up, TCP and TLS.
  std::chrono::milliseconds stall{20'000};   ///< The longest wait for the next byte, either way.
  std::chrono::milliseconds attempt{0};      ///< One attempt, to the answer's head.
  std::chrono::milliseconds call{
      0};  ///< The whole call: every attempt and wait, and the reading of its body.
  /// A request that must not be sent twice takes no connection that has been idle for longer: its peer may be
  /// about to close it.
  std::chrono::milliseconds unrepeatable_idle{5'000};
};

/// How many connections there are and for how long they are kept, in each execution context.
struct ConnectionLimits {
  /// To one host and port, from 1; calls beyond it wait for their turn, first come, first served.
  std::size_t per_origin = 128;
  /// One idle for longer is not used again, and closed when a connection to whatever origin is opened. Zero
  /// means no limit.
  std::chrono::milliseconds max_idle{50'000};
  /// The same of one that is older, so that changes of DNS are followed.
  std::chrono::milliseconds max_age{300'000};
};

namespace runtime {
struct Shared;
std::shared_ptr<Shared> make_shared_state();
}  // namespace runtime

/// A line of `Config::explain`.
struct ExplainedSetting {
  /// The member of Config: "region", "retry.max_attempts"; of what is none the profile's key: "retry_mode".
  std::string name{};
  std::string value{};  ///< As text, secrets masked; "" where there is none.
  /// "default", "code", or where `load` found it: "AWS_REGION", "/home/me/.aws/config, line 3".
  std::string origin{};
};

/// Everything a client is made from. Copies, and so the clients made from them, share credentials,
/// connections and the server clock's skew. Set what you know and let `load` find the rest: `auto config =
/// Config::load({.region = "eu-west-1"});`
struct Config {
  std::string region{};                       ///< AWS_REGION, AWS_DEFAULT_REGION, `region`.
  std::string profile{};                      ///< AWS_PROFILE; "" stands for `default`.
  std::optional<std::string> endpoint_url{};  ///< AWS_ENDPOINT_URL, `endpoint_url`; for every service.
  /// By service id in lower case (`dynamodb`, `s3`, `secrets_manager`, `sts`): AWS_ENDPOINT_URL_DYNAMODB ...
  std::map<std::string, std::string, std::less<>> service_endpoint_urls{};
  EndpointSettings endpoints{};  ///< Which of AWS's: FIPS, dual-stack, accelerated ...
  /// Found where botocore finds them: the environment, what the profile says (roles, web identity, single
  /// sign-on, keys, a process), the container, the instance. See identity.hpp.
  std::shared_ptr<CredentialsProvider> credentials{};
  S3Addressing s3_addressing = S3Addressing::automatic;  ///< `s3 = addressing_style`.
  RetryPolicy retry{};                                   ///< AWS_MAX_ATTEMPTS, `max_attempts`.
  Timeouts timeouts{};
  ConnectionLimits connections{};
  std::filesystem::path ca_bundle{};  ///< AWS_CA_BUNDLE, `ca_bundle`; empty: the system's authorities.
  /// HTTPS_PROXY, HTTP_PROXY, ALL_PROXY for what they do not set, NO_PROXY; each in lower case, too, which
  /// counts for more. Set but empty (`Proxies{}`): no proxy, whatever the environment says.
  std::optional<Proxies> proxies{};
  std::shared_ptr<Transport> transport{};  ///< Empty: sockets, shared by the copies of this Config.
  std::vector<Observer> observers{};
  std::string app_id{};         ///< AWS_SDK_UA_APP_ID, `sdk_ua_app_id`: names the program in the user agent.
  std::string execution_env{};  ///< AWS_EXECUTION_ENV: where the program runs, for the user agent.
  /// Asked once a call for the value of its `x-amzn-trace-id` header; "" for none. `load` lets it read
  /// _X_AMZN_TRACE_ID in a Lambda function. `CallOptions::trace_id` goes before it. Must be thread-safe.
  std::function<std::string()> trace_id{};
  /// AWS_DISABLE_REQUEST_COMPRESSION, `disable_request_compression`: whether bodies are sent as they are also
  /// to operations that take them packed. Unset: no.
  std::optional<bool> disable_request_compression{};
  /// AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES, `request_min_compression_size_bytes`: smaller bodies are not
  /// packed. Unset: 10,240.
  std::optional<int> request_min_compression_size_bytes{};
  TimeSource time{};
  /// Where work runs that outlives the call which began it: fetches of credentials that several calls wait
  /// for, refreshes ahead of expiry. Empty: a thread that the copies of this Config share, started when it is
  /// first needed and joined with the last of them.
  boost::asio::any_io_executor background{};
  /// What `load` found, by the name of the member: "AWS_REGION", "/home/me/.aws/config, line 3". See
  /// `explain`.
  std::map<std::string, std::string> origins{};
  /// What `load` made of them, as text: by it `explain` knows what was changed in code since, and what was
  /// set that is no member.
  std::map<std::string, std::string> loaded_values{};
  std::shared_ptr<runtime::Shared> shared =
      runtime::make_shared_state();  ///< What copies share; leave it alone.

  /// Fills what is not set in `given` from the environment, then from the shared config and credentials
  /// files. No network. Errors are of kind `configuration` and name the variable, or the file and line. That
  /// a region or credentials are missing is told by the first call, before the network. Credentials that have
  /// to be fetched are, when a call first needs them, with the region, endpoints, transport, retries, limits,
  /// observers and clock that the result of `load` has: give those to `load`. AWS_RETRY_MODE may
  /// say standard, legacy or adaptive, which all mean the standard rules here;
  /// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS leaves out all endpoints but those of `given`.
  static Result<Config> load();
  static Result<Config> load(Config given, const Environment& environment = Environment::process());

  /// Every setting with its value and where that came from, in the order of the members. Of secrets no more
  /// than the ends of an access key's id, where it is at hand without waiting. No network. To be read by
  /// people: names and order are stable, values may be worded otherwise tomorrow. `gannet config` prints it.
  [[nodiscard]] std::vector<ExplainedSetting> explain() const;
};

/// What one call may override.
struct CallOptions {
  std::optional<std::chrono::milliseconds> timeout{};  ///< The whole call, as `Timeouts::call`.
  /// In place of the client's; `max_attempts` and `base_delay` are the client's where they are not set.
  std::optional<RetryPolicy> retry{};
  /// DynamoDB's PutItem and UpdateItem: the name of a top-level attribute to which this call alone writes
  /// this value (a job id, a UUID made for the call). When an answer was lost and the repetition's condition
  /// fails, finding the value in the item proves that the first attempt was applied: the call succeeds
  /// instead of ending as `outcome_unknown`. The item of a condition that fails is then asked for.
  std::string unique_attribute{};
  /// Repeats the call also after an attempt that may have been applied, whatever a second time does: for what
  /// had rather be done twice than not at all, a page counter say.
  bool at_least_once = false;
  std::string trace_id{};  ///< Passed on as the header `x-amzn-trace-id`; "": as `Config::trace_id` says.
};

/// What a call goes by that is given none. A constant, so that the default is no temporary of a `co_await`
/// expression: GCC 12 destroys those twice.
inline const CallOptions default_call_options{};

}  // namespace gannet
