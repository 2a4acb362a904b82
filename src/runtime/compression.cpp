#include "runtime/compression.hpp"

#include <string>
#include <utility>

#include "core/gzip.hpp"

namespace gannet::runtime {
namespace {

constexpr int default_min_size = 10'240;

}  // namespace

void compress(Call& call, const Config& config) {
  if (!call.operation->compresses || config.disable_request_compression.value_or(false)) return;
  const auto bytes = call.body.in_memory();
  const int least = config.request_min_compression_size_bytes.value_or(default_min_size);
  if (!bytes || bytes->empty() || std::cmp_less(bytes->size(), least)) return;
  call.body = Body(core::gzip(as_text(*bytes)));
  // The encodings are listed in the order in which they were applied.
  Headers& headers = call.request.headers;
  const std::string before(headers.get("content-encoding"));
  headers.remove("content-encoding");
  headers.add("content-encoding", before.empty() ? "gzip" : before + ", gzip");
}

}  // namespace gannet::runtime
