#pragma once

#include <gannet/secretsmanager/client.hpp>
#include <gannet/secretsmanager/types.hpp>
