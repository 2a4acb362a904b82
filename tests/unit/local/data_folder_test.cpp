#include "local/data_folder.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::local {
namespace {

namespace fs = std::filesystem;

class DataFolderTest : public testing::Test {
 protected:
  DataFolderTest() {
    auto name = (fs::temp_directory_path() / "gannet-test-XXXXXX").string();
    base = ::mkdtemp(name.data());
  }
  ~DataFolderTest() override { fs::remove_all(base); }
  fs::path base;
};

TEST_F(DataFolderTest, is_made_for_its_owner_alone) {
  const auto opened = DataFolder::open(base / "some" / "where");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(fs::status(base / "some" / "where").permissions(), fs::perms::owner_all);
  EXPECT_EQ((*opened)->database(), base / "some" / "where" / "gannet.sqlite3");
}

TEST_F(DataFolderTest, belongs_to_one_cloud_at_a_time) {
  auto first = DataFolder::open(base / "d");
  ASSERT_TRUE(first);
  const auto second = DataFolder::open(base / "d");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "DataFolderInUse");
  EXPECT_THAT(second.error().message, testing::HasSubstr((base / "d").string()));
  first->reset();
  EXPECT_TRUE(DataFolder::open(base / "d"));
}

TEST_F(DataFolderTest, says_why_a_folder_cannot_be_used) {
  std::ofstream(base / "file") << "x";
  const auto opened = DataFolder::open(base / "file" / "d");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "DataFolderUnusable");
}

TEST_F(DataFolderTest, is_temporary_where_none_is_named) {
  fs::path path;
  {
    const auto opened = DataFolder::open(std::nullopt);
    ASSERT_TRUE(opened);
    path = (*opened)->path();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    EXPECT_EQ((*opened)->database(), std::nullopt);
    fs::create_directories((*opened)->objects() / "x");
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace gannet::local
