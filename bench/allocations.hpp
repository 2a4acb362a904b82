#pragma once

#include <cstddef>

namespace bench {

/// What this program has taken from the heap: by `malloc` and its like, which `operator new` and the frames
/// of coroutines end in.
struct Allocations {
  std::size_t count = 0;  ///< Since the start.
  std::size_t live = 0;   ///< Bytes, as the heap rounds them.
  std::size_t peak = 0;   ///< The most that was live since the start or `forget_peak`.
};
Allocations allocations() noexcept;
void forget_peak() noexcept;

}  // namespace bench
