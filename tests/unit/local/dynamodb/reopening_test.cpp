#include <csignal>
#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

#include "unit/local/dynamodb/service_under_test.hpp"

namespace gannet::local::dynamodb {
namespace {

class Reopening : public testing::Test {
 protected:
  Reopening() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-dynamodb-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~Reopening() override { std::filesystem::remove_all(folder); }
  [[nodiscard]] std::filesystem::path file() const { return folder / "store.db"; }
  std::filesystem::path folder;
};

TEST_F(Reopening, finds_tables_indexes_and_items_as_they_were) {
  std::string described;
  {
    ServiceUnderTest service(file());
    service.ask("CreateTable", R"({"TableName":"people","BillingMode":"PROVISIONED",
        "ProvisionedThroughput":{"ReadCapacityUnits":7,"WriteCapacityUnits":8},"DeletionProtectionEnabled":true,
        "AttributeDefinitions":[{"AttributeName":"PK","AttributeType":"S"},{"AttributeName":"SK","AttributeType":"S"},
                                {"AttributeName":"n","AttributeType":"N"}],
        "KeySchema":[{"AttributeName":"PK","KeyType":"HASH"},{"AttributeName":"SK","KeyType":"RANGE"}],
        "GlobalSecondaryIndexes":[{"IndexName":"by-n","KeySchema":[{"AttributeName":"n","KeyType":"HASH"}],
          "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["v"]},
          "ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}]})");
    service.put("a", "1", R"("n":{"N":"3"},"v":{"S":"x"})");
    service.end_turn();
    service.put("a", "2", R"("n":{"N":"3.0"})");
    described = service.ask("DescribeTable", R"({"TableName":"people"})");
  }
  ServiceUnderTest service(file());
  EXPECT_EQ(service.ask("DescribeTable", R"({"TableName":"people"})"), described);
  EXPECT_EQ(service.get("a", "1"), R"({"Item":{"PK":{"S":"a"},"SK":{"S":"1"},"n":{"N":"3"},"v":{"S":"x"}}})");
  EXPECT_EQ(member(service.ask("Query",
                               R"({"TableName":"people","IndexName":"by-n","KeyConditionExpression":"n = :n",
      "ExpressionAttributeValues":{":n":{"N":"3"}}})"),
                   "Count"),
            "2");
}

std::string counting_up(int token) {
  return R"({"ClientRequestToken":"token-)" + std::to_string(token) +
         R"(","TransactItems":[{"Update":{"TableName":"people","Key":{"PK":{"S":"p"},"SK":{"S":"counter"}},)"
         R"("UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"1"}}}}]})";
}

/// Puts items one turn each for ever, and says after each commit that it was made.
[[noreturn]] void write_items(const std::filesystem::path& file, int acknowledgements) {
  ServiceUnderTest service(file);
  service.make_people();
  for (int i = 0;; ++i) {
    service.put("p", std::to_string(i), R"("v":{"N":")" + std::to_string(i) + R"("})");
    service.end_turn();
    if (write(acknowledgements, "x", 1) != 1) _exit(1);
  }
}

TEST_F(Reopening, finds_every_acknowledged_item_after_a_kill) {
  for (int round = 0; round < 5; ++round) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      write_items(file(), ends[1]);
    }
    close(ends[1]);
    int acknowledged = 0;
    char byte = 0;
    while (acknowledged < 20 + round * 37 && read(ends[0], &byte, 1) == 1) ++acknowledged;
    kill(child, SIGKILL);
    while (read(ends[0], &byte, 1) == 1) ++acknowledged;
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    ServiceUnderTest service(file());
    for (int i = 0; i < acknowledged; ++i) {
      ASSERT_THAT(service.get("p", std::to_string(i)),
                  testing::HasSubstr(R"("v":{"N":")" + std::to_string(i)))
          << i;
    }
    const std::string described = member(service.ask("DescribeTable", R"({"TableName":"people"})"), "Table");
    const int counted = std::stoi(member(described, "ItemCount"));
    EXPECT_EQ(std::to_string(counted),
              member(service.ask("Scan", R"({"TableName":"people","Select":"COUNT"})"), "Count"));
    EXPECT_GE(counted, acknowledged);
    EXPECT_LE(counted, acknowledged + 1);
  }
}

/// Counts one up for ever, each time in a transaction with a token, and says after each commit that it was
/// made.
[[noreturn]] void count_up(const std::filesystem::path& file, int acknowledgements) {
  ServiceUnderTest service(file);
  service.make_people();
  for (int i = 0;; ++i) {
    service.ask("TransactWriteItems", counting_up(i));
    service.end_turn();
    if (write(acknowledgements, "x", 1) != 1) _exit(1);
  }
}

TEST_F(Reopening, finds_a_token_exactly_if_it_finds_what_was_written_with_it) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(ends[0]);
    count_up(file(), ends[1]);
  }
  close(ends[1]);
  int acknowledged = 0;
  char byte = 0;
  while (acknowledged < 50 && read(ends[0], &byte, 1) == 1) ++acknowledged;
  kill(child, SIGKILL);
  while (read(ends[0], &byte, 1) == 1) ++acknowledged;
  close(ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  ServiceUnderTest service(file());
  // The last one may have been committed or not: sent again, it is there once, and all before it too.
  for (int i = 0; i <= acknowledged; ++i) EXPECT_EQ(service.ask("TransactWriteItems", counting_up(i)), "{}");
  EXPECT_THAT(service.get("p", "counter"),
              testing::HasSubstr(R"("n":{"N":")" + std::to_string(acknowledged + 1) + R"("})"));
}

}  // namespace
}  // namespace gannet::local::dynamodb
