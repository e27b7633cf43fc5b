"""Gives a call to a bot that speaks Twilio's media-streams protocol."""
