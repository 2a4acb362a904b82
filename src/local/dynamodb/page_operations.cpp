#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/attribute_json.hpp"
#include "local/dynamodb/attribute.hpp"
#include "local/dynamodb/condition.hpp"
#include "local/dynamodb/consumed_capacity.hpp"
#include "local/dynamodb/document_path.hpp"
#include "local/dynamodb/item_codec.hpp"
#include "local/dynamodb/key_codec.hpp"
#include "local/dynamodb/key_condition.hpp"
#include "local/dynamodb/operations.hpp"
#include "local/dynamodb/projection.hpp"
#include "local/dynamodb/refusal.hpp"

namespace gannet::local::dynamodb {
namespace {

/// A page ends with the item that reaches this many bytes.
constexpr std::size_t maximum_page_size = std::size_t{1} << 20;

enum class Select { all_attributes, all_projected_attributes, specific_attributes, count };

template <class Visit>
void for_each_path(const core::Condition& condition, Visit&& visit) {
  for (const core::Operand& operand : condition.operands) {
    if (const auto* path = std::get_if<core::DocumentPath>(&operand.of)) visit(*path);
  }
  for (const core::Condition& inner : condition.conditions) for_each_path(inner, visit);
}

/// What Query and Scan have in common.
struct PageRequest {
  /// `expressions`: as Placeholders has them.
  PageRequest(Engine& engine, const Parameters& parameters,
              std::initializer_list<std::string_view> expressions)
      : table(&engine.tables.get(parameters.required_text("TableName"))),
        placeholders(parameters, expressions) {
    consistent = parameters.boolean("ConsistentRead");
    detail = ConsumedCapacity::detail(parameters);
    limit = parameters.integer("Limit");
    read_index(parameters);
    if (const auto text = parameters.text("FilterExpression")) {
      filter = placeholders.condition(*text, core::ConditionParameter::filter);
      check_operands(*filter, placeholders, core::ConditionParameter::filter);
    }
    if (const auto text = parameters.text("ProjectionExpression")) {
      projection.emplace(placeholders.projection(*text));
    }
    read_select(parameters);
    if (const auto start = parameters.object("ExclusiveStartKey")) {
      start_key = read_attributes(*start, "ExclusiveStartKey");
      check_start_key();
    }
  }

  [[nodiscard]] const KeySchema& keys() const { return index != nullptr ? index->keys : table->keys; }

  /// Whether there is no more to see of an item than the index projects. A local index leads to the whole
  /// item.
  [[nodiscard]] bool sees_projection() const {
    return index != nullptr && index->projected != Index::Projected::all &&
           (index->global || select == Select::all_projected_attributes || select == Select::count);
  }

  const Table* table;
  const Index* index = nullptr;
  Placeholders placeholders;
  std::optional<core::Condition> filter;
  std::optional<Projection> projection;
  Select select = Select::all_attributes;
  std::optional<std::int64_t> limit;
  std::optional<Item> start_key;
  bool consistent = false;
  ConsumedCapacity::Detail detail = ConsumedCapacity::Detail::none;

 private:
  void read_index(const Parameters& parameters) {
    const auto name = parameters.text("IndexName");
    if (!name) return;
    index = table->find_index(*name);
    if (index == nullptr) refuse(fmt::format("The table does not have the specified index: {}", *name));
    if (index->global && consistent) {
      refuse("Consistent reads are not supported on global secondary indexes");
    }
  }

  void read_select(const Parameters& parameters) {
    const std::string_view wanted = parameters.text("Select").value_or("");
    if (wanted.empty()) {
      select = projection         ? Select::specific_attributes
               : index != nullptr ? Select::all_projected_attributes
                                  : Select::all_attributes;
    } else if (wanted == "COUNT") {
      select = Select::count;
      if (projection) refuse("Cannot specify the ProjectionExpression when choosing to get only the Count");
    } else if (wanted == "ALL_ATTRIBUTES") {
      select = Select::all_attributes;
      if (projection) refuse("Cannot specify the ProjectionExpression when choosing to get ALL_ATTRIBUTES");
    } else if (wanted == "ALL_PROJECTED_ATTRIBUTES") {
      select = Select::all_projected_attributes;
      if (index == nullptr)
        refuse("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
      if (projection)
        refuse("Cannot specify the ProjectionExpression when choosing to get ALL_PROJECTED_ATTRIBUTES");
    } else {
      select = Select::specific_attributes;
      if (!projection) {
        refuse(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
            "SPECIFIC_ATTRIBUTES");
      }
    }
    check_index_projection();
    check_filter_projection();
  }

  void check_filter_projection() const {
    if (!filter || !sees_projection()) return;
    std::vector<std::string_view> missing;
    for_each_path(*filter, [&](const core::DocumentPath& path) {
      if (!index->projects(top_level_name(path), table->keys)) missing.emplace_back(top_level_name(path));
    });
    if (missing.empty()) return;
    refuse(
        fmt::format("One or more parameter values were invalid: Secondary index {} does not project one or "
                    "more filter attributes: [{}]",
                    index->name, fmt::join(missing, ", ")));
  }

  /// A global index has nothing but what it projects.
  void check_index_projection() const {
    if (index == nullptr || !index->global || index->projected == Index::Projected::all) return;
    if (select == Select::all_attributes) {
      refuse(
          fmt::format("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
                      "supported for global secondary index {} because its projection type is not ALL",
                      index->name));
    }
    if (!projection) return;
    std::vector<std::string_view> missing;
    for (const core::DocumentPath& path : projection->paths()) {
      if (!index->projects(top_level_name(path), table->keys)) missing.emplace_back(top_level_name(path));
    }
    if (missing.empty()) return;
    refuse(fmt::format(
        "One or more parameter values were invalid: Global secondary index {} does not project [{}]",
        index->name, fmt::join(missing, ", ")));
  }

  void check_start_key() const {
    std::vector<std::string_view> wanted = table->keys.names();
    if (index != nullptr) {
      for (const std::string_view name : index->keys.names()) {
        if (std::ranges::find(wanted, name) == wanted.end()) wanted.push_back(name);
      }
    }
    const bool complete =
        start_key->size() == wanted.size() &&
        std::ranges::all_of(wanted, [&](std::string_view name) { return start_key->contains(name); });
    if (!complete) refuse("The provided starting key is invalid");
    (void)key_of_item(*start_key, table->keys);
    if (index != nullptr) (void)key_in_index(*start_key, *index);
  }
};

/// One page of a walk.
class Page {
 public:
  Page(Engine& engine, const PageRequest& request)
      : engine_(engine), request_(request), sees_part_(request.sees_projection()) {}

  void read(Walk& walk) {
    auto rows = walk.open(engine_.database);
    const std::int64_t limit = request_.limit.value_or(std::numeric_limits<std::int64_t>::max());
    items_.begin_array();
    while (rows.step()) {
      ++scanned_;
      take(rows.blob(0), static_cast<std::size_t>(rows.integer(1)));
      if (scanned_ == limit || bytes_ >= maximum_page_size) {
        last_ = key_attributes(item_from_json(rows.blob(0)), *request_.table, request_.index);
        break;
      }
    }
    items_.end_array();
  }

  std::string answer() {
    core::JsonWriter writer;
    writer.begin_object();
    if (request_.select != Select::count) {
      writer.key("Items");
      writer.raw(items_.text());
    }
    writer.key("Count");
    writer.integer(count_);
    writer.key("ScannedCount");
    writer.integer(scanned_);
    if (!last_.empty()) {
      writer.key("LastEvaluatedKey");
      core::write_item(writer, last_);
    }
    ConsumedCapacity consumed(*request_.table);
    consumed.read(bytes_, request_.consistent, request_.index);
    consumed.write_member(writer, request_.detail);
    writer.end_object();
    return writer.take();
  }

 private:
  void take(std::string_view json, std::size_t size) {
    const bool whole = !request_.filter && !request_.projection && !sees_part_;
    if (whole) {
      bytes_ += size;
      ++count_;
      if (request_.select != Select::count) items_.raw(json);
      return;
    }
    Item item = item_from_json(json);
    if (sees_part_) {
      std::erase_if(item, [&](const auto& attribute) {
        return !request_.index->projects(attribute.first, request_.table->keys);
      });
      size = item_size(item);
    }
    bytes_ += size;
    if (request_.filter && !holds(*request_.filter, item, request_.placeholders)) return;
    ++count_;
    if (request_.select == Select::count) return;
    core::write_item(items_, request_.projection ? request_.projection->of(item) : item);
  }

  Engine& engine_;
  const PageRequest& request_;
  const bool sees_part_;
  core::JsonWriter items_;
  Item last_;
  std::int64_t count_ = 0;
  std::int64_t scanned_ = 0;
  std::size_t bytes_ = 0;
};

void start_after(Walk& walk, const PageRequest& request) {
  if (!request.start_key) return;
  walk.after = key_of_item(*request.start_key, request.table->keys);
  if (request.index != nullptr) walk.index_after = *key_in_index(*request.start_key, *request.index);
}

void refuse_key_attributes_in_filter(const core::Condition& filter, const KeySchema& keys) {
  for_each_path(filter, [&](const core::DocumentPath& path) {
    const auto names = keys.names();
    if (std::ranges::find(names, top_level_name(path)) == names.end()) return;
    refuse("Filter Expression can only contain non-primary key attributes: Primary key attribute: " +
           top_level_name(path));
  });
}

}  // namespace

std::string query(Engine& engine, const Parameters& parameters) {
  parameters.refuse_legacy({{"KeyConditions", "KeyConditionExpression"},
                            {"QueryFilter", "FilterExpression"},
                            {"AttributesToGet", "ProjectionExpression"},
                            {"ConditionalOperator", "FilterExpression"}});
  PageRequest request(engine, parameters, {"FilterExpression", "KeyConditionExpression"});
  const auto text = parameters.text("KeyConditionExpression");
  if (!text) {
    refuse("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  const core::Condition condition =
      request.placeholders.condition(*text, core::ConditionParameter::key_condition);
  request.placeholders.refuse_unused();
  const KeyRange range = read_key_condition(condition, request.placeholders, request.keys());
  if (request.filter) refuse_key_attributes_in_filter(*request.filter, request.keys());

  Walk walk{.table = request.table, .index = request.index};
  walk.partition = encode_partition_key(range.partition);
  walk.low = range.low;
  walk.high = range.high;
  walk.forward = parameters.boolean("ScanIndexForward", true);
  start_after(walk, request);
  if (walk.after) {
    const Key& start = request.index != nullptr ? walk.index_after : *walk.after;
    if (start.partition != *walk.partition)
      refuse("The provided starting key is outside query boundaries based on provided conditions");
    if (start.sort < walk.low || start.sort >= walk.high) {
      refuse("The provided starting key does not match the range key predicate");
    }
  }
  Page page(engine, request);
  page.read(walk);
  return page.answer();
}

std::string scan(Engine& engine, const Parameters& parameters) {
  parameters.refuse_legacy({{"ScanFilter", "FilterExpression"},
                            {"AttributesToGet", "ProjectionExpression"},
                            {"ConditionalOperator", "FilterExpression"}});
  PageRequest request(engine, parameters, {"FilterExpression"});
  request.placeholders.refuse_unused();
  const auto total = parameters.integer("TotalSegments");
  const auto segment = parameters.integer("Segment");
  if (segment && !total) {
    refuse(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter "
        "is present");
  }
  if (total && !segment) {
    refuse(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments "
        "is present");
  }
  if (segment && *segment >= *total) {
    refuse(
        fmt::format("The Segment parameter is zero-based and must be less than parameter TotalSegments: "
                    "Segment: {} is not less than TotalSegments: {}",
                    *segment, *total));
  }

  Walk walk{.table = request.table, .index = request.index};
  const auto segments = static_cast<std::size_t>(total.value_or(1));
  walk.low = segment_start(static_cast<std::size_t>(segment.value_or(0)), segments);
  walk.high = segment_start(static_cast<std::size_t>(segment.value_or(0)) + 1, segments);
  start_after(walk, request);
  if (walk.after) {
    const Key& start = request.index != nullptr ? walk.index_after : *walk.after;
    if (start.partition < walk.low || start.partition >= walk.high) {
      refuse(
          "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey "
          "with correct Segment. TotalSegments: " +
          std::to_string(segments) + " Segment: " + std::to_string(segment.value_or(0)));
    }
  }
  Page page(engine, request);
  page.read(walk);
  return page.answer();
}

}  // namespace gannet::local::dynamodb
