#pragma once

#include <cstdint>
#include <memory>

#include <gannet/pages.hpp>

#include "runtime/call.hpp"

/// What a paginated operation's generated code says, and the walk that is made from it.
namespace gannet::runtime {

/// What follows a page.
enum class Following : std::uint8_t {
  page,      ///< Another: the input's tokens are set for it.
  none,      ///< It was the last.
  repeated,  ///< Itself: its tokens are those that it was asked for with.
};

/// Facts of a paginated operation. One constant a paginator, generated. `input` and `output` point to the
/// operation's own.
struct Pagination {
  const Operation* operation;
  Result<Call> (*serialize)(const void* input);
  ParseOutput parse;
  Following (*follow)(const void* output, void* input);
};

template <class Input, Result<Call> (*serialize)(const Input&)>
Result<Call> serialize_erased(const void* input) {
  return serialize(*static_cast<const Input*>(input));
}

std::shared_ptr<PagesState> make_pages(std::shared_ptr<const ClientState> client,
                                       const Pagination& pagination, std::shared_ptr<void> input,
                                       const CallOptions& options);

}  // namespace gannet::runtime
