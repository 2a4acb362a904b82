#pragma once

#include <gannet/dynamodb/client.hpp>
#include <gannet/dynamodb/types.hpp>
