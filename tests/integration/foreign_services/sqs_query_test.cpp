#include <gannet/sqs_query/client.hpp>

#include "sqs_walk.hpp"

namespace gannet::sqs_query {
namespace {

TEST(SqsQuery, sends_and_receives) {
  GANNET_NEEDS_A_SERVER(config);
  foreign::send_and_receive<Client, CreateQueueInput, SendMessageInput, ReceiveMessageInput>(config);
}

TEST(SqsQuery, speaks_forms_and_xml) {
  const auto transport = std::make_shared<fakes::ScriptedTransport>();
  transport->answer(200,
                    "<SendMessageResponse><SendMessageResult><MessageId>m</MessageId></SendMessageResult>"
                    "</SendMessageResponse>");
  const Client client(fakes::scripted_config(transport, fakes::VirtualTime()));
  const SendMessageInput input{.queue_url = "http://q", .message_body = "hello"};
  EXPECT_EQ(blocking(client.send_message(input)).value().message_id, "m");
  EXPECT_EQ(transport->sent().front().body,
            "Action=SendMessage&Version=2012-11-05&QueueUrl=http%3A%2F%2Fq&MessageBody=hello");
}

}  // namespace
}  // namespace gannet::sqs_query
