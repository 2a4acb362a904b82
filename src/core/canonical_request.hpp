#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>
#include <gannet/http.hpp>
#include <gannet/secret.hpp>

#include "core/sigv4.hpp"
#include "core/stack_text.hpp"

/// How signer and verifier put a canonical request together: its query and its fields are taken, then written
/// with the rest. What is taken is viewed, not copied, and must outlive its taker.
namespace gannet::core {

using CanonicalText = StackText<2048>;

/// The pairs of a query, encoded as AWS does, sorted by name and then by value.
class CanonicalQuery {
 public:
  CanonicalQuery() = default;
  CanonicalQuery(const CanonicalQuery&) = delete;
  CanonicalQuery& operator=(const CanonicalQuery&) = delete;
  ~CanonicalQuery() { wipe(encoded_anew_); }

  /// Takes a query as it is on the wire, which must outlive this; called once at most.
  void take(std::string_view query, bool without_signature);
  /// Takes a pair that is encoded already; both must outlive this.
  void take(std::string_view name, std::string_view value) { pairs_.push_back({name, value}); }

  void write(CanonicalText& out);

 private:
  struct Pair {
    std::string_view name;
    std::string_view value;
  };

  std::string_view canonical(std::string_view text, std::size_t query_size);

  boost::container::small_vector<Pair, 16> pairs_;
  std::string encoded_anew_;
};

/// Whether each `%` is followed by two hex digits.
bool is_well_formed_query(std::string_view query) noexcept;

/// The fields to sign and the list of their names; fields of one name stand side by side.
class SignedFields {
 public:
  void take(std::string_view name, std::string_view value) {
    fields_.push_back({name, value, fields_.size()});
  }

  void sort();
  /// To be called once, when the fields are in their order.
  void name_them();
  /// `content-type;host;x-amz-date`
  [[nodiscard]] std::string_view names() const noexcept { return names_.view(); }
  void write(CanonicalText& out) const;

 private:
  struct Field {
    std::string_view name;
    std::string_view value;
    std::size_t place;  ///< Among the fields of the request, and later of its name among the signed names.
  };

  boost::container::small_vector<Field, 24> fields_;
  StackText<512> names_;
};

/// The headers that a signer signs, Host apart.
void take_headers(SignedFields& fields, const Headers& headers);

/// The fields of the names claimed; false if one is not there (it then counts as empty).
bool take_claimed_headers(SignedFields& fields, const HttpRequest& request, std::string_view host,
                          std::span<const std::string_view> names);

void write_canonical_request(CanonicalText& out, std::string_view method, std::string_view path,
                             PathRule rule, CanonicalQuery& query, const SignedFields& fields,
                             std::string_view payload_hash);

}  // namespace gannet::core
