#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "local/service.hpp"
#include "local/store/database.hpp"

namespace gannet::local {

/// The local cloud's DynamoDB. Used on the cloud's one thread; must not outlive the database and the facts.
class DynamoDb {
 public:
  /// Makes its tables in the store where they are not there yet. Throws StoreError.
  DynamoDb(Database& database, const CloudFacts& facts);
  DynamoDb(const DynamoDb&) = delete;
  DynamoDb& operator=(const DynamoDb&) = delete;
  ~DynamoDb();

  /// Answers a request: `operation` is "GetItem" and its like, `body` its JSON. What is refused is an answer
  /// too. A write may be answered to the caller once `Database::committed` has returned. Throws StoreError.
  Reply handle(const Caller& caller, std::string_view operation, std::string_view body);

  /// The answer while a transaction of somebody else's has the request's item, or the first of its items.
  static Reply conflict(std::string_view operation, std::string_view body);

  /// The texts of the partition keys that a request is about, as far as they can be told.
  std::vector<std::string> partition_keys(std::string_view operation, std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gannet::local
