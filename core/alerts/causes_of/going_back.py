"""Commands that lead back to a model whose name is known to be good."""

from core.cache.model_names import checked_embedding, checked_llm
from core.errors import UsageError


def update_to(*, llm: str = "", embedding: str = "") -> str:
    """Return the command that goes over to a model; empty where a name cannot be one."""
    try:
        pairs = (
            *((f"llm={checked_llm(llm)}",) if llm else ()),
            *((f"embedding={checked_embedding(embedding)}",) if embedding else ()),
        )
    except UsageError:
        return ""
    return " ".join(("update", *pairs)) if pairs else ""
