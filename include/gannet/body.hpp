#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <gannet/bytes.hpp>
#include <gannet/result.hpp>
#include <gannet/secret.hpp>
#include <gannet/task.hpp>

namespace gannet {

/// Bytes that come one piece after the other. One reader at a time, on one executor.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills some of `buffer` (never empty); 0 means the end. After an error or the end it gives the same
  /// again.
  virtual Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) = 0;
};

/// A request's body. Cheap to copy; copies share the bytes. Knows its length, if it has one, and whether it
/// can be read again from its start: only such a body is ever sent twice.
class Body {
 public:
  /// Opens a fresh reader at the body's start.
  using Opener = std::function<Result<std::unique_ptr<ByteSource>>()>;

  Body() = default;          ///< No bytes.
  Body(std::string text);    // NOLINT(google-explicit-constructor): a body of text is what is meant
  Body(const char* text);    // NOLINT(google-explicit-constructor)
  Body(const Bytes& bytes);  // NOLINT(google-explicit-constructor)
  /// The bytes of a secret, which are wiped once no copy of the body is left.
  explicit Body(Secret secret);

  /// Bytes that the caller keeps alive until the call has ended.
  static Body borrowed(std::span<const std::byte> bytes);
  /// `length` bytes of a file from `offset`, to its end if no length is given. The file is opened and its
  /// size read at once; it must not change until the call has ended.
  static Result<Body> file(const std::filesystem::path& path, std::uint64_t offset = 0,
                           std::optional<std::uint64_t> length = std::nullopt);
  /// A source that is read once; it is not repeated after a failed attempt.
  static Body stream(std::unique_ptr<ByteSource> source, std::optional<std::uint64_t> length);
  /// A source that can be opened again from its start.
  static Body reopenable(Opener open, std::optional<std::uint64_t> length);

  /// Bytes in all, if known before it is read.
  [[nodiscard]] std::optional<std::uint64_t> size() const noexcept;
  [[nodiscard]] bool rewinds() const noexcept;
  /// The bytes themselves where they are in memory.
  [[nodiscard]] std::optional<std::span<const std::byte>> in_memory() const noexcept;
  /// A reader at the start. A body that does not rewind opens once, then gives an error.
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> open() const;

 private:
  struct Streamed;
  std::shared_ptr<const std::string> owned_;
  std::span<const std::byte> memory_;
  std::shared_ptr<Streamed> streamed_;
};

/// An answer's body, or a request's as a server sees it. Move-only; owns what it reads from, and drops it
/// (closing a connection in mid-body) when it ends.
class BodyReader {
 public:
  BodyReader() = default;                  ///< Empty.
  explicit BodyReader(std::string whole);  ///< All of it is here.
  BodyReader(std::string begin, std::unique_ptr<ByteSource> rest);
  BodyReader(BodyReader&&) noexcept = default;
  BodyReader& operator=(BodyReader&&) noexcept = default;

  /// Fills some of `buffer`; 0 at the end.
  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer);
  /// All that is left; an error of kind `limit_exceeded` once it is more than `limit` bytes.
  Task<Result<std::string>> read_all(std::size_t limit);
  /// Whether no more will be fetched: what is left is at hand and `take` gives it without waiting.
  [[nodiscard]] bool complete() const noexcept { return rest_ == nullptr; }
  /// What has been fetched and not read yet.
  [[nodiscard]] std::string take();

 private:
  std::string begin_;
  std::size_t position_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

}  // namespace gannet
