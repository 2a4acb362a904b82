#include "local/dynamodb/dynamodb.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/json.hpp"
#include "local/dynamodb/operations.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local {
namespace {

using dynamodb::Engine;
using dynamodb::Parameters;
using dynamodb::Refusal;

using Handler = std::string (*)(Engine&, const Parameters&);

struct Operation {
  std::string_view name;
  Handler handler = nullptr;  ///< nullptr: an operation of the service that this cloud does not have.
};

/// In order of their names.
constexpr std::array<Operation, 57> operations = {{
    {"BatchExecuteStatement"},
    {"BatchGetItem", dynamodb::batch_get_item},
    {"BatchWriteItem", dynamodb::batch_write_item},
    {"CreateBackup"},
    {"CreateGlobalTable"},
    {"CreateTable", dynamodb::create_table},
    {"DeleteBackup"},
    {"DeleteItem", dynamodb::delete_item},
    {"DeleteResourcePolicy"},
    {"DeleteTable", dynamodb::delete_table},
    {"DescribeBackup"},
    {"DescribeContinuousBackups"},
    {"DescribeContributorInsights"},
    {"DescribeEndpoints"},
    {"DescribeExport"},
    {"DescribeGlobalTable"},
    {"DescribeGlobalTableSettings"},
    {"DescribeImport"},
    {"DescribeKinesisStreamingDestination"},
    {"DescribeLimits"},
    {"DescribeTable", dynamodb::describe_table},
    {"DescribeTableReplicaAutoScaling"},
    {"DescribeTimeToLive"},
    {"DisableKinesisStreamingDestination"},
    {"EnableKinesisStreamingDestination"},
    {"ExecuteStatement"},
    {"ExecuteTransaction"},
    {"ExportTableToPointInTime"},
    {"GetItem", dynamodb::get_item},
    {"GetResourcePolicy"},
    {"ImportTable"},
    {"ListBackups"},
    {"ListContributorInsights"},
    {"ListExports"},
    {"ListGlobalTables"},
    {"ListImports"},
    {"ListTables", dynamodb::list_tables},
    {"ListTagsOfResource"},
    {"PutItem", dynamodb::put_item},
    {"PutResourcePolicy"},
    {"Query", dynamodb::query},
    {"RestoreTableFromBackup"},
    {"RestoreTableToPointInTime"},
    {"Scan", dynamodb::scan},
    {"TagResource"},
    {"TransactGetItems"},
    {"TransactWriteItems"},
    {"UntagResource"},
    {"UpdateContinuousBackups"},
    {"UpdateContributorInsights"},
    {"UpdateGlobalTable"},
    {"UpdateGlobalTableSettings"},
    {"UpdateItem", dynamodb::update_item},
    {"UpdateKinesisStreamingDestination"},
    {"UpdateTable", dynamodb::update_table},
    {"UpdateTableReplicaAutoScaling"},
    {"UpdateTimeToLive"},
}};
static_assert(std::ranges::is_sorted(operations, {}, &Operation::name));

const Operation& find_operation(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(operations, name, {}, &Operation::name);
  if (found == operations.end() || found->name != name) {
    throw Refusal{.type = "UnknownOperationException", .message = "An unknown operation was requested."};
  }
  if (found->handler == nullptr) {
    dynamodb::refuse("The local cloud does not have DynamoDB's operation " + std::string(name) + ".");
  }
  return *found;
}

core::JsonDocument parse(std::string_view body) {
  auto document = core::JsonDocument::parse(body);
  if (!document) {
    throw Refusal{.type = "SerializationException",
                  .message = "The request's body cannot be read as JSON: " + document.error().message};
  }
  return std::move(*document);
}

std::string_view type_prefix(std::string_view type) {
  if (type == "ValidationException") return "com.amazon.coral.validate#";
  if (type == "SerializationException" || type == "UnknownOperationException")
    return "com.amazon.coral.service#";
  return "com.amazonaws.dynamodb.v20120810#";
}

std::string error_body(const Refusal& refusal) {
  core::JsonWriter writer;
  writer.begin_object();
  writer.key("__type");
  writer.string(std::string(type_prefix(refusal.type)) + std::string(refusal.type));
  writer.key("message");
  writer.string(refusal.message);
  if (!refusal.item.empty()) {
    writer.key("Item");
    writer.raw(refusal.item);
  }
  writer.end_object();
  return writer.take();
}

}  // namespace

struct DynamoDb::State {
  State(Database& database, const CloudFacts& facts) : engine(database, facts) {}
  Engine engine;
};

DynamoDb::DynamoDb(Database& database, const CloudFacts& facts)
    : state_(std::make_unique<State>(database, facts)) {}

DynamoDb::~DynamoDb() = default;

Reply DynamoDb::handle(const Caller&, std::string_view operation, std::string_view body) {
  Reply reply{.status = 200, .body = {}, .content_type = "application/x-amz-json-1.0", .headers = {}};
  try {
    const Operation& found = find_operation(operation);
    const core::JsonDocument document = parse(body);
    reply.body = found.handler(state_->engine, Parameters(document.root()));
  } catch (const Refusal& refusal) {
    reply.status = 400;
    reply.body = error_body(refusal);
  }
  return reply;
}

}  // namespace gannet::local
