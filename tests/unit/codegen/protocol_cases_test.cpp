#include <cstdlib>

#include <gtest/gtest.h>

#include "unit/codegen/case_support.hpp"

// The tests themselves are generated, and compiled in where the vectors were known when the build was
// configured.

TEST(ProtocolCases, are_there) {
  if (std::getenv("GANNET_TEST_VECTORS") == nullptr) {
    GTEST_SKIP()
        << "GANNET_TEST_VECTORS is not set: configure and run with it to test the AWS protocol cases";
  }
  EXPECT_EQ(gannet::cases::counted().size(), 8U)
      << "configure the build again with -DGANNET_TEST_VECTORS=FOLDER, the folder that has protocols/ in it";
}

TEST(ProtocolCases, are_left_out_seldom) {
  for (const gannet::cases::CaseFile& file : gannet::cases::counted()) {
    int tested = 0;
    const auto& tests = *testing::UnitTest::GetInstance();
    for (int i = 0; i < tests.total_test_suite_count(); ++i) {
      if (file.suite == tests.GetTestSuite(i)->name()) tested = tests.GetTestSuite(i)->total_test_count();
    }
    EXPECT_GT(tested, 0) << file.name;
    EXPECT_LE(file.left_out.size() * 20, file.left_out.size() + static_cast<std::size_t>(tested))
        << file.name;
  }
}
