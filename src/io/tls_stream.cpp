#include "io/tls_stream.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "io/tls_sessions.hpp"

namespace gannet::io {

namespace {

struct SslContextDeleter {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct SslDeleter {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextDeleter>;
using Ssl = std::unique_ptr<SSL, SslDeleter>;

/// The oldest error of OpenSSL's queue of this thread, which is emptied.
std::string openssl_reason(const char* otherwise) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return otherwise;
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  const char* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : otherwise;
}

// OpenSSL's own socket BIO would raise SIGPIPE, and block on a blocking socket. This one does neither.

struct SocketEnd {
  int socket = -1;
  std::unique_ptr<ByteStream> below{};  ///< Or a stream over it.
  int failure = 0;                      ///< The last error of the system ...
  std::string reason{};                 ///< ... or of the stream below.
};

/// What a step of the stream below means to the one that asked for it. A write may have to wait for reading.
int bio_outcome(BIO* bio, SocketEnd& end, Step step) {
  switch (step.progress) {
    case Progress::done:
      return static_cast<int>(step.bytes);
    case Progress::wants_read:
      BIO_set_retry_read(bio);
      return -1;
    case Progress::wants_write:
      BIO_set_retry_write(bio);
      return -1;
    case Progress::end:
      BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
      return 0;
    case Progress::failed:
      break;
  }
  end.reason = std::move(step.reason);
  return -1;
}

int bio_write(BIO* bio, const char* data, int size) {
  auto* const end = static_cast<SocketEnd*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (end->below) {
    const std::array piece{std::as_bytes(std::span(data, static_cast<std::size_t>(size)))};
    return bio_outcome(bio, *end, end->below->write(piece));
  }
  ssize_t sent = 0;
  do {
    sent = ::send(end->socket, data, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      BIO_set_retry_write(bio);
    else
      end->failure = errno;
  }
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* data, int size) {
  auto* const end = static_cast<SocketEnd*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (end->below) {
    const std::span buffer(data, static_cast<std::size_t>(size));
    return bio_outcome(bio, *end, end->below->read_some(std::as_writable_bytes(buffer)));
  }
  ssize_t got = 0;
  do {
    got = ::recv(end->socket, data, static_cast<std::size_t>(size), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      BIO_set_retry_read(bio);
    else
      end->failure = errno;
  }
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gannet socket");
    if (made != nullptr) {
      BIO_meth_set_write(made, bio_write);
      BIO_meth_set_read(made, bio_read);
      BIO_meth_set_ctrl(made, bio_control);
      BIO_meth_set_create(made, bio_create);
    }
    return made;
  }();
  return method;
}

bool is_ip_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

std::string verification_reason(long result, const std::string& host) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the certificate is not valid yet; check this machine's clock";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the certificate is for another host than " + host;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "the certificate is self-signed; name it in a CA bundle if it is to be trusted";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "the certificate is from an unknown authority; name it in a CA bundle if it is to be trusted";
    case X509_V_ERR_CERT_REVOKED:
      return "the certificate has been revoked";
    default:
      return std::string("the certificate is not accepted: ") + X509_verify_cert_error_string(result);
  }
}

/// Where the sessions of a connection are kept.
struct Resumption {
  std::shared_ptr<TlsSessions> sessions;
  std::string peer;
};

/// Where a connection's object has its Resumption.
int resumption_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// A session can be resumed from here on: with TLS 1.2 at the handshake's end, with TLS 1.3 whenever the
/// server sends a ticket.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  try {
    if (const auto* const resumption = static_cast<Resumption*>(SSL_get_ex_data(ssl, resumption_index())))
      resumption->sessions->keep(resumption->peer, session);
  } catch (const std::bad_alloc&) {
    // The next handshake is a whole one.
  }
  return 0;  // It was copied.
}

class TlsStream final : public ByteStream {
 public:
  TlsStream(Ssl ssl, std::unique_ptr<SocketEnd> end, std::string host, std::shared_ptr<Resumption> resumption)
      : end_(std::move(end)),
        resumption_(std::move(resumption)),
        ssl_(std::move(ssl)),
        host_(std::move(host)) {}

  Step handshake() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return {};
    const long verified = SSL_get_verify_result(ssl_.get());
    auto step = after(result, "the peer closed the connection during the TLS handshake");
    if (step.progress == Progress::end) step.progress = Progress::failed;
    if (step.progress == Progress::failed && verified != X509_V_OK) {
      step.reason = verification_reason(verified, host_);
      step.untrusted = true;
    }
    // It may have been the session that the peer stumbled over: the next attempt begins anew.
    if (step.progress == Progress::failed) resumption_->sessions->forget(resumption_->peer);
    return step;
  }

  Step read_some(std::span<std::byte> buffer) override {
    ERR_clear_error();
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &got);
    if (result == 1) return {Progress::done, got};
    return after(result, "the peer ended the TLS connection");
  }

  Step write(std::span<const std::span<const std::byte>> pieces) override {
    if (staged_ == 0) stage(pieces);
    ERR_clear_error();
    std::size_t sent = 0;
    // A record that is under way must be offered again with the same bytes: they are kept here until it is
    // through.
    const int result = SSL_write_ex(ssl_.get(), record_.get(), staged_, &sent);
    if (result == 1) {
      staged_ = 0;
      return {Progress::done, sent};
    }
    return after(result, "the peer ended the TLS connection");
  }

  [[nodiscard]] bool holds_input() const noexcept override {
    return SSL_has_pending(ssl_.get()) == 1 || (end_->below && end_->below->holds_input());
  }

  [[nodiscard]] bool is_quiet() override {
    if (socket_is_quiet(end_->socket) && !holds_input()) return true;
    // What has come may be a session ticket, which is no data.
    ERR_clear_error();
    std::byte byte{};
    std::size_t got = 0;
    const int result = SSL_peek_ex(ssl_.get(), &byte, 1, &got);
    return result != 1 && after(result, "").progress == Progress::wants_read;
  }

  void rest() noexcept override {
    if (staged_ == 0) record_.reset();
    if (end_->below) end_->below->rest();
  }

  void close() noexcept override {
    ERR_clear_error();
    // The peer's own goodbye is not waited for. After an error none may be sent.
    if (!broken_ && SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
    ERR_clear_error();
    if (end_->below) end_->below->close();
  }

 private:
  static constexpr std::size_t record_size = 16 * 1024;

  void stage(std::span<const std::span<const std::byte>> pieces) {
    if (!record_) record_ = std::make_unique_for_overwrite<std::byte[]>(record_size);
    for (const auto piece : pieces) {
      const std::size_t count = std::min(piece.size(), record_size - staged_);
      if (count != 0) std::memcpy(record_.get() + staged_, piece.data(), count);
      staged_ += count;
    }
  }

  Step after(int result, const char* otherwise) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {Progress::wants_read};
      case SSL_ERROR_WANT_WRITE:
        return {Progress::wants_write};
      case SSL_ERROR_ZERO_RETURN:
        return {Progress::end, 0, otherwise};
      case SSL_ERROR_SYSCALL:
        broken_ = true;
        if (!end_->reason.empty()) return {Progress::failed, 0, end_->reason};
        if (end_->failure != 0) return {Progress::failed, 0, std::generic_category().message(end_->failure)};
        return {Progress::failed, 0, otherwise};
      default:
        broken_ = true;
        return {Progress::failed, 0, openssl_reason(otherwise)};
    }
  }

  // What `ssl_` points to must go last.
  std::unique_ptr<SocketEnd> end_;
  std::shared_ptr<Resumption> resumption_;
  Ssl ssl_;
  std::string host_;
  std::unique_ptr<std::byte[]> record_;
  std::size_t staged_ = 0;
  bool broken_ = false;
};

}  // namespace

struct TlsContext::State {
  SslContext context;
  std::shared_ptr<TlsSessions> sessions = std::make_shared<TlsSessions>();
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const std::filesystem::path& authorities) {
  ERR_clear_error();
  auto state = std::make_unique<State>();
  state->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = state->context.get();
  if (context == nullptr || socket_method() == nullptr)
    return fail(ErrorKind::configuration, "TlsUnavailable",
                "OpenSSL cannot be set up: " + openssl_reason("out of memory"));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);  // One call of the system for a record instead of two.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, keep_session);
  static constexpr unsigned char protocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context, protocols, sizeof(protocols));
  std::error_code ignored;
  int loaded = 0;
  if (authorities.empty())
    loaded = SSL_CTX_set_default_verify_paths(context);
  else if (std::filesystem::is_directory(authorities, ignored))
    loaded = SSL_CTX_load_verify_dir(context, authorities.c_str());
  else
    loaded = SSL_CTX_load_verify_file(context, authorities.c_str());
  if (loaded != 1)
    return fail(ErrorKind::configuration, "CaBundleUnusable",
                "the CA bundle " +
                    (authorities.empty() ? std::string("of the system") : authorities.string()) +
                    " cannot be used: " + openssl_reason("it holds no certificate") +
                    "; it must be a readable file of PEM certificates");
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(state)));
}

Result<std::unique_ptr<ByteStream>> TlsContext::stream(int socket, const Origin& peer,
                                                       std::unique_ptr<ByteStream> below) const {
  ERR_clear_error();
  // DNS has a name end with a dot to say that it is whole; neither certificates nor SNI know that dot.
  std::string host = peer.host;
  if (host.size() > 1 && host.ends_with('.')) host.pop_back();
  auto resumption =
      std::make_shared<Resumption>(Resumption{state_->sessions, host + " " + std::to_string(peer.port)});
  auto end = std::make_unique<SocketEnd>(SocketEnd{.socket = socket, .below = std::move(below)});
  Ssl ssl(SSL_new(state_->context.get()));
  BIO* const bio = ssl ? BIO_new(socket_method()) : nullptr;
  bool ready = bio != nullptr;
  if (ready) {
    BIO_set_data(bio, end.get());
    SSL_set_bio(ssl.get(), bio, bio);
    SSL_set_connect_state(ssl.get());
    X509_VERIFY_PARAM* const checks = SSL_get0_param(ssl.get());
    if (is_ip_address(host)) {
      ready = X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1;
    } else {
      // A name in the subject alone says nothing: authorities vouch for the alternative names only.
      X509_VERIFY_PARAM_set_hostflags(
          checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
      ready = X509_VERIFY_PARAM_set1_host(checks, host.c_str(), host.size()) == 1 &&
              SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
    }
    ready = ready && SSL_set_ex_data(ssl.get(), resumption_index(), resumption.get()) == 1;
  }
  if (!ready)
    return fail(ErrorKind::network, "TlsFailed",
                "TLS cannot be set up for " + host + ": " + openssl_reason("out of memory"));
  if (const auto session = resumption->sessions->take(resumption->peer))
    SSL_set_session(ssl.get(), session.get());
  return std::make_unique<TlsStream>(std::move(ssl), std::move(end), std::move(host), std::move(resumption));
}

}  // namespace gannet::io
