#include "runtime/compression.hpp"

#include "core/gzip.hpp"
#include "unit/runtime/pipeline_fixture.hpp"

namespace gannet::runtime {
namespace {

constexpr Operation packed_operation{.service = &plain_service,
                                     .name = "PutMetrics",
                                     .repeatable = Repeatable::yes,
                                     .parse_error = parse_plain_error,
                                     .compresses = true};

class Compression : public PipelineTest {
 protected:
  std::string sent_body(const Operation& operation, const std::string& body) {
    transport->answer(200, "done");
    EXPECT_TRUE(run(call_of(operation, body)));
    return transport->sent().back().body;
  }
  [[nodiscard]] std::string sent_header(std::string_view name) const {
    return std::string(transport->sent().back().request.headers.get(name));
  }

  const std::string large = std::string(10'240, 'a');
};

TEST_F(Compression, packs_what_is_large_enough_where_the_service_takes_it) {
  EXPECT_EQ(sent_body(packed_operation, large), core::gzip(large));
  EXPECT_EQ(sent_header("content-encoding"), "gzip");
  EXPECT_EQ(sent_body(packed_operation, large.substr(1)), large.substr(1));
  EXPECT_EQ(sent_header("content-encoding"), "");
  EXPECT_EQ(sent_body(idempotent_operation, large), large);
  EXPECT_EQ(sent_header("content-encoding"), "");
}

TEST_F(Compression, goes_by_the_configuration) {
  config.request_min_compression_size_bytes = 100;
  EXPECT_EQ(sent_body(packed_operation, std::string(100, 'a')), core::gzip(std::string(100, 'a')));
  EXPECT_EQ(sent_body(packed_operation, std::string(99, 'a')), std::string(99, 'a'));
  config.disable_request_compression = true;
  EXPECT_EQ(sent_body(packed_operation, large), large);
  config.disable_request_compression = false;
  EXPECT_EQ(sent_body(packed_operation, large), core::gzip(large));
}

TEST_F(Compression, adds_itself_to_the_encodings_that_there_are) {
  transport->answer(200, "done");
  Call call = call_of(packed_operation, large);
  call.request.headers.add("Content-Encoding", "custom");
  EXPECT_TRUE(run(std::move(call)));
  EXPECT_EQ(sent_header("content-encoding"), "custom, gzip");
}

TEST_F(Compression, sends_an_empty_body_as_it_is) {
  config.request_min_compression_size_bytes = 0;
  EXPECT_EQ(sent_body(packed_operation, ""), "");
}

TEST_F(Compression, signs_and_repeats_what_it_packed) {
  transport->answer(500, "InternalError").answer(200, "done");
  EXPECT_TRUE(run(call_of(packed_operation, large)));
  const auto sent = transport->sent();
  ASSERT_EQ(sent.size(), 2U);
  for (const auto& each : sent) {
    EXPECT_EQ(each.body, core::gzip(large));
    EXPECT_EQ(each.request.headers.get("content-encoding"), "gzip");
    EXPECT_NE(each.request.headers.get("authorization").find("content-encoding;"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace gannet::runtime
