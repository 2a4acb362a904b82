#include "runtime/pages.hpp"

#include <string>
#include <utility>

namespace gannet::runtime {

struct PagesState {
  std::shared_ptr<const ClientState> client;
  const Pagination* pagination;
  std::shared_ptr<void> input;  ///< Of the page that comes next.
  CallOptions options;
  Following following = Following::page;
};

std::shared_ptr<PagesState> make_pages(std::shared_ptr<const ClientState> client,
                                       const Pagination& pagination, std::shared_ptr<void> input,
                                       const CallOptions& options) {
  return std::make_shared<PagesState>(PagesState{
      .client = std::move(client), .pagination = &pagination, .input = std::move(input), .options = options});
}

Task<Result<bool>> fetch_page(std::shared_ptr<PagesState> pages, void* output) {
  if (!pages || pages->following == Following::none) co_return false;
  const Pagination& pagination = *pages->pagination;
  if (pages->following == Following::repeated) {
    co_return fail(
        ErrorKind::protocol, "RepeatedToken",
        std::string(pagination.operation->name) +
            ": the service answered the last page with the token that it was asked for with, so that "
            "the pages would have no end");
  }
  auto call = pagination.serialize(pages->input.get());
  if (!call) co_return std::unexpected(std::move(call.error()));
  call->options = pages->options;
  auto done = co_await execute(pages->client, std::move(*call), pagination.parse, output);
  if (!done) co_return std::unexpected(std::move(done.error()));
  pages->following = pagination.follow(output, pages->input.get());
  co_return true;
}

}  // namespace gannet::runtime
