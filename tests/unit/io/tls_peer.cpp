#include "unit/io/tls_peer.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gannet::io::testing {

namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  check(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make(const std::string& name, long from, long to, const Certificate* issuer, const char* basic,
                 const std::string& alternatives) {
  static std::atomic<long> serial = 1;
  Certificate made;
  made.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
  check(made.key != nullptr, "key");
  made.certificate.reset(X509_new(), X509_free);
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), to);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* const signer = issuer != nullptr ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  extend(certificate, signer, NID_basic_constraints, basic);
  if (!alternatives.empty()) extend(certificate, signer, NID_subject_alt_name, alternatives);
  EVP_PKEY* const key = issuer != nullptr ? issuer->key.get() : made.key.get();
  check(X509_sign(certificate, key, EVP_sha256()) != 0, "sign");
  return made;
}

}  // namespace

void Certificate::write(const std::filesystem::path& path) const {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  check(file != nullptr && PEM_write_X509(file, certificate.get()) == 1, "write");
  std::fclose(file);
}

Certificate make_authority(const std::string& name) {
  return make(name, -7200, 7200, nullptr, "critical,CA:TRUE", "");
}

Certificate make_certificate(const CertificateWishes& wishes, const Certificate* issuer) {
  return make(wishes.subject, wishes.valid_from, wishes.valid_to, issuer, "critical,CA:FALSE", wishes.names);
}

TlsPeer::TlsPeer(const Certificate& certificate, std::string answer, std::size_t slice, bool echo,
                 TlsVersions versions)
    : answer_(std::move(answer)),
      slice_(slice),
      echo_(echo),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::signal(SIGPIPE, SIG_IGN);  // This peer writes with OpenSSL's own sockets.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  check(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 16) == 0 &&
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
        "listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, certificate, versions] { serve(certificate, versions); });
}

TlsPeer::~TlsPeer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    if (active_ >= 0) ::shutdown(active_, SHUT_RDWR);
  }
  thread_.join();
  ::close(listener_);
}

void TlsPeer::serve(const Certificate& certificate, TlsVersions versions) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX_use_certificate(context.get(), certificate.certificate.get());
  SSL_CTX_use_PrivateKey(context.get(), certificate.key.get());
  if (versions == TlsVersions::only_1_2) SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("peer"), 4);
  for (;;) {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    std::array<unsigned char, 80> keys{};
    keys.fill(ticket_keys_);
    SSL_CTX_set_tlsext_ticket_keys(context.get(), keys.data(), keys.size());
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) ::shutdown(socket, SHUT_RDWR);
      active_ = socket;
    }
    const std::shared_ptr<SSL> connection(SSL_new(context.get()), SSL_free);
    SSL_set_fd(connection.get(), socket);
    std::this_thread::sleep_for(time_.load());
    if (SSL_accept(connection.get()) == 1) {
      ++connections_;
      if (SSL_session_reused(connection.get()) == 1) ++resumed_;
      converse(connection.get());
      if (!rude_) SSL_shutdown(connection.get());
    }
    const std::lock_guard lock(mutex_);
    active_ = -1;
    ::close(socket);
  }
}

void TlsPeer::converse(void* of) {
  SSL* const connection = static_cast<SSL*>(of);
  for (;;) {
    std::string request;
    std::size_t wanted = 0;
    do {
      char buffer[16384];
      const int count = SSL_read(connection, buffer, sizeof(buffer));
      if (count <= 0) return;
      request.append(buffer, static_cast<std::size_t>(count));
      const auto end = request.find("\r\n\r\n");
      const auto field = request.find("Content-Length: ");
      wanted = end == std::string::npos
                   ? request.size() + 1
                   : end + 4 + (field < end ? std::stoul(request.substr(field + 16, 20)) : 0);
    } while (request.size() < wanted);
    std::this_thread::sleep_for(time_.load());
    std::string answer = answer_;
    if (echo_ || answer_.starts_with(':')) {
      std::string body = request.substr(request.find("\r\n\r\n") + 4);
      if (!echo_) {
        const auto field = request.find(answer_.substr(1) + ": ") + answer_.size() + 1;
        body = request.substr(field, request.find("\r\n", field) - field);
      }
      answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    for (std::size_t at = 0; at < answer.size(); at += slice_) {
      const auto count = static_cast<int>(std::min(slice_, answer.size() - at));
      if (SSL_write(connection, answer.data() + at, count) <= 0) return;
    }
    if (answer.find("Connection: close") != std::string::npos) return;
  }
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "gannet-tls-XXXXXX").string();
  check(::mkdtemp(name.data()) != nullptr, "mkdtemp");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gannet::io::testing
