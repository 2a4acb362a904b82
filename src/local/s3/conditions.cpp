#include "local/s3/conditions.hpp"

#include <chrono>

#include <fmt/format.h>

#include "core/timestamps.hpp"

namespace gannet::local::s3 {
namespace {

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Whether the object changed after the date in a header; nothing where that is no date, and so no condition.
std::optional<bool> changed_since(std::string_view date, const Object& object) {
  const auto time = core::parse_timestamp(trimmed(date));
  if (!time) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(object.modified) > *time;
}

struct ConditionNames {
  std::string_view match;
  std::string_view none_match;
  std::string_view modified_since;
  std::string_view unmodified_since;
};

/// The header that forbids the request; "" where none does. The two that a read answers with 304 are told by
/// name.
std::string_view failed_condition(const Request& request, const Object& object, const ConditionNames& names) {
  if (const std::string* list = request.header(names.match)) {
    if (!names_etag(*list, object.etag)) return names.match;
  } else if (const std::string* date = request.header(names.unmodified_since)) {
    if (changed_since(*date, object).value_or(false)) return names.unmodified_since;
  }
  if (const std::string* list = request.header(names.none_match)) {
    if (names_etag(*list, object.etag)) return names.none_match;
  } else if (const std::string* date = request.header(names.modified_since)) {
    if (!changed_since(*date, object).value_or(true)) return names.modified_since;
  }
  return {};
}

}  // namespace

std::string in_quotes(std::string_view etag) {
  return fmt::format("\"{}\"", etag);
}

bool names_etag(std::string_view list, std::string_view etag) noexcept {
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view tag = trimmed(list.substr(0, comma));
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
    if (!tag.empty() && tag == etag) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

Outcome<void> check_read_conditions(const Request& request, const Object& object, const Headers& headers) {
  static constexpr ConditionNames names{"If-Match", "If-None-Match", "If-Modified-Since",
                                        "If-Unmodified-Since"};
  const std::string_view failed = failed_condition(request, object, names);
  if (failed.empty()) return {};
  if (failed == names.none_match || failed == names.modified_since) {
    return std::unexpected(
        Failure{.status = 304, .code = "NotModified", .message = "Not Modified", .headers = headers});
  }
  return precondition_failed(failed);
}

Outcome<void> check_copy_conditions(const Request& request, const Object& source) {
  static constexpr ConditionNames names{"x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match",
                                        "x-amz-copy-source-if-modified-since",
                                        "x-amz-copy-source-if-unmodified-since"};
  const std::string_view failed = failed_condition(request, source, names);
  if (failed.empty()) return {};
  return precondition_failed(failed);
}

Outcome<void> check_write_conditions(const Request& request, const std::optional<Object>& existing) {
  if (const std::string* none = request.header("If-None-Match")) {
    if (trimmed(*none) != "*") {
      return refuse(501, "NotImplemented",
                    "A header you provided implies functionality that is not implemented", "Header",
                    "If-None-Match");
    }
    if (existing) return precondition_failed("If-None-Match");
  }
  if (const std::string* match = request.header("If-Match")) {
    if (!existing) return no_such_key(request.key());
    if (!names_etag(*match, existing->etag)) return precondition_failed("If-Match");
  }
  return {};
}

Outcome<std::optional<ByteRange>> parse_range(std::string_view text, std::uint64_t total) {
  constexpr std::string_view unit = "bytes=";
  const std::string_view whole = text;
  const auto unsatisfiable = [&] {
    Failure failure{
        .status = 416, .code = "InvalidRange", .message = "The requested range is not satisfiable"};
    failure.facts.emplace_back("RangeRequested", std::string(whole));
    failure.facts.emplace_back("ActualObjectSize", fmt::format("{}", total));
    failure.headers.add("Content-Range", fmt::format("bytes */{}", total));
    return std::unexpected(std::move(failure));
  };
  const std::optional<ByteRange> none;
  if (text.size() < unit.size() || !iequals(text.substr(0, unit.size()), unit)) return none;
  text = trimmed(text.substr(unit.size()));
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return none;
  const std::string_view from = trimmed(text.substr(0, dash));
  const std::string_view to = trimmed(text.substr(dash + 1));
  if (from.empty()) {
    const auto size = parse_number(to);
    if (!size) return none;
    if (*size == 0 || total == 0) return unsatisfiable();
    const std::uint64_t taken = std::min(*size, total);
    return std::optional(ByteRange{.first = total - taken, .size = taken});
  }
  const auto first = parse_number(from);
  if (!first) return none;
  std::uint64_t last = total == 0 ? 0 : total - 1;
  if (!to.empty()) {
    const auto given = parse_number(to);
    if (!given || *given < *first) return none;
    last = std::min(last, *given);
  }
  if (*first >= total) return unsatisfiable();
  return std::optional(ByteRange{.first = *first, .size = last - *first + 1});
}

Outcome<std::optional<ByteRange>> requested_range(const Request& request, const Object& object) {
  const std::string* range = request.header("Range");
  if (range == nullptr) return std::optional<ByteRange>();
  if (const std::string* unchanged = request.header("If-Range")) {
    const bool is_tag = unchanged->find('"') != std::string::npos;
    const bool same =
        is_tag ? names_etag(*unchanged, object.etag) : !changed_since(*unchanged, object).value_or(true);
    if (!same) return std::optional<ByteRange>();
  }
  return parse_range(*range, object.size);
}

}  // namespace gannet::local::s3
