#include "unit/local/s3/s3_under_test.hpp"

namespace gannet::local {
namespace {

using Names = std::vector<std::string>;

/// Keys as they are, common prefixes with a `>` before them, in the order of the answer.
Names names(const S3Answer& answer) {
  Names found;
  for (const core::XmlElement& element : answer.xml().children) {
    if (element.name == "Contents" || element.name == "Version" || element.name == "Upload") {
      found.emplace_back(element.text_of("Key"));
    }
    if (element.name == "CommonPrefixes") found.push_back(">" + std::string(element.text_of("Prefix")));
  }
  return found;
}

class Listing : public testing::Test {
 protected:
  Listing() {
    s3.put("/photos");
    s3.put("/other");
    s3.put("/other/zzz", "x");
    for (const char* key : {"a", "b/1", "b/2", "b/c/3", "b0", "d/4", "e"})
      s3.put("/photos/" + std::string(key), key);
  }
  /// All pages, as long as one names a next; at most 20.
  Names pages(const std::string& query, std::string_view next_element, const std::string& parameter) {
    Names all;
    std::string next;
    for (int page = 0; page < 20; ++page) {
      const S3Answer answer =
          s3.get("/photos?" + query + (next.empty() ? "" : "&" + parameter + "=" + core::uri_encode(next)));
      EXPECT_EQ(answer.outcome(), "200");
      const Names found = names(answer);
      all.insert(all.end(), found.begin(), found.end());
      next = answer.text_of(next_element);
      EXPECT_EQ(answer.text_of("IsTruncated"), next.empty() ? "false" : "true");
      if (next.empty()) return all;
    }
    ADD_FAILURE() << "the listing does not end: " << query;
    return all;
  }
  S3UnderTest s3;
};

TEST_F(Listing, gives_keys_in_the_order_of_their_bytes) {
  const S3Answer answer = s3.get("/photos?list-type=2");
  EXPECT_EQ(names(answer), (Names{"a", "b/1", "b/2", "b/c/3", "b0", "d/4", "e"}));
  EXPECT_EQ(answer.text_of("Name"), "photos");
  EXPECT_EQ(answer.text_of("KeyCount"), "7");
  EXPECT_EQ(answer.text_of("MaxKeys"), "1000");
  const core::XmlElement root = answer.xml();
  const core::XmlElement* object = root.find("Contents");
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->text_of("LastModified"), "2026-01-31T09:08:07.000Z");
  EXPECT_EQ(object->text_of("ETag"), "\"0cc175b9c0f1b6a831c399e269772661\"");
  EXPECT_EQ(object->text_of("Size"), "1");
  EXPECT_EQ(object->text_of("StorageClass"), "STANDARD");
  EXPECT_EQ(object->find("Owner"), nullptr);
  EXPECT_NE(s3.get("/photos?list-type=2&fetch-owner=true").body.find("<Owner>"), std::string::npos);
}

TEST_F(Listing, narrows_and_folds) {
  struct Case {
    std::string query;
    Names expected;
  };
  const std::vector<Case> cases{
      {"prefix=b", {"b/1", "b/2", "b/c/3", "b0"}},
      {"prefix=b%2F", {"b/1", "b/2", "b/c/3"}},
      {"prefix=x", {}},
      {"delimiter=%2F", {"a", "b0", "e", ">b/", ">d/"}},
      {"delimiter=%2F&prefix=b%2F", {"b/1", "b/2", ">b/c/"}},
      {"delimiter=%2F&prefix=b", {"b0", ">b/"}},
      {"delimiter=c", {"a", "b/1", "b/2", "b0", "d/4", "e", ">b/c"}},
      {"start-after=b%2F2", {"b/c/3", "b0", "d/4", "e"}},
      {"start-after=b%2F2&prefix=b%2F", {"b/c/3"}},
      {"start-after=b%2F&delimiter=%2F", {"b0", "e", ">d/"}},
      {"start-after=zzz", {}},
      {"max-keys=2", {"a", "b/1"}},
      {"max-keys=0", {}},
  };
  for (const Case& each : cases)
    EXPECT_EQ(names(s3.get("/photos?list-type=2&" + each.query)), each.expected) << each.query;
}

TEST_F(Listing, gives_everything_once_however_small_the_pages) {
  for (const std::string& filter : {std::string(), std::string("&delimiter=%2F"), std::string("&prefix=b"),
                                    std::string("&prefix=b&delimiter=%2F"), std::string("&delimiter=b")}) {
    Names whole = names(s3.get("/photos?list-type=2" + filter));
    std::ranges::sort(whole);
    for (const std::string size : {"1", "2", "3", "7", "8"}) {
      Names paged =
          pages("list-type=2&max-keys=" + size + filter, "NextContinuationToken", "continuation-token");
      std::ranges::sort(paged);
      EXPECT_EQ(paged, whole) << size << filter;
      paged = pages("max-keys=" + size + "&delimiter=%2F", "NextMarker", "marker");
      EXPECT_EQ(paged.size(), 5U) << size;
      paged = pages("versions&max-keys=" + size + filter, "NextKeyMarker", "key-marker");
      std::ranges::sort(paged);
      EXPECT_EQ(paged, whole) << size << filter;
    }
  }
}

TEST_F(Listing, names_the_next_marker_only_with_a_delimiter) {
  EXPECT_EQ(s3.get("/photos?max-keys=2").text_of("NextMarker"), "");
  EXPECT_EQ(s3.get("/photos?max-keys=2").text_of("IsTruncated"), "true");
  EXPECT_EQ(s3.get("/photos?max-keys=2&delimiter=%2F").text_of("NextMarker"), "b/");
  EXPECT_EQ(names(s3.get("/photos?marker=b0")), (Names{"d/4", "e"}));
}

TEST_F(Listing, encodes_names_when_asked) {
  s3.put("/photos/" + core::uri_encode("z \x01\xC3\xA9/+"), "x");
  const S3Answer answer = s3.get("/photos?list-type=2&encoding-type=url&prefix=z%20&delimiter=%2B");
  EXPECT_EQ(answer.text_of("EncodingType"), "url");
  EXPECT_EQ(answer.text_of("Prefix"), "z%20");
  EXPECT_EQ(answer.text_of("Delimiter"), "%2B");
  EXPECT_EQ(names(answer), Names{">z%20%01%C3%A9/%2B"});
}

TEST_F(Listing, refuses_what_makes_no_sense) {
  for (const char* query : {"max-keys=-1", "max-keys=x", "max-keys=2147483648", "encoding-type=base64",
                            "continuation-token=x", "continuation-token=", "list-type=3"}) {
    const std::string text(query);
    const std::string list_type = text.starts_with("list-type") ? "" : "list-type=2&";
    EXPECT_EQ(s3.get("/photos?" + list_type + text).outcome(), "400 InvalidArgument") << query;
  }
}

TEST_F(Listing, of_versions_knows_one_of_each) {
  const S3Answer answer = s3.get("/photos?versions&prefix=a");
  const core::XmlElement root = answer.xml();
  ASSERT_NE(root.find("Version"), nullptr);
  EXPECT_EQ(root.find("Version")->text_of("VersionId"), "null");
  EXPECT_EQ(root.find("Version")->text_of("IsLatest"), "true");
}

TEST_F(Listing, of_uploads_pages_by_key_and_upload) {
  for (const char* key : {"u/1", "u/1", "u/2", "v"}) s3.post("/photos/" + std::string(key) + "?uploads");
  EXPECT_EQ(names(s3.get("/photos?uploads")), (Names{"u/1", "u/1", "u/2", "v"}));
  EXPECT_EQ(names(s3.get("/photos?uploads&prefix=u")), (Names{"u/1", "u/1", "u/2"}));
  EXPECT_EQ(names(s3.get("/photos?uploads&delimiter=%2F")), (Names{"v", ">u/"}));
  EXPECT_EQ(names(s3.get("/photos?uploads&key-marker=u%2F1")), (Names{"u/2", "v"}));
  const S3Answer first = s3.get("/photos?uploads&max-uploads=1");
  EXPECT_EQ(first.text_of("IsTruncated"), "true");
  EXPECT_EQ(first.text_of("NextKeyMarker"), "u/1");
  const S3Answer second =
      s3.get("/photos?uploads&max-uploads=2&key-marker=" + core::uri_encode(first.text_of("NextKeyMarker")) +
             "&upload-id-marker=" + first.text_of("NextUploadIdMarker"));
  EXPECT_EQ(names(second), (Names{"u/1", "u/2"}));
  EXPECT_EQ(s3.remove("/photos").outcome(), "409 BucketNotEmpty");
}

}  // namespace
}  // namespace gannet::local
