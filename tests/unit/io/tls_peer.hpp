#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

typedef struct evp_pkey_st EVP_PKEY;
typedef struct x509_st X509;

/// An authority, certificates and a TLS server for tests, made with OpenSSL when they run.
namespace gannet::io::testing {

struct Certificate {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;

  /// Writes the certificate as PEM.
  void write(const std::filesystem::path& path) const;
};

/// A certificate authority of its own.
Certificate make_authority(const std::string& name);

struct CertificateWishes {
  std::string names =
      "DNS:localhost";  ///< Subject alternative names, as OpenSSL's configuration writes them; or none.
  std::string subject = "test server";
  long valid_from = -3600;  ///< Seconds from now.
  long valid_to = 3600;
};

/// Signed by `issuer`, or by itself without one.
Certificate make_certificate(const CertificateWishes& wishes, const Certificate* issuer);

enum class TlsVersions { all, only_1_2 };

/// Answers each request of each connection with what `answer` gives; one connection after the other, on a
/// thread.
class TlsPeer {
 public:
  /// `echo`: the answer's body is the request's. Else `answer` goes out as it is, `slice` bytes a record; one
  /// that begins with a colon is the name of a header field, whose value is then the answer's body.
  TlsPeer(const Certificate& certificate, std::string answer, std::size_t slice = 1 << 14, bool echo = false,
          TlsVersions versions = TlsVersions::all);
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer();

  /// From now on connections end without TLS's own word of goodbye.
  void be_rude() noexcept { rude_ = true; }
  /// From now on it takes its time before each handshake and each answer: the client has to wait for it.
  void take_time(std::chrono::milliseconds time) noexcept { time_ = time; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] int connections() const noexcept { return connections_; }  ///< With the handshake done.
  [[nodiscard]] int resumed() const noexcept { return resumed_; }  ///< Of them, with a session of before.
  /// From now on tickets are of no use: they are encrypted with other keys.
  void change_ticket_keys() noexcept { ++ticket_keys_; }

 private:
  void serve(const Certificate& certificate, TlsVersions versions);
  void converse(void* connection);

  std::string answer_;
  std::size_t slice_;
  bool echo_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<int> resumed_ = 0;
  std::atomic<unsigned char> ticket_keys_ = 1;
  std::atomic<bool> rude_ = false;
  std::atomic<std::chrono::milliseconds> time_{};
  std::mutex mutex_;
  int active_ = -1;  ///< The connection being served.
  bool stopping_ = false;
  std::thread thread_;
};

/// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace gannet::io::testing
