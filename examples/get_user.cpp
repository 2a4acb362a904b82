#include <gannet/dynamodb.hpp>
#include <iostream>

int main() {
  const gannet::dynamodb::Client client(gannet::Config::load().value());
  const gannet::dynamodb::GetItemInput input{.table_name = "fetch-data",
                                             .key = {{"PK", "USER#123"}, {"SK", "USER#123"}}};
  auto found = gannet::blocking(client.get_item(input));
  if (!found) return std::cerr << to_string(found.error()) << '\n', 1;
  if (found->item) std::cout << found->item->at("name").s() << '\n';
}
