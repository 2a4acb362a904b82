#include <gannet/sqs_json/client.hpp>

#include "sqs_walk.hpp"

namespace gannet::sqs_json {
namespace {

TEST(SqsJson, sends_and_receives) {
  GANNET_NEEDS_A_SERVER(config);
  foreign::send_and_receive<Client, CreateQueueInput, SendMessageInput, ReceiveMessageInput>(config);
}

TEST(SqsJson, speaks_json) {
  const auto transport = std::make_shared<fakes::ScriptedTransport>();
  transport->answer(200, R"({"MessageId": "m"})");
  const Client client(fakes::scripted_config(transport, fakes::VirtualTime()));
  const SendMessageInput input{.queue_url = "http://q", .message_body = "hello"};
  EXPECT_EQ(blocking(client.send_message(input)).value().message_id, "m");
  const auto sent = transport->sent().front();
  EXPECT_EQ(sent.request.headers.get("X-Amz-Target"), "AmazonSQS.SendMessage");
  EXPECT_EQ(sent.request.headers.get("x-amzn-query-mode"), "true");
  EXPECT_EQ(sent.request.origin.host, "sqs.us-east-1.amazonaws.com");
  EXPECT_EQ(sent.body, R"({"QueueUrl":"http://q","MessageBody":"hello"})");
}

}  // namespace
}  // namespace gannet::sqs_json
