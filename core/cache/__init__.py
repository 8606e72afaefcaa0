"""The cache as it lies in the bucket: what is in it, whether it is whole, what can be had back."""
