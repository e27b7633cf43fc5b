"""Speech to speech: a model that hears and speaks by itself, over OpenAI's realtime protocol."""
