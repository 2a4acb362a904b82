#pragma once

#include <memory>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <gannet/config.hpp>
#include <gannet/http_server.hpp>

#include "fakes/identity_services.hpp"
#include "fakes/virtual_time.hpp"
#include "unit/io/loopback.hpp"

namespace gannet::identity {

/// The services behind a real socket, served by a thread of their own.
class LoopbackServices {
 public:
  LoopbackServices()
      : server_(context_,
                [this](http::ServerRequest request) { return handle(*services_, std::move(request)); }),
        thread_([this] { context_.run(); }) {}
  LoopbackServices(const LoopbackServices&) = delete;
  LoopbackServices& operator=(const LoopbackServices&) = delete;
  ~LoopbackServices() {
    context_.stop();
    thread_.join();
  }

  [[nodiscard]] fakes::IdentityServices& services() { return *services_; }
  [[nodiscard]] std::string url() const { return "http://" + server_.origin().authority(); }

 private:
  static Task<http::ServerResponse> handle(fakes::IdentityServices& services, http::ServerRequest request) {
    auto body = co_await request.body.read_all(1U << 20);
    auto answer = services.answer(request.head, body.value_or(""));
    co_return http::ServerResponse{
        .status = answer.status, .headers = std::move(answer.headers), .body = Body(std::move(answer.body))};
  }

  std::shared_ptr<fakes::IdentityServices> services_ = std::make_shared<fakes::IdentityServices>();
  boost::asio::io_context context_{1};
  io::testing::TestServer server_;
  std::thread thread_;
};

}  // namespace gannet::identity
