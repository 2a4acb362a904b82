#include <cstdlib>

#include <gtest/gtest.h>

// The tests themselves are generated, and compiled in where the vectors were known when the build was
// configured.
TEST(ProtocolCases, are_there) {
  if (std::getenv("GANNET_TEST_VECTORS") == nullptr) {
    GTEST_SKIP()
        << "GANNET_TEST_VECTORS is not set: configure and run with it to test the AWS protocol cases";
  }
  EXPECT_GE(testing::UnitTest::GetInstance()->total_test_suite_count(), 9)
      << "configure the build again with GANNET_TEST_VECTORS set";
}
