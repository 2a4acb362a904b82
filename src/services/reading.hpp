#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <gannet/error.hpp>

namespace gannet::protocols {

/// What went wrong in reading an answer, and where. Readers return whether they succeeded; on the way out of
/// a failure each says within what it stood, so that nothing is done for the place while all is well.
class Reading {
 public:
  /// Says what is wrong with the value being read. Always false.
  bool fail(std::string problem);
  /// "must be a string, is a number". Always false.
  bool expected(std::string_view what, std::string_view found);
  /// The failure lies within a member, header or element of that name. Always false.
  bool at(std::string_view name);
  /// The failure lies within a list's element. Always false.
  bool at(std::size_t index);

  /// The failure as an error of kind `protocol`, code "UnreadableAnswer".
  [[nodiscard]] Error error(std::string_view operation) const;

 private:
  std::string problem_;
  std::string place_;
};

}  // namespace gannet::protocols
