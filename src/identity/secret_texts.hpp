#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gannet/observer.hpp>
#include <gannet/result.hpp>
#include <gannet/secret.hpp>

/// Texts that hold secrets, and texts that must not.
namespace gannet::identity {

/// A file of at most `longest` bytes, as it is. Errors are of kind `configuration` and say why it cannot be
/// read. Waits for nobody: a pipe without a writer is empty.
Result<Secret> read_secret_file(const std::filesystem::path& file, std::size_t longest);

/// Puts `***` wherever `text` repeats `secret`: peers sometimes quote what they were sent. One of less than 4
/// characters is none, and hiding it would only garble the text.
void hide(std::string& text, const Secret& secret);
/// Observers that are told of errors with such messages.
std::vector<Observer> without(std::vector<Observer> observers, const Secret& secret);

/// "AKIA************WXYZ": enough of a key's id to know it by.
std::string masked_key_id(const std::string& access_key_id);

}  // namespace gannet::identity
