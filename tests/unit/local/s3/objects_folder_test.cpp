#include "local/s3/objects_folder.hpp"

#include <fstream>

#include <gannet/task.hpp>

#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local::s3 {
namespace {

std::string write(ObjectsFolder& folder, std::string_view bytes) {
  ObjectsFolder::Writer writer = folder.create();
  writer.write(bytes);
  return writer.finish();
}

std::string read_all(ByteSource& source) {
  std::string text;
  std::vector<std::byte> buffer(3);
  while (true) {
    const auto count = blocking(source.read_some(buffer));
    if (!count) return "error: " + count.error().message;
    if (*count == 0) return text;
    text += as_text(std::span(buffer).first(*count));
  }
}

std::size_t count_files(const std::filesystem::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    count += entry.is_regular_file();
  return count;
}

TEST(ObjectsFolder, reads_pieces_of_files_one_after_the_other) {
  TemporaryFolder temporary;
  for (const bool durable : {false, true}) {
    ObjectsFolder folder(temporary.path() / "objects", durable);
    const std::string first = write(folder, "0123456789");
    const std::string second = write(folder, "abcdefghij");
    const std::vector<Segment> segments{{first, 2, 5}, {second, 0, 0}, {second, 8, 2}};
    EXPECT_EQ(folder.read(segments), "23456ij");
    EXPECT_EQ(read_all(*folder.open(segments)), "23456ij");
  }
}

TEST(ObjectsFolder, keeps_a_file_until_its_last_reader_ends) {
  TemporaryFolder temporary;
  ObjectsFolder folder(temporary.path() / "objects", false);
  const std::string file = write(folder, "still here");
  auto one = folder.open({{file, 0, 10}});
  auto other = folder.open({{file, 0, 10}});
  folder.remove(file);
  EXPECT_EQ(read_all(*one), "still here");
  one.reset();
  EXPECT_EQ(read_all(*other), "still here");
  EXPECT_EQ(count_files(temporary.path()), 1U);
  other.reset();
  EXPECT_EQ(count_files(temporary.path()), 0U);
}

TEST(ObjectsFolder, leaves_nothing_of_a_file_that_is_not_finished) {
  TemporaryFolder temporary;
  ObjectsFolder folder(temporary.path() / "objects", false);
  {
    ObjectsFolder::Writer writer = folder.create();
    writer.write("half");
    EXPECT_EQ(count_files(temporary.path()), 1U);
  }
  EXPECT_EQ(count_files(temporary.path()), 0U);
}

TEST(ObjectsFolder, links_live_on_their_own) {
  TemporaryFolder temporary;
  ObjectsFolder folder(temporary.path() / "objects", false);
  const std::string file = write(folder, "bytes");
  const auto link = folder.link(file);
  ASSERT_TRUE(link);
  folder.remove(file);
  EXPECT_EQ(folder.read({{*link, 0, 5}}), "bytes");
  EXPECT_FALSE(folder.link(file));
}

TEST(ObjectsFolder, sweeps_what_is_not_known_and_tells_what_is_missing) {
  TemporaryFolder temporary;
  const auto path = temporary.path() / "objects";
  ObjectsFolder folder(path, false);
  const std::string kept = write(folder, "kept");
  const std::string orphan = write(folder, "orphan");
  const std::string missing(32, 'd');
  std::ofstream(path / "tmp" / std::string(32, 'e')) << "unfinished";
  std::ofstream(path / "notes.txt") << "somebody else's";
  EXPECT_EQ(folder.sweep({kept, missing}), std::vector<std::string>{missing});
  EXPECT_EQ(folder.read({{kept, 0, 4}}), "kept");
  EXPECT_EQ(count_files(path), 2U);
  EXPECT_TRUE(std::filesystem::exists(path / "notes.txt"));
}

TEST(ObjectsFolder, says_when_a_file_is_shorter_than_it_should_be) {
  TemporaryFolder temporary;
  ObjectsFolder folder(temporary.path() / "objects", false);
  const std::string file = write(folder, "short");
  EXPECT_THROW(folder.read({{file, 0, 6}}), StoreError);
  EXPECT_TRUE(read_all(*folder.open({{file, 0, 6}})).starts_with("error: "));
  EXPECT_THROW(folder.open({{std::string(32, 'a'), 0, 1}}), StoreError);
}

}  // namespace
}  // namespace gannet::local::s3
