#include "local/dynamodb/operations.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

std::string description(std::string_view member, const Table& table) {
  core::JsonWriter writer;
  writer.begin_object();
  writer.key(member);
  write_description(writer, table);
  writer.end_object();
  return writer.take();
}

}  // namespace

std::string create_table(Engine& engine, const Parameters& request) {
  return description("TableDescription", engine.tables.create(request));
}

std::string describe_table(Engine& engine, const Parameters& request) {
  return description("Table", engine.tables.get_for_table_operation(request.required_text("TableName")));
}

std::string list_tables(Engine& engine, const Parameters& request) {
  const auto limit = request.integer("Limit").value_or(100);
  const auto [names, more] = engine.tables.names(request.text("ExclusiveStartTableName").value_or(""),
                                                 static_cast<std::size_t>(limit));
  core::JsonWriter writer;
  writer.begin_object();
  writer.key("TableNames");
  writer.begin_array();
  for (const std::string& name : names) writer.string(name);
  writer.end_array();
  if (more) {
    writer.key("LastEvaluatedTableName");
    writer.string(names.back());
  }
  writer.end_object();
  return writer.take();
}

std::string update_table(Engine& engine, const Parameters& request) {
  for (const std::string_view member : {"GlobalSecondaryIndexUpdates", "ReplicaUpdates",
                                        "StreamSpecification", "SSESpecification", "TableClass"}) {
    if (request.has(member)) {
      refuse("The local cloud's UpdateTable does not have the parameter " + std::string(member) +
             ". It changes BillingMode, ProvisionedThroughput and DeletionProtectionEnabled.");
    }
  }
  Table& table = engine.tables.get_for_table_operation(request.required_text("TableName"));
  engine.tables.update(table, request);
  return description("TableDescription", table);
}

std::string delete_table(Engine& engine, const Parameters& request) {
  Table& table = engine.tables.get_for_table_operation(request.required_text("TableName"));
  core::JsonWriter writer;
  writer.begin_object();
  writer.key("TableDescription");
  writer.begin_object();
  writer.key("TableName");
  writer.string(table.name);
  writer.key("TableStatus");
  writer.string("DELETING");
  writer.key("TableArn");
  writer.string(table.arn);
  writer.key("TableId");
  writer.string(table.id);
  writer.key("ItemCount");
  writer.integer(table.item_count);
  writer.key("TableSizeBytes");
  writer.integer(table.item_bytes);
  writer.end_object();
  writer.end_object();
  engine.tables.remove(table);
  return writer.take();
}

}  // namespace gannet::local::dynamodb
