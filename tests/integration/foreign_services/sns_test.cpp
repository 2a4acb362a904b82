#include <gannet/sns/client.hpp>

#include "foreign.hpp"

namespace gannet::sns {
namespace {

TEST(Sns, publishes) {
  GANNET_NEEDS_A_SERVER(config);
  const Client client(config);
  const CreateTopicInput creation{.name = foreign::fresh("topic")};
  const auto topic = blocking(client.create_topic(creation));
  ASSERT_TRUE(topic) << to_string(topic.error());
  PublishInput letter{.topic_arn = topic->topic_arn, .message = "hello"};
  letter.message_attributes.emplace()["colour"] = {.data_type = "String", .string_value = "blue"};
  const auto published = blocking(client.publish(letter));
  ASSERT_TRUE(published) << to_string(published.error());
  EXPECT_FALSE(published->message_id->empty());

  bool seen = false;
  auto pages = client.list_topics_pages({});
  while (const auto page = blocking(pages.next())) {
    ASSERT_TRUE(*page) << to_string(page->error());
    for (const Topic& each : *(*page)->topics) seen = seen || each.topic_arn == topic->topic_arn;
  }
  EXPECT_TRUE(seen);
}

TEST(Sns, writes_maps_as_entries) {
  const auto transport = std::make_shared<fakes::ScriptedTransport>();
  transport->answer(
      200, "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>");
  const Client client(fakes::scripted_config(transport, fakes::VirtualTime()));
  PublishInput letter{.message = "hello"};
  letter.message_attributes.emplace()["colour"] = {.data_type = "String", .string_value = "blue"};
  EXPECT_EQ(blocking(client.publish(letter)).value().message_id, "m");
  EXPECT_EQ(
      transport->sent().front().body,
      "Action=Publish&Version=2010-03-31&Message=hello&MessageAttributes.entry.1.Name=colour&"
      "MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=blue");
}

}  // namespace
}  // namespace gannet::sns
