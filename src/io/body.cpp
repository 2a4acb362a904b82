#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <gannet/body.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace gannet {

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// An open file, closed with its last user.
class OpenFile {
 public:
  OpenFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { ::close(descriptor_); }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

/// Reads at its own position, so that several readers share one open file.
class FileSource final : public ByteSource {
 public:
  FileSource(std::shared_ptr<const OpenFile> file, std::uint64_t offset, std::uint64_t length)
      : file_(std::move(file)), position_(offset), left_(length) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    if (wanted == 0) co_return std::size_t{0};
    ssize_t got = 0;
    do {
      got = ::pread(file_->descriptor(), buffer.data(), wanted, static_cast<off_t>(position_));
    } while (got < 0 && errno == EINTR);
    if (got < 0)
      co_return fail(ErrorKind::configuration, "FileReadFailed",
                     file_->path() + " cannot be read: " + reason(errno));
    if (got == 0)
      co_return fail(ErrorKind::configuration, "FileReadFailed",
                     file_->path() + " became shorter while it was read: " + std::to_string(left_) +
                         " bytes are missing; leave it unchanged until the call has ended");
    position_ += static_cast<std::uint64_t>(got);
    left_ -= static_cast<std::uint64_t>(got);
    // The kernel fetches the next piece while this one is being sent.
    if (left_ != 0)
      ::posix_fadvise(file_->descriptor(), static_cast<off_t>(position_), static_cast<off_t>(buffer.size()),
                      POSIX_FADV_WILLNEED);
    co_return static_cast<std::size_t>(got);
  }

 private:
  std::shared_ptr<const OpenFile> file_;
  std::uint64_t position_;
  std::uint64_t left_;
};

}  // namespace

struct Body::Streamed {
  Opener opener;                       // Empty for a source that is read once.
  std::unique_ptr<ByteSource> source;  // Until it is opened.
  std::optional<std::uint64_t> length;
  std::atomic<bool> opened = false;
};

Body::Body(std::string text)
    : owned_(text.empty() ? nullptr : std::make_shared<const std::string>(std::move(text))) {
  if (owned_) memory_ = as_bytes(*owned_);
}

Body::Body(const char* text) : Body(std::string(text)) {}

Body::Body(const Bytes& bytes) : Body(std::string(as_text(bytes))) {}

Body::Body(Secret secret) {
  auto kept = std::make_shared<const Secret>(std::move(secret));
  owned_ = std::shared_ptr<const std::string>(kept, &kept->reveal());
  memory_ = as_bytes(*owned_);
}

Body Body::borrowed(std::span<const std::byte> bytes) {
  Body body;
  body.memory_ = bytes;
  return body;
}

Result<Body> Body::file(const std::filesystem::path& path, std::uint64_t offset,
                        std::optional<std::uint64_t> length) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return fail(errno == ENOENT ? ErrorKind::not_found : ErrorKind::configuration, "FileOpenFailed",
                path.string() + " cannot be opened: " + reason(errno));
  auto file = std::make_shared<const OpenFile>(descriptor, path.string());
  struct stat facts{};
  if (::fstat(descriptor, &facts) != 0)
    return fail(ErrorKind::configuration, "FileOpenFailed",
                path.string() + " cannot be read: " + reason(errno));
  if (!S_ISREG(facts.st_mode))
    return fail(ErrorKind::configuration, "FileOpenFailed", path.string() + " is not a regular file");
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (offset > size || (length && *length > size - offset))
    return fail(ErrorKind::validation, "FileRangeInvalid",
                path.string() + " has " + std::to_string(size) + " bytes; bytes " + std::to_string(offset) +
                    " to " + (length ? std::to_string(offset + *length) : std::string("its end")) +
                    " are not all there");
  const std::uint64_t wanted = length.value_or(size - offset);
  auto open = [file = std::move(file), offset, wanted]() -> Result<std::unique_ptr<ByteSource>> {
    return std::make_unique<FileSource>(file, offset, wanted);
  };
  return reopenable(std::move(open), wanted);
}

Body Body::stream(std::unique_ptr<ByteSource> source, std::optional<std::uint64_t> length) {
  Body body;
  body.streamed_ = std::make_shared<Streamed>();
  body.streamed_->source = std::move(source);
  body.streamed_->length = length;
  return body;
}

Body Body::reopenable(Opener open, std::optional<std::uint64_t> length) {
  Body body;
  body.streamed_ = std::make_shared<Streamed>();
  body.streamed_->opener = std::move(open);
  body.streamed_->length = length;
  return body;
}

std::optional<std::uint64_t> Body::size() const noexcept {
  return streamed_ ? streamed_->length : memory_.size();
}

bool Body::rewinds() const noexcept {
  return !streamed_ || streamed_->opener;
}

std::optional<std::span<const std::byte>> Body::in_memory() const noexcept {
  if (streamed_) return std::nullopt;
  return memory_;
}

namespace {

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::shared_ptr<const std::string> owner, std::span<const std::byte> left)
      : owner_(std::move(owner)), left_(left) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const std::size_t count = std::min(buffer.size(), left_.size());
    if (count != 0) std::memcpy(buffer.data(), left_.data(), count);
    left_ = left_.subspan(count);
    co_return count;
  }

 private:
  std::shared_ptr<const std::string> owner_;
  std::span<const std::byte> left_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> Body::open() const {
  if (!streamed_) return std::make_unique<MemorySource>(owned_, memory_);
  if (streamed_->opener) return streamed_->opener();
  if (streamed_->opened.exchange(true))
    return fail(
        ErrorKind::validation, "BodyAlreadyRead",
        "this body is a stream that is read once, and it has been opened before; give a body that can be "
        "opened again (Body::reopenable, Body::file, bytes) where it is to be sent twice");
  return std::move(streamed_->source);
}

BodyReader::BodyReader(std::string whole) : begin_(std::move(whole)) {}

BodyReader::BodyReader(std::string begin, std::unique_ptr<ByteSource> rest)
    : begin_(std::move(begin)), rest_(std::move(rest)) {}

Task<Result<std::size_t>> BodyReader::read_some(std::span<std::byte> buffer) {
  if (position_ < begin_.size()) {
    const std::size_t count = std::min(buffer.size(), begin_.size() - position_);
    std::memcpy(buffer.data(), begin_.data() + position_, count);
    position_ += count;
    if (position_ == begin_.size()) {
      begin_.clear();
      position_ = 0;
    }
    co_return count;
  }
  if (!rest_) co_return std::size_t{0};
  auto got = co_await rest_->read_some(buffer);
  if (got && *got == 0) rest_.reset();
  co_return got;
}

Task<Result<std::string>> BodyReader::read_all(std::size_t limit) {
  const auto too_long = [limit] {
    return fail(ErrorKind::limit_exceeded, "BodyTooLarge",
                "the body is longer than the " + std::to_string(limit) + " bytes that are taken here");
  };
  std::string whole = std::exchange(begin_, {});
  whole.erase(0, std::exchange(position_, 0));
  if (whole.size() > limit) co_return too_long();
  constexpr std::size_t smallest_read = 4096;
  constexpr std::size_t largest_read = 1024 * 1024;
  while (rest_) {
    const std::size_t have = whole.size();
    // One byte past the limit tells a body of exactly the limit from a longer one.
    const std::size_t left = limit - have;
    const std::size_t room =
        std::min(std::clamp(have, smallest_read, largest_read), std::max(left, left + 1));
    whole.resize(have + room);
    auto got = co_await rest_->read_some(std::as_writable_bytes(std::span(whole.data() + have, room)));
    if (!got) co_return std::unexpected(std::move(got.error()));
    whole.resize(have + *got);
    if (*got == 0) rest_.reset();
    if (whole.size() > limit) co_return too_long();
  }
  co_return whole;
}

std::string BodyReader::take() {
  std::string left = std::exchange(begin_, {});
  left.erase(0, std::exchange(position_, 0));
  return left;
}

}  // namespace gannet
