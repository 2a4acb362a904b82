def files(s): return {}
