"""Operations on the model cache: commands, plans, procedures, and the cloud they act on."""
