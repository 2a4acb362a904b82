#pragma once

/// Every source of credentials. `Config::load` finds the one that an environment and its files name; these
/// are for programs that name it themselves.
#include <gannet/assume_role_credentials.hpp>
#include <gannet/config.hpp>
#include <gannet/container_credentials.hpp>
#include <gannet/credentials_provider.hpp>
#include <gannet/instance_credentials.hpp>
#include <gannet/process_credentials.hpp>
#include <gannet/sso_credentials.hpp>
#include <gannet/web_identity_credentials.hpp>
