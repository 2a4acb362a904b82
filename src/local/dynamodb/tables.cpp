#include "local/dynamodb/tables.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ascii.hpp"
#include "core/timestamps.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/refusal.hpp"
#include "local/uuid.hpp"

namespace gannet::local::dynamodb {
namespace {

using core::JsonValue;
using core::JsonWriter;
using Type = AttributeValue::Type;

// Index numbers are the table's and the index's place in it: a table has at most 20 global and 5 local
// indexes.
constexpr std::int64_t indexes_per_table = 64;
constexpr std::size_t maximum_global_indexes = 20;
constexpr std::size_t maximum_local_indexes = 5;

constexpr std::string_view schema = R"(
  CREATE TABLE IF NOT EXISTS dynamodb_tables (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    definition TEXT NOT NULL,
    item_count INTEGER NOT NULL DEFAULT 0,
    item_bytes INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS dynamodb_items (
    table_number INTEGER NOT NULL,
    partition BLOB NOT NULL,
    sort BLOB NOT NULL,
    size INTEGER NOT NULL,
    item BLOB NOT NULL,
    PRIMARY KEY (table_number, partition, sort)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS dynamodb_index_entries (
    index_number INTEGER NOT NULL,
    index_partition BLOB NOT NULL,
    index_sort BLOB NOT NULL,
    partition BLOB NOT NULL,
    sort BLOB NOT NULL,
    PRIMARY KEY (index_number, index_partition, index_sort, partition, sort)) WITHOUT ROWID;
)";

[[noreturn]] void refuse_value(const std::string& what) {
  refuse("One or more parameter values were invalid: " + what);
}

void check_name(std::string_view name) {
  const bool good = name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, [](char c) {
                      return core::is_alphanumeric(c) || c == '_' || c == '-' || c == '.';
                    });
  if (good) return;
  refuse(
      "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may "
      "contain only the characters a-z, A-Z, 0-9, '_', '-', and '.'");
}

/// The name in "arn:aws:dynamodb:REGION:ACCOUNT:table/NAME", or what is no ARN as it is.
std::string_view name_of(std::string_view name_or_arn) {
  constexpr std::string_view marker = ":table/";
  const auto at = name_or_arn.starts_with("arn:") ? name_or_arn.find(marker) : std::string_view::npos;
  return at == std::string_view::npos ? name_or_arn : name_or_arn.substr(at + marker.size());
}

std::vector<KeyAttribute> read_attribute_definitions(JsonValue json) {
  std::vector<KeyAttribute> attributes;
  for (const JsonValue element : json) {
    const Parameters definition(element);
    KeyAttribute attribute{.name = std::string(definition.required_text("AttributeName"))};
    attribute.type = *type_of_letters(definition.required_text("AttributeType"));
    if (std::ranges::find(attributes, attribute.name, &KeyAttribute::name) != attributes.end()) {
      refuse_value("Cannot create two attributes with the same name: " + attribute.name);
    }
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

KeyAttribute defined(const std::vector<KeyAttribute>& attributes, std::string_view name) {
  const auto found = std::ranges::find(attributes, name, &KeyAttribute::name);
  if (found != attributes.end()) return *found;
  std::vector<std::string_view> names;
  for (const KeyAttribute& attribute : attributes) names.push_back(attribute.name);
  refuse_value(
      fmt::format("Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], "
                  "AttributeDefinitions: [{}]",
                  name, fmt::join(names, ", ")));
}

KeySchema read_key_schema(JsonValue json, const std::vector<KeyAttribute>& attributes) {
  std::vector<std::pair<std::string_view, std::string_view>> elements;
  for (const JsonValue element : json) {
    const Parameters key(element);
    const std::string_view name = key.required_text("AttributeName");
    elements.emplace_back(name, key.required_text("KeyType"));
  }
  if (elements.empty() || elements.size() > 2) {
    refuse(
        fmt::format("1 validation error detected: Value at 'keySchema' failed to satisfy constraint: Member "
                    "must have length {} than or equal to {}",
                    elements.empty() ? "greater" : "less", elements.empty() ? 1 : 2));
  }
  if (elements[0].second != "HASH")
    refuse("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  KeySchema keys{.partition = defined(attributes, elements[0].first), .sort = {}};
  if (elements.size() == 2) {
    if (elements[1].second != "RANGE")
      refuse("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    if (elements[0].first == elements[1].first) {
      refuse("Both the Hash Key and the Range Key element in the KeySchema have the same name");
    }
    keys.sort = defined(attributes, elements[1].first);
  }
  return keys;
}

void read_projection(const Parameters& projection, Index& index) {
  const std::string_view type = projection.text("ProjectionType").value_or("");
  if (type.empty()) refuse_value("Unknown ProjectionType: null");
  index.projected = type == "ALL"       ? Index::Projected::all
                    : type == "INCLUDE" ? Index::Projected::include
                                        : Index::Projected::keys_only;
  if (const auto names = projection.array("NonKeyAttributes")) {
    for (const JsonValue name : *names) index.included.emplace_back(text_of(name));
  }
  const bool include = index.projected == Index::Projected::include;
  if (include && index.included.empty()) {
    refuse_value(fmt::format("ProjectionType is INCLUDE, but NonKeyAttributes is not specified"));
  }
  if (!include && !index.included.empty()) {
    refuse_value(fmt::format("ProjectionType is {}, but NonKeyAttributes is specified", type));
  }
}

void read_indexes(const Parameters& request, std::string_view member, bool global, Table& table) {
  const auto json = request.array(member);
  if (!json) return;
  if (json->size() == 0) {
    refuse_value(fmt::format("List of {} is empty", member));
  }
  if (json->size() > (global ? maximum_global_indexes : maximum_local_indexes)) {
    refuse_value(fmt::format("{} count exceeds the per-table limit of {}",
                             global ? "GlobalSecondaryIndex" : "Number of LocalSecondaryIndexes",
                             global ? maximum_global_indexes : maximum_local_indexes));
  }
  for (const JsonValue element : *json) {
    const Parameters parameters(element);
    Index index;
    index.name = parameters.required_text("IndexName");
    index.global = global;
    check_name(index.name);
    if (table.find_index(index.name) != nullptr) refuse_value("Duplicate index name: " + index.name);
    index.keys = read_key_schema(parameters.required_array("KeySchema"), table.attributes);
    read_projection(Parameters(parameters.required_object("Projection")), index);
    if (!global) {
      if (!table.keys.sort) {
        refuse_value(
            "Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex");
      }
      if (!index.keys.sort) {
        refuse_value("Index KeySchema does not have a range key for index: " + index.name);
      }
      if (index.keys.partition.name != table.keys.partition.name) {
        refuse_value(
            fmt::format("Index KeySchema does not have the same leading hash key as table KeySchema for "
                        "index: {}. index hash key: {}, table hash key: {}",
                        index.name, index.keys.partition.name, table.keys.partition.name));
      }
    }
    table.indexes.push_back(std::move(index));
  }
}

void check_all_attributes_used(const Table& table) {
  std::set<std::string_view> used;
  const auto use = [&](const KeySchema& keys) {
    for (const std::string_view name : keys.names()) used.insert(name);
  };
  use(table.keys);
  for (const Index& index : table.indexes) use(index.keys);
  if (used.size() == table.attributes.size()) return;
  std::vector<std::string_view> names;
  for (const KeyAttribute& attribute : table.attributes) names.push_back(attribute.name);
  refuse_value(
      fmt::format("Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]",
                  fmt::join(names, ", "), fmt::join(used, ", ")));
}

void read_capacity(const Parameters& request, Table& table) {
  table.on_demand = request.text("BillingMode") == "PAY_PER_REQUEST";
  const auto throughput = request.object("ProvisionedThroughput");
  table.read_units = 0;
  table.write_units = 0;
  if (!table.on_demand) {
    if (!throughput) {
      refuse_value(
          "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
    }
    const Parameters units(*throughput);
    table.read_units = units.integer("ReadCapacityUnits").value_or(0);
    table.write_units = units.integer("WriteCapacityUnits").value_or(0);
  } else if (throughput) {
    refuse_value(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  }
}

/// A table without what the store adds.
Table read_definition(const Parameters& request) {
  Table table;
  table.name = name_of(request.required_text("TableName"));
  check_name(table.name);
  table.attributes = read_attribute_definitions(request.required_array("AttributeDefinitions"));
  table.keys = read_key_schema(request.required_array("KeySchema"), table.attributes);
  read_indexes(request, "LocalSecondaryIndexes", false, table);
  read_indexes(request, "GlobalSecondaryIndexes", true, table);
  check_all_attributes_used(table);
  read_capacity(request, table);
  table.deletion_protected = request.boolean("DeletionProtectionEnabled");
  return table;
}

void write_key_schema(JsonWriter& writer, const KeySchema& keys) {
  const auto write_key = [&](const KeyAttribute& attribute, std::string_view type) {
    writer.begin_object();
    writer.key("AttributeName");
    writer.string(attribute.name);
    writer.key("KeyType");
    writer.string(type);
    writer.end_object();
  };
  writer.key("KeySchema");
  writer.begin_array();
  write_key(keys.partition, "HASH");
  if (keys.sort) write_key(*keys.sort, "RANGE");
  writer.end_array();
}

void write_attribute_definitions(JsonWriter& writer, const Table& table) {
  writer.key("AttributeDefinitions");
  writer.begin_array();
  for (const KeyAttribute& attribute : table.attributes) {
    writer.begin_object();
    writer.key("AttributeName");
    writer.string(attribute.name);
    writer.key("AttributeType");
    writer.string(type_letters(attribute.type));
    writer.end_object();
  }
  writer.end_array();
}

void write_index_definition(JsonWriter& writer, const Index& index) {
  constexpr std::array<std::string_view, 3> projections = {"ALL", "KEYS_ONLY", "INCLUDE"};
  writer.key("IndexName");
  writer.string(index.name);
  write_key_schema(writer, index.keys);
  writer.key("Projection");
  writer.begin_object();
  writer.key("ProjectionType");
  writer.string(projections[static_cast<std::size_t>(index.projected)]);
  if (!index.included.empty()) {
    writer.key("NonKeyAttributes");
    writer.begin_array();
    for (const std::string& name : index.included) writer.string(name);
    writer.end_array();
  }
  writer.end_object();
}

template <class Write>
void write_indexes(JsonWriter& writer, const Table& table, bool global, Write&& write) {
  if (std::ranges::find(table.indexes, global, &Index::global) == table.indexes.end()) return;
  writer.key(global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes");
  writer.begin_array();
  for (const Index& index : table.indexes) {
    if (index.global != global) continue;
    writer.begin_object();
    write(index);
    writer.end_object();
  }
  writer.end_array();
}

void write_throughput(JsonWriter& writer, const Table& table) {
  writer.key("ProvisionedThroughput");
  writer.begin_object();
  writer.key("NumberOfDecreasesToday");
  writer.integer(0);
  writer.key("ReadCapacityUnits");
  writer.integer(table.read_units);
  writer.key("WriteCapacityUnits");
  writer.integer(table.write_units);
  writer.end_object();
}

/// What `read_definition` reads.
std::string definition_of(const Table& table) {
  JsonWriter writer;
  writer.begin_object();
  writer.key("TableName");
  writer.string(table.name);
  write_attribute_definitions(writer, table);
  write_key_schema(writer, table.keys);
  for (const bool global : {false, true}) {
    write_indexes(writer, table, global, [&](const Index& index) { write_index_definition(writer, index); });
  }
  writer.key("BillingMode");
  writer.string(table.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
  if (!table.on_demand) write_throughput(writer, table);
  writer.key("DeletionProtectionEnabled");
  writer.boolean(table.deletion_protected);
  writer.end_object();
  return writer.take();
}

std::string arn_of(const CloudFacts& facts, std::string_view name) {
  return fmt::format("arn:aws:dynamodb:{}:{}:table/{}", facts.region, facts.account_id, name);
}

}  // namespace

std::vector<std::string_view> KeySchema::names() const {
  std::vector<std::string_view> all = {partition.name};
  if (sort) all.emplace_back(sort->name);
  return all;
}

bool Index::projects(std::string_view attribute, const KeySchema& table_keys) const {
  const auto is_key = [&](const KeySchema& schema_of) {
    return schema_of.partition.name == attribute || (schema_of.sort && schema_of.sort->name == attribute);
  };
  return projected == Projected::all || is_key(keys) || is_key(table_keys) ||
         std::ranges::find(included, attribute) != included.end();
}

const Index* Table::find_index(std::string_view index_name) const {
  const auto found = std::ranges::find(indexes, index_name, &Index::name);
  return found == indexes.end() ? nullptr : &*found;
}

std::int64_t Table::index_number(const Index& index) const {
  return number * indexes_per_table + (&index - indexes.data());
}

Tables::Tables(Database& database, const CloudFacts& facts) : database_(database), facts_(facts) {
  database_.execute(std::string(schema));
  load();
}

void Tables::load() {
  tables_.clear();
  lost_turns_ = database_.lost_turns();
  auto rows =
      database_.query("SELECT number, id, created, definition, item_count, item_bytes FROM dynamodb_tables");
  while (rows.step()) {
    const auto document = core::JsonDocument::parse(rows.text(3));
    if (!document) throw StoreError("a stored table cannot be read: " + document.error().message);
    auto table = std::make_unique<Table>(read_definition(Parameters(document->root())));
    table->number = rows.integer(0);
    table->id = rows.text(1);
    table->created = Timestamp(std::chrono::milliseconds(rows.integer(2)));
    table->item_count = rows.integer(4);
    table->item_bytes = rows.integer(5);
    table->arn = arn_of(facts_, table->name);
    tables_.emplace(table->name, std::move(table));
  }
}

void Tables::reload_if_lost() {
  if (database_.lost_turns() != lost_turns_) load();
}

Table* Tables::find(std::string_view name) {
  reload_if_lost();
  const auto found = tables_.find(name_of(name));
  if (found != tables_.end()) return found->second.get();
  check_name(name_of(name));
  return nullptr;
}

Table& Tables::get(std::string_view name) {
  if (Table* table = find(name)) return *table;
  throw Refusal{.type = "ResourceNotFoundException", .message = "Requested resource not found"};
}

Table& Tables::get_for_table_operation(std::string_view name) {
  if (Table* table = find(name)) return *table;
  throw Refusal{.type = "ResourceNotFoundException",
                .message = fmt::format("Requested resource not found: Table: {} not found", name_of(name))};
}

Table& Tables::create(const Parameters& request) {
  auto table = std::make_unique<Table>(read_definition(request));
  if (find(table->name) != nullptr) {
    throw Refusal{.type = "ResourceInUseException", .message = "Table already exists: " + table->name};
  }
  table->id = random_uuid();
  table->created = facts_.now();
  table->arn = arn_of(facts_, table->name);
  database_.write();
  const std::string definition = definition_of(*table);
  auto row = database_.query(
      "INSERT INTO dynamodb_tables (name, id, created, definition) VALUES (?, ?, ?, ?) RETURNING number");
  row.bind(1, table->name)
      .bind(2, table->id)
      .bind(3, std::int64_t{table->created.time_since_epoch().count()});
  row.bind(4, definition);
  while (row.step()) table->number = row.integer(0);
  const std::string name = table->name;
  return *tables_.emplace(name, std::move(table)).first->second;
}

void Tables::update(Table& table, const Parameters& request) {
  Table changed = table;
  if (request.has("BillingMode") || request.has("ProvisionedThroughput")) read_capacity(request, changed);
  changed.deletion_protected = request.boolean("DeletionProtectionEnabled", table.deletion_protected);
  const std::string definition = definition_of(changed);
  database_.write();
  database_.query("UPDATE dynamodb_tables SET definition = ? WHERE number = ?")
      .bind(1, definition)
      .bind(2, table.number)
      .run();
  table = std::move(changed);
}

void Tables::remove(Table& table) {
  if (table.deletion_protected) {
    refuse(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion "
        "protection first.");
  }
  database_.atomically([&] {
    database_.query("DELETE FROM dynamodb_tables WHERE number = ?").bind(1, table.number).run();
    database_.query("DELETE FROM dynamodb_items WHERE table_number = ?").bind(1, table.number).run();
    database_.query("DELETE FROM dynamodb_index_entries WHERE index_number >= ? AND index_number < ?")
        .bind(1, table.number * indexes_per_table)
        .bind(2, (table.number + 1) * indexes_per_table)
        .run();
  });
  tables_.erase(tables_.find(table.name));
}

std::pair<std::vector<std::string>, bool> Tables::names(std::string_view start, std::size_t limit) {
  reload_if_lost();
  std::vector<std::string> names;
  auto at = start.empty() ? tables_.begin() : tables_.upper_bound(start);
  for (; at != tables_.end() && names.size() < limit; ++at) names.push_back(at->first);
  return {std::move(names), at != tables_.end()};
}

void Tables::count(Table& table, std::int64_t items, std::int64_t bytes) {
  if (items == 0 && bytes == 0) return;
  database_.query("UPDATE dynamodb_tables SET item_count = ?, item_bytes = ? WHERE number = ?")
      .bind(1, table.item_count + items)
      .bind(2, table.item_bytes + bytes)
      .bind(3, table.number)
      .run();
  table.item_count += items;
  table.item_bytes += bytes;
}

void write_description(JsonWriter& writer, const Table& table) {
  writer.begin_object();
  write_attribute_definitions(writer, table);
  writer.key("TableName");
  writer.string(table.name);
  write_key_schema(writer, table.keys);
  writer.key("TableStatus");
  writer.string("ACTIVE");
  writer.key("CreationDateTime");
  writer.raw(core::epoch_seconds(table.created));
  write_throughput(writer, table);
  writer.key("TableSizeBytes");
  writer.integer(table.item_bytes);
  writer.key("ItemCount");
  writer.integer(table.item_count);
  writer.key("TableArn");
  writer.string(table.arn);
  writer.key("TableId");
  writer.string(table.id);
  if (table.on_demand) {
    writer.key("BillingModeSummary");
    writer.begin_object();
    writer.key("BillingMode");
    writer.string("PAY_PER_REQUEST");
    writer.key("LastUpdateToPayPerRequestDateTime");
    writer.raw(core::epoch_seconds(table.created));
    writer.end_object();
  }
  for (const bool global : {false, true}) {
    write_indexes(writer, table, global, [&](const Index& index) {
      write_index_definition(writer, index);
      if (global) {
        writer.key("IndexStatus");
        writer.string("ACTIVE");
        write_throughput(writer, table);
      }
      writer.key("IndexArn");
      writer.string(fmt::format("{}/index/{}", table.arn, index.name));
    });
  }
  writer.key("DeletionProtectionEnabled");
  writer.boolean(table.deletion_protected);
  writer.end_object();
}

}  // namespace gannet::local::dynamodb
