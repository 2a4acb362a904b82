#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gannet/body.hpp>
#include <gannet/task.hpp>

namespace gannet {
namespace {

/// Gives `text` in pieces of `piece` bytes, then an error if there is one.
class Pieces final : public ByteSource {
 public:
  Pieces(std::string text, std::size_t piece, std::optional<Error> error = std::nullopt)
      : text_(std::move(text)), piece_(piece), error_(std::move(error)) {}

  Task<Result<std::size_t>> read_some(std::span<std::byte> buffer) override {
    const std::size_t count = std::min({piece_, buffer.size(), text_.size() - position_});
    if (count == 0 && error_) co_return std::unexpected(*error_);
    std::copy_n(as_bytes(text_).begin() + static_cast<std::ptrdiff_t>(position_), count, buffer.begin());
    position_ += count;
    co_return count;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::optional<Error> error_;
  std::size_t position_ = 0;
};

Result<std::string> contents(const Body& body) {
  auto source = body.open();
  if (!source) return std::unexpected(source.error());
  return blocking(BodyReader("", std::move(*source)).read_all(1 << 20));
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / ("gannet-body-" + std::to_string(::getpid()))) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Body, of_text_is_in_memory_and_rewinds) {
  const Body body("hello");
  EXPECT_EQ(body.size(), 5U);
  EXPECT_TRUE(body.rewinds());
  EXPECT_EQ(as_text(body.in_memory().value()), "hello");
  EXPECT_EQ(contents(body).value(), "hello");
  EXPECT_EQ(contents(body).value(), "hello");
}

TEST(Body, of_a_secret_is_in_memory_and_shared_by_its_copies) {
  std::optional<Body> body(Secret("hush"));
  const Body copy = *body;
  body.reset();
  EXPECT_TRUE(copy.rewinds());
  EXPECT_EQ(as_text(copy.in_memory().value()), "hush");
  EXPECT_EQ(contents(copy).value(), "hush");
  EXPECT_EQ(Body(Secret()).size(), 0U);
}

TEST(Body, is_empty_by_default) {
  EXPECT_EQ(Body().size(), 0U);
  EXPECT_EQ(contents(Body()).value(), "");
  EXPECT_TRUE(Body().in_memory().has_value());
}

TEST(Body, keeps_its_bytes_in_its_copies) {
  std::optional<Body> first(std::string(1000, 'x'));
  const Body copy = *first;
  first.reset();
  EXPECT_EQ(contents(copy).value(), std::string(1000, 'x'));
}

TEST(Body, of_bytes_and_borrowed_bytes_hold_the_same) {
  const Bytes bytes = to_bytes(std::string_view("a\0b", 3));
  EXPECT_EQ(contents(Body(bytes)).value(), std::string("a\0b", 3));
  EXPECT_EQ(contents(Body::borrowed(bytes)).value(), std::string("a\0b", 3));
  EXPECT_EQ(Body::borrowed(bytes).in_memory()->data(), bytes.data());
}

TEST(Body, of_a_file_is_a_range_that_can_be_read_again) {
  const TemporaryFile file("0123456789");
  const auto all = Body::file(file.path()).value();
  EXPECT_EQ(all.size(), 10U);
  EXPECT_TRUE(all.rewinds());
  EXPECT_FALSE(all.in_memory().has_value());
  EXPECT_EQ(contents(all).value(), "0123456789");
  EXPECT_EQ(contents(all).value(), "0123456789");
  EXPECT_EQ(contents(Body::file(file.path(), 7).value()).value(), "789");
  EXPECT_EQ(contents(Body::file(file.path(), 2, 3).value()).value(), "234");
  EXPECT_EQ(contents(Body::file(file.path(), 10).value()).value(), "");
}

TEST(Body, of_a_file_names_what_is_wrong_with_it) {
  const TemporaryFile file("0123456789");
  const auto missing = Body::file("/no/such/file");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_NE(missing.error().message.find("/no/such/file"), std::string::npos);
  EXPECT_EQ(Body::file(std::filesystem::temp_directory_path()).error().kind, ErrorKind::configuration);
  EXPECT_EQ(Body::file(file.path(), 11).error().kind, ErrorKind::validation);
  EXPECT_EQ(Body::file(file.path(), 5, 6).error().kind, ErrorKind::validation);
  EXPECT_EQ(Body::file(file.path(), 5, UINT64_MAX).error().kind, ErrorKind::validation);
}

TEST(Body, of_a_file_that_became_shorter_is_an_error) {
  const TemporaryFile file("0123456789");
  const auto body = Body::file(file.path()).value();
  std::filesystem::resize_file(file.path(), 4);
  const auto got = contents(body);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, "FileReadFailed");
}

TEST(Body, of_a_stream_opens_once) {
  const Body body = Body::stream(std::make_unique<Pieces>("once", 2), std::nullopt);
  EXPECT_FALSE(body.rewinds());
  EXPECT_FALSE(body.size().has_value());
  EXPECT_EQ(contents(body).value(), "once");
  const auto again = contents(body);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::validation);
}

TEST(Body, that_reopens_gives_what_its_opener_gives) {
  const Body::Opener open = []() -> Result<std::unique_ptr<ByteSource>> {
    return std::make_unique<Pieces>("again", 1);
  };
  const Body body = Body::reopenable(open, 5);
  EXPECT_TRUE(body.rewinds());
  EXPECT_EQ(body.size(), 5U);
  EXPECT_EQ(contents(body).value(), "again");
  EXPECT_EQ(contents(body).value(), "again");
}

TEST(BodyReader, gives_what_came_first_and_then_the_rest) {
  for (const std::size_t size : {1U, 3U, 100U}) {
    BodyReader reader("begin-", std::make_unique<Pieces>("rest", 3));
    EXPECT_FALSE(reader.complete());
    std::string got;
    std::vector<std::byte> buffer(size);
    for (;;) {
      const std::size_t count = blocking(reader.read_some(buffer)).value();
      if (count == 0) break;
      got += as_text(std::span(buffer).first(count));
    }
    EXPECT_EQ(got, "begin-rest") << size;
    EXPECT_TRUE(reader.complete());
    EXPECT_EQ(blocking(reader.read_some(buffer)).value(), 0U);
  }
}

TEST(BodyReader, takes_what_is_at_hand) {
  BodyReader reader(std::string("whole"));
  EXPECT_TRUE(reader.complete());
  std::byte first{};
  EXPECT_EQ(blocking(reader.read_some(std::span(&first, 1))).value(), 1U);
  EXPECT_EQ(reader.take(), "hole");
  EXPECT_EQ(reader.take(), "");
}

TEST(BodyReader, reads_up_to_the_limit_and_no_further) {
  EXPECT_EQ(blocking(BodyReader(std::string(10, 'x')).read_all(10)).value(), std::string(10, 'x'));
  EXPECT_EQ(blocking(BodyReader(std::string(11, 'x')).read_all(10)).error().kind, ErrorKind::limit_exceeded);
  BodyReader exact("12345", std::make_unique<Pieces>("67890", 2));
  EXPECT_EQ(blocking(exact.read_all(10)).value(), "1234567890");
  BodyReader longer("12345", std::make_unique<Pieces>("678901", 2));
  EXPECT_EQ(blocking(longer.read_all(10)).error().kind, ErrorKind::limit_exceeded);
  BodyReader unlimited("a", std::make_unique<Pieces>(std::string(100'000, 'b'), 777));
  EXPECT_EQ(blocking(unlimited.read_all(SIZE_MAX)).value().size(), 100'001U);
}

TEST(BodyReader, gives_the_error_of_its_source) {
  BodyReader reader("begin",
                    std::make_unique<Pieces>("", 1, Error{.kind = ErrorKind::network, .code = "Cut"}));
  EXPECT_EQ(blocking(reader.read_all(100)).error().code, "Cut");
}

}  // namespace
}  // namespace gannet
