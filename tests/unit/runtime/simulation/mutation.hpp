#pragma once

namespace gannet::runtime::simulation {

/// A rule that is switched off: from outside, in such a way that the pipeline does what it would without it.
enum class Mutation {
  none,

  // What may be sent again.
  unrepeatable_is_repeatable,
  sent_is_not_sent,
  failed_is_rejected,
  failed_is_early,
  early_is_in_time,
  under_way_is_rejected,
  cut_answer_is_not_sent,
  throttling_is_final,
  not_sent_is_unknown,
  doubt_is_final,
  reads_are_writes,
  at_least_once_is_ignored,
  at_least_once_is_for_all,
  used_body_rewinds,
  conflict_is_final,
  broken_condition_is_transient,
  token_is_ignored,
  token_never_expires,

  // What settles doubt.
  refusal_stands,
  refusal_is_own_success,
  nothing_is_settled,
  doubt_is_forgotten,
  conflict_settles,
  unanswered_is_settled,

  // How often, when, at what cost.
  too_many_attempts,
  waits_do_not_grow,
  waits_have_no_bound,
  waits_have_no_jitter,
  throttling_waits_no_longer,
  retry_after_is_ignored,
  retry_after_is_believed,
  limit_is_ignored,
  cancellation_is_ignored,
  bucket_is_free,
  nothing_is_paid_back,
  too_much_is_paid_back,

  // The clock.
  clock_is_not_corrected,
  cached_date_is_believed,
  clock_is_corrected_too_far,
  signature_is_not_renewed,
};

}  // namespace gannet::runtime::simulation
