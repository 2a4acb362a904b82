#include "local/dynamodb/dynamodb.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include <boost/asio/io_context.hpp>

namespace {

using namespace gannet::local;

constexpr std::array<std::string_view, 16> operations = {"BatchGetItem",
                                                         "BatchWriteItem",
                                                         "CreateTable",
                                                         "DeleteItem",
                                                         "DeleteTable",
                                                         "DescribeTable",
                                                         "GetItem",
                                                         "ListTables",
                                                         "PutItem",
                                                         "Query",
                                                         "Scan",
                                                         "UpdateItem",
                                                         "UpdateTable",
                                                         "Frobnicate",
                                                         "TransactGetItems",
                                                         "TransactWriteItems"};

constexpr std::string_view table = R"({"TableName":"people","BillingMode":"PAY_PER_REQUEST",
    "AttributeDefinitions":[{"AttributeName":"PK","AttributeType":"S"},{"AttributeName":"SK","AttributeType":"N"}],
    "KeySchema":[{"AttributeName":"PK","KeyType":"HASH"},{"AttributeName":"SK","KeyType":"RANGE"}],
    "GlobalSecondaryIndexes":[{"IndexName":"back","KeySchema":[{"AttributeName":"SK","KeyType":"HASH"}],
                               "Projection":{"ProjectionType":"KEYS_ONLY"}}]})";
constexpr std::string_view item =
    R"({"TableName":"people","Item":{"PK":{"S":"a"},"SK":{"N":"1"},"n":{"N":"5"},
    "l":{"L":[{"S":"x"},{"M":{"q":{"S":"z"}}}]},"m":{"M":{"a":{"S":"v"}}},"ss":{"SS":["a","b"]}}})";

}  // namespace

// The first byte says which operation, the rest is its body. Each input meets a cloud with one table and one
// item.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  boost::asio::io_context context;
  const auto database = Database::open(std::nullopt, false, context.get_executor());
  const CloudFacts facts{.account_id = "000000000000",
                         .region = "us-east-1",
                         .now = [] { return gannet::Timestamp(); },
                         .log = {}};
  DynamoDb service(**database, facts);
  service.handle({}, "CreateTable", table);
  service.handle({}, "PutItem", item);
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string_view operation = operations[data[0] % operations.size()];
  service.partition_keys(operation, body);
  const Reply reply = service.handle({}, operation, body);
  if (reply.status != 200 && reply.status != 400) std::abort();
  return 0;
}
