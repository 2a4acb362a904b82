#include "identity/secret_texts.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace gannet::identity {
namespace {

std::unexpected<Error> unreadable(const std::filesystem::path& file, const std::string& why) {
  return fail(ErrorKind::configuration, "UnreadableFile", "cannot read " + file.string() + ": " + why);
}

}  // namespace

Result<Secret> read_secret_file(const std::filesystem::path& file, std::size_t longest) {
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) return unreadable(file, std::strerror(errno));
  std::string text(longest + 1, '\0');
  std::size_t size = 0;
  ssize_t count = 0;
  do {
    count = ::read(opened, text.data() + size, text.size() - size);
    if (count > 0) size += static_cast<std::size_t>(count);
  } while ((count > 0 && size < text.size()) || (count < 0 && errno == EINTR));
  const int problem = count < 0 ? errno : 0;
  ::close(opened);
  if (problem != 0 || size > longest) {
    gannet::wipe(text);
    return unreadable(file, problem != 0 ? std::strerror(problem)
                                         : "it is longer than " + std::to_string(longest) + " bytes");
  }
  text.resize(size);
  return Secret(std::move(text));
}

void hide(std::string& text, const Secret& secret) {
  constexpr std::size_t shortest_secret = 4;
  if (secret.size() < shortest_secret) return;
  const std::string& hidden = secret.reveal();
  for (auto at = text.find(hidden); at != std::string::npos; at = text.find(hidden, at + 3))
    text.replace(at, hidden.size(), "***");
}

std::vector<Observer> without(std::vector<Observer> observers, const Secret& secret) {
  for (Observer& observer : observers) {
    observer = [told = std::move(observer), secret](const AttemptEvent& event) {
      if (event.error == nullptr) return told(event);
      Error error = *event.error;
      hide(error.message, secret);
      AttemptEvent masked = event;
      masked.error = &error;
      told(masked);
    };
  }
  return observers;
}

std::string masked_key_id(const std::string& access_key_id) {
  constexpr std::size_t shown = 4;
  if (access_key_id.size() < 3 * shown) return std::string(access_key_id.size(), '*');
  std::string masked = access_key_id;
  masked.replace(shown, masked.size() - 2 * shown, masked.size() - 2 * shown, '*');
  return masked;
}

}  // namespace gannet::identity
