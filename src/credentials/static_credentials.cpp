#include <memory>
#include <utility>

#include <gannet/credentials_provider.hpp>

namespace gannet {
namespace {

class StaticProvider final : public CredentialsProvider {
 public:
  explicit StaticProvider(Credentials credentials)
      : credentials_(std::make_shared<const Credentials>(std::move(credentials))) {}

  Task<Result<std::shared_ptr<const Credentials>>> resolve() override { co_return credentials_; }
  std::shared_ptr<const Credentials> peek() noexcept override { return credentials_; }

 private:
  std::shared_ptr<const Credentials> credentials_;
};

}  // namespace

std::shared_ptr<CredentialsProvider> static_credentials(Credentials credentials) {
  return std::make_shared<StaticProvider>(std::move(credentials));
}

}  // namespace gannet
