#include "allocations.hpp"

#include <atomic>
#include <cerrno>

#include <malloc.h>

// glibc lets a program replace its allocator, and keeps its own under these names.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
}

namespace {

std::atomic<std::size_t> count;
std::atomic<std::size_t> live;
std::atomic<std::size_t> peak;

void* counted(void* memory) noexcept {
  if (memory == nullptr) return nullptr;
  const std::size_t size = malloc_usable_size(memory);
  count.fetch_add(1, std::memory_order_relaxed);
  const std::size_t now = live.fetch_add(size, std::memory_order_relaxed) + size;
  if (now > peak.load(std::memory_order_relaxed)) peak.store(now, std::memory_order_relaxed);
  return memory;
}

void forget(void* memory) noexcept {
  if (memory != nullptr) live.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) noexcept {
  return counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  return counted(__libc_calloc(count, size));
}
void* realloc(void* memory, std::size_t size) noexcept {
  forget(memory);
  return counted(__libc_realloc(memory, size));
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return counted(__libc_memalign(alignment, size));
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = counted(__libc_memalign(alignment, size));
  return *memory == nullptr ? ENOMEM : 0;
}
void free(void* memory) noexcept {
  forget(memory);
  __libc_free(memory);
}

}  // extern "C"

namespace bench {

Allocations allocations() noexcept {
  return {.count = count.load(), .live = live.load(), .peak = peak.load()};
}

void forget_peak() noexcept {
  peak.store(live.load());
}

}  // namespace bench
