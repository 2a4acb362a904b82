#pragma once

#include <chrono>
#include <string>

namespace gannet::runtime {

/// A duration as Python writes it in seconds: "0.5", "1.0", "0.025".
std::string in_seconds(std::chrono::milliseconds duration);

}  // namespace gannet::runtime
