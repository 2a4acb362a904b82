#pragma once

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <gannet/retry.hpp>

namespace gannet::runtime::simulation {

/// What the operation does when it is done twice.
enum class Kind {
  read,
  set,      ///< The same.
  add,      ///< Twice as much.
  guarded,  ///< Nothing: its own effect makes its condition false, and can be told from another's.
  token,    ///< Nothing, as long as the service knows its token.
};
constexpr int kinds = 5;

/// What becomes of one attempt.
enum class Fault {
  none,
  not_sent,
  throttled,
  failed_early,    ///< 500 before all of it was sent.
  failed_before,   ///< 500, nothing applied.
  failed_after,    ///< 500, applied.
  cut_before,      ///< No answer, nothing applied.
  cut_after,       ///< No answer, applied.
  late,            ///< No answer, applied once the next attempt has been answered, or after the call.
  last,            ///< No answer, applied after the call, however it ended.
  answer_cut,      ///< 200, applied, the body breaks.
  wrong_crc,       ///< 200, applied, the body is damaged.
  expired,         ///< Refused for its credentials.
  clock_jumps,     ///< The service's clock moves by ten minutes, there or back, and it goes on from there.
  cached_refusal,  ///< Some cache between the two answers with an old refusal and an old Date.
  // Of transactions alone:
  under_way,  ///< The same is being applied, and will have been when the next attempt comes.
  conflict,   ///< Cancelled: another transaction has the item.
  congested,  ///< Cancelled: the item's partition is busy.
  unmet,      ///< Cancelled: a condition does not hold.
};
constexpr int faults = 19;
constexpr int faults_of_all = 15;

struct Step {
  Fault fault = Fault::none;
  std::chrono::milliseconds takes{0};
  std::string retry_after{};  ///< As the header has it; "" for none.
};

/// What is drawn for one call.
struct Plan {
  Kind kind = Kind::read;
  std::vector<Step> steps{};  ///< One for each attempt; those beyond them meet no fault.
  RetryPolicy policy{};
  bool at_least_once = false;
  bool body_rewinds = true;
  std::chrono::milliseconds limit{0};           ///< Of the whole call; zero for none.
  std::chrono::milliseconds connects_after{0};  ///< The wait of the first attempt for its connection.
  int interferes_before = 0;     ///< The attempt before which somebody else writes; 0 for none.
  int cancelled_in_attempt = 0;  ///< 0: in none.
  int cancelled_in_wait = 0;
};

using Dice = std::mt19937;

/// From zero to below `bound`.
int below(Dice& dice, int bound);

Plan draw_plan(Dice& dice);

}  // namespace gannet::runtime::simulation
