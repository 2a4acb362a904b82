#include "identity/secret_texts.hpp"

#include <algorithm>
#include <utility>

namespace gannet::identity {

bool is_key_text(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
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
