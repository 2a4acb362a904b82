// Ten thousand increments of one counter, fifty at a time, at the endpoint of the environment: with
// `update_item`, or with `exactly_once` resumed until each is settled. Prints what was acknowledged, what
// stayed unknown and what was refused; with `counter`, what the counter says.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gannet/dynamodb.hpp>
#include <gannet/exactly_once.hpp>

namespace {

namespace ddb = gannet::dynamodb;

constexpr int at_once = 50;

struct Account {
  int left = 0;
  int acknowledged = 0;
  int unknown = 0;
  int refused = 0;

  void enter(const gannet::Error* error) {
    if (error == nullptr) {
      ++acknowledged;
    } else if (error->kind == gannet::ErrorKind::outcome_unknown) {
      ++unknown;
    } else {
      ++refused;
    }
  }
};

const ddb::UpdateItemInput update{.table_name = "counters",
                                  .key = {{"PK", "COUNTER#1"}},
                                  .update_expression = "ADD n :1",
                                  .expression_attribute_values = gannet::Item{{":1", 1}}};

gannet::Task<void> update_items(const ddb::Client& client, Account& account) {
  while (account.left-- > 0) {
    const auto done = co_await client.update_item(update);
    account.enter(done ? nullptr : &done.error());
  }
}

gannet::Task<void> update_exactly_once(const ddb::Client& client, Account& account) {
  while (account.left-- > 0) {
    auto done = co_await exactly_once(client, update);
    while (!done && done.error().kind == gannet::ErrorKind::outcome_unknown) {
      const auto* detail = done.error().detail<ddb::UnknownUpdate>();
      if (detail == nullptr) break;
      const ddb::UnknownUpdate kept = *detail;
      done = co_await resume(client, kept);
    }
    account.enter(done ? nullptr : &done.error());
  }
}

template <class Done>
auto or_give_up(Done done) {
  if (!done) {
    fmt::print(stderr, "{}\n", to_string(done.error()));
    std::exit(1);
  }
  return std::move(*done);
}

void make_table(const ddb::Client& client) {
  const ddb::CreateTableInput table{
      .attribute_definitions = {{{.attribute_name = "PK", .attribute_type = ddb::ScalarAttributeType::s}}},
      .table_name = "counters",
      .key_schema = {{{.attribute_name = "PK", .key_type = ddb::KeyType::hash}}},
      .billing_mode = ddb::BillingMode::pay_per_request};
  or_give_up(gannet::blocking(client.create_table(table)));
}

void print_counter(const ddb::Client& client) {
  const ddb::GetItemInput question{.table_name = "counters", .key = update.key, .consistent_read = true};
  const auto found = or_give_up(gannet::blocking(client.get_item(question)));
  fmt::print("{}\n", found.item.value().at("n").n());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view how = argc > 1 ? argv[1] : "";
  if (how != "update_item" && how != "exactly_once" && how != "counter") {
    fmt::print(stderr,
               "usage: bench_increments update_item|exactly_once|counter [COUNT]   "
               "(endpoint and keys from the environment)\n");
    return 2;
  }
  const ddb::Client client(or_give_up(gannet::Config::load()));
  if (how == "counter") {
    print_counter(client);
    return 0;
  }
  make_table(client);
  Account account{.left = argc > 2 ? std::atoi(argv[2]) : 10'000};
  boost::asio::io_context context(1);
  for (int worker = 0; worker < at_once; ++worker) {
    boost::asio::co_spawn(
        context, how == "update_item" ? update_items(client, account) : update_exactly_once(client, account),
        [](const std::exception_ptr& thrown) {
          if (thrown) std::rethrow_exception(thrown);
        });
  }
  context.run();
  fmt::print("{} {} {}\n", account.acknowledged, account.unknown, account.refused);
}
