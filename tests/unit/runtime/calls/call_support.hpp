#pragma once

#include <string>

#include "unit/io/loopback.hpp"
#include "unit/runtime/pipeline_fixture.hpp"

/// Whole calls, over sockets: the pipeline, the transport and a server in one process.
namespace gannet::runtime {

using io::testing::RawPeer;
using io::testing::read_request;
using io::testing::tcp;
using io::testing::TestServer;
using io::testing::write_sliced;

inline Config config_for(const std::string& url) {
  Config config;
  config.region = "us-east-1";
  config.endpoint_url = url;
  config.credentials =
      static_credentials({.access_key_id = "AKIDEXAMPLE",
                          .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")});
  return config;
}
inline Config config_for(const Origin& origin) {
  return config_for("http://" + origin.authority());
}

inline Call numbered(const Operation& operation, int number, Body body = "{}") {
  Call call;
  call.operation = &operation;
  call.request.method = "POST";
  call.request.headers.add("x-number", std::to_string(number));
  call.body = std::move(body);
  call.repeatable = operation.repeatable;
  return call;
}

/// The number of a request as it came over the wire.
inline std::string number_in(const std::string& request) {
  const auto field = request.find("x-number: ");
  return request.substr(field + 10, request.find("\r\n", field) - field - 10);
}

inline std::string answer_with(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Answers every request with its number.
inline RawPeer::Script tells_numbers() {
  return [](tcp::socket& socket) -> Task<void> {
    for (;;) {
      const std::string request = co_await read_request(socket);
      if (request.empty()) co_return;
      const bool written = co_await write_sliced(socket, answer_with(number_in(request)), 1 << 20);
      if (!written) co_return;
    }
  };
}
inline http::Handler tell_numbers() {
  return [](http::ServerRequest request) -> Task<http::ServerResponse> {
    http::ServerResponse response;
    response.body = Body(std::string(request.head.headers.get("x-number")));
    co_return response;
  };
}

/// One call; gives the answer's body, or what went wrong.
inline Task<Result<std::string>> ask(std::shared_ptr<const ClientState> client, Call call) {
  std::string output;
  auto done = co_await execute(std::move(client), std::move(call), parse_plain, &output);
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return output;
}

}  // namespace gannet::runtime
