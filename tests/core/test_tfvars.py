"""Properties of the lines that keep Terraform from reverting a change."""

from core.tfvars import tfvars_lines


def test_each_named_model_is_one_line() -> None:
    """Exactly as they are put into the file; a model that is not named has no line."""
    assert tfvars_lines("llama3.2:3b", "BAAI/bge-m3") == (
        'tabular_llm_model_name = "llama3.2:3b"',
        'tabular_embedding_model_name = "BAAI/bge-m3"',
    )
    assert tfvars_lines(None, "a/b") == ('tabular_embedding_model_name = "a/b"',)
    assert tfvars_lines(None, None) == ()


def test_nothing_in_a_name_ends_the_quotes_or_begins_a_template() -> None:
    """What HCL would read as more than text is escaped."""
    (line,) = tfvars_lines('a"\\\n${b}%{c}', None)
    assert line == r'tabular_llm_model_name = "a\"\\\n$${b}%%{c}"'
