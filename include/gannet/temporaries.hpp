#pragma once

/// GCC before 13 destroys an aggregate temporary of a `co_await` expression twice. Where it compiles, the
/// overloads that take a temporary are deleted: name the value first, then await the call.
///
///     const GetItemInput request{.table_name = "music", .key = key};
///     auto found = co_await client.get_item(request);
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#define GANNET_NAME_IT_FIRST(...) __VA_ARGS__ = delete
#define GANNET_DESTROYS_TEMPORARIES_TWICE true
#else
#define GANNET_NAME_IT_FIRST(...) static_assert(true)
#define GANNET_DESTROYS_TEMPORARIES_TWICE false
#endif
