//! What an origin sees of us over days and weeks: the checks of polite polling by
//! number, and the tests that prove each.

mod ageing;
mod archives;
mod asking;
mod clocks;
mod daemon;
mod day;
mod hostile;
mod hosts;
mod hub;
mod moving;
mod neighbours;
mod overlaps;
mod pace;
mod reloads;
mod requests;
#[allow(unreachable_pub, reason = "the bench takes it in as well")]
mod simulated_day;
mod told;
mod turnstile;
mod unsubscribed;
mod urls;
mod validators;
mod websub;
mod wishes;
mod wrong_clocks;

use std::{fs, path::Path};

/// What stands behind one check: these tests, by file and name below `tests/it`.
struct Tests(&'static [&'static str]);

const CHECKS: [(&str, Tests); 60] = [
    (
        "1 the first poll has no validator",
        Tests(&["polling/validators::the_first_poll_has_none_and_the_next_has_both_byte_for_byte"]),
    ),
    (
        "2 Last-Modified comes back byte for byte",
        Tests(&[
            "polling/validators::the_first_poll_has_none_and_the_next_has_both_byte_for_byte",
            "collect/http::validators_go_back_byte_for_byte",
        ]),
    ),
    (
        "3 ETag comes back byte for byte",
        Tests(&[
            "polling/validators::the_first_poll_has_none_and_the_next_has_both_byte_for_byte",
            "collect/http::validators_go_back_byte_for_byte",
        ]),
    ),
    (
        "4 both, or the one that was given",
        Tests(&[
            "polling/validators::the_first_poll_has_none_and_the_next_has_both_byte_for_byte",
            "collect/http::only_what_was_given_is_sent_and_a_304_renews_it",
        ]),
    ),
    (
        "5 a new ETag with the same date is stored",
        Tests(&["polling/validators::another_body_with_the_same_date_updates_the_tag_and_none_clears_both"]),
    ),
    (
        "6 an identical body with new validators stores them",
        Tests(&["polling/validators::an_unchanged_body_with_new_validators_updates_them"]),
    ),
    ("7 a 304 updates validators", Tests(&["polling/validators::a_304_with_new_validators_updates_them"])),
    (
        "8 a 200 without a validator clears it",
        Tests(&[
            "polling/validators::another_body_with_the_same_date_updates_the_tag_and_none_clears_both",
            "collect/http::a_200_without_validators_clears_them",
        ]),
    ),
    (
        "9 validators survive a restart",
        Tests(&["polling/validators::they_survive_a_restart_and_are_never_dropped_for_good_measure"]),
    ),
    (
        "10 validators and entries in one transaction",
        Tests(&["polling/validators::validators_and_entries_are_stored_together_or_not_at_all"]),
    ),
    (
        "11 what could not be read keeps the old validators",
        Tests(&["polling/validators::what_could_not_be_used_keeps_the_old_ones"]),
    ),
    (
        "12 4xx and 5xx change no validator",
        Tests(&["polling/validators::what_could_not_be_used_keeps_the_old_ones"]),
    ),
    (
        "13 validators belong to URL, credentials and mapping",
        Tests(&[
            "polling/validators::another_address_credentials_or_mapping_starts_without",
            "collect/http::validators_go_only_to_the_url_that_gave_them",
        ]),
    ),
    (
        "14 a 304 nobody asked for, a 304 with a body",
        Tests(&[
            "polling/validators::a_304_that_nobody_asked_for_is_an_error_and_one_with_a_body_is_not",
            "collect/hostile::a_304_with_a_body_does_no_harm",
        ]),
    ),
    (
        "15 Expires: 0 and no-store don't stop validators",
        Tests(&["polling/validators::they_survive_a_restart_and_are_never_dropped_for_good_measure"]),
    ),
    (
        "16 no unconditional poll for good measure",
        Tests(&["polling/validators::they_survive_a_restart_and_are_never_dropped_for_good_measure"]),
    ),
    (
        "17 other kinds of source are conditional too",
        // Nothing but feeds is asked for: other kinds are refused, icons are not fetched.
        Tests(&[
            "polling/asking::kinds_that_are_not_read_are_refused_by_name_and_never_asked_for",
            "polling/requests::the_same_request_whatever_was_answered_and_nothing_beside_it",
        ]),
    ),
    (
        "18 an hour where conditional, a day where not",
        Tests(&[
            "polling/pace::auto_asks_an_origin_without_validators_once_a_day_and_a_written_schedule_holds",
            "polling/pace::every_wish_of_an_origin_lengthens_the_wait_and_none_shortens_it",
        ]),
    ),
    (
        "19 never early",
        Tests(&[
            "polling/day::a_simulated_day_has_no_early_poll_no_crowded_host_and_is_on_time",
            "polling/pace::every_wish_of_an_origin_lengthens_the_wait_and_none_shortens_it",
        ]),
    ),
    ("20 a restart is no poll", Tests(&["polling/pace::due_times_are_absolute_and_a_restart_is_no_poll"])),
    (
        "21 max-age less Age, Expires, only lengthen",
        Tests(&[
            "polling/pace::every_wish_of_an_origin_lengthens_the_wait_and_none_shortens_it",
            "collect/http::how_long_an_origin_calls_it_fresh",
        ]),
    ),
    (
        "22 ttl, skipHours, skipDays, sy:*",
        Tests(&[
            "polling/pace::every_wish_of_an_origin_lengthens_the_wait_and_none_shortens_it",
            "polling/pace::hours_and_days_to_be_skipped_are",
            "polling/wishes::a_poll_that_is_late_does_not_fall_into_hours_to_be_skipped",
            "polling/pace::periods_are_counted_from_their_base",
        ]),
    ),
    (
        "23 five minutes at least, 31 days at most",
        Tests(&[
            "polling/pace::every_wish_of_an_origin_lengthens_the_wait_and_none_shortens_it",
            "polling/pace::retry_after_in_both_forms_on_every_status_that_asks_for_it",
        ]),
    ),
    (
        "24 Retry-After in both forms on every status",
        Tests(&[
            "polling/pace::retry_after_in_both_forms_on_every_status_that_asks_for_it",
            "polling/pace::a_redirect_that_asks_for_patience_is_followed_and_not_asked_again_before",
            "collect/http::retry_after_in_both_forms",
            "polling/wishes::an_origin_that_asks_for_patience_is_heard_whatever_else_it_says",
            "polling/urls::a_hold_is_kept_though_the_feed_file_gets_another_name",
        ]),
    ),
    (
        "25 429 and 503 without it back off from an hour to a day",
        Tests(&["polling/pace::failures_double_the_wait_up_to_a_day_and_never_shorten_it"]),
    ),
    (
        "26 errors never raise the rate",
        Tests(&[
            "polling/pace::failures_double_the_wait_up_to_a_day_and_never_shorten_it",
            "polling/hosts::failing_feeds_together_are_asked_no_faster_than_one",
        ]),
    ),
    (
        "27 quiet feeds are asked less, to a day",
        Tests(&["polling/pace::auto_follows_how_often_a_feed_changes"]),
    ),
    (
        "28 jitter of its own for each feed and daemon",
        Tests(&["polling/pace::jitter_is_each_feeds_and_each_daemons_own"]),
    ),
    (
        "29 a forced poll keeps to Retry-After and the floor, once",
        Tests(&[
            "polling/pace::a_forced_refresh_keeps_to_what_the_origin_said",
            "polling/hosts::refreshes_join_the_poll_that_runs_and_single_flight_is_kept",
        ]),
    ),
    ("30 one URL in many feeds is one request", Tests(&["polling/hosts::a_url_in_ten_feeds_is_asked_once"])),
    (
        "31 two nodes are one request",
        // There is no store that nodes share: on one state the second doesn't start.
        Tests(&["polling/asking::a_second_program_on_the_state_asks_nothing"]),
    ),
    (
        "32 a thousand overdue feeds are spread",
        Tests(&["polling/hosts::a_thousand_overdue_feeds_are_polled_over_a_minute"]),
    ),
    (
        "33 one at a time and a second apart",
        Tests(&[
            "polling/hosts::one_host_is_asked_once_a_second",
            "polling/neighbours::names_at_one_address_are_asked_as_one_host",
            "polling/neighbours::what_the_operator_wrote_for_a_host_or_an_address_stands",
            "polling/neighbours::behind_a_proxy_the_names_of_one_domain_are_asked_as_one_host",
            "polling/urls::a_host_that_many_are_sent_to_is_asked_in_turn_once_it_is_known",
            "polling/day::a_simulated_day_has_no_early_poll_no_crowded_host_and_is_on_time",
        ]),
    ),
    (
        "34 sleep and clock jumps are one poll",
        Tests(&[
            "polling/pace::sleep_and_clocks_that_jump_are_one_poll",
            "polling/pace::a_clock_that_is_put_back_neither_polls_nor_stalls",
        ]),
    ),
    (
        "35 what is disabled or removed stops at once",
        Tests(&["polling/pace::what_is_disabled_or_removed_is_asked_no_more"]),
    ),
    (
        "36 301 and 308: three polls, seven days, https, a feed",
        Tests(&[
            "polling/moving::a_permanent_redirect_is_adopted_after_three_polls_over_seven_days",
            "polling/moving::three_polls_in_a_day_are_not_enough_nor_two_over_a_month",
            "polling/moving::redirects_on_the_wire_are_followed_and_plain_http_is_never_adopted",
        ]),
    ),
    (
        "37 302, 303 and 307 are never stored",
        Tests(&[
            "polling/moving::redirects_on_the_wire_are_followed_and_plain_http_is_never_adopted",
            "polling/moving::what_is_temporary_or_changes_or_is_no_feed_or_no_https_is_never_adopted",
        ]),
    ),
    (
        "38 one temporary hop makes a chain temporary",
        Tests(&["collect/redirect::a_chain_is_permanent_only_if_every_hop_is"]),
    ),
    ("39 https to http is refused", Tests(&["collect/redirect::redirects_that_are_not_followed"])),
    (
        "40 loops and more than five hops",
        Tests(&[
            "polling/moving::loops_long_chains_and_locations_that_lead_nowhere_are_errors_with_back_off",
            "collect/redirect::loops_and_long_chains_end",
        ]),
    ),
    (
        "41 fragments and odd Locations",
        Tests(&[
            "collect/redirect::odd_locations_are_read_as_they_are_meant",
            "polling/moving::loops_long_chains_and_locations_that_lead_nowhere_are_errors_with_back_off",
        ]),
    ),
    (
        "42 410 ends the polling and keeps the entries",
        Tests(&[
            "polling/moving::gone_is_gone_and_what_it_gave_stays",
            "polling/moving::what_lies_behind_a_redirect_ends_no_source",
        ]),
    ),
    (
        "43 404, 403 and 401 back off to a day",
        Tests(&[
            "polling/pace::failures_double_the_wait_up_to_a_day_and_never_shorten_it",
            "polling/moving::errors_of_every_kind_back_off_to_a_day_and_keep_the_entries",
        ]),
    ),
    (
        "44 so does a name that is gone",
        Tests(&[
            "polling/moving::errors_of_every_kind_back_off_to_a_day_and_keep_the_entries",
            "collect/policy::a_name_is_judged_by_what_it_resolves_to",
        ]),
    ),
    (
        "45 a parked domain is an error",
        Tests(&["polling/moving::a_parked_domain_and_a_bridge_in_trouble_change_nothing_stored"]),
    ),
    (
        "46 one honest User-Agent",
        Tests(&["polling/requests::the_same_request_whatever_was_answered_and_nothing_beside_it"]),
    ),
    (
        "47 Accept lists feed types",
        Tests(&["polling/requests::the_same_request_whatever_was_answered_and_nothing_beside_it"]),
    ),
    (
        "48 only codings that are read",
        Tests(&[
            "polling/requests::the_same_request_whatever_was_answered_and_nothing_beside_it",
            "collect/http::every_coding_we_ask_for_is_read",
        ]),
    ),
    (
        "49 no cookie, referrer or cache-buster",
        Tests(&["polling/requests::the_same_request_whatever_was_answered_and_nothing_beside_it"]),
    ),
    (
        "50 no HEAD before GET",
        Tests(&["polling/requests::the_same_request_whatever_was_answered_and_nothing_beside_it"]),
    ),
    (
        "51 no other path",
        Tests(&["polling/requests::the_same_request_whatever_was_answered_and_nothing_beside_it"]),
    ),
    (
        "52 credentials only to their origin",
        Tests(&[
            "collect/request::headers_and_credentials_stay_at_their_origin",
            "polling/moving::credentials_are_not_carried_to_another_origin_by_adopting_it",
        ]),
    ),
    (
        "53 kept alive, closed when idle",
        Tests(&[
            "polling/hosts::one_host_is_asked_once_a_second",
            "polling/requests::a_connection_is_kept_for_a_while_and_not_for_ever",
            "polling/requests::two_polls_of_a_host_go_over_one_http_2_connection",
        ]),
    ),
    (
        "54 limits of time and size, on the wire and decoded",
        Tests(&[
            "polling/hostile::each_hostile_origin_ends_in_its_own_failure_and_the_good_ones_are_done",
            "collect/hostile::silence_ends",
            "collect/hostile::bodies_that_never_end_are_cut",
            "collect/hostile::bombs_stop_at_the_cap",
        ]),
    ),
    (
        "55 unknown and stacked codings",
        Tests(&[
            "collect/hostile::codings_that_are_not_read",
            "polling/validators::what_could_not_be_used_keeps_the_old_ones",
        ]),
    ),
    (
        "56 206, 204, 205 and 226 are errors",
        Tests(&["polling/requests::statuses_that_are_no_whole_document_are_errors"]),
    ),
    ("57 HTTP/1.0 and no Content-Length", Tests(&["collect/http::old_servers_are_fine"])),
    (
        "58 a 421 is asked once more",
        Tests(&["collect/http::a_misdirected_request_is_asked_once_more_over_a_new_connection"]),
    ),
    (
        "59 WebSub",
        Tests(&[
            "polling/websub::a_feed_that_names_hub_and_itself_is_subscribed_to_and_polled_once_a_day",
            "polling/websub::what_is_signed_is_taken_in_as_a_poll_would_and_what_is_not_is_ignored",
            "polling/websub::a_lease_is_renewed_before_its_end_with_the_same_callback",
            "polling/unsubscribed::a_feed_that_names_its_hub_no_more_is_unsubscribed_and_polled_as_before",
            "polling/websub::over_http_as_a_hub_sees_it",
        ]),
    ),
    ("60 a page for publishers", Tests(&["polling/told::publishers_find_the_page_that_every_request_names"])),
];

#[test]
fn every_check_has_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    for (place, (check, Tests(tests))) in CHECKS.iter().enumerate() {
        assert!(check.starts_with(&format!("{} ", place + 1)), "{check}");
        assert!(!tests.is_empty(), "{check}");
        for test in *tests {
            let (file, name) = test.split_once("::").unwrap();
            let text = fs::read_to_string(root.join(format!("{file}.rs"))).unwrap();
            assert!(text.contains(&format!("fn {name}(")), "{check}: there is no test `{test}`");
        }
    }
}
