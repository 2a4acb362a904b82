#include "io/tls_sessions.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include <openssl/ssl.h>

namespace gannet::io {

namespace {

bool may_be_used(const SSL_SESSION* session) {
  if (SSL_SESSION_is_resumable(session) != 1) return false;
  const long age = static_cast<long>(std::time(nullptr)) - SSL_SESSION_get_time(session);
  long life = std::min<long>(SSL_SESSION_get_timeout(session), TlsSessions::longest_life.count());
  if (const auto hint = SSL_SESSION_get_ticket_lifetime_hint(session); hint != 0)
    life = std::min(life, static_cast<long>(std::min<unsigned long>(hint, 1UL << 30U)));
  return age >= 0 && age < life;
}

}  // namespace

void TlsSessionDeleter::operator()(SSL_SESSION* session) const noexcept {
  SSL_SESSION_free(session);
}

void TlsSessions::keep(std::string_view peer, SSL_SESSION* session) {
  TlsSession copy(SSL_SESSION_dup(session));
  if (!copy) return;
  const std::lock_guard lock(mutex_);
  auto found = find(peer);
  if (found == peers_.end()) {
    if (peers_.size() >= most_peers) peers_.pop_back();
    peers_.push_front(Peer{std::string(peer), {}});
    found = peers_.begin();
  }
  peers_.splice(peers_.begin(), peers_, found);
  found->sessions.push_front(std::move(copy));
  if (found->sessions.size() > most_of_a_peer) found->sessions.pop_back();
}

TlsSession TlsSessions::take(std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const auto found = find(peer);
  if (found == peers_.end()) return nullptr;
  peers_.splice(peers_.begin(), peers_, found);
  auto& sessions = found->sessions;
  while (!sessions.empty()) {
    const SSL_SESSION* const newest = sessions.front().get();
    if (may_be_used(newest)) {
      if (SSL_SESSION_get_protocol_version(newest) < TLS1_3_VERSION)
        return TlsSession(SSL_SESSION_dup(newest));
      TlsSession taken = std::move(sessions.front());
      sessions.pop_front();
      return taken;
    }
    sessions.pop_front();
  }
  return nullptr;
}

void TlsSessions::forget(std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const auto found = find(peer);
  if (found != peers_.end()) peers_.erase(found);
}

std::list<TlsSessions::Peer>::iterator TlsSessions::find(std::string_view name) {
  return std::ranges::find(peers_, name, &Peer::name);
}

}  // namespace gannet::io
