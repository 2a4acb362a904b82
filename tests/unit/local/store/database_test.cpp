#include "local/store/database.hpp"

#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <unistd.h>

namespace gannet::local {
namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-database-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::unique_ptr<Database> open(const std::optional<std::filesystem::path>& file,
                               boost::asio::io_context& context) {
  auto database = Database::open(file, false, context.get_executor());
  if (!database) throw std::runtime_error(database.error().message);
  (*database)->execute("CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY)");
  return std::move(*database);
}

void add(Database& database, std::string_view word) {
  database.write();
  database.query("INSERT INTO words VALUES (?)").bind(1, word).run();
}

std::vector<std::string> words(Database& database) {
  std::vector<std::string> found;
  auto rows = database.query("SELECT word FROM words ORDER BY word");
  while (rows.step()) found.emplace_back(rows.text(0));
  return found;
}

TEST(Database, commits_the_writes_of_a_turn_together_at_its_end) {
  boost::asio::io_context context;
  const auto database = open(std::nullopt, context);
  add(*database, "a");
  add(*database, "b");
  EXPECT_TRUE(database->has_uncommitted());
  EXPECT_EQ(words(*database), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(context.run(), 1U);
  EXPECT_FALSE(database->has_uncommitted());
}

Task<void> note_when_committed(Database& database, int& count) {
  co_await database.committed();
  ++count;
}

TEST(Database, lets_everyone_who_waits_go_on_after_the_commit) {
  boost::asio::io_context context;
  const auto database = open(std::nullopt, context);
  int committed = 0;
  const auto rethrow = [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  };
  boost::asio::co_spawn(context, note_when_committed(*database, committed), rethrow);
  context.run();
  EXPECT_EQ(committed, 1) << "with nothing pending it returns at once";

  context.restart();
  add(*database, "a");
  for (int i = 0; i < 3; ++i)
    boost::asio::co_spawn(context, note_when_committed(*database, committed), rethrow);
  context.run();
  EXPECT_EQ(committed, 4);
  EXPECT_FALSE(database->has_uncommitted());
}

Task<void> write_then_lose_the_transaction(Database& database, int& count) {
  add(database, "a");
  // What SQLite does by itself when it runs out of space.
  database.execute("ROLLBACK");
  co_await database.committed();
  ++count;
}

TEST(Database, tells_who_waits_that_the_commit_failed) {
  boost::asio::io_context context;
  const auto database = open(std::nullopt, context);
  int committed = 0;
  std::string failure;
  boost::asio::co_spawn(context, write_then_lose_the_transaction(*database, committed),
                        [&](std::exception_ptr thrown) {
                          try {
                            if (thrown) std::rethrow_exception(thrown);
                          } catch (const StoreError& error) {
                            failure = error.what();
                          }
                        });
  context.run();
  EXPECT_EQ(committed, 0);
  EXPECT_EQ(database->lost_turns(), 1U);
  EXPECT_THAT(failure, testing::HasSubstr("undid the writes"));
  EXPECT_TRUE(words(*database).empty());
}

TEST(Database, undoes_the_part_of_a_turn_that_throws_and_keeps_the_rest) {
  boost::asio::io_context context;
  const auto database = open(std::nullopt, context);
  add(*database, "before");
  EXPECT_THROW(database->atomically([&] {
    add(*database, "half");
    add(*database, "half");
  }),
               StoreError);
  EXPECT_EQ(database->atomically([&] {
    add(*database, "after");
    return 7;
  }),
            7);
  context.run();
  EXPECT_EQ(words(*database), (std::vector<std::string>{"after", "before"}));
}

TEST(Database, keeps_what_it_wrote_across_a_reopening) {
  const Folder folder;
  boost::asio::io_context context;
  {
    const auto database = open(folder / "store.db", context);
    add(*database, "kept");
    context.run();
    context.restart();
    add(*database, "committed by closing");
  }
  const auto database = open(folder / "store.db", context);
  EXPECT_EQ(words(*database), (std::vector<std::string>{"committed by closing", "kept"}));
  context.run();
}

TEST(Database, refuses_a_file_that_another_one_has_open) {
  const Folder folder;
  boost::asio::io_context context;
  const auto database = open(folder / "store.db", context);
  const auto second = Database::open(folder / "store.db", false, context.get_executor());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::configuration);
  EXPECT_THAT(second.error().message, testing::HasSubstr("no other process uses it"));
}

TEST(Database, says_which_file_it_cannot_open) {
  boost::asio::io_context context;
  const auto database = Database::open("/nonexistent/folder/store.db", false, context.get_executor());
  ASSERT_FALSE(database.has_value());
  EXPECT_THAT(database.error().message, testing::HasSubstr("/nonexistent/folder/store.db"));
}

TEST(Database, gives_blobs_with_zero_bytes_and_nulls_as_they_were) {
  boost::asio::io_context context;
  const auto database = open(std::nullopt, context);
  auto row = database->query("SELECT ?, ?, ?");
  row.bind_blob(1, std::string_view("a\0b", 3)).bind_null(2).bind(3, std::int64_t{-5});
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.blob(0), std::string_view("a\0b", 3));
  EXPECT_TRUE(row.is_null(1));
  EXPECT_EQ(row.integer(2), -5);
  EXPECT_FALSE(row.step());
}

TEST(Database, lets_one_statement_be_in_use_twice) {
  boost::asio::io_context context;
  const auto database = open(std::nullopt, context);
  add(*database, "a");
  add(*database, "b");
  auto outer = database->query("SELECT word FROM words ORDER BY word");
  ASSERT_TRUE(outer.step());
  EXPECT_EQ(words(*database).size(), 2U);
  ASSERT_TRUE(outer.step());
  EXPECT_EQ(outer.text(0), "b");
}

}  // namespace
}  // namespace gannet::local
