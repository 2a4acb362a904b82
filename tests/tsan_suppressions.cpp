/// What TSan is not to report, built into the programs it is for.
extern "C" const char* __tsan_default_suppressions() {
  // Asio counts the users of a type-erased executor with a release decrement and, for the last, an acquire
  // fence. TSan does not model fences: it takes the deletion for a race with the decrement before it.
  return "race:boost::asio::execution::detail::shared_target_executor\n";
}
