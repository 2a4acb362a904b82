def listing(s): return ""
