"""Start pages: what is due today, the inbox, the search, the leader's page; and the menu that leads everywhere."""
