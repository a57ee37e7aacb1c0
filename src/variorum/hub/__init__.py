"""Tables become the folder that is the Hub repository."""
