"""Typed C++ clients from API models. `python3 codegen/gannet_codegen --help` says how to call it."""
