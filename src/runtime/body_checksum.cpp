#include "runtime/body_checksum.hpp"

#include <algorithm>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "core/encoding.hpp"

namespace gannet::runtime {
namespace {

namespace asio = boost::asio;
using core::ChecksumAlgorithm;

constexpr std::size_t piece = std::size_t{1024} * 1024;

struct Known {
  std::string_view name;
  std::string_view header;
  ChecksumAlgorithm algorithm;
};
constexpr Known known[] = {
    {"CRC32", "x-amz-checksum-crc32", ChecksumAlgorithm::crc32},
    {"CRC32C", "x-amz-checksum-crc32c", ChecksumAlgorithm::crc32c},
    {"CRC64NVME", "x-amz-checksum-crc64nvme", ChecksumAlgorithm::crc64nvme},
    {"SHA1", "x-amz-checksum-sha1", ChecksumAlgorithm::sha1},
    {"SHA256", "x-amz-checksum-sha256", ChecksumAlgorithm::sha256},
    {"SHA512", "x-amz-checksum-sha512", ChecksumAlgorithm::sha512},
    {"MD5", "x-amz-checksum-md5", ChecksumAlgorithm::md5},
};

std::unexpected<Error> refuse(const Call& call, const std::string& why) {
  return fail(ErrorKind::validation, "InvalidInput", std::string(call.operation->name) + ": " + why);
}

Result<core::Checksum> begin(const Call& call, ChecksumAlgorithm algorithm) {
  try {
    return core::Checksum(algorithm);
  } catch (const std::runtime_error& forbidden) {
    return refuse(call, std::string("the checksum cannot be computed: ") + forbidden.what());
  }
}

void add_header(Call& call, ChecksumAlgorithm algorithm, core::Checksum& checksum) {
  const auto* found = std::ranges::find(known, algorithm, &Known::algorithm);
  call.request.headers.add(found->header, core::base64(checksum.finish()));
}

Task<Result<void>> read_all(Body body, core::Checksum& checksum) {
  auto source = body.open();
  if (!source) co_return std::unexpected(std::move(source.error()));
  const auto executor = co_await asio::this_coro::executor;
  std::string buffer(piece, '\0');
  while (true) {
    auto got = co_await (*source)->read_some(std::as_writable_bytes(std::span(buffer)));
    // A long file does not keep the executor from everybody else.
    co_await asio::post(executor, asio::deferred);
    const auto cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none)
      co_return fail(ErrorKind::cancelled, "Cancelled", "the caller cancelled the call");
    if (!got) co_return std::unexpected(std::move(got.error()));
    if (*got == 0) co_return Result<void>();
    checksum.update(std::string_view(buffer).substr(0, *got));
  }
}

Task<Result<void>> execute_once_read(std::shared_ptr<const ClientState> client, Call call,
                                     ChecksumAlgorithm algorithm, ParseOutput parse, void* output) {
  auto checksum = begin(call, algorithm);
  if (!checksum) co_return std::unexpected(std::move(checksum.error()));
  const bool throws_if_cancelled = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr thrown;
  Result<void> read;
  try {
    read = co_await read_all(call.body, *checksum);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(throws_if_cancelled);
  if (thrown) std::rethrow_exception(thrown);
  if (!read) co_return read;
  add_header(call, algorithm, *checksum);
  co_return co_await execute(std::move(client), std::move(call), parse, output);
}

Task<Result<void>> give(Error error) {
  co_return std::unexpected(std::move(error));
}

}  // namespace

bool has_checksum(const Headers& headers) {
  constexpr std::string_view prefix = "x-amz-checksum-";
  const bool named = headers.contains("x-amz-sdk-checksum-algorithm");
  return std::ranges::any_of(headers, [&](const Header& header) {
    const std::string_view name = header.name;
    if (iequals(name, "content-md5")) return !named;
    if (!iequals(name.substr(0, prefix.size()), prefix)) return false;
    // These speak of an object's checksum, and are none.
    const std::string_view rest = name.substr(prefix.size());
    return !iequals(rest, "algorithm") && !iequals(rest, "type") && !iequals(rest, "mode");
  });
}

Result<std::optional<ChecksumAlgorithm>> wanted_checksum(const Call& call) {
  const std::string* name = call.request.headers.find("x-amz-sdk-checksum-algorithm");
  if (name == nullptr || has_checksum(call.request.headers)) return std::nullopt;
  const auto* found =
      std::ranges::find_if(known, [&](const Known& each) { return iequals(each.name, *name); });
  if (found == std::end(known)) {
    return refuse(call,
                  "a checksum by " + *name +
                      " cannot be computed here: give its value too, or ask for CRC32, CRC32C, CRC64NVME, "
                      "SHA1, SHA256, SHA512 or MD5");
  }
  if (!call.body.rewinds()) {
    return refuse(call,
                  "the checksum of a body that can be read once only cannot be sent before it: give the "
                  "checksum's value too, or a body that can be opened again (Body::reopenable, Body::file, "
                  "bytes)");
  }
  return found->algorithm;
}

Result<void> add_checksum(Call& call, ChecksumAlgorithm algorithm, std::string_view bytes) {
  auto checksum = begin(call, algorithm);
  if (!checksum) return std::unexpected(std::move(checksum.error()));
  checksum->update(bytes);
  add_header(call, algorithm, *checksum);
  return {};
}

Task<Result<void>> execute_with_checksum(std::shared_ptr<const ClientState> client, Call call,
                                         ParseOutput parse, void* output) {
  // What has no length is refused there.
  if (call.body.in_memory() || !call.body.size())
    return execute(std::move(client), std::move(call), parse, output);
  const auto wanted = wanted_checksum(call);
  if (!wanted) return give(wanted.error());
  if (!*wanted) return execute(std::move(client), std::move(call), parse, output);
  return execute_once_read(std::move(client), std::move(call), **wanted, parse, output);
}

}  // namespace gannet::runtime
