// Calls a service by the client that was made of tables.json.
#include <iostream>

#include <gannet/tables/client.hpp>

int main() {
  const gannet::tables::Client client(gannet::Config::load().value());
  const gannet::tables::ListTablesInput input{.limit = 10};
  const auto listed = gannet::blocking(client.list_tables(input));
  if (!listed) {
    std::cerr << gannet::to_string(listed.error()) << '\n';
    return 1;
  }
  for (const auto& name : listed->table_names.value()) std::cout << name << '\n';
}
