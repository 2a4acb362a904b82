#include "local/store/database.hpp"

#include <deque>
#include <functional>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

namespace gannet::local {
namespace {

namespace asio = boost::asio;

struct Statement {
  sqlite3* connection = nullptr;
  sqlite3_stmt* handle = nullptr;
  bool in_use = false;
};

[[noreturn]] void fail_with(sqlite3* connection, std::string_view doing) {
  throw StoreError(fmt::format("the store failed while {}: {}", doing, sqlite3_errmsg(connection)));
}

void run(sqlite3* connection, const char* sql) {
  if (sqlite3_exec(connection, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail_with(connection, fmt::format("running `{}`", sql));
  }
}

/// What the writes of one turn wait for. Its timer never expires: cancelling it is the signal.
struct Turn {
  explicit Turn(const asio::any_io_executor& executor)
      : ended_signal(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer ended_signal;
  bool ended = false;
  std::string failure;  ///< "" when the commit went well.
};

Statement& statement_of(void* statement) {
  return *static_cast<Statement*>(statement);
}

void check_bound(Statement& statement, int code) {
  if (code != SQLITE_OK) fail_with(statement.connection, "binding a parameter");
}

}  // namespace

Query::Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  Statement& statement = statement_of(statement_);
  sqlite3_reset(statement.handle);
  // Bound text is not copied: what it points at may end with the caller.
  sqlite3_clear_bindings(statement.handle);
  statement.in_use = false;
}

Query& Query::bind(int parameter, std::int64_t value) {
  Statement& statement = statement_of(statement_);
  check_bound(statement, sqlite3_bind_int64(statement.handle, parameter, value));
  return *this;
}

Query& Query::bind(int parameter, std::string_view text) {
  Statement& statement = statement_of(statement_);
  check_bound(statement,
              sqlite3_bind_text64(statement.handle, parameter, text.data() == nullptr ? "" : text.data(),
                                  text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Query& Query::bind_blob(int parameter, std::string_view bytes) {
  Statement& statement = statement_of(statement_);
  check_bound(statement, sqlite3_bind_blob64(statement.handle, parameter, bytes.empty() ? "" : bytes.data(),
                                             bytes.size(), SQLITE_STATIC));
  return *this;
}

Query& Query::bind_null(int parameter) {
  Statement& statement = statement_of(statement_);
  check_bound(statement, sqlite3_bind_null(statement.handle, parameter));
  return *this;
}

bool Query::step() {
  Statement& statement = statement_of(statement_);
  const int code = sqlite3_step(statement.handle);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    fail_with(statement.connection, fmt::format("running `{}`", sqlite3_sql(statement.handle)));
  }
  return false;
}

void Query::run() {
  while (step()) {
  }
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_of(statement_).handle, column);
}

std::string_view Query::text(int column) const {
  sqlite3_stmt* handle = statement_of(statement_).handle;
  const unsigned char* text = sqlite3_column_text(handle, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(handle, column))};
}

std::string_view Query::blob(int column) const {
  sqlite3_stmt* handle = statement_of(statement_).handle;
  const void* bytes = sqlite3_column_blob(handle, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(handle, column))};
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_of(statement_).handle, column) == SQLITE_NULL;
}

struct Database::State : std::enable_shared_from_this<Database::State> {
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  sqlite3* connection = nullptr;
  asio::any_io_executor executor;
  std::unordered_map<std::string, std::deque<Statement>, TextHash, std::equal_to<>> statements;
  std::uint64_t lost_turns = 0;
  std::shared_ptr<Turn> turn;  ///< Of the transaction that is open; nullptr when none is.

  ~State() { close(); }

  Statement& statement(std::string_view sql) {
    auto known = statements.find(sql);
    if (known == statements.end()) known = statements.try_emplace(std::string(sql)).first;
    for (Statement& statement : known->second) {
      if (!statement.in_use) return statement;
    }
    Statement made{.connection = connection};
    if (sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &made.handle, nullptr) != SQLITE_OK) {
      fail_with(connection, fmt::format("preparing `{}`", sql));
    }
    return known->second.emplace_back(made);
  }

  void run_prepared(std::string_view sql) {
    Statement& prepared = statement(sql);
    const int code = sqlite3_step(prepared.handle);
    sqlite3_reset(prepared.handle);
    if (code != SQLITE_DONE) fail_with(connection, fmt::format("running `{}`", sql));
  }

  void begin() {
    if (turn != nullptr) return;
    run_prepared("BEGIN IMMEDIATE");
    turn = std::make_shared<Turn>(executor);
    asio::post(executor, [state = weak_from_this(), begun = std::weak_ptr(turn)] {
      const auto self = state.lock();
      if (self != nullptr && self->turn != nullptr && self->turn == begun.lock()) self->commit();
    });
  }

  void commit() {
    const std::shared_ptr<Turn> ending = std::exchange(turn, nullptr);
    if (ending == nullptr) return;
    if (sqlite3_get_autocommit(connection) != 0) {
      // SQLite itself rolled back, as it does when the disk is full.
      ending->failure = "the store undid the writes of this turn after an earlier failure";
    } else {
      try {
        run_prepared("COMMIT");
      } catch (const StoreError& error) {
        ending->failure = error.what();
        if (sqlite3_get_autocommit(connection) == 0)
          sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
      }
    }
    if (!ending->failure.empty()) ++lost_turns;
    ending->ended = true;
    ending->ended_signal.cancel();
  }

  void close() {
    if (connection == nullptr) return;
    commit();
    for (auto& [sql, prepared] : statements) {
      for (Statement& statement : prepared) sqlite3_finalize(statement.handle);
    }
    statements.clear();
    sqlite3_close_v2(std::exchange(connection, nullptr));
  }
};

Result<std::unique_ptr<Database>> Database::open(const std::optional<std::filesystem::path>& file,
                                                 bool durable, boost::asio::any_io_executor executor) {
  const std::string name = file ? file->string() : ":memory:";
  auto state = std::make_shared<State>();
  state->executor = std::move(executor);
  const int opened =
      sqlite3_open_v2(name.c_str(), &state->connection,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (opened != SQLITE_OK) fail_with(state->connection, "opening");
    // An exclusive lock keeps a second cloud off the same folder and spares every statement its file locks.
    run(state->connection, "PRAGMA locking_mode = EXCLUSIVE");
    if (file) {
      run(state->connection, "PRAGMA journal_mode = WAL");
      run(state->connection, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
      run(state->connection, "PRAGMA wal_autocheckpoint = 4000");
      run(state->connection, "PRAGMA cache_size = -65536");
    }
    run(state->connection, "PRAGMA temp_store = MEMORY");
    run(state->connection, "BEGIN IMMEDIATE; COMMIT");
  } catch (const StoreError& error) {
    return fail(ErrorKind::configuration, "StoreUnavailable",
                fmt::format("Cannot open the store {}: {}. Check that its folder can be written to, and that "
                            "no other process uses it.",
                            name, error.what()));
  }
  return std::unique_ptr<Database>(new Database(std::move(state)));
}

Database::Database(std::shared_ptr<State> state) : state_(std::move(state)) {}

Database::~Database() {
  state_->close();
}

Query Database::query(std::string_view sql) {
  Statement& statement = state_->statement(sql);
  statement.in_use = true;
  return Query(&statement);
}

void Database::execute(const std::string& sql) {
  run(state_->connection, sql.c_str());
}

void Database::write() {
  state_->begin();
}

bool Database::has_uncommitted() const noexcept {
  return state_->turn != nullptr;
}

std::uint64_t Database::lost_turns() const noexcept {
  return state_->lost_turns;
}

Task<void> Database::committed() {
  const std::shared_ptr<Turn> turn = state_->turn;
  if (turn == nullptr) co_return;
  while (!turn->ended) {
    const auto [signal] = co_await turn->ended_signal.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!turn->ended && signal == asio::error::operation_aborted) {
      const auto cancellation = co_await asio::this_coro::cancellation_state;
      if (cancellation.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(signal);
    }
  }
  if (!turn->failure.empty()) throw StoreError(turn->failure);
}

Database::Savepoint::Savepoint(Database& database) : database_(database) {
  database_.state_->run_prepared("SAVEPOINT change");
}

Database::Savepoint::~Savepoint() {
  if (kept_) return;
  try {
    database_.state_->run_prepared("ROLLBACK TO change");
    database_.state_->run_prepared("RELEASE change");
  } catch (const StoreError&) {
    // SQLite has already undone the whole transaction: the commit will say so.
  }
}

void Database::Savepoint::keep() {
  database_.state_->run_prepared("RELEASE change");
  kept_ = true;
}

}  // namespace gannet::local
