// Any bytes as what S3 reads of a request: host and path, a range, a CORS configuration, tags. Nothing
// crashes, and what was understood is within its bounds and understood again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/encoding.hpp"
#include "local/s3/conditions.hpp"
#include "local/s3/cors.hpp"
#include "local/s3/operations.hpp"
#include "local/s3/request.hpp"

namespace {

namespace s3 = gannet::local::s3;

void check_address(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return;
  const std::string_view host = text.substr(0, end);
  const auto address = s3::parse_address(host, text.substr(end + 1));
  if (!address) return;
  if (address->key.size() > 1024 || !gannet::core::is_utf8(address->key)) std::abort();
  const auto again = s3::parse_address("localhost", "/" + gannet::core::uri_encode(address->bucket) + "/" +
                                                        gannet::core::uri_encode(address->key));
  if (!again || again->bucket != address->bucket || again->key != address->key) std::abort();
}

void check_range(std::string_view text) {
  for (const std::uint64_t total :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, ~std::uint64_t{0} >> 1}) {
    const auto range = s3::parse_range(text, total);
    if (!range || !*range) continue;
    if ((*range)->size == 0 || (*range)->first >= total || (*range)->size > total - (*range)->first)
      std::abort();
  }
}

void check_documents(std::string_view text) {
  if (const auto rules = s3::parse_cors(text)) {
    const auto again = s3::parse_cors(s3::cors_document(*rules));
    if (!again || s3::cors_document(*again) != s3::cors_document(*rules)) std::abort();
  }
  for (const auto& tags : {s3::parse_tag_document(text, 10), s3::parse_tag_list(text, 10)}) {
    if (!tags) continue;
    const auto again = s3::parse_tag_list(*tags, 10);
    if (!again || *again != *tags || s3::count_tags(*tags) > 10) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_address(text);
  check_range(text);
  check_documents(text);
  return 0;
}
