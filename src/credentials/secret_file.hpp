#pragma once

#include <cstddef>
#include <filesystem>

#include <gannet/result.hpp>
#include <gannet/secret.hpp>

namespace gannet::credentials {

/// Whether who reads a pipe waits until its writer has closed it.
enum class PipeWriter : bool { is_not_awaited, is_awaited };

/// A file of at most `longest` bytes, as it is; what was read on the way to it is wiped. Errors are of kind
/// `configuration` and say why it cannot be read. A pipe without a writer is empty.
Result<Secret> read_secret_file(const std::filesystem::path& file, std::size_t longest,
                                PipeWriter writer = PipeWriter::is_not_awaited);

}  // namespace gannet::credentials
