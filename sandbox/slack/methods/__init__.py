"""The methods of the Web API, by the noun before the dot."""
