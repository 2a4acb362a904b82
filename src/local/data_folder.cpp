#include "local/data_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gannet::local {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> cannot(const std::string& what, const fs::path& path, int reason) {
  return fail(ErrorKind::configuration, "DataFolderUnusable",
              "cannot " + what + " " + path.string() + ": " + std::generic_category().message(reason));
}

/// Makes the folder and its parents; only what is made here gets its mode from here.
Result<void> make(const fs::path& folder) {
  std::error_code trouble;
  if (fs::is_directory(folder, trouble)) return {};
  const auto parent = folder.parent_path();
  if (!parent.empty()) {
    fs::create_directories(parent, trouble);
    if (trouble) return cannot("make the folder", parent, trouble.value());
  }
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return cannot("make the folder", folder, errno);
  return {};
}

}  // namespace

Result<std::unique_ptr<DataFolder>> DataFolder::open(const std::optional<fs::path>& folder) {
  std::unique_ptr<DataFolder> opened(new DataFolder);
  if (!folder) {
    std::error_code trouble;
    auto name = (fs::temp_directory_path(trouble) / "gannet-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return cannot("make the temporary folder", name, errno);
    opened->path_ = name;
    opened->temporary_ = true;
    return opened;
  }
  std::error_code trouble;
  opened->path_ = fs::absolute(*folder, trouble).lexically_normal();
  if (!opened->path_.has_filename()) opened->path_ = opened->path_.parent_path();
  if (auto made = make(opened->path_); !made) return std::unexpected(made.error());
  const auto file = opened->path_ / "lock";
  opened->lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (opened->lock_ < 0) return cannot("write", file, errno);
  if (::flock(opened->lock_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot("lock", file, errno);
    return fail(ErrorKind::conflict, "DataFolderInUse",
                "another local cloud is using " + opened->path_.string() +
                    "; stop it, or choose another data folder");
  }
  return opened;
}

DataFolder::~DataFolder() {
  // Closing the file gives up the lock.
  if (lock_ >= 0) ::close(lock_);
  if (temporary_) {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
}

std::optional<fs::path> DataFolder::database() const {
  if (temporary_) return std::nullopt;
  return path_ / "gannet.sqlite3";
}

}  // namespace gannet::local
