"""Whose work it is: the names that Moodle, Canvas and folders give, and who in the class is meant.

    pytest tests/grading/test_senders.py
"""

import pytest

from grading.rules import Student
from grading.senders import recognise, senders
from grading.unpacking import File

CLASS = {one.id: one for one in [
    Student("ada", "Ada Nowak", "a.nowak2@uni.example", "400001"),
    Student("ola", "Aleksandra Wójcik-Łęcka", "ola@uni.example", "400002"),
    Student("jan1", "Jan Kowalski", number="400003"),
    Student("jan2", "Jan Kowalski", number="400004", also=("moodle 77", "Johnny K")),
    Student("li", "Li Wei", "li.wei@uni.example", "400005"),
    Student("pedro", "Pedro de la Cruz", number="400006"),
]}


def sent(layout, *paths):
    found, strange = senders(layout, "w03_net", [File(path, None, bytes) for path in paths])
    return {one.shown: ([file.path for file in one.files], one.late) for one in found}, strange


# Formats


def test_moodle_with_folders_and_without():
    found, strange = sent("moodle", "Ada Nowak_12345_assignsubmission_file_/w03_net.ipynb",
                          "Ada Nowak_12345_assignsubmission_file_/checkpoints/a.safetensors",
                          "Li Wei_12_assignsubmission_file/w03_net.ipynb",
                          "Jan Kowalski_77_assignsubmission_file_w03_net.ipynb",
                          "Course 3-1234/Ola_Maria W_9_assignsubmission_file_/my_file_1.ipynb")
    assert not strange and found == {
        "Ada Nowak (12345)": (["w03_net.ipynb", "checkpoints/a.safetensors"], None),
        "Li Wei (12)": (["w03_net.ipynb"], None), "Jan Kowalski (77)": (["w03_net.ipynb"], None),
        "Ola_Maria W (9)": (["my_file_1.ipynb"], None)}


def test_a_systems_own_numbers_are_never_taken_for_those_of_students():
    for layout, path in (("moodle", "Somebody_400001_assignsubmission_file_/a.ipynb"),
                         ("canvas", "somebody_400001_1_a.ipynb")):
        found, _ = senders(layout, "w03_net", [File(path, None, bytes)])
        assert recognise(found[0].clues, CLASS)[0] == ""


def test_moodles_texts_and_strange_files_are_told():
    found, strange = sent("moodle", "Ada Nowak_1_assignsubmission_onlinetext_/onlinetext.html", "readme.txt")
    assert not found and [path for path, _ in strange] == [
        "Ada Nowak_1_assignsubmission_onlinetext_/onlinetext.html", "readme.txt"]
    assert "onlinetext" in strange[0][1]


def test_canvas_with_and_without_the_mark_of_lateness():
    found, strange = sent("canvas", "nowakada_4711_900_w03_net.ipynb", "weili_LATE_12_901_w03_net-1.ipynb",
                          "submissions/kowalskijan_LATE_13_902_w03_net-400003.zip", "notes.txt")
    assert found == {"nowakada (4711)": (["w03_net.ipynb"], False), "weili (12)": (["w03_net-1.ipynb"], True),
                     "kowalskijan (13)": (["w03_net-400003.zip"], True)}
    assert [path for path, _ in strange] == ["notes.txt"]


def test_a_folder_for_each_student_or_files_named_after_them():
    found, strange = sent("files", "ada/w03_net.ipynb", "ada/checkpoints/a.safetensors", "w03_net-400002.zip",
                          "w03_net-400002 (1).zip", "li.ipynb", "w03_net.ipynb", "letter.txt")
    assert {name: files for name, (files, _) in found.items()} == {
        "ada": ["w03_net.ipynb", "checkpoints/a.safetensors"],
        "400002": ["w03_net-400002.zip", "w03_net-400002 (1).zip"], "li": ["li.ipynb"]}
    assert [path for path, _ in strange] == ["w03_net.ipynb", "letter.txt"]


def test_what_systems_leave_in_archives_is_passed_over():
    found, strange = sent("files", "__MACOSX/ada/._w03_net.ipynb", "ada/.DS_Store", "ada/._w03_net.ipynb", ".DS_Store",
                          "ada/.ipynb_checkpoints/w03_net-checkpoint.ipynb")
    assert (found, strange) == ({}, [])


# People


@pytest.mark.parametrize("clues, student", [
    (["Ada Nowak"], "ada"), (["NOWAK, Ada"], "ada"), (["nowakada"], "ada"), (["adanowak"], "ada"), (["ada"], "ada"),
    (["400001"], "ada"), (["a.nowak2@uni.example"], "ada"), (["A.Nowak2"], "ada"),
    (["Aleksandra Wojcik Lecka"], "ola"), (["wojciklecka aleksandra"], "ola"), (["wójciklęckaaleksandra"], "ola"),
    (["li"], "li"), (["weili"], "li"), (["delacruzpedro"], "pedro"), (["moodle 77", "Jan Kowalski"], "jan2"),
    (["johnny  k"], "jan2"), (["canvas 400001", "stranger"], ""), (["nowak"], ""), (["---"], ""),
], ids=str)
def test_who_is_meant(clues, student):
    assert recognise(clues, CLASS)[0] == student


@pytest.mark.parametrize("clues, said", [
    (["moodle 5", "Jan Kowalski"], "may be jan1 or jan2"), (["Ada Novak"], "perhaps ada"),
    (["nowakadda"], "perhaps ada"),
    (["Quentin Zzyzx"], "nobody in the class list"),
], ids=str)
def test_a_doubt_is_put_into_words(clues, said):
    assert recognise(clues, CLASS) == ("", said)


def test_without_a_class_list_the_name_becomes_the_id():
    assert recognise(["moodle 5", "Łucja Żak"], {}) == ("lucja-zak", "")
    assert recognise(["moodle 5", "../.."], {}) == ("", "a name without letters")
