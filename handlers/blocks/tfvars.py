"""The lines for `terraform.tfvars`, as cards of plans and operations show them."""

from core.plans import Plan
from handlers.blocks.card import Code, Paragraph, Part, Preformatted


def parts_of_tfvars(plan: Plan) -> tuple[Part, ...]:
    """Say what to put into Terraform's variables; nothing where the plan has no such lines."""
    if not plan.tfvars:
        return ()
    line = (
        "Put these lines into ",
        Code("terraform.tfvars"),
        ", or the next ",
        Code("terraform apply"),
        " reverts it:",
    )
    return (Paragraph(line), Preformatted("\n".join(plan.tfvars)))
