#pragma once

#include <string_view>

#include "local/service.hpp"

namespace gannet::local {

/// The Security Token Service over the query protocol: who the caller is. Every accepted key belongs to the
/// account's root. The facts must outlive it.
class Sts {
 public:
  explicit Sts(const CloudFacts& facts) : facts_(facts) {}
  /// `form` is the request's body, or its query string where that is empty.
  Reply handle(const Caller& caller, std::string_view form);
  /// Whether the form names an operation that needs no signature.
  static bool is_unsigned_operation(std::string_view form);

 private:
  const CloudFacts& facts_;
};

/// An error document of the query protocol, version 2011-06-15.
Reply sts_error(int status, std::string_view code, std::string_view message, std::string_view request_id);

}  // namespace gannet::local
