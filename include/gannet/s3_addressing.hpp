#pragma once

namespace gannet {

/// How S3 buckets are named in requests.
enum class S3Addressing {
  automatic,  ///< In the host name where AWS's own endpoint and the bucket's name allow it, else in the path.
  virtual_host,  ///< Always in the host name.
  path,          ///< Always in the path.
};

}  // namespace gannet
