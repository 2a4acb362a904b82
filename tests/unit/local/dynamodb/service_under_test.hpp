#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include "core/json.hpp"
#include "local/dynamodb/dynamodb.hpp"

namespace gannet::local::dynamodb {

/// A DynamoDB of its own, in memory unless it is given a file, and short ways to ask it.
class ServiceUnderTest {
 public:
  explicit ServiceUnderTest(const std::optional<std::filesystem::path>& file = std::nullopt)
      : database_(open(file, context_)), service_(*database_, facts_) {}

  Reply handle(std::string_view operation, std::string_view body) {
    return service_.handle(Caller{}, operation, body);
  }

  std::vector<std::string> partition_keys(std::string_view operation, std::string_view body) {
    return service_.partition_keys(operation, body);
  }

  /// The body of a success. Throws what was answered instead.
  std::string ask(std::string_view operation, std::string_view body) {
    const Reply reply = handle(operation, body);
    if (reply.status != 200) throw std::runtime_error(reply.body);
    return reply.body;
  }

  /// "ValidationException: what was wrong", or the body of a success, which is none.
  std::string refusal(std::string_view operation, std::string_view body) {
    const Reply reply = handle(operation, body);
    if (reply.status != 400) return "answered " + std::to_string(reply.status) + ": " + reply.body;
    const auto document = core::JsonDocument::parse(reply.body);
    const std::string type(*document->root().find("__type")->string());
    auto message = document->root().find("message");
    if (!message) message = document->root().find("Message");
    return type.substr(type.find('#') + 1) + ": " + std::string(*message->string());
  }

  /// Table "people": keys PK and SK, both S.
  void make_people() {
    ask("CreateTable", R"({"TableName": "people", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"},
                                 {"AttributeName": "SK", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]})");
  }

  /// Puts an item of "people" with more attributes, written `"a": {"N": "1"}`.
  void put(std::string_view partition, std::string_view sort, std::string_view attributes = "") {
    ask("PutItem", R"({"TableName": "people", "Item": {"PK": {"S": ")" + std::string(partition) +
                       R"("}, "SK": {"S": ")" + std::string(sort) + R"("})" +
                       (attributes.empty() ? "" : ", ") + std::string(attributes) + "}}");
  }

  std::string get(std::string_view partition, std::string_view sort) {
    return ask("GetItem", R"({"TableName": "people", "Key": {"PK": {"S": ")" + std::string(partition) +
                              R"("}, "SK": {"S": ")" + std::string(sort) + R"("}}})");
  }

  /// Ends the turn: what was written is committed.
  void end_turn() {
    context_.restart();
    context_.run();
  }

  /// Moves the service's clock.
  void advance(std::chrono::milliseconds by) { now_ += by; }

  Database& database() { return *database_; }

 private:
  static std::unique_ptr<Database> open(const std::optional<std::filesystem::path>& file,
                                        boost::asio::io_context& context) {
    auto opened = Database::open(file, false, context.get_executor());
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }

  boost::asio::io_context context_;
  Timestamp now_{std::chrono::milliseconds(1'750'000'000'123)};
  CloudFacts facts_{
      .account_id = "000000000000", .region = "us-east-1", .now = [this] { return now_; }, .log = {}};
  std::unique_ptr<Database> database_;
  DynamoDb service_;
};

/// The member of a JSON object as compact text, "" when it is not there.
inline std::string member(std::string_view json, std::string_view name) {
  const auto document = core::JsonDocument::parse(json);
  if (!document) throw std::runtime_error(document.error().message);
  const auto found = document->root().find(name);
  return found ? found->to_json() : std::string();
}

/// The texts of SK in an answer's Items, joined by spaces.
inline std::string sort_keys(std::string_view answer) {
  const auto document = core::JsonDocument::parse(answer);
  if (!document) throw std::runtime_error(document.error().message);
  const auto items = document->root().find("Items");
  if (!items) throw std::runtime_error("no Items in " + std::string(answer));
  std::string keys;
  for (const core::JsonValue item : *items) {
    const auto key = item.find("SK");
    if (!key) continue;
    keys += keys.empty() ? "" : " ";
    keys += *key->begin().value().string();
  }
  return keys;
}

}  // namespace gannet::local::dynamodb
