// Our client against an S3: the local cloud, Ceph's gateway, OpenStack Swift's, s3rver, moto.

#include <set>

#include <gannet/s3.hpp>
#include <gannet/s3_client.hpp>

#include "backend.hpp"
#include "io/socket_transport.hpp"

namespace gannet::conformance {
namespace {

class S3Conformance : public testing::Test {
 protected:
  void SetUp() override {
    const s3::CreateBucketInput input{.bucket = bucket};
    auto created = blocking(client.create_bucket(input));
    ASSERT_TRUE(created) << to_string(created.error());
  }

  void put(const std::string& key, const std::string& body) {
    const s3::PutObjectInput input{
        .body = Body(body), .bucket = bucket, .content_type = "image/jpeg", .key = key};
    auto done = blocking(client.put_object(input));
    ASSERT_TRUE(done) << key << ": " << to_string(done.error());
  }
  Result<std::string> get(const std::string& key, std::optional<std::string> range = std::nullopt) {
    const s3::GetObjectInput input{.bucket = bucket, .key = key, .range = std::move(range)};
    auto done = blocking(client.get_object(input));
    if (!done) return std::unexpected(done.error());
    return blocking(done->body.read_all(64 << 20));
  }
  /// Sends a presigned request as anybody could.
  int send(const PresignedRequest& presigned, std::string url, const std::string& body,
           std::string* answer = nullptr) {
    HttpRequest request;
    request.method = presigned.method;
    const std::size_t question = url.find('?');
    const std::size_t slash = url.find('/', 8);
    request.origin = parse_url(url.substr(0, slash))->origin;
    request.path = url.substr(slash, question - slash);
    request.query = url.substr(question + 1);
    for (const Header& header : presigned.headers) {
      if (!iequals(header.name, "host")) request.headers.add(header.name, header.value);
    }
    auto response = blocking(transport->send(request, Body(body), {}));
    if (!response) return 0;
    auto text = blocking(response->body.read_all(64 << 20));
    if (answer != nullptr && text) *answer = *text;
    return response->status;
  }

  const std::string bucket = Backend::fresh("conformance");
  const s3::Client client{Backend::get().config()};
  const std::shared_ptr<Transport> transport = io::socket_transport({});
};

TEST_F(S3Conformance, objects_come_back_byte_for_byte) {
  for (const std::string& body :
       {std::string(), std::string("x"), std::string("\0\xFF\r\n", 4), std::string(3'000'000, 'y')}) {
    put("receipts/1/a.jpg", body);
    auto got = get("receipts/1/a.jpg");
    ASSERT_TRUE(got) << to_string(got.error());
    EXPECT_EQ(*got, body);
  }
}

TEST_F(S3Conformance, objects_go_up_with_the_checksum_that_was_asked_for) {
  const std::string text(300'000, 'z');
  const auto again = [&text]() -> Result<std::unique_ptr<ByteSource>> { return Body(text).open(); };
  for (const Body& body : {Body(text), Body::reopenable(again, text.size()), Body()}) {
    const s3::PutObjectInput input{
        .body = body, .bucket = bucket, .checksum_algorithm = s3::ChecksumAlgorithm::sha256, .key = "summed"};
    auto done = blocking(client.put_object(input));
    ASSERT_TRUE(done) << to_string(done.error());
    EXPECT_EQ(get("summed").value(), body.size() == 0U ? "" : text);
  }
}

TEST_F(S3Conformance, odd_keys_are_themselves) {
  for (const char* key : {"plain", "with space", "a+b", "Grüße.jpg", "q?x=1&y=2", "per%2Fcent", "a//b",
                          "tilde~-_.", "semi;colon,comma", "(paren)'quote!*", "\U0001F41F", "a=b@c:d"}) {
    // Swift answers to keys that begin or end oddly in its own ways; these are the ones all of them take.
    put(key, key);
    auto got = get(key);
    ASSERT_TRUE(got) << key << ": " << to_string(got.error());
    EXPECT_EQ(*got, key);
  }
}

TEST_F(S3Conformance, ranges_are_parts_of_the_object) {
  put("k", "0123456789");
  EXPECT_EQ(get("k", "bytes=0-3").value(), "0123");
  EXPECT_EQ(get("k", "bytes=7-").value(), "789");
  EXPECT_EQ(get("k", "bytes=-2").value(), "89");
  auto beyond = get("k", "bytes=20-30");
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().http_status, 416);
}

TEST_F(S3Conformance, what_is_not_there_is_not_found) {
  auto got = get("nothing");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::not_found);
  EXPECT_EQ(got.error().code, "NoSuchKey");
  const s3::HeadObjectInput head{.bucket = bucket, .key = "nothing"};
  auto headed = blocking(client.head_object(head));
  ASSERT_FALSE(headed);
  EXPECT_EQ(headed.error().kind, ErrorKind::not_found);
  const s3::HeadBucketInput nowhere{.bucket = Backend::fresh("nowhere")};
  auto no_bucket = blocking(client.head_bucket(nowhere));
  ASSERT_FALSE(no_bucket);
  EXPECT_EQ(no_bucket.error().kind, ErrorKind::not_found);
}

TEST_F(S3Conformance, heads_tell_size_type_and_metadata) {
  s3::PutObjectInput input{
      .body = Body("hello"), .bucket = bucket, .content_type = "application/pdf", .key = "k"};
  input.metadata = {{{"colour", "blue"}}};
  ASSERT_TRUE(blocking(client.put_object(input)));
  const s3::HeadObjectInput head{.bucket = bucket, .key = "k"};
  auto headed = blocking(client.head_object(head));
  ASSERT_TRUE(headed) << to_string(headed.error());
  EXPECT_EQ(headed->content_length, 5);
  EXPECT_EQ(headed->content_type, "application/pdf");
  ASSERT_TRUE(headed->metadata);
  EXPECT_EQ(headed->metadata->at("colour"), "blue");
  EXPECT_EQ(headed->e_tag, "\"5d41402abc4b2a76b9719d911017c592\"");
}

TEST_F(S3Conformance, listing_pages_and_groups) {
  for (int i = 0; i < 7; ++i) put(fmt::format("receipts/{}/x y.jpg", i), "x");
  put("top", "x");
  s3::ListObjectsV2Input input{.bucket = bucket, .max_keys = 3};
  std::vector<std::string> keys;
  do {
    auto page = blocking(client.list_objects_v2(input));
    ASSERT_TRUE(page) << to_string(page.error());
    if (page->contents) {
      for (const s3::Object& object : *page->contents) keys.push_back(*object.key);
    }
    input.continuation_token = page->next_continuation_token;
  } while (input.continuation_token);
  ASSERT_EQ(keys.size(), 8U);
  EXPECT_EQ(keys.front(), "receipts/0/x y.jpg");
  EXPECT_EQ(keys.back(), "top");
  const s3::ListObjectsV2Input grouped{.bucket = bucket, .delimiter = "/"};
  auto groups = blocking(client.list_objects_v2(grouped));
  ASSERT_TRUE(groups) << to_string(groups.error());
  ASSERT_TRUE(groups->common_prefixes);
  EXPECT_EQ(groups->common_prefixes->size(), 1U);
  EXPECT_EQ(groups->contents->size(), 1U);
}

TEST_F(S3Conformance, listings_are_walked_by_either_call) {
  const std::vector<std::string> keys = {"a", "b", "c", "d", "e"};
  for (const std::string& key : keys) put(key, key);
  const s3::ListObjectsV2Input newer{.bucket = bucket, .max_keys = 2};
  std::vector<std::string> seen;
  auto pages = client.list_objects_v2_pages(newer);
  while (const auto page = blocking(pages.next())) {
    ASSERT_TRUE(*page) << to_string(page->error());
    for (const s3::Object& object : *(*page)->contents) seen.push_back(*object.key);
  }
  EXPECT_EQ(seen, keys);
  // Its token is the last key, where there is no delimiter.
  const s3::ListObjectsInput older{.bucket = bucket, .max_keys = 2};
  seen.clear();
  auto old_pages = client.list_objects_pages(older);
  while (const auto page = blocking(old_pages.next())) {
    ASSERT_TRUE(*page) << to_string(page->error());
    for (const s3::Object& object : *(*page)->contents) seen.push_back(*object.key);
  }
  EXPECT_EQ(seen, keys);
}

TEST_F(S3Conformance, waits_see_buckets_and_objects_come_and_go) {
  const WaiterOptions once{.max_attempts = 1, .delay = std::chrono::milliseconds(0)};
  const s3::HeadBucketInput here{.bucket = bucket};
  EXPECT_TRUE(blocking(client.wait_until_bucket_exists(here, once)));
  const s3::HeadBucketInput nowhere{.bucket = Backend::fresh("nowhere")};
  EXPECT_TRUE(blocking(client.wait_until_bucket_not_exists(nowhere, once)));
  EXPECT_EQ(blocking(client.wait_until_bucket_exists(nowhere, once)).error().kind, ErrorKind::timeout);
  const s3::HeadObjectInput object{.bucket = bucket, .key = "k"};
  EXPECT_TRUE(blocking(client.wait_until_object_not_exists(object, once)));
  put("k", "hello");
  const auto found = blocking(client.wait_until_object_exists(object, once));
  ASSERT_TRUE(found) << to_string(found.error());
  EXPECT_EQ(*found->content_length, 5);
  EXPECT_EQ(blocking(client.wait_until_object_not_exists(object, once)).error().kind, ErrorKind::timeout);
}

TEST_F(S3Conformance, deleting_one_and_many) {
  for (const char* key : {"a", "b", "c & d"}) put(key, "x");
  const s3::DeleteObjectInput one{.bucket = bucket, .key = "a"};
  ASSERT_TRUE(blocking(client.delete_object(one)));
  s3::DeleteObjectsInput many{.bucket = bucket};
  many.delete_.objects = {{.key = "b"}, {.key = "c & d"}};
  auto deleted = blocking(client.delete_objects(many));
  ASSERT_TRUE(deleted) << to_string(deleted.error());
  for (const char* key : {"a", "b", "c & d"}) EXPECT_FALSE(get(key)) << key;
}

TEST_F(S3Conformance, large_files_go_up_in_parts) {
  const auto path = std::filesystem::temp_directory_path() / Backend::fresh("gannet-conformance");
  {
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    for (int i = 0; i < 11 << 20; ++i) std::fputc(i * 2654435761U >> 24, file);
    std::fclose(file);
  }
  const s3::S3Client uploads(client, bucket);
  const s3::UploadFileOptions options{.content_type = "application/pdf", .part_size = 5ULL << 20};
  auto uploaded = blocking(uploads.upload_file(path, "large", options));
  EXPECT_TRUE(uploaded) << to_string(uploaded.error());
  auto got = get("large");
  ASSERT_TRUE(got) << to_string(got.error());
  EXPECT_EQ(got->size(), std::filesystem::file_size(path));
  auto sent = Body::file(path);
  auto reader = BodyReader({}, std::move(sent->open().value()));
  EXPECT_EQ(*got, blocking(reader.read_all(64 << 20)).value());
  std::filesystem::remove(path);
}

TEST_F(S3Conformance, presigned_urls_work_for_anybody_and_for_nothing_else) {
  const s3::PutObjectInput input{.bucket = bucket, .content_type = "image/png", .key = "receipts/1/ü b.png"};
  auto upload = blocking(client.presign_put_object(input, std::chrono::seconds(60)));
  ASSERT_TRUE(upload) << to_string(upload.error());
  EXPECT_EQ(send(*upload, upload->url.reveal(), "png bytes"), 200);
  const s3::GetObjectInput wanted{.bucket = bucket, .key = "receipts/1/ü b.png"};
  auto download = blocking(client.presign_get_object(wanted, std::chrono::seconds(60)));
  ASSERT_TRUE(download);
  std::string got;
  EXPECT_EQ(send(*download, download->url.reveal(), "", &got), 200);
  EXPECT_EQ(got, "png bytes");
  if (!Backend::get().verifies_signatures()) GTEST_SKIP() << "this server verifies no signature";
  std::string other = upload->url.reveal();
  other.replace(other.find("b.png"), 5, "c.png");
  EXPECT_EQ(send(*upload, other, "x"), 403);
  PresignedRequest as_html = *upload;
  as_html.headers.set("content-type", "text/html");
  EXPECT_EQ(send(as_html, upload->url.reveal(), "x"), 403);
}

TEST_F(S3Conformance, a_wrong_key_is_refused) {
  if (!Backend::get().verifies_signatures()) GTEST_SKIP() << "this server verifies no signature";
  Config wrong = Backend::get().config();
  auto who = blocking(wrong.credentials->resolve()).value();
  wrong.credentials =
      static_credentials({.access_key_id = who->access_key_id, .secret_access_key = Secret("wrong")});
  const s3::Client stranger(wrong);
  const s3::ListObjectsV2Input input{.bucket = bucket};
  auto refused = blocking(stranger.list_objects_v2(input));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unauthenticated);
  EXPECT_EQ(refused.error().code, "SignatureDoesNotMatch");
}

}  // namespace
}  // namespace gannet::conformance
