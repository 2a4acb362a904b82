// The README's example, with what it leaves out.
#include <iostream>

#include <gannet/dynamodb.hpp>

int main() {
  const gannet::dynamodb::Client client(gannet::Config::load().value());
  const gannet::dynamodb::GetItemInput input{.table_name = "fetch-data",
                                             .key = {{"PK", "USER#123"}, {"SK", "USER#123"}}};
  auto found = gannet::blocking(client.get_item(input));
  if (found && found->item) std::cout << found->item->at("name").s() << '\n';
  return found ? 0 : 1;
}
