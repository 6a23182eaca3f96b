"""Names stand in the order of the Albanian alphabet."""

from hypothesis import example, given
from hypothesis import strategies as st

from lms.kernel.collation import collation_key

ALPHABET = "a b c ç d dh e ë f g gj h i j k l ll m n nj o p q r rr s sh t th u v x xh y z zh".split()  # noqa: SIM905 - an alphabet reads best as one line


def test_the_thirty_six_letters_are_in_order():
    assert sorted({*ALPHABET}, key=collation_key) == ALPHABET


def test_two_letter_letters_come_after_all_words_of_the_plain_letter():
    names = ["Dhima", "Dushi", "Gjoka", "Guri", "Llalla", "Luma", "Shala", "Syla", "Zhuja", "Zyba", "Ëmbla", "Ezra"]

    assert sorted(names, key=collation_key) == [
        "Dushi", "Dhima", "Ezra", "Ëmbla", "Guri", "Gjoka", "Luma", "Llalla", "Syla", "Shala", "Zyba", "Zhuja",
    ]  # fmt: skip


def test_a_shorter_name_comes_before_the_double_name_that_begins_with_it():
    assert sorted(["Bytyçi-Krasniqi", "Bytyçi", "Bytyçiu"], key=collation_key) == [
        "Bytyçi",
        "Bytyçi-Krasniqi",
        "Bytyçiu",
    ]


def test_cyrillic_comes_after_latin_in_its_own_order():
    assert sorted(["Џамбић", "Žuti", "Ђукић", "Анић", "Zuka"], key=collation_key) == [
        "Zuka",
        "Žuti",
        "Анић",
        "Ђукић",
        "Џамбић",
    ]


def test_the_surname_decides_before_the_given_name():
    people = [("Gashi", "Vjosa"), ("Gjoka", "Arta"), ("Gashi", "Arta")]

    assert sorted(people, key=lambda person: collation_key(*person)) == [
        ("Gashi", "Arta"),
        ("Gashi", "Vjosa"),
        ("Gjoka", "Arta"),
    ]


@given(st.text())
@example("Işık and IŞIK, as they are written in Mamuša")
def test_case_never_matters(text):
    assert collation_key(text.lower()) == collation_key(text.lower().upper().lower())


@given(st.lists(st.text(alphabet="abcçdhëgjlnrstxz -'"), max_size=8), st.randoms())
def test_with_an_id_behind_it_the_order_is_the_same_whatever_came_first(names, random):
    rows = list(enumerate(names))
    shuffled = list(rows)
    random.shuffle(shuffled)

    def key(row):
        return (collation_key(row[1]), row[0])

    assert sorted(rows, key=key) == sorted(shuffled, key=key)
