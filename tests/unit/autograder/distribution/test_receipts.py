"""Receipts: what they prove, and what they do not."""

import hashlib
import hmac
import re
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from autograder.cli import main
from autograder.distribution.receipts import ReceiptSigner
from autograder.errors import CourseError
from tests.conftest import ASSIGNMENT
from utils import receipt as student_receipt
from utils.receipt import Receipt, receipt_for, receipts_in

NOON = datetime(2027, 3, 1, 12, 0, 0, tzinfo=UTC)
SEED = "a seed that nobody knows"


@pytest.fixture
def collected(course):
    """A course with different notebooks by Ada and Ben."""
    for student in ("ada", "ben"):
        folder = course.submitted_dir / student / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{ASSIGNMENT}.ipynb").write_text(f"work of {student}", "utf-8")
    return course


def signed(course, student="ada"):
    """A receipt that the course signed at noon."""
    (submission,) = course.assignment(ASSIGNMENT).submissions([student])
    (receipt,) = ReceiptSigner(course, SEED).issue(submission, NOON)
    return receipt


def test_a_receipt_has_hash_and_time(collected):
    """The hash is that of the file, the time is in UTC, and the receipt holds."""
    assert signed(collected).sha256 == hashlib.sha256(b"work of ada").hexdigest()
    assert signed(collected).time == "2027-03-01T12:00:00Z"
    result = ReceiptSigner(collected, SEED).check(signed(collected))
    assert result.holds
    assert "is the one that is in submitted/" in result.sentence


@pytest.mark.parametrize(
    "changed",
    [
        {"time": "2027-02-28T12:00:00Z"},
        {"student": "ben"},
        {"assignment": "batchnorm"},
        {"sha256": "0" * 64},
        {"signature": "0" * 64},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_changed_receipt_does_not_hold(collected, changed):
    """Nothing on a signed receipt can be changed."""
    result = ReceiptSigner(collected, SEED).check(replace(signed(collected), **changed))
    assert not result.holds
    assert "was not signed with this course's seed" in result.sentence


def test_another_course_cannot_sign(collected):
    """The key is derived from the seed."""
    result = ReceiptSigner(collected, "another seed that nobody knows").check(signed(collected))
    assert not result.holds


def test_the_key_is_not_the_seed_and_slow_to_derive(collected):
    """A guess at the seed costs a tenth of a second, not the hundredth part of a microsecond."""
    receipt = signed(collected)
    for quick in (SEED.encode(), hmac.digest(SEED.encode(), b"autograder receipt 1", "sha256")):
        signature = hmac.digest(quick, receipt.body.encode(), "sha256").hex()
        assert not ReceiptSigner(collected, SEED).check(replace(receipt, signature=signature)).holds
    start = time.process_time()
    ReceiptSigner(collected, SEED).check(receipt)
    assert time.process_time() - start > 0.01


def test_a_signature_outlives_a_new_submission(collected):
    """It proves what was here at that time, whatever has replaced it since."""
    before = signed(collected)
    path = collected.submitted_dir / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.write_text("a second try", "utf-8")
    result = ReceiptSigner(collected, SEED).check(before)
    assert result.holds
    assert "is not the one that is in submitted/" in result.sentence


def test_a_students_own_receipt_proves_the_bytes_but_not_the_time(collected):
    """Its hash is compared with what was collected; its time is said to be the student's."""
    path = collected.submitted_dir / "ben" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    own = receipt_for(path, now=NOON)
    signer = ReceiptSigner(collected, SEED)
    result = signer.check(own)
    assert result.holds
    assert "collected from ben has this hash" in result.sentence
    assert "not signed" in result.sentence
    assert signer.check(own, "ben").holds
    assert not signer.check(own, "ada").holds
    assert not signer.check(replace(own, sha256="1" * 64)).holds
    assert not signer.check(replace(own, assignment="no-such")).holds


@pytest.mark.parametrize("seed", ["", "change me", "summer 2027", "aaaaaaaaaaaaaaaaaaaaaaaa"])
def test_a_course_without_a_secret_signs_nothing(collected, seed):
    """A published seed and one that can be guessed are no secret; nothing is checked with them."""
    (submission,) = collected.assignment(ASSIGNMENT).submissions(["ada"])
    with pytest.raises(CourseError, match="anybody could sign"):
        ReceiptSigner(collected, seed).issue(submission)
    with pytest.raises(CourseError, match="anybody could sign"):
        ReceiptSigner(collected, seed).check(signed(collected))


@given(
    st.text(min_size=1).filter(str.isprintable),
    st.text().filter(str.isprintable),
    st.sampled_from(["", "f" * 64]),
)
def test_a_receipt_is_found_in_a_mail(name, student, signature):
    """Whatever the names are, what was printed is parsed again, even if lines were broken."""
    receipt = Receipt(name, student, "a" * 64, "2027-03-01T12:00:00Z", signature)
    broken = str(receipt).replace(" ", "\n")
    text = f"Dear Prof,\nmy receipt is {broken}\nYours"
    assert list(receipts_in(text)) == [receipt]


def test_command_signs_and_checks(collected, tmp_path):
    """What `receipt NAME` prints, `receipt --check` accepts; if changed, it exits with 1."""
    at = ["--course", str(collected.root)]
    done = CliRunner().invoke(main, ["receipt", ASSIGNMENT, *at])
    assert done.exit_code == 0, done.output
    assert [one.student for one in receipts_in(done.output)] == ["ada", "ben"]
    mail = tmp_path / "mail.txt"
    mail.write_text(done.output, "utf-8")
    checked = CliRunner().invoke(main, ["receipt", "--check", str(mail), *at])
    assert checked.exit_code == 0
    assert checked.output.count("✓ Signed by this course") == 2
    mail.write_text(re.sub(r"T\d\d:", "T00:", done.output.replace("ada", "bob")), "utf-8")
    checked = CliRunner().invoke(main, ["receipt", "--check", str(mail), *at])
    assert checked.exit_code == 1
    assert "✗" in checked.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["receipt"], "Name the assignment"),
        (["receipt", "--check", "-"], "holds no receipt"),
        (["receipt", ASSIGNMENT, "--check", "-"], "takes no assignment"),
    ],
)
def test_usage_errors_of_the_command(collected, words, sentence):
    """A usage error is a sentence, and the exit code is 2."""
    done = CliRunner().invoke(main, [*words, "--course", str(collected.root)], input="hello")
    assert done.exit_code == 2
    assert sentence in done.output


def test_a_missing_notebook_is_reported(collected):
    """A student without a notebook does not keep the others from getting receipts."""
    (collected.submitted_dir / "ada" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").unlink()
    done = CliRunner().invoke(main, ["receipt", ASSIGNMENT, "--course", str(collected.root)])
    assert done.exit_code == 1
    assert "holds no notebook" in done.output
    assert [one.student for one in receipts_in(done.stdout)] == ["ben"]


def test_a_student_prints_a_receipt(tmp_path, capsys):
    """`python -m utils.receipt` prints a line that names no student and has no signature."""
    (tmp_path / "x.ipynb").write_bytes(b"work")
    assert student_receipt.main([str(tmp_path / "x.ipynb")]) == 0
    (receipt,) = receipts_in(capsys.readouterr().out)
    assert (receipt.assignment, receipt.student, receipt.signature) == ("x", "", "")
    assert receipt.sha256 == hashlib.sha256(b"work").hexdigest()
    assert student_receipt.main([str(tmp_path / "no.ipynb")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert student_receipt.main([]) == 2
