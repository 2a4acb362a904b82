#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <span>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gannet/local_faults.hpp>

#include "core/json.hpp"
#include "local/faults/requests.hpp"

namespace gannet::local {
namespace {

using core::JsonValue;

constexpr std::size_t maximum_plan_bytes = std::size_t{1} << 20;
constexpr std::size_t maximum_rules = 1000;
constexpr std::int64_t maximum_count = 1'000'000'000'000;
constexpr std::chrono::milliseconds maximum_delay = std::chrono::hours(1);
constexpr std::chrono::seconds maximum_offset = std::chrono::hours(24 * 3653);
constexpr std::size_t maximum_piece = 65536;

constexpr std::string_view empty_prefix = "must not be empty: leave the key out for requests about all keys";

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

constexpr std::array<Named<FaultKind>, 12> faults = {{
    {"throttle", FaultKind::throttle},
    {"conflict", FaultKind::conflict},
    {"error_before", FaultKind::error_before},
    {"error_after", FaultKind::error_after},
    {"cut_before", FaultKind::cut_before},
    {"cut_after", FaultKind::cut_after},
    {"apply_late", FaultKind::apply_late},
    {"delay", FaultKind::delay},
    {"trickle", FaultKind::trickle},
    {"wrong_crc32", FaultKind::wrong_crc32},
    {"wrong_date", FaultKind::wrong_date},
    {"expired_credentials", FaultKind::expired_credentials},
}};

constexpr std::array<Named<FaultService>, 5> services = {{
    {"*", FaultService::any},
    {"dynamodb", FaultService::dynamodb},
    {"s3", FaultService::s3},
    {"secretsmanager", FaultService::secretsmanager},
    {"sts", FaultService::sts},
}};

template <class Value, std::size_t Count>
std::string names_of(const std::array<Named<Value>, Count>& all) {
  std::vector<std::string_view> names;
  for (const auto& named : all) names.push_back(named.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::unexpected<Error> invalid(std::string_view place, std::string_view what) {
  return fail(ErrorKind::configuration, "InvalidFaultPlan", fmt::format("{}: {}", place, what));
}

/// Reads one plan or rule. The first thing that is wrong is kept, and what comes after it does not matter.
class Reader {
 public:
  void refuse(std::string_view place, std::string_view what) {
    if (!wrong_) wrong_ = invalid(place, what).error();
  }
  template <class Value>
  Result<Value> finish(Value value) {
    if (wrong_) return std::unexpected(*std::move(wrong_));
    return value;
  }

  template <class Value, std::size_t Count>
  Value choose(const std::array<Named<Value>, Count>& all, std::string_view name, std::string_view place) {
    const auto found = std::ranges::find(all, name, &Named<Value>::name);
    if (found != all.end()) return found->value;
    refuse(place, fmt::format("'{}' is none of {}", name, names_of(all)));
    return all.front().value;
  }

  std::string text(JsonValue value, std::string_view place) {
    const auto given = value.string();
    if (!given) refuse(place, "must be a string");
    return std::string(given.value_or(""));
  }
  std::int64_t integer(JsonValue value, std::string_view place, std::int64_t least, std::int64_t most) {
    const auto type = value.type();
    const auto given = type == JsonValue::Type::integer ? value.integer() : std::nullopt;
    if (given && *given >= least && *given <= most) return *given;
    refuse(place, fmt::format("must be a whole number from {} to {}", least, most));
    return least;
  }
  double probability(JsonValue value, std::string_view place) {
    const auto given = value.number();
    if (given && *given >= 0 && *given <= 1) return *given;
    refuse(place, "must be a number from 0 to 1");
    return 0;
  }

 private:
  std::optional<Error> wrong_;
};

void read_member(Reader& reader, FaultRule& rule, std::string_view name, JsonValue value,
                 const std::string& place) {
  const auto count = [&] {
    return static_cast<std::uint64_t>(reader.integer(value, place, 1, maximum_count));
  };
  if (name == "service") {
    rule.service = reader.choose(services, reader.text(value, place), place);
  } else if (name == "operation") {
    rule.operation = reader.text(value, place);
    if (rule.operation == "*") rule.operation.clear();
  } else if (name == "key_prefix") {
    rule.key_prefix = reader.text(value, place);
    if (rule.key_prefix.empty()) reader.refuse(place, empty_prefix);
  } else if (name == "fault") {
    rule.fault = reader.choose(faults, reader.text(value, place), place);
  } else if (name == "delay_ms") {
    rule.delay = std::chrono::milliseconds(reader.integer(value, place, 1, maximum_delay.count()));
  } else if (name == "offset_s") {
    rule.offset =
        std::chrono::seconds(reader.integer(value, place, -maximum_offset.count(), maximum_offset.count()));
  } else if (name == "piece_bytes") {
    rule.piece = static_cast<std::size_t>(reader.integer(value, place, 1, maximum_piece));
  } else if (name == "probability") {
    rule.probability = reader.probability(value, place);
  } else if (name == "first") {
    rule.first = count();
  } else if (name == "every") {
    rule.every = count();
  } else if (name == "times") {
    rule.times = count();
  } else {
    reader.refuse(place,
                  "no rule has this member; it may have service, operation, key_prefix, fault, delay_ms, "
                  "offset_s, piece_bytes, probability, first, every and times");
  }
}

/// Calls `read(name, value, place)` for each member, its place being `prefix` and its name; a name twice is
/// refused.
template <class Read>
void read_object(Reader& reader, JsonValue object, const std::string& prefix, Read&& read) {
  std::vector<std::string_view> seen;
  for (auto member = object.begin(); member != object.end(); ++member) {
    const std::string place = prefix + std::string(member.key());
    if (std::ranges::find(seen, member.key()) != seen.end()) reader.refuse(place, "is given twice");
    seen.push_back(member.key());
    read(member.key(), member.value(), place);
  }
}

FaultRule read_rule(Reader& reader, JsonValue json, const std::string& place) {
  FaultRule rule;
  if (!json.is_object()) reader.refuse(place, "must be an object");
  bool has_fault = false;
  read_object(reader, json, place + ".",
              [&](std::string_view name, JsonValue value, const std::string& inner) {
                has_fault = has_fault || name == "fault";
                read_member(reader, rule, name, value, inner);
              });
  if (!has_fault) reader.refuse(place, "has no fault; it is one of " + names_of(faults));
  return rule;
}

FaultPlan read_plan(Reader& reader, JsonValue json, const std::string& source) {
  FaultPlan plan;
  if (!json.is_object()) reader.refuse(source, "must be an object");
  bool has_rules = false;
  const auto read_rules = [&](JsonValue rules, const std::string& place) {
    has_rules = true;
    if (!rules.is_array()) return reader.refuse(place, "must be an array");
    for (const JsonValue rule : rules) {
      if (plan.rules.size() == maximum_rules) {
        return reader.refuse(place, fmt::format("has more than {} rules", maximum_rules));
      }
      plan.rules.push_back(read_rule(reader, rule, fmt::format("{}[{}]", place, plan.rules.size())));
    }
  };
  read_object(reader, json, source + ": ",
              [&](std::string_view name, JsonValue value, const std::string& place) {
                if (name == "rules") return read_rules(value, place);
                if (name == "seed") {
                  plan.seed = static_cast<std::uint64_t>(
                      reader.integer(value, place, 0, std::numeric_limits<std::int64_t>::max()));
                  return;
                }
                reader.refuse(place, "no plan has this member; it has rules, and may have a seed");
              });
  if (!has_rules) reader.refuse(source, "a fault plan has rules, an array of objects; this has none");
  return plan;
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// One of what comes after the fault in a rule's short form.
void read_setting(Reader& reader, FaultRule& rule, std::string_view setting, std::string_view place) {
  const auto equals = setting.find('=');
  const std::string_view name = setting.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : setting.substr(equals + 1);
  const auto number = [&](std::int64_t least, std::int64_t most) {
    const auto given = parse_number<std::int64_t>(value);
    if (given && *given >= least && *given <= most) return *given;
    reader.refuse(
        place, fmt::format("'{}' must be {}= and a whole number from {} to {}", setting, name, least, most));
    return least;
  };
  if (equals == std::string_view::npos) {
    const auto chance = parse_number<double>(name);
    if (chance && *chance >= 0 && *chance <= 1) {
      rule.probability = *chance;
    } else {
      reader.refuse(place,
                    fmt::format("'{}' is no setting; there is a probability from 0 to 1, first=N, "
                                "every=N, times=N, delay=MILLISECONDS, offset=SECONDS, piece=BYTES and, "
                                "as the last, key=PREFIX",
                                setting));
    }
  } else if (name == "first") {
    rule.first = static_cast<std::uint64_t>(number(1, maximum_count));
  } else if (name == "every") {
    rule.every = static_cast<std::uint64_t>(number(1, maximum_count));
  } else if (name == "times") {
    rule.times = static_cast<std::uint64_t>(number(1, maximum_count));
  } else if (name == "delay") {
    rule.delay = std::chrono::milliseconds(number(1, maximum_delay.count()));
  } else if (name == "offset") {
    rule.offset = std::chrono::seconds(number(-maximum_offset.count(), maximum_offset.count()));
  } else if (name == "piece") {
    rule.piece = static_cast<std::size_t>(number(1, maximum_piece));
  } else {
    reader.refuse(place,
                  fmt::format("'{}' is no setting; there are first, every, times, delay, offset, piece "
                              "and, as the last, key",
                              name));
  }
}

/// What is wrong with a rule; "" if nothing is.
std::string wrong_with(const FaultRule& rule) {
  const std::string_view fault = to_string(rule.fault);
  const bool waits = rule.fault == FaultKind::delay || rule.fault == FaultKind::apply_late;
  const bool trickles = rule.fault == FaultKind::trickle;
  if (waits && rule.delay.count() < 1) return fmt::format("the fault {} needs a delay", fault);
  if (!waits && !trickles && rule.delay.count() != 0) return fmt::format("the fault {} has no delay", fault);
  if (rule.delay.count() < 0 || rule.delay > maximum_delay) return "the delay must be at most an hour";
  const bool skews = rule.fault == FaultKind::wrong_date;
  if (skews && rule.offset.count() == 0) return "the fault wrong_date needs an offset other than 0";
  if (!skews && rule.offset.count() != 0) return fmt::format("the fault {} has no offset", fault);
  if (rule.offset > maximum_offset || rule.offset < -maximum_offset) {
    return "the offset must be at most ten years";
  }
  if (!trickles && rule.piece != 1) return fmt::format("the fault {} has no pieces", fault);
  if (rule.piece < 1 || rule.piece > maximum_piece) {
    return fmt::format("the piece must be 1 to {} bytes", maximum_piece);
  }
  if (!(rule.probability >= 0 && rule.probability <= 1)) return "the probability must be from 0 to 1";
  if (rule.fault == FaultKind::wrong_crc32 && rule.service != FaultService::dynamodb) {
    return "only DynamoDB's answers have a CRC-32: the fault wrong_crc32 needs the service dynamodb";
  }
  if (rule.fault == FaultKind::conflict &&
      (rule.service != FaultService::dynamodb || !may_conflict(rule.operation))) {
    return "the fault conflict needs the service dynamodb and an operation that can meet one: PutItem, "
           "UpdateItem, DeleteItem, TransactWriteItems or TransactGetItems";
  }
  if (!rule.key_prefix.empty() && rule.service == FaultService::sts) return "requests to sts have no keys";
  if (!rule.operation.empty() && !is_operation(rule.service, rule.operation)) {
    const auto service = std::ranges::find(services, rule.service, &Named<FaultService>::value);
    return rule.service == FaultService::any
               ? fmt::format("no service of the local cloud has an operation {}", rule.operation)
               : fmt::format("{} has no operation {}", service->name, rule.operation);
  }
  return "";
}

}  // namespace

std::string_view to_string(FaultKind fault) noexcept {
  const auto found = std::ranges::find(faults, fault, &Named<FaultKind>::value);
  return found == faults.end() ? std::string_view("?") : found->name;
}

Result<void> check_fault_plan(const FaultPlan& plan, std::string_view source) {
  if (plan.rules.size() > maximum_rules) {
    return invalid(source, fmt::format("has more than {} rules", maximum_rules));
  }
  for (std::size_t i = 0; i < plan.rules.size(); ++i) {
    if (const auto wrong = wrong_with(plan.rules[i]); !wrong.empty()) {
      return invalid(fmt::format("{}: rules[{}]", source, i), wrong);
    }
  }
  return {};
}

Result<FaultPlan> parse_fault_plan(std::string_view json, std::string_view source) {
  const auto document = core::JsonDocument::parse(json, 8);
  if (!document) return invalid(source, document.error().message);
  Reader reader;
  auto plan = reader.finish(read_plan(reader, document->root(), std::string(source)));
  if (!plan) return plan;
  if (auto checked = check_fault_plan(*plan, source); !checked) return std::unexpected(checked.error());
  return plan;
}

Result<FaultPlan> load_fault_plan(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return invalid(file.string(), fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string text(maximum_plan_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || stream.gcount() == 0) return invalid(file.string(), "cannot be read, or is empty");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > maximum_plan_bytes) return invalid(file.string(), "is larger than a mebibyte");
  return parse_fault_plan(text, file.string());
}

Result<FaultRule> parse_fault_rule(std::string_view text) {
  const std::string place = fmt::format("fault '{}'", text);
  Reader reader;
  FaultRule rule;
  std::string_view rest = text;
  bool ended = false;
  const auto next = [&] {
    const auto colon = rest.find(':');
    const auto field = rest.substr(0, colon);
    ended = colon == std::string_view::npos;
    rest.remove_prefix(ended ? rest.size() : colon + 1);
    return field;
  };
  if (std::ranges::count(text, ':') < 2) {
    return invalid(place, "is not of the form SERVICE:OPERATION:FAULT[:SETTING...]");
  }
  rule.service = reader.choose(services, next(), place);
  rule.operation = next();
  if (rule.operation.empty()) reader.refuse(place, "has no operation; * stands for all");
  if (rule.operation == "*") rule.operation.clear();
  rule.fault = reader.choose(faults, next(), place);
  while (!ended) {
    constexpr std::string_view key = "key=";
    if (rest.starts_with(key)) {
      rule.key_prefix = rest.substr(key.size());
      if (rule.key_prefix.empty()) reader.refuse(place, fmt::format("key= {}", empty_prefix));
      break;
    }
    read_setting(reader, rule, next(), place);
  }
  if (const auto wrong = wrong_with(rule); !wrong.empty()) reader.refuse(place, wrong);
  return reader.finish(std::move(rule));
}

}  // namespace gannet::local
