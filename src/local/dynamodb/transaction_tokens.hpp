#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "local/service.hpp"
#include "local/store/database.hpp"

namespace gannet::local::dynamodb {

/// The client request tokens of the transactions of the last ten minutes, kept in the store with what they
/// wrote: a token is remembered exactly if its transaction was applied.
class TransactionTokens {
 public:
  static constexpr std::chrono::minutes lifetime{10};
  enum class Use : std::uint8_t { first, repeated, other_request };

  /// Makes its table in the store where it is not there yet. Throws StoreError, as all here do.
  TransactionTokens(Database& database, const CloudFacts& facts);

  [[nodiscard]] Use use_of(std::string_view token, std::string_view fingerprint);
  /// To be called within the transaction that writes what was asked. Forgets the tokens that are too old.
  void remember(std::string_view token, std::string_view fingerprint);

 private:
  [[nodiscard]] std::int64_t oldest() const;

  Database& database_;
  const CloudFacts& facts_;
};

/// 32 bytes that are the same for requests that mean the same: neither the order of an object's members nor
/// that of a set's values counts, nor members that are null.
std::string fingerprint_of(core::JsonValue request);

}  // namespace gannet::local::dynamodb
