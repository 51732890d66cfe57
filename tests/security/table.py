"""Each attack and fault, what fieval does, and the test that holds it to that.

`python tests/security/table.py` runs them all and prints the table with each one's outcome; `--list` does not run them.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

TESTS = Path(__file__).parents[1]
NEEDED = ("pytest", "xdist", "hypothesis")


@dataclass(frozen=True)
class Row:
    """One attack or fault; `tests` are `file::function`, seen from tests/."""

    attack: str
    answer: str
    tests: tuple[str, ...]


def _row(attack: str, answer: str, *tests: str) -> Row:
    return Row(attack, answer, tests)


S = "security/test_"
TABLE: Mapping[str, tuple[Row, ...]] = {
    "Hostile content": (
        _row("HTML, Markdown, ANSI, rich markup, `::error::`, `=cmd()`, bidi, XML-illegal characters in every field",
             "shown, never obeyed; files stay what they are", f"{S}hostile_content.py::test_nothing_printed_is_obeyed",
             f"{S}hostile_content.py::test_files_are_what_they_are_meant_to_be"),
        _row("the same in names that messages quote", "one harmless line",
             "end_to_end/test_hostile_text.py::test_error_messages_are_single_harmless_lines"),
        _row("the same in report.html, in a real browser", "text", "reports/test_html_browser.py::"
             "test_hostile_texts_are_shown_as_they_are_and_nothing_of_them_runs"),
        _row("the same in a comment on a pull request", "stays in its fence",
             "github/test_writing.py::test_the_fence_cannot_be_closed"),
        _row("the same in what the Action prints", "commands are off",
             "github/test_action.py::test_nothing_that_a_run_prints_is_obeyed"),
        _row("formulas in spreadsheets", "a quote in front, taken away again",
             "importers/test_spreadsheet.py::test_no_cell_is_a_formula_and_each_is_read_as_it_was"),
        _row("prompt injection in a transcript", "stays in its fence; canaries are asked first",
             "end_to_end/test_judged_run.py::test_texts_stay_inside_their_fences",
             "judge/test_canaries.py::test_one_that_passes_is_enough"),
        _row("ids with path parts", "name no file", f"{S}links_and_changes.py::test_ids_that_are_paths_name_no_file"),
        _row("ids and names that a shell would obey", "quoted or left out",
             "end_to_end/test_closing.py::test_what_a_shell_would_obey_is_quoted_and_what_cannot_be_typed_left_out"),
    ),
    "Size and shape": (
        _row("gzip bombs: 10 GB in 10 MB, as outputs, dataset or source of an import", "exit 2, below 250 MB",
             f"{S}sizes.py::test_outputs_that_unpack_to_ten_gigabytes",
             f"{S}sizes.py::test_sources_of_an_import_that_unpack_to_ten_gigabytes",
             f"{S}sizes.py::test_a_dataset_that_unpacks_to_ten_gigabytes"),
        _row("a well compressed dataset", "read", f"{S}sizes.py::test_what_is_only_well_compressed_is_no_bomb"),
        _row("a line of 100 MB", "exit 2 with its number, below 250 MB",
             f"{S}sizes.py::test_a_line_of_a_hundred_megabytes"),
        _row("a line just below 32 MB", "read", f"{S}sizes.py::test_a_long_line_below_that_is_read"),
        _row("an object of a million keys", "read, or 20 of them named and the rest counted",
             f"{S}sizes.py::test_an_object_of_a_million_keys"),
        _row("a million brackets", "exit 2 with the line", f"{S}sizes.py::test_deep_nesting"),
        _row("YAML aliases, deep nesting, 100 MB of YAML, in config and card", "exit 2 with the place",
             f"{S}yaml.py::test_a_bomb_of_yaml_is_refused_at_once"),
        _row("any bytes in dataset, outputs, config, card, run folder, cassette", "read or exit 2",
             f"{S}stored_files.py::test_any_bytes_anywhere",
             "data/test_interactions.py::test_whatever_stands_in_a_line_it_is_read_or_told",
             "config/test_sentences.py::test_however_a_config_is_damaged_it_is_told_so"),
        _row("any bytes in the files of every importer", "read or exit 2",
             "importers/test_hostile_exports.py::test_any_bytes_are_refused_in_words",
             "importers/test_otlp_fuzz.py::test_any_bytes", "importers/test_csv.py::"
             "test_any_table_is_imported_or_refused"),
        _row("a broken index or cache", "one note", f"{S}stored_files.py::test_a_broken_index_or_cache_stops_nothing",
             f"{S}stored_files.py::test_a_cache_of_strangers_tables_is_one_message"),
    ),
    "Files": (
        _row("links planted in a run folder", "replaced, not written through",
             f"{S}links_and_changes.py::test_a_link_inside_a_run_folder_is_not_written_through"),
        _row("links to themselves, folders that link to themselves", "exit 2, or an end",
             f"{S}links_and_changes.py::test_a_link_to_itself_is_one_message",
             f"{S}links_and_changes.py::test_a_folder_of_sources_that_links_to_itself_ends"),
        _row("a run folder that is a link", "written where it leads",
             f"{S}links_and_changes.py::test_a_run_folder_that_is_a_link_is_written_where_it_leads"),
        _row("a dataset that changes while it is read", "exit 2; what is scored is what the digest is of",
             f"{S}links_and_changes.py::test_what_is_scored_is_what_the_digest_is_of",
             f"{S}links_and_changes.py::test_a_dataset_that_changes_during_a_run_is_exit_2"),
        _row("pipes and devices as files", "exit 2", "end_to_end/test_exit_codes.py::"
             "test_pipes_are_refused_before_they_block"),
        _row("names that are no text, or too long", "shown as escapes; exit 2",
             "end_to_end/test_exit_codes.py::test_a_file_name_that_is_no_text",
             "cli/test_refused_files.py::test_a_name_that_is_too_long_is_one_message"),
        _row("paths of Windows in a config", "exit 2 with the place and a hint",
             f"{S}faults.py::test_paths_of_windows_in_a_config"),
    ),
    "Faults": (
        _row("Ctrl-C while files are touched: run, bless, import, init", "130, nothing half there, nothing left behind",
             f"{S}killed.py::test_a_run_folder_with_a_report_is_complete",
             f"{S}killed.py::test_a_baseline_is_the_old_one_or_the_new_one",
             f"{S}killed.py::test_an_import_is_whole_or_not_there",
             f"{S}killed.py::test_a_dataset_is_the_old_one_or_the_new_one",
             f"{S}killed.py::test_a_starter_is_whole_or_not_there"),
        _row("Ctrl-C, or a full disk, while a run folder is written", "none of its reports is there",
             "test_run_folder.py::test_a_run_that_cannot_be_written_whole_leaves_no_report",
             "test_run_folder.py::test_an_interruption_ends_a_file_between_two_pieces"),
        _row("a worker is lost, or the last one of a cluster, or the cluster", "exit 4, no run folder",
             "engine/test_workers.py::test_a_lost_worker_ends_the_run_without_a_verdict",
             "engine/test_workers.py::test_a_cluster_that_nobody_works_for_any_more_is_lost",
             "engine/test_workers.py::test_a_lost_cluster_ends_the_run_without_a_verdict"),
        _row("Ctrl-C at any stage of a run", "130, nothing left behind",
             f"{S}killed.py::test_ctrl_c_at_any_stage_of_a_process_of_its_own"),
        _row("`kill -9` while writing", "where report.json is, the folder is complete; an old or a new baseline",
             f"{S}killed.py::test_a_run_folder_with_a_report_is_complete",
             f"{S}killed.py::test_a_baseline_is_the_old_one_or_the_new_one"),
        _row("`kill -9` while a judge answers", "no verdict lost, none asked twice",
             "judge/test_killed.py::test_thirty_kills_lose_nothing_and_repeat_nothing"),
        _row("a full disk", "exit 4, no verdict, nothing aside", f"{S}faults.py::test_a_full_disk"),
        _row("a full disk behind stdout", "the verdict's exit code",
             "end_to_end/test_exit_codes.py::test_a_full_disk_behind_the_streams_changes_no_exit_code"),
        _row("a folder that can only be read", "exit 2", f"{S}faults.py::test_a_folder_that_can_only_be_read"),
        _row("closed streams, `| head`", "the verdict's exit code",
             "end_to_end/test_exit_codes.py::test_streams_that_nobody_reads_change_no_exit_code"),
        _row("no home, no temporary folder", "as usual", f"{S}faults.py::test_no_home",
             f"{S}faults.py::test_no_folder_for_temporary_files"),
        _row("no network", "as usual without a judge; a replay as well", f"{S}faults.py::test_no_network",
             "end_to_end/test_judged_run.py::test_replay_needs_neither_key_nor_network_nor_sdk"),
        _row("a server of input files that goes away, at any request", "exit 4, no verdict, nothing written",
             "end_to_end/test_urls.py::test_whenever_a_server_goes_away_nothing_is_half_written"),
        _row("a connection to a server of input files that is lost, 5xx, 429", "tried again, bounded; the same results",
             "end_to_end/test_urls.py::test_connections_that_are_lost_change_nothing",
             "remote/test_lies.py::test_a_server_that_is_gone_is_waited_for_three_seconds"),
        _row("a server that lies of size, range, ETag or length, whatever it answers", "exit 2 or 4 with what differs",
             "remote/test_lies.py::test_a_lie_is_one_sentence",
             "remote/test_lies.py::test_a_lie_about_the_whole_is_one_sentence",
             "end_to_end/test_urls.py::test_a_server_that_tells_of_less_makes_no_smaller_dataset"),
        _row("a body from a server without end, or of 10^15 bytes", "exit 4; 4 GB at most, or what was announced",
             "remote/test_lies.py::test_no_more_than_a_bound_is_fetched_as_a_whole"),
        _row("a page to log in in place of a file; a redirect to a file of this machine", "exit 2 with one sentence",
             "end_to_end/test_urls.py::test_a_page_in_place_of_a_file_is_told_once",
             "end_to_end/test_urls.py::test_a_redirect_leads_to_no_file_of_this_machine"),
        _row("a file on a server that changes, at any request", "exit 2, or a run of one of its states",
             "end_to_end/test_urls.py::test_whenever_a_file_changes_the_run_is_of_one_state_or_refused"),
        _row("any locale, any encoding", "the same bytes", f"{S}faults.py::test_any_locale",
             "end_to_end/test_exit_codes.py::test_any_encoding_will_do"),
        _row("`NO_COLOR`, a dumb terminal, no terminal", "no colours",
             f"{S}faults.py::test_a_terminal_has_colours_unless_they_are_not_wanted",
             "end_to_end/test_commands.py::test_no_terminal_no_progress_and_no_colour"),
        _row("a clock that stands or goes back", "a folder of its own for each run, the same results",
             f"{S}faults.py::test_a_clock_that_stands_or_jumps"),
    ),
    "Privacy": (
        _row("every command and file", "nothing that people said but where the README says so",
             f"{S}privacy.py::test_no_command_prints_what_people_said",
             f"{S}privacy.py::test_a_label_sheet_holds_texts_and_only_it",
             f"{S}privacy.py::test_the_search_finds_what_is_there"),
        _row("`run --no-text`", "nothing that people said in any file of the run folder",
             f"{S}privacy.py::test_a_run_folder_without_texts_holds_none_and_can_be_used"),
        _row("bad lines of outputs and imports", "no complaint quotes them",
             f"{S}privacy.py::test_no_complaint_quotes_what_people_said",
             f"{S}privacy.py::test_no_complaint_of_an_import_quotes_what_people_said"),
        _row("a bug of fieval", "exit 70 without the exception's words",
             "end_to_end/test_exit_codes.py::test_70_says_nothing_of_what_a_customer_said"),
        _row("other users of the machine", "run folders are 0700, files in them 0600",
             f"{S}privacy.py::test_run_folders_are_for_their_owner"),
        _row("passwords and signatures in the URL of an input", "in no file and no message",
             "end_to_end/test_urls.py::test_credentials_are_neither_printed_nor_written",
             "remote/test_names.py::test_no_password_survives"),
        _row("the same in a mistyped URL, or in a URL where none belongs", "in no message",
             f"{S}mistyped_urls.py::test_nothing_that_looks_like_a_url_is_echoed_with_its_credentials",
             "remote/test_names.py::test_no_error_has_any_of_it"),
        _row("an API key, also where the API sends it back", "in no file and no message",
             f"{S}privacy.py::test_a_key_is_in_no_file_and_no_message",
             f"{S}privacy.py::test_a_key_is_in_no_report_of_a_bug"),
    ),
    "Supply chain": (
        _row("a needless dependency", "each has its reason",
             f"{S}supply_chain.py::test_every_dependency_has_its_reason"),
        _row("a vulnerable dependency", "`pip-audit` in CI", f"{S}supply_chain.py::"
             "test_a_workflow_asks_whether_any_of_them_is_known_to_be_vulnerable"),
        _row("packages from elsewhere", "the package index only",
             f"{S}supply_chain.py::test_nothing_is_installed_from_elsewhere"),
        _row("actions that change", "pinned by commit", "github/test_workflows.py::"
             "test_foreign_actions_are_pinned_by_commit_and_say_which_version_that_is"),
        _row("workflows with too many rights", "read only; only one that runs no foreign code may comment",
             "github/test_workflows.py::test_permissions_are_named_and_small",
             "github/test_workflows.py::test_no_workflow_gives_a_stranger_more_than_reading"),
        _row("expressions that reach a shell", "none", "github/test_workflows.py::test_no_expression_reaches_a_shell"),
    ),
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """The table on stdout; 1 if any row does not hold."""
    rows = [row for part in TABLE.values() for row in part]
    if "--list" not in arguments and not all(map(find_spec, NEEDED)):
        raise SystemExit("the tests need what `pip install -e '.[dev]'` installs; --list only names them")
    found = {} if "--list" in arguments else outcomes(rows)
    for part, rows_of_it in TABLE.items():
        print(f"\n## {part}\n\n| attack or fault | what fieval does | outcome |\n|---|---|---|")
        for row in rows_of_it:
            print(f"| {row.attack.replace('|', chr(92) + '|')} | {row.answer} | {_outcome(row, found)} |")
    return int(any(_outcome(row, found).startswith("FAILS") for row in rows))


def outcomes(rows: list[Row]) -> dict[str, list[str]]:
    """What became of each test, one entry for each of its cases."""
    nodes = sorted({str(TESTS / test) for row in rows for test in row.tests})
    found: dict[str, list[str]] = {}
    with TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "auto", f"--junitxml={report}", *nodes],
            cwd=TESTS.parent, stdout=sys.stderr, check=False,
        )  # fmt: skip
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name', '').partition('[')[0]}"
            bad = {"failure": "failed", "error": "failed", "skipped": "skipped"}
            found.setdefault(name, []).append(next((bad[part.tag] for part in case if part.tag in bad), "passed"))
    return found


def _outcome(row: Row, found: Mapping[str, list[str]]) -> str:
    if not found:
        return ", ".join(f"`{test}`" for test in row.tests)
    cases = [case for test in row.tests for case in found.get(_short(test), ["failed"])]
    passed, skipped = cases.count("passed"), cases.count("skipped")
    if passed + skipped < len(cases):
        return f"FAILS in {len(cases) - passed - skipped} of {len(cases)}"
    return f"holds in {passed}" + (f", {skipped} skipped here" if skipped else "")


def _short(test: str) -> str:
    file, _, function = test.partition("::")
    return f"{Path(file).stem}::{function}"


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader who has seen enough ends this
    raise SystemExit(main(sys.argv[1:]))
