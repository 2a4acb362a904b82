#pragma once

#include <cstddef>

namespace gannet::runtime {

/// Bytes of the heap that are in use in this process.
std::size_t allocated_bytes() noexcept;
/// Whether that is without what the allocator keeps for later.
extern const bool allocated_bytes_are_exact;

}  // namespace gannet::runtime
