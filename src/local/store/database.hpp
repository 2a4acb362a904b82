#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <gannet/result.hpp>
#include <gannet/task.hpp>

namespace gannet::local {

/// SQLite said no (disk full, file damaged ...). The front answers 500 and logs the text.
struct StoreError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A prepared statement in use: bind, step, read; it is reset and unbound when this ends. Columns and
/// parameters count from 0 and 1, as SQLite has them. Text and blob views are valid until the next step.
class Query {
 public:
  Query(Query&& other) noexcept;
  ~Query();
  Query& bind(int parameter, std::int64_t value);
  Query& bind(int parameter, std::string_view text);
  Query& bind_blob(int parameter, std::string_view bytes);
  Query& bind_null(int parameter);
  bool step();  ///< Whether there is a row.
  void run();   ///< Steps to the end.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::string_view blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  explicit Query(void* statement) : statement_(statement) {}
  void* statement_;
};

/// The cloud's one SQLite connection, used on its one thread. All writes of one turn of the event loop are
/// one transaction: `write` opens it, the turn's end commits it, `committed` waits for that. What is read
/// between sees it.
class Database {
 public:
  /// `file` unset: in memory. `durable`: synchronous FULL, else NORMAL; WAL either way.
  static Result<std::unique_ptr<Database>> open(const std::optional<std::filesystem::path>& file,
                                                bool durable, boost::asio::any_io_executor executor);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// A statement, prepared once for each text and kept. `sql` is a literal or otherwise from a bounded set.
  Query query(std::string_view sql);
  /// Statements without rows, for the schema.
  void execute(const std::string& sql);
  /// Says that the statements that follow in this turn write. Cheap when the turn's transaction is open.
  void write();
  [[nodiscard]] bool has_uncommitted() const noexcept;
  /// How many turns' writes were lost. Whoever keeps a copy of what is stored reads it again when this has
  /// changed.
  [[nodiscard]] std::uint64_t lost_turns() const noexcept;
  /// Returns once everything written so far is committed; at once when nothing is pending. Throws StoreError
  /// when the commit failed: nothing of the turn was kept.
  Task<void> committed();
  /// A change within the turn's transaction that is undone as a whole when `body` throws.
  template <class Body>
  auto atomically(Body&& body) {
    write();
    Savepoint savepoint(*this);
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      savepoint.keep();
    } else {
      auto value = body();
      savepoint.keep();
      return value;
    }
  }

 private:
  class Savepoint {
   public:
    explicit Savepoint(Database& database);
    ~Savepoint();
    void keep();

   private:
    Database& database_;
    bool kept_ = false;
  };
  struct State;
  explicit Database(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace gannet::local
