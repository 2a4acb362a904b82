#include "local/s3/bucket_name.hpp"

namespace gannet::local::s3 {
namespace {

TEST(BucketName, follows_the_rules_of_s3) {
  for (const std::string name : {"abc", "a-b", "a.b.c", "fetch-receipts", "0ab", "1.2.3", "1.2.3.4a",
                                 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"}) {
    EXPECT_TRUE(is_bucket_name(name)) << name;
  }
  for (const std::string name : {"", "ab", "Abc", "a_b", "-abc", "abc-", ".abc", "abc.", "a..b",
                                 "192.168.5.4", "xn--abc", "sthree-abc", "abc-s3alias", "abc--ol-s3", "a b",
                                 "a/b", "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz01"}) {
    EXPECT_FALSE(is_bucket_name(name)) << name;
  }
}

}  // namespace
}  // namespace gannet::local::s3
