#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <gannet/attribute_value.hpp>

#include "core/expression.hpp"
#include "local/dynamodb/consumed_capacity.hpp"
#include "local/dynamodb/item_keys.hpp"
#include "local/dynamodb/item_store.hpp"
#include "local/dynamodb/parameters.hpp"
#include "local/dynamodb/placeholders.hpp"
#include "local/dynamodb/tables.hpp"
#include "local/dynamodb/update.hpp"

namespace gannet::local::dynamodb {

struct Engine;

/// What a write does to one item, decided and checked, but not done yet.
struct ItemChange {
  Table* table = nullptr;
  Key key{};
  std::optional<StoredItem> old{};
  std::optional<Item> now{};  ///< None: the item is gone afterwards.
  std::size_t size = 0;       ///< Of `now`.
  bool changes = true;        ///< False: what is stored is already as it shall be.
};

void apply(Engine& engine, const ItemChange& change);
void count(ConsumedCapacity& consumed, const ItemChange& change);

/// Refuses an item that is larger than the service takes; otherwise its size.
std::size_t checked_size(const Item& item);
/// The key of an item to be put. Refuses one that does not fit the table or one of its indexes.
Key checked_key(const Item& item, const Table& table);

/// One write of one item: PutItem, UpdateItem, DeleteItem, or an action of a transaction. A request takes its
/// steps one after the other; a transaction takes each with all its writes before the next. Each step throws
/// a Refusal.
class ItemWrite {
 public:
  enum class Kind : std::uint8_t { put, update, erase, check };

  /// Reads the request. Refuses what is wrong with it whatever the table is like and whatever it holds.
  ItemWrite(Engine& engine, const Parameters& request, Kind kind);
  ItemWrite(const ItemWrite&) = delete;
  ItemWrite& operator=(const ItemWrite&) = delete;

  /// Finds the item's place. Refuses what does not fit the table.
  void locate();
  /// Decides what becomes of what is stored now. Refuses a condition that fails, and an update that does not
  /// fit the item.
  void plan();
  /// Does it. Nothing else may have been written to the item since `plan`.
  void apply();

  [[nodiscard]] const ItemChange& change() const noexcept { return change_; }
  /// The item that an update starts from: the key alone where nothing is stored.
  [[nodiscard]] const Item& before() const noexcept { return before_; }
  [[nodiscard]] const Update* update() const noexcept { return update_ ? &*update_ : nullptr; }
  /// Bytes that this write brings to a transaction.
  [[nodiscard]] std::size_t payload_size() const noexcept { return payload_size_; }

 private:
  void read_expressions(const Parameters& request);
  void require_condition() const;
  void plan_update();

  Engine& engine_;
  Kind kind_;
  ItemChange change_;
  Placeholders placeholders_;
  std::optional<core::Condition> condition_;
  std::optional<Update> update_;
  bool returns_item_on_failure_ = false;
  Item given_;  ///< The item of a put, the key of the others.
  std::size_t payload_size_ = 0;
  Item before_;
};

}  // namespace gannet::local::dynamodb
