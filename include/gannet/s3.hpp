#pragma once

#include <gannet/s3/client.hpp>
#include <gannet/s3/types.hpp>
