#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <gannet/secret.hpp>

#include "runtime/call.hpp"
#include "services/input_check.hpp"
#include "services/xml_answer.hpp"

/// What generated clients of query services share.
namespace gannet::protocols {

/// Writes a form: `Action=...&Version=...&Names.member.1=...`.
class FormWriter {
 public:
  enum class Holds : std::uint8_t {
    anything,
    secrets,  ///< Memory that the form outgrows is wiped, and what is not taken at the end.
  };
  FormWriter(std::string_view action, std::string_view version, Holds holds = Holds::anything);
  FormWriter(const FormWriter&) = delete;
  FormWriter& operator=(const FormWriter&) = delete;
  ~FormWriter() {
    if (holds_secrets()) gannet::wipe(out_);
  }

  /// Within a member, an element or an entry while this lives: names that follow begin with its name and a
  /// dot.
  class Inside {
   public:
    Inside(FormWriter& form, std::string_view name) : form_(form), length_(form.prefix_.size()) {
      form_.prefix_.append(name).append(1, '.');
    }
    Inside(FormWriter& form, std::size_t index) : Inside(form, std::to_string(index)) {}
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { form_.prefix_.resize(length_); }

   private:
    FormWriter& form_;
    std::size_t length_;
  };

  void value(std::string_view name, std::string_view text);
  void value(std::size_t index, std::string_view text) { value(std::to_string(index), text); }
  [[nodiscard]] std::string take() { return std::move(out_); }
  [[nodiscard]] bool holds_secrets() const noexcept { return holds_ == Holds::secrets; }

 private:
  std::string out_;
  std::string prefix_;
  Holds holds_;
};

/// The call whose body is what was written, or what the check found.
Result<runtime::Call> query_call(const runtime::Operation& operation, const InputCheck& check,
                                 FormWriter& out);

/// The element that holds an answer's members: the wrapper's, where there is one.
const core::XmlElement& unwrapped(const core::XmlElement& root, std::string_view wrapper);

}  // namespace gannet::protocols
