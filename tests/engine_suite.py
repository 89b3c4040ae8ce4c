"""Which tests run with `--engine milvus`, and why others do not: those that ask an index, wherever it lies.

A test asks one by the fixtures `place` and `build` of conftest.py, or by those made of them.
"""

import pytest

FOLDER_ONLY = {
    "killing.py": "kills a build of a folder; test_index_milvus_changes.py kills one on an engine, and the engine",
    "test_api_cli.py::test_a_damaged_index_is_named_and_build_mends_it": "breaks a file of the folder",
    "test_api_reload.py::test_a_broken_index_is_told_once_and_left_aside": "breaks a file of the folder",
    "test_api_reload.py::test_a_generation_is_closed_when_its_last_reader_leaves": "a folder's files are closed",
    "test_api_reload.py::test_an_index_found_damaged_in_service_answers_nothing_until_it_is_built_anew": "breaks files",
    "test_api_reload.py::test_what_a_disk_changed_by_itself_is_found_and_the_server_told": "breaks a file",
    "test_api_reload.py::test_what_cannot_be_opened_leaves_the_old_one_in_service": "breaks a file of the folder",
    "test_api_cli.py::test_what_cannot_run_exits_with_2_and_no_traceback[arguments1]": "it needs no corpus",
    "test_api_feedback.py": "what is said is kept in a file on the machine that serves, wherever the index lies",
    "test_api_milvus.py": "has engines of its own",
    "test_api_milvus_failures.py": "has engines of its own",
    "test_api_opening.py": "an older format of the folder",
    "test_eval_setting.py::test_without_a_leg_nothing_is_found_by_it": "takes a leg out of a folder's index",
    "test_index_checked.py": "which files of a folder were read whole before",
    "test_index_full.py": "the disk under a folder; test_api_milvus_failures.py fills an engine's",
    "test_index_grow.py::test_no_merge_makes_a_segment_too_large_for_memory": "the segments of a folder",
    "test_index_grow.py::test_in_between_nearly_every_question_finds_the_same_ten": "the codes of a folder's segments",
    "test_index_kill.py": "kills a build of a folder; test_index_milvus_changes.py kills one on an engine",
    "test_index_legs.py": "the arrays of a folder's legs",
    "test_index_milvus.py": "has an engine of its own",
    "test_index_milvus_changes.py": "has engines of its own",
    "test_index_pruned.py": "how a folder's inverted files are walked",
    "test_index_snapshot.py": "the files of a folder: manifest, checksums, publishing",
    "test_rag_rank.py::test_passages_are_cut_at_their_sentences": "knows passages by a folder's numbers",
    "test_rag_rank.py::test_they_win_and_the_score_falls_with_the_evidence": "knows passages by a folder's numbers",
    "test_rag_rank.py::test_words_that_stand_together_are_seen_to": "knows passages by a folder's numbers",
}
"""File, or file::test → why it makes no sense on an engine."""


def asks_an_engine(item: pytest.Item) -> bool:
    """Tell whether a test is one that runs on an engine."""
    file = item.path.name
    names = {file, f"{file}::{item.name}", f"{file}::{getattr(item, 'originalname', item.name)}"}
    return "place" in getattr(item, "fixturenames", ()) and not names & set(FOLDER_ONLY)
