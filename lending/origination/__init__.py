"""How an agreement comes about: applications and competing offers. It makes agreements one way only."""
