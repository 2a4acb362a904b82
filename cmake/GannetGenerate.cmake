# Typed clients from API models.
include_guard(GLOBAL)
