"""Charts: trends in, pictures and the sentences that state their finding out; all of it pure."""
