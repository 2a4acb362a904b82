#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include <gannet/result.hpp>

namespace gannet::local {

/// The folder that holds one cloud's state, for as long as this object lives: locked against a second cloud,
/// or a temporary one that is removed in the end. What is made is for its owner's eyes alone (0700).
class DataFolder {
 public:
  /// Makes the folder if need be. An error if it cannot be made or written, or if another cloud has it.
  static Result<std::unique_ptr<DataFolder>> open(const std::optional<std::filesystem::path>& folder);
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;
  ~DataFolder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The SQLite file; nothing for a temporary folder, whose database is in memory.
  [[nodiscard]] std::optional<std::filesystem::path> database() const;
  [[nodiscard]] std::filesystem::path objects() const { return path_ / "s3"; }

 private:
  DataFolder() = default;

  std::filesystem::path path_;
  bool temporary_ = false;
  int lock_ = -1;
};

}  // namespace gannet::local
