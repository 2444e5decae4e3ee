"""What members offer and parties agree on: templates, agreements, term loans."""
