#pragma once

/// What the programs end with where it is not 0.
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_configuration = 78;  ///< sysexits.h's EX_CONFIG.
