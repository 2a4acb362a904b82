#include "services/reading.hpp"

#include <utility>

namespace gannet::protocols {

bool Reading::fail(std::string problem) {
  problem_ = std::move(problem);
  place_.clear();
  return false;
}

bool Reading::expected(std::string_view what, std::string_view found) {
  return fail("must be " + std::string(what) + ", is " + std::string(found));
}

bool Reading::at(std::string_view name) {
  std::string outer(name);
  if (!place_.empty() && place_.front() != '[') outer += '.';
  place_.insert(0, outer);
  return false;
}

bool Reading::at(std::size_t index) {
  return at("[" + std::to_string(index) + "]");
}

Error Reading::error(std::string_view operation) const {
  return Error{.kind = ErrorKind::protocol,
               .code = "UnreadableAnswer",
               .message = std::string(operation) + ": the answer cannot be read: " +
                          (place_.empty() ? std::string("its document") : place_) + " " + problem_};
}

}  // namespace gannet::protocols
