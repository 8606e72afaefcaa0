"""Properties of the names of models: what the registries take passes, nothing else does."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cache.model_files import embedding_folder, ollama_manifest_name
from core.cache.model_names import checked_embedding, checked_llm
from core.errors import UsageError

WORD = string.ascii_letters + string.digits + "_"
JUNK = "\"'`$();|&<>\\{}*?!#%^,~ \t\n\u0430\u2026"
PART = st.builds(
    str.__add__, st.sampled_from(WORD), st.text(WORD + "-", max_size=79)
)  # of a namespace
DOTTED = st.from_regex(r"\A[A-Za-z0-9_]([.-]?[A-Za-z0-9_]){0,39}\Z")


@given(st.none() | DOTTED, st.none() | PART, DOTTED, st.none() | DOTTED)
def test_every_name_of_ollamas_grammar_is_taken(
    host: str | None, namespace: str | None, model: str, tag: str | None
) -> None:
    """Host only with a namespace, tag or none; the name comes back as it was typed."""
    path = [*([host] if host and namespace else []), *([namespace] if namespace else []), model]
    name = "/".join(path) + (f":{tag}" if tag else "")
    assert checked_llm(name) == name


@given(DOTTED, DOTTED)
def test_every_repository_of_an_organisation_is_taken(organisation: str, repository: str) -> None:
    """Letters, digits, and single dots and dashes inside."""
    name = f"{organisation}/{repository}"
    if "--" in name or name.endswith(".git"):
        return
    assert checked_embedding(name) == name


@given(st.text(WORD + "-./:", max_size=120), st.sampled_from(JUNK), st.integers(0, 120))
def test_nothing_of_a_shell_an_address_or_another_script_is_in_a_name(
    text: str, junk: str, position: int
) -> None:
    """Wherever it stands, the name is refused with an example of a good one."""
    at = position % (len(text) + 1)
    broken = text[:at] + junk + text[at:]
    with pytest.raises(UsageError, match=r"llm=llama3\.2:3b"):
        checked_llm(broken)
    with pytest.raises(UsageError, match="embedding=BAAI/bge-m3"):
        checked_embedding(broken)


@given(st.text(WORD + "-./:", max_size=200))
def test_what_is_taken_names_an_object_below_its_folder(text: str) -> None:
    """No name climbs out of the cache, and no part of it is empty."""
    for check, place in (
        (checked_llm, ollama_manifest_name),
        (checked_embedding, embedding_folder),
    ):
        try:
            name = check(text)
        except UsageError:
            continue
        parts = place(name).rstrip("/").split("/")
        assert not {"", ".", ".."} & set(parts)


@pytest.mark.parametrize(
    "name",
    ["", "https://ollama.com/library/llama3.2", "llama3.2:", ":3b", "a/b/c/d", "-rf", "a//b",
     "llama3.2:1b@sha256-00", "a.b/c", "a..b", "m" * 81, "m:" + "t" * 81],
)  # fmt: skip
def test_what_is_no_ollama_name_is_refused(name: str) -> None:
    """An address, a digest, an empty part, one part too many, one that is too long."""
    with pytest.raises(UsageError, match="no name of an Ollama model"):
        checked_llm(name)


@pytest.mark.parametrize(
    "name",
    ["", "bge-m3", "BAAI/", "/bge-m3", "a/b/c", "BAAI/bge--m3", "BAAI/bge..m3", "BAAI/-m3",
     "BAAI/m3.", "BAAI/m3.git", "BAAI/bge-m3:v1", "a/" + "m" * 97],
)  # fmt: skip
def test_what_is_no_repository_of_an_organisation_is_refused(name: str) -> None:
    """Neither a bare name nor what the Hub itself forbids."""
    with pytest.raises(UsageError, match="no name of a Hugging Face repository"):
        checked_embedding(name)
