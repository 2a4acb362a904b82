#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/expression.hpp"
#include "core/json.hpp"
#include "local/dynamodb/item_keys.hpp"
#include "local/dynamodb/item_store.hpp"
#include "local/dynamodb/parameters.hpp"
#include "local/dynamodb/placeholders.hpp"
#include "local/dynamodb/tables.hpp"
#include "local/dynamodb/transaction_tokens.hpp"
#include "local/service.hpp"
#include "local/store/database.hpp"

/// DynamoDB's operations: each reads its request and gives the body of its answer, or throws a Refusal.
namespace gannet::local::dynamodb {

/// What operations work on.
struct Engine {
  Engine(Database& store, const CloudFacts& facts)
      : database(store), tables(store, facts), items(store, tables), tokens(store, facts) {}
  Database& database;
  Tables tables;
  ItemStore items;
  TransactionTokens tokens;
};

std::string create_table(Engine& engine, const Parameters& request);
std::string describe_table(Engine& engine, const Parameters& request);
std::string list_tables(Engine& engine, const Parameters& request);
std::string update_table(Engine& engine, const Parameters& request);
std::string delete_table(Engine& engine, const Parameters& request);

std::string get_item(Engine& engine, const Parameters& request);
std::string put_item(Engine& engine, const Parameters& request);
std::string update_item(Engine& engine, const Parameters& request);
std::string delete_item(Engine& engine, const Parameters& request);

std::string query(Engine& engine, const Parameters& request);
std::string scan(Engine& engine, const Parameters& request);

std::string batch_get_item(Engine& engine, const Parameters& request);
std::string batch_write_item(Engine& engine, const Parameters& request);

std::string transact_write_items(Engine& engine, const Parameters& request);
std::string transact_get_items(Engine& engine, const Parameters& request);

}  // namespace gannet::local::dynamodb
