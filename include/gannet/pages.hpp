#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <gannet/result.hpp>
#include <gannet/task.hpp>

namespace gannet {

namespace runtime {
struct PagesState;
/// Whether there was a page; `output` is filled with it.
Task<Result<bool>> fetch_page(std::shared_ptr<PagesState> pages, void* output);
}  // namespace runtime

/// The answers to a request that a service answers page by page, fetched one at a time, as they are asked
/// for:
///
///     auto pages = client.query_pages(request);
///     while (auto page = co_await pages.next()) {
///       if (!*page) co_return report(page->error());
///       for (const auto& item : *(*page)->items) ...
///     }
///
/// A page may be empty and not be the last. Move-only; one `next()` at a time. It may outlive the client.
template <class Output>
class [[nodiscard]] Pages {
 public:
  explicit Pages(std::shared_ptr<runtime::PagesState> state) noexcept : state_(std::move(state)) {}
  Pages(Pages&&) noexcept = default;
  Pages& operator=(Pages&&) noexcept = default;

  /// The next page, or none after the last. An error does not end the walk: the next `next()` asks for the
  /// same page again. Only where a service answers a page with the very token it was asked with, which would
  /// go on for ever, an error of kind `protocol`, code "RepeatedToken", is all that follows. The walk may be
  /// dropped at any time, also while a page is on its way.
  Task<std::optional<Result<Output>>> next() { return next_of(state_); }

 private:
  static Task<std::optional<Result<Output>>> next_of(std::shared_ptr<runtime::PagesState> state) {
    Output output;
    auto fetched = co_await runtime::fetch_page(std::move(state), &output);
    if (!fetched) co_return std::unexpected(std::move(fetched.error()));
    if (!*fetched) co_return std::nullopt;
    co_return std::move(output);
  }

  std::shared_ptr<runtime::PagesState> state_;
};

}  // namespace gannet
