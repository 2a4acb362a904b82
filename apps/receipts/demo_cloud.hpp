#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <gannet/config.hpp>
#include <gannet/local.hpp>
#include <gannet/log.hpp>
#include <gannet/result.hpp>
#include <gannet/settings.hpp>
#include <gannet/task.hpp>

namespace receipts {

struct DemoCloudOptions {
  std::filesystem::path data_dir;
  std::string host = "127.0.0.1";
  std::uint16_t port = 4566;
};

/// A local cloud for the service to run on, with the configuration that reaches it through its socket.
struct DemoCloud {
  std::unique_ptr<gannet::local::Cloud> cloud;
  std::string url;
  gannet::local::AcceptedKey key;
  gannet::Config config;
};

gannet::Result<DemoCloud> open_demo_cloud(const DemoCloudOptions& options, gannet::LogSink log);

struct Resources {
  std::string table_name;
  std::string bucket_name;
  gannet::settings::ServiceSettings service;
};

/// Creates the table, the bucket and the two secrets (with a fresh random API key) where they are not there
/// yet.
gannet::Task<gannet::Result<void>> create_missing_resources(gannet::Config config, Resources resources);

}  // namespace receipts
