import doctest

import pytest
from hypothesis import given, strategies as st

from ems.enterprises import credit_code
from ems.enterprises.credit_code import ALPHABET, CodeDoubt, check_character, fault, plain, read

SOUND = "91510100000000001H"


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) for c in text)


def sound(first):
    return first + check_character(first)


def test_its_examples_hold():
    assert doctest.testmod(credit_code).failed == 0
    assert doctest.testmod(credit_code).attempted >= 6


def test_the_example_of_the_coding_rule_is_sound():
    """HJ 608-2017 prints 91130200699229617X001P."""
    assert fault("91130200699229617X") is None


@pytest.mark.parametrize("first", ["91510100000000001", "12510100MB0X979XX", "51510000MJQ123456"])
def test_a_made_up_code_is_sound_with_its_own_check_character_and_no_other(first):
    right = check_character(first)
    assert [c for c in ALPHABET if fault(first + c) is None] == [right]


@given(st.text(ALPHABET, min_size=17, max_size=17), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(first, at, other):
    whole = sound(first)
    changed = whole[:at] + other + whole[at + 1 :]
    expected = {None, CodeDoubt.DIGITS_LOST} if changed == whole else {CodeDoubt.CHECK, CodeDoubt.DIGITS_LOST}
    assert fault(changed) in expected


@pytest.mark.parametrize("said", [None, "", " ", "-", "—", "0", "无", "\u200b", "\ufeff", "\xa0", "\u3000", "n/a"])
def test_what_is_no_code_is_missing_and_is_kept_as_it_was_given(said):
    assert read(said) == (None, said or "", CodeDoubt.MISSING)


@pytest.mark.parametrize(
    "said",
    [
        SOUND.lower(), wide(SOUND), wide(SOUND.lower()), SOUND[:8] + "\u200b" + SOUND[8:], "9151 0100 0000 0000 1H",
        SOUND + "\ufeff", "\u2060" + SOUND,
    ],
)  # fmt: skip
def test_a_reading_that_is_the_only_one_is_taken_and_said_to_be_so(said):
    assert read(said) == (SOUND, said, CodeDoubt.REPAIRED)


@pytest.mark.parametrize("end", ["(01)", "（01)", "(01）", "(\xa0)", "(__)", "【二厂】", "[2]"])
def test_a_suffix_in_any_brackets_is_taken_off_and_flagged(end):
    assert read(SOUND + end) == (SOUND, SOUND + end, CodeDoubt.SUFFIX)


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        (SOUND[:-1] + "X", CodeDoubt.CHECK),
        (SOUND[:-1].lower() + "x", CodeDoubt.CHECK),
        (SOUND[:-1] + "X(01)", CodeDoubt.CHECK),
        (SOUND[:-1], CodeDoubt.LENGTH),
        (SOUND + "7", CodeDoubt.LENGTH),
        ("510100000000001", CodeDoubt.LENGTH),  # an old registration number
        (SOUND.replace("00001", "0000O"), CodeDoubt.CHARACTER),
        (SOUND.replace("00001", "0000I"), CodeDoubt.CHARACTER),
        (SOUND + "+", CodeDoubt.LENGTH),
    ],
)
def test_what_does_not_hold_is_left_as_it_stands(said, doubt):
    assert read(said) == (said, said, doubt)


@pytest.mark.parametrize("number", [915101007890123456, 916403001234567890, 120000000000000000])
def test_a_number_of_a_spreadsheet_has_lost_its_last_three_digits_however_it_is_written(number):
    kept = float(f"{float(number):.15g}")  # what a spreadsheet keeps
    for said in (
        str(kept),
        repr(kept),
        str(int(kept)),
        f"{kept:.0f}",
        f"{kept:.14E}",
        str(int(f"{kept:.0f}"[:15]) * 1000),
    ):
        reading = read(said)
        assert reading.doubt is CodeDoubt.DIGITS_LOST, said
        assert reading.code == reading.given == said


def test_blanks_around_a_code_are_no_doubt():
    assert read(f"  {SOUND}\n") == (SOUND, f"  {SOUND}\n", None)


def test_a_cell_that_holds_a_story_is_cut_to_what_the_column_takes():
    reading = read("见营业执照复印件" * 20)
    assert len(reading.given) == 60
    assert reading.doubt is CodeDoubt.LENGTH


@given(st.text(max_size=40))
def test_whatever_stands_in_a_cell_is_read_without_a_fault_and_kept(said):
    reading = read(said)
    assert reading.given == said
    assert (reading.code is None) == (reading.doubt is CodeDoubt.MISSING)
    assert reading.code in {None, said.strip(), plain(said), plain(said)[:18]}
    if reading.doubt in {None, CodeDoubt.REPAIRED, CodeDoubt.SUFFIX}:
        assert fault(reading.code) is None
