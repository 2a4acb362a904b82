#include "credentials/secret_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gannet::credentials {
namespace {

std::unexpected<Error> unreadable(const std::filesystem::path& file, const std::string& why) {
  return fail(ErrorKind::configuration, "UnreadableFile", "cannot read " + file.string() + ": " + why);
}

/// The memory is wiped whatever happens, and so is what it leaves behind when it grows.
class Text {
 public:
  explicit Text(std::size_t size) : text_(size, '\0') {}
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text() { gannet::wipe(text_); }

  void resize(std::size_t size) {
    if (size > text_.capacity()) {
      std::string larger(size, '\0');
      text_.copy(larger.data(), text_.size());
      gannet::wipe(text_);
      text_.swap(larger);
    }
    text_.resize(size);
  }
  [[nodiscard]] std::string& characters() noexcept { return text_; }

 private:
  std::string text_;
};

/// "" or why it could not be read. One byte more than `longest` tells that it is longer.
std::string read_all(int opened, std::size_t longest, Text& into) {
  std::string& text = into.characters();
  std::size_t size = 0;
  while (size <= longest) {
    if (size == text.size()) into.resize(std::min(2 * size, longest + 1));
    const ssize_t count = ::read(opened, text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::strerror(errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  into.resize(size);
  return size > longest ? "it is longer than " + std::to_string(longest) + " bytes" : std::string();
}

}  // namespace

Result<Secret> read_secret_file(const std::filesystem::path& file, std::size_t longest, PipeWriter writer) {
  // To open a pipe that nobody writes to would take for ever.
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) return unreadable(file, std::strerror(errno));
  if (writer == PipeWriter::is_awaited) ::fcntl(opened, F_SETFL, 0);
  struct stat about{};
  const bool is_sized = ::fstat(opened, &about) == 0 && about.st_size > 0;
  Text text(std::min(is_sized ? static_cast<std::size_t>(about.st_size) + 1 : 4096, longest + 1));
  const std::string problem = read_all(opened, longest, text);
  ::close(opened);
  if (!problem.empty()) return unreadable(file, problem);
  return Secret(std::move(text.characters()));
}

}  // namespace gannet::credentials
