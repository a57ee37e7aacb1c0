"""What joins the tellings of one story: sentences that say the same, claims that state one proposition, one entity."""
