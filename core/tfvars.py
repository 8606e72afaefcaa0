"""The lines of `terraform.tfvars` without which the next apply takes a change back."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def tfvars_lines(llm: str | None, embedding: str | None) -> tuple[str, ...]:
    """Write the lines that set the models' variables; None leaves a model out."""
    named = (("tabular_llm_model_name", llm), ("tabular_embedding_model_name", embedding))
    return tuple(f"{name} = {_quoted(value)}" for name, value in named if value is not None)


def _quoted(value: str) -> str:
    """Quote a string for HCL, in which `${` and `%{` begin templates.

    Source: developer.hashicorp.com/terraform/language/expressions/strings
    """
    plain = "".join(_ESCAPES.get(letter, letter) for letter in value)
    return '"{}"'.format(plain.replace("${", "$${").replace("%{", "%%{"))
