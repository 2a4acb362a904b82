#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include <gannet/bytes.hpp>
#include <openssl/crypto.h>

#include "core/checksums.hpp"
#include "core/sha256.hpp"
#include "core/signature_words.hpp"
#include "core/sigv4.hpp"
#include "core/stack_text.hpp"

namespace gannet::core {

// ---- one key

struct SigningKey::States {
  HmacSha256 hmac;
};

namespace {

std::string_view text_of(const Sha256Digest& digest) noexcept {
  return as_text(digest);
}

HmacSha256 derived_hmac(const Secret& secret, std::string_view date, SigningScope scope) {
  StackText<256> start;
  start.add("AWS4");
  start.add(secret.reveal());
  auto key = hmac_sha256(start.view(), date);
  for (const auto step : {scope.region, scope.service, scope_end}) key = hmac_sha256(text_of(key), step);
  HmacSha256 hmac(text_of(key));
  OPENSSL_cleanse(key.data(), key.size());
  return hmac;
}

}  // namespace

SigningKey::SigningKey(const Secret& secret_access_key, std::string_view date, SigningScope scope)
    : states_(new States{derived_hmac(secret_access_key, date, scope)}) {}

SigningKey::~SigningKey() = default;

std::array<char, 64> SigningKey::sign(std::string_view text) const noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto digest = sign_bytes(text);
  std::array<char, 64> out;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const auto byte = std::to_integer<unsigned>(digest[i]);
    out[i * 2] = digits[byte >> 4];
    out[i * 2 + 1] = digits[byte & 15];
  }
  return out;
}

std::array<std::byte, 32> SigningKey::sign_bytes(std::string_view text) const noexcept {
  return states_->hmac.sign(text);
}

// ---- the last keys

namespace {

struct CachedKey {
  Secret secret;
  std::string date;
  std::string region;
  std::string service;
  SigningKey key;

  CachedKey(const Secret& whose, std::string_view day, SigningScope where)
      : secret(whose), date(day), region(where.region), service(where.service), key(whose, day, where) {}

  [[nodiscard]] bool is(const Secret& whose, std::string_view day, SigningScope where) const noexcept {
    return date == day && service == where.service && region == where.region && secret == whose;
  }
};

using CachedKeys = std::vector<std::shared_ptr<const CachedKey>>;

/// Enough for a client's services and regions, and for both days around midnight.
constexpr std::size_t cached_keys_limit = 32;

}  // namespace

/// A list that is never changed, only replaced: the lock is held for the copy of a pointer.
struct SigningKeyCache::State {
  std::mutex mutex;
  std::shared_ptr<const CachedKeys> keys = std::make_shared<CachedKeys>();
};

SigningKeyCache::SigningKeyCache() : state_(std::make_unique<State>()) {}
SigningKeyCache::~SigningKeyCache() = default;

std::shared_ptr<const SigningKey> SigningKeyCache::get(const Secret& secret_access_key, std::string_view date,
                                                       SigningScope where) {
  const auto snapshot = [this] {
    const std::lock_guard lock(state_->mutex);
    return state_->keys;
  }();
  for (const auto& cached : *snapshot) {
    if (cached->is(secret_access_key, date, where)) return {cached, &cached->key};
  }

  // Two threads may make the same key at once; the list then holds it twice, which hurts nobody.
  auto made = std::make_shared<const CachedKey>(secret_access_key, date, where);
  auto list = std::make_shared<CachedKeys>();
  list->reserve(cached_keys_limit);
  list->push_back(made);
  const std::lock_guard lock(state_->mutex);
  const auto& old = *state_->keys;
  list->insert(list->end(), old.begin(),
               old.begin() + static_cast<std::ptrdiff_t>(std::min(old.size(), cached_keys_limit - 1)));
  state_->keys = std::move(list);
  return {made, &made->key};
}

}  // namespace gannet::core
