#pragma once

#include <gannet/sts/client.hpp>
#include <gannet/sts/types.hpp>
