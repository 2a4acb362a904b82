#include "local/dynamodb/dynamodb.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/model.hpp"
#include "dynamodb_model.hpp"
#include "local/dynamodb/cancellation.hpp"
#include "local/dynamodb/operations.hpp"
#include "local/dynamodb/partition_keys.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local {
namespace {

using dynamodb::Engine;
using dynamodb::Parameters;
using dynamodb::Refusal;

using Handler = std::string (*)(Engine&, const Parameters&);

struct Operation {
  std::string_view name;
  Handler handler;
};

/// In order of their names.
constexpr std::array<Operation, 15> operations = {{
    {"BatchGetItem", dynamodb::batch_get_item},
    {"BatchWriteItem", dynamodb::batch_write_item},
    {"CreateTable", dynamodb::create_table},
    {"DeleteItem", dynamodb::delete_item},
    {"DeleteTable", dynamodb::delete_table},
    {"DescribeTable", dynamodb::describe_table},
    {"GetItem", dynamodb::get_item},
    {"ListTables", dynamodb::list_tables},
    {"PutItem", dynamodb::put_item},
    {"Query", dynamodb::query},
    {"Scan", dynamodb::scan},
    {"TransactGetItems", dynamodb::transact_get_items},
    {"TransactWriteItems", dynamodb::transact_write_items},
    {"UpdateItem", dynamodb::update_item},
    {"UpdateTable", dynamodb::update_table},
}};
static_assert(std::ranges::is_sorted(operations, {}, &Operation::name));

/// Refuses an operation that DynamoDB does not have, and one that it has and this cloud does not.
Handler find_handler(std::string_view name, const core::Shape* input) {
  if (input == nullptr) {
    throw Refusal{.type = "UnknownOperationException", .message = "An unknown operation was requested."};
  }
  const auto* const found = std::ranges::lower_bound(operations, name, {}, &Operation::name);
  if (found == operations.end() || found->name != name) {
    dynamodb::refuse("The local cloud does not have DynamoDB's operation " + std::string(name) + ".");
  }
  return found->handler;
}

core::JsonDocument parse(std::string_view body) {
  auto document = core::JsonDocument::parse(body);
  if (!document) {
    throw Refusal{.type = "SerializationException",
                  .message = "The request's body cannot be read as JSON: " + document.error().message};
  }
  return std::move(*document);
}

/// Refuses what breaks the service's model.
void check(const core::Shape& shape, core::JsonValue input) {
  if (auto wrong = core::wrong_type(shape, input)) {
    throw Refusal{.type = "SerializationException", .message = std::move(*wrong)};
  }
  const auto violations = core::violations(shape, input);
  if (!violations.empty()) dynamodb::refuse(core::validation_message(violations));
}

std::string_view type_prefix(std::string_view type) {
  if (type == "ValidationException") return "com.amazon.coral.validate#";
  if (type == "SerializationException" || type == "UnknownOperationException")
    return "com.amazon.coral.service#";
  return "com.amazonaws.dynamodb.v20120810#";
}

void write_reasons(core::JsonWriter& writer, const std::vector<dynamodb::CancellationReason>& reasons) {
  writer.key("CancellationReasons");
  writer.begin_array();
  for (const auto& reason : reasons) {
    writer.begin_object();
    writer.key("Code");
    writer.string(reason.code);
    if (!reason.item.empty()) {
      writer.key("Item");
      writer.raw(reason.item);
    }
    if (!reason.message.empty()) {
      writer.key("Message");
      writer.string(reason.message);
    }
    writer.end_object();
  }
  writer.end_array();
}

std::string error_body(const Refusal& refusal) {
  core::JsonWriter writer;
  writer.begin_object();
  writer.key("__type");
  writer.string(std::string(type_prefix(refusal.type)) + std::string(refusal.type));
  // As the service spells it: the errors of transactions have a capital.
  const bool transactional = refusal.type == "TransactionCanceledException" ||
                             refusal.type == "IdempotentParameterMismatchException";
  if (!refusal.reasons.empty()) write_reasons(writer, refusal.reasons);
  writer.key(transactional ? "Message" : "message");
  writer.string(refusal.message);
  if (!refusal.item.empty()) {
    writer.key("Item");
    writer.raw(refusal.item);
  }
  writer.end_object();
  return writer.take();
}

Reply reply_of(int status, std::string body) {
  return {
      .status = status, .body = std::move(body), .content_type = "application/x-amz-json-1.0", .headers = {}};
}

}  // namespace

struct DynamoDb::State {
  State(Database& database, const CloudFacts& facts) : engine(database, facts) {}
  Engine engine;
};

DynamoDb::DynamoDb(Database& database, const CloudFacts& facts)
    : state_(std::make_unique<State>(database, facts)) {}

DynamoDb::~DynamoDb() = default;

std::vector<std::string> DynamoDb::partition_keys(std::string_view operation, std::string_view body) {
  return dynamodb::partition_keys(state_->engine, operation, body);
}

Reply DynamoDb::handle(const Caller&, std::string_view operation, std::string_view body) {
  try {
    const core::Shape* const input = models::dynamodb::input_of(operation);
    const Handler handler = find_handler(operation, input);
    const core::JsonDocument document = parse(body);
    check(*input, document.root());
    return reply_of(200, handler(state_->engine, Parameters(document.root())));
  } catch (const Refusal& refusal) {
    return reply_of(400, error_body(refusal));
  }
}

Reply DynamoDb::conflict(std::string_view operation, std::string_view body) {
  return reply_of(400, error_body(dynamodb::conflict(operation, body)));
}

}  // namespace gannet::local
