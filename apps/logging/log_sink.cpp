#include "logging/log_sink.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <unistd.h>

namespace app {
namespace {

void append_json_text(spdlog::memory_buf_t& out, std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out.push_back('\\');
      out.push_back(letter);
    } else if (byte < 0x20) {
      for (const char part : std::string_view("\\u00")) out.push_back(part);
      out.push_back(digits[byte >> 4U]);
      out.push_back(digits[byte & 0xFU]);
    } else {
      out.push_back(letter);
    }
  }
}

/// The message as the inside of a JSON string.
class JsonText final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    append_json_text(out, {line.payload.data(), line.payload.size()});
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonText>();
  }
};

/// The message with its control characters escaped, so that nothing that was sent to us can draw on the
/// terminal.
class PlainText final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    for (const char letter : std::string_view(line.payload.data(), line.payload.size())) {
      const auto byte = static_cast<unsigned char>(letter);
      if (byte < 0x20 || byte == 0x7f) {
        append_json_text(out, std::string_view(&letter, 1));
      } else {
        out.push_back(letter);
      }
    }
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PlainText>();
  }
};

spdlog::level::level_enum spdlog_level(gannet::LogLevel level) noexcept {
  switch (level) {
    case gannet::LogLevel::debug:
      return spdlog::level::debug;
    case gannet::LogLevel::info:
      return spdlog::level::info;
    case gannet::LogLevel::warning:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

}  // namespace

gannet::LogSink make_log_sink(LogOptions options) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const char* const no_color = std::getenv("NO_COLOR");
  const bool color = terminal && (no_color == nullptr || *no_color == '\0');
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(color ? spdlog::color_mode::always
                                                                              : spdlog::color_mode::never);
  auto formatter = std::make_unique<spdlog::pattern_formatter>(terminal ? spdlog::pattern_time_type::local
                                                                        : spdlog::pattern_time_type::utc);
  if (terminal) {
    formatter->add_flag<PlainText>('*').set_pattern("%H:%M:%S.%e %^%-7l%$ %*");
  } else {
    formatter->add_flag<JsonText>('*').set_pattern(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%*"})");
  }
  sink->set_formatter(std::move(formatter));
  auto logger = std::make_shared<spdlog::logger>("", std::move(sink));
  logger->set_level(spdlog_level(options.least));
  logger->flush_on(spdlog::level::debug);
  return [logger](gannet::LogLevel level, std::string_view message) {
    logger->log(spdlog_level(level), spdlog::string_view_t(message.data(), message.size()));
  };
}

}  // namespace app
