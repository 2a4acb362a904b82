#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gannet/observer.hpp>
#include <gannet/secret.hpp>

/// Texts that hold secrets, and texts that must not.
namespace gannet::identity {

/// Whether it is made of what the keys and tokens in requests are made of: ASCII that is printed and no
/// blank.
bool is_key_text(std::string_view text) noexcept;

/// Puts `***` wherever `text` repeats `secret`: peers sometimes quote what they were sent. One of less than 4
/// characters is none, and hiding it would only garble the text.
void hide(std::string& text, const Secret& secret);
/// Observers that are told of errors with such messages.
std::vector<Observer> without(std::vector<Observer> observers, const Secret& secret);

/// "AKIA************WXYZ": enough of a key's id to know it by.
std::string masked_key_id(const std::string& access_key_id);

}  // namespace gannet::identity
