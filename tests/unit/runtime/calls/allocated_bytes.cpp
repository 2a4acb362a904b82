#include "unit/runtime/calls/allocated_bytes.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define GANNET_ALLOCATOR_OF_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GANNET_ALLOCATOR_OF_ASAN
#endif
#endif

// Not operator new: Asio takes its coroutines' frames from malloc itself.
#ifdef GANNET_ALLOCATOR_OF_ASAN
// GCC has the function, but not the header that declares it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes(void);

std::size_t gannet::runtime::allocated_bytes() noexcept {
  return __sanitizer_get_current_allocated_bytes();
}
const bool gannet::runtime::allocated_bytes_are_exact = true;
#else
#include <malloc.h>

std::size_t gannet::runtime::allocated_bytes() noexcept {
  const auto of_malloc = ::mallinfo2();
  return of_malloc.uordblks + of_malloc.hblkhd;
}
const bool gannet::runtime::allocated_bytes_are_exact = false;
#endif
