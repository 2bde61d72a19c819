"""What makes a password guessable: it is known, or made of names, rows of keys and repetitions.

ASVS 5.0, 6.2.4, 6.2.11 and 6.2.12. What is compared is folded: case and accents do not count.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from hashlib import sha256

# Bytes of a digest: with half a million entries one new password in two million is taken for known.
WIDTH = 5
NEEDED = 8
"""So many characters must be left once names, rows of keys and repetitions are taken away."""
SHORTEST_WORD = 4
SHORTEST_RUN = 4
SHORTEST_REPEAT = 3
SHORTEST_CORE = 4

# Rows of the keyboards of our nine languages, the alphabet and the digits.
ROWS = (
    *("qwertyuiop", "qwertzuiopu", "azertyuiop", "asdfghjkl", "qsdfghjklm"),
    *("zxcvbnm", "yxcvbnm", "wxcvbn", "1234567890", "0123456789", "abcdefghijklmnopqrstuvwxyz"),
    *("1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "1q2w3e4r5t6y7u8i9o0p"),
)
REPEAT = re.compile(rf"(.)\1{{{SHORTEST_REPEAT - 1},}}")
WORD = re.compile(r"\w+")
EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
LEET = str.maketrans("4@31!05$7", "aaeiiosst")


def folded(text: str) -> str:
    """Return the text in small letters without accents: "Straße Övre" -> "strasse ovre"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def digest(text: str) -> bytes:
    """Return what stands for a folded text in the list of known passwords."""
    return sha256(text.encode()).digest()[:WIDTH]


def forms(password: str) -> set[str]:
    """Return how the password may be known: folded, without a few signs around it, without leet.

    "P4ssword24!" -> {"p4ssword24!", "p4ssword", "password2a!", "password"}
    """
    whole = folded(password)
    core = EDGES.sub("", whole)
    texts = {whole, core} if len(whole) - len(core) < NEEDED else {whole}
    texts |= {text.translate(LEET) for text in texts}
    return {text for text in texts if len(text) >= SHORTEST_CORE}


def is_listed(digests: bytes, wanted: bytes) -> bool:
    """Say whether the digest is among the sorted digests, each of WIDTH bytes."""
    low, high = 0, len(digests) // WIDTH
    while low < high:
        middle = (low + high) // 2
        found = digests[middle * WIDTH : (middle + 1) * WIDTH]
        if found == wanted:
            return True
        low, high = (middle + 1, high) if found < wanted else (low, middle)
    return False


def is_known(password: str, digests: bytes) -> bool:
    """Say whether the password is known, or a known one with digits and signs around it."""
    return any(is_listed(digests, digest(form)) for form in forms(password))


def words_of(texts: Iterable[str]) -> set[str]:
    """Return the words of names that are long enough to be told apart from chance, folded."""
    whole = [folded(text) for text in texts]
    parts = [part for text in whole for part in WORD.findall(text.replace("_", " "))]
    return {word for word in (*whole, *parts) if len(word) >= SHORTEST_WORD}


def unguessable_length(password: str, words: Collection[str]) -> int:
    """Return how many characters are left without the words, rows of keys and repetitions."""
    rest = folded(password)
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(REPEAT.sub(r"\1", without_runs(rest)))


def without_runs(text: str) -> str:
    """Return the text without pieces of keyboard rows, in either direction."""
    kept: list[str] = []
    position = 0
    while position < len(text):
        length = run_at(text, position)
        if length < SHORTEST_RUN:
            kept.append(text[position])
            length = 1
        position += length
    return "".join(kept)


def run_at(text: str, position: int) -> int:
    """Return the length of the longest piece of a row that begins there."""
    longest = 0
    for row in ROWS:
        for line in (row, row[::-1]):
            end = position + 1
            while end <= len(text) and text[position:end] in line:
                longest = max(longest, end - position)
                end += 1
    return longest
