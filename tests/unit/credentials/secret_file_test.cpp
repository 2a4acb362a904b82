#include "credentials/secret_file.hpp"

#include <fstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gannet::credentials {
namespace {

class SecretFile : public testing::Test {
 protected:
  SecretFile() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-secret-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~SecretFile() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::filesystem::path write(const std::string& text) const {
    std::ofstream(folder / "file", std::ios::binary) << text;
    return folder / "file";
  }
  [[nodiscard]] std::filesystem::path pipe() const {
    EXPECT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    return folder / "pipe";
  }
  static void expect_error(const std::filesystem::path& file, std::size_t longest, const std::string& why) {
    const auto text = read_secret_file(file, longest);
    ASSERT_FALSE(text.has_value());
    EXPECT_EQ(text.error().kind, ErrorKind::configuration);
    EXPECT_EQ(text.error().message, "cannot read " + file.string() + ": " + why);
  }

  std::filesystem::path folder;
};

TEST_F(SecretFile, is_read_whole_up_to_its_limit) {
  for (const std::size_t size : {0UL, 1UL, 4095UL, 4096UL, 4097UL, 100'000UL}) {
    const std::string text(size, 'x');
    const auto file = write(text);
    EXPECT_EQ(read_secret_file(file, 1'000'000)->reveal(), text);
    EXPECT_EQ(read_secret_file(file, size)->reveal(), text);
    if (size > 0) expect_error(file, size - 1, "it is longer than " + std::to_string(size - 1) + " bytes");
  }
}

TEST_F(SecretFile, whose_size_nobody_tells_is_read_whole) {
  EXPECT_FALSE(read_secret_file("/proc/self/environ", 1'000'000)->empty());
  expect_error("/dev/zero", 100'000, "it is longer than 100000 bytes");
}

TEST_F(SecretFile, that_is_no_file_is_an_error) {
  expect_error(folder / "missing", 10, "No such file or directory");
  expect_error(folder, 10, "Is a directory");
}

TEST_F(SecretFile, that_is_a_pipe_without_a_writer_is_empty) {
  const auto file = pipe();
  EXPECT_TRUE(read_secret_file(file, 10)->empty());
  EXPECT_TRUE(read_secret_file(file, 10, PipeWriter::is_awaited)->empty());
}

TEST_F(SecretFile, that_is_a_pipe_is_read_until_its_writer_has_closed_it) {
  const auto file = pipe();
  const int reader =
      ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);  // Without one a write is a SIGPIPE.
  const int end = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  expect_error(file, 1'000'000, "Resource temporarily unavailable");
  const std::string text(200'000, 'x');  // More than a pipe holds.
  std::thread writer([&] {
    EXPECT_EQ(::write(end, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(end);
  });
  const auto read = read_secret_file(file, 1'000'000, PipeWriter::is_awaited);
  writer.join();
  ::close(reader);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(read->reveal(), text);
}

}  // namespace
}  // namespace gannet::credentials
