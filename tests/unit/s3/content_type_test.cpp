#include <gannet/content_type.hpp>

namespace gannet {
namespace {

using namespace std::string_view_literals;

TEST(ContentType, is_told_by_the_first_bytes) {
  EXPECT_EQ(sniff_content_type("\xFF\xD8\xFF\xE0\0\x10JFIF"sv), "image/jpeg");
  EXPECT_EQ(sniff_content_type("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR"sv), "image/png");
  EXPECT_EQ(sniff_content_type("RIFF\x24\0\0\0WEBPVP8 "sv), "image/webp");
  EXPECT_EQ(sniff_content_type("%PDF-1.7\n"sv), "application/pdf");
}

TEST(ContentType, is_nothing_for_anything_else) {
  for (const std::string_view bytes :
       {""sv, "\xFF\xD8"sv, "\x89PNG\n\r\x1A\n"sv, "RIFF\x24\0\0\0WAVEfmt "sv, "RIFF\x24\0\0\0WEBP"sv,
        "GIF89a"sv, "<script>alert(1)</script>"sv, " %PDF-1.7"sv, "%PDF"sv}) {
    EXPECT_EQ(sniff_content_type(bytes), std::nullopt) << bytes;
  }
}

TEST(ContentType, needs_no_more_bytes_than_it_says) {
  static_assert(sniffed_bytes >= 14);
}

}  // namespace
}  // namespace gannet
