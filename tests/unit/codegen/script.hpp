#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/scripted_config.hpp"
#include "unit/codegen/case_support.hpp"

namespace gannet::cases {

/// Answers of a service of the tests' own, given one after the other with status 200.
class Script {
 public:
  explicit Script(const std::vector<std::string>& answers) {
    for (const std::string& each : answers) transport_->answer(200, each);
  }
  [[nodiscard]] Config config() const { return fakes::scripted_config(transport_, time_); }
  /// That just these JSON bodies were sent.
  void expect_bodies(const std::vector<std::string>& expected) const {
    const auto sent = transport_->sent();
    ASSERT_EQ(sent.size(), expected.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(canonical_json(sent[i].body), canonical_json(expected[i])) << i;
    }
  }

 private:
  std::shared_ptr<fakes::ScriptedTransport> transport_ = std::make_shared<fakes::ScriptedTransport>();
  fakes::VirtualTime time_;
};

}  // namespace gannet::cases
