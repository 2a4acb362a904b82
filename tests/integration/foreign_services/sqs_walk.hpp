#pragma once

#include "foreign.hpp"

namespace gannet::foreign {

/// Makes a queue, sends to it and receives from it. `Types` has the inputs: two clients, one walk.
template <class Client, class Create, class Send, class Receive>
void send_and_receive(const Config& config) {
  const Client client(config);
  const Create creation{.queue_name = fresh("queue")};
  const auto queue = blocking(client.create_queue(creation));
  ASSERT_TRUE(queue) << to_string(queue.error());
  ASSERT_TRUE(queue->queue_url);
  const Send letter{.queue_url = *queue->queue_url, .message_body = "Grüße & <more>"};
  const auto sent = blocking(client.send_message(letter));
  ASSERT_TRUE(sent) << to_string(sent.error());
  const Receive wanted{.queue_url = *queue->queue_url};
  const auto received = blocking(client.receive_message(wanted));
  ASSERT_TRUE(received) << to_string(received.error());
  ASSERT_TRUE(received->messages);
  ASSERT_EQ(received->messages->size(), 1U);
  EXPECT_EQ(received->messages->front().body, "Grüße & <more>");
  EXPECT_EQ(received->messages->front().message_id, sent->message_id);

  const Send nowhere{.queue_url = "http://127.0.0.1/123456789012/" + fresh("none"), .message_body = "lost"};
  const auto lost = blocking(client.send_message(nowhere));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::not_found) << to_string(lost.error());
}

}  // namespace gannet::foreign
