"""Python code of a user: where it is found, and what is said of it when it fails."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fieval.errors import InvalidInput, Unmeasurable
from fieval.user_code import Amiss, ask, named


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Leaves modules and path as they were."""
    path = list(sys.path)
    yield
    assert sys.path == path
    for name in [name for name in sys.modules if name.startswith("made_up_")]:
        del sys.modules[name]


def module(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name.replace('.', '/')}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_beside_the_config_and_in_packages(tmp_path: Path) -> None:
    module(tmp_path, "made_up_one", "A = 1")
    module(tmp_path, "made_up_pack.inner", "B = 2")
    assert named("made_up_one:A", tmp_path) == 1
    assert named("made_up_pack.inner:B", tmp_path) == 2
    assert named("made_up_one:A") == 1


def test_what_is_installed_comes_first(tmp_path: Path) -> None:
    module(tmp_path, "fractions", "Fraction = 'mine'")
    assert named("fractions:Fraction", tmp_path) != "mine"


@pytest.mark.parametrize(
    ("text", "reference", "problem"),
    [
        ("", "made_up_none:f", "there is no module made_up_none on Python's path or in the config's folder {folder}"),
        ("", "made_up_two.deeper:f", "there is no module made_up_two.deeper on Python's path"),
        ("def polite(): ...", "made_up_two:polit", 'made_up_two has no "polit"; did you mean "polite"?'),
        ("import made_up_none", "made_up_two:f", "importing made_up_two failed: No module named 'made_up_none'"),
        ("1 / 0", "made_up_two:f", "importing made_up_two failed: ZeroDivisionError: division by zero"),
        (
            "def (",
            "made_up_two:f",
            "importing made_up_two failed: SyntaxError: invalid syntax (made_up_two.py, line 1)",
        ),
        ("raise SystemExit(0)", "made_up_two:f", "importing made_up_two failed: SystemExit: 0"),
    ],
)
def test_what_cannot_be_had_is_said_in_one_line(tmp_path: Path, text: str, reference: str, problem: str) -> None:
    module(tmp_path, "made_up_two", text)
    with pytest.raises(InvalidInput) as caught:
        named(reference, tmp_path)
    assert caught.value.problems[0].startswith(problem.format(folder=tmp_path))


def test_a_module_of_another_config_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    one, two = (module(tmp_path / name, "made_up_three", f"WHOSE = '{name}'") for name in ("one", "two"))
    assert named("made_up_three:WHOSE", one) == "one"
    assert named("made_up_three:WHOSE", one) == "one"
    with pytest.raises(InvalidInput, match=r"another module made_up_three was imported before, from .*one"):
        named("made_up_three:WHOSE", two)
    with pytest.raises(InvalidInput, match=r"another module made_up_three was imported before, from .*one"):
        named("made_up_three:WHOSE", tmp_path)


def test_a_failure_is_told_with_its_line_and_without_its_words(tmp_path: Path) -> None:
    module(tmp_path, "made_up_four", "def told(text):\n    raise KeyError(text)\n")
    told = named("made_up_four:told", tmp_path)
    with pytest.raises(Unmeasurable) as caught:
        ask(lambda: told("my card is 4929"), "told()", told)  # type: ignore[operator]
    assert str(caught.value) == "told() raised KeyError at made_up_four.py:2"


def test_what_it_prints_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module(tmp_path, "made_up_five", "print('imported')\ndef f():\n    print('asked')\n    return 3\n")
    function = named("made_up_five:f", tmp_path)
    assert ask(lambda: function(), "f()", function) == 3  # type: ignore[operator]
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "imported\nasked\n")


@pytest.mark.parametrize("error", [SystemExit(0), RecursionError(), StopIteration("4929")])
def test_no_failure_gets_through(error: BaseException) -> None:
    def failing() -> None:
        raise error

    with pytest.raises(Unmeasurable, match=rf"f\(\) raised {type(error).__name__}( at |$)"):
        ask(failing, "f()", None)


def test_our_own_words_get_through() -> None:
    def raising(error: Exception) -> None:
        raise error

    with pytest.raises(Unmeasurable, match=r"^f\(\) is too long$"):
        ask(lambda: raising(Amiss("is too long")), "f()", None)
    with pytest.raises(InvalidInput, match=r"^no such label$"):
        ask(lambda: raising(InvalidInput("no such label")), "f()", None)
    with pytest.raises(KeyboardInterrupt):
        ask(lambda: (_ for _ in ()).throw(KeyboardInterrupt()), "f()", None)
