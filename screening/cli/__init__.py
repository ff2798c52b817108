"""The command line `sei-screen`: its commands and all their texts."""
