"""Emoji: drawings of several styles with their names and keywords, from npm packages."""
