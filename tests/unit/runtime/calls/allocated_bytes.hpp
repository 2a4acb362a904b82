#pragma once

#include <cstddef>

namespace gannet::runtime {

/// Bytes of the heap that are in use in this process.
std::size_t allocated_bytes() noexcept;

}  // namespace gannet::runtime
