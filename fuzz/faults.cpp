// Fault plans as files and rules in their short form: what is read can be followed, what is not is told why.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gannet/local_faults.hpp>

#include "local/faults/injector.hpp"

namespace {

using namespace gannet::local;

void follow(FaultPlan plan) {
  if (!check_fault_plan(plan, "plan")) std::abort();
  FaultInjector injector{{}};
  injector.use(std::move(plan));
  for (int i = 0; i < 8; ++i) {
    injector.decide({.service = ServiceKind::dynamodb, .operation = "PutItem", .keys = [] {
                       return std::vector<std::string>{"USER#1"};
                     }});
  }
  for (const FaultCount& count : injector.counts()) {
    if (count.fired > count.matched || count.matched > 8) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto plan = parse_fault_plan(text, "plan")) {
    follow(*std::move(plan));
  } else if (plan.error().message.empty()) {
    std::abort();
  }
  if (auto rule = parse_fault_rule(text)) {
    follow({.rules = {*std::move(rule)}});
  } else if (rule.error().message.empty()) {
    std::abort();
  }
  return 0;
}
