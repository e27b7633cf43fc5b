"""Model servers on loopback that speak the real protocols and fail in every way real ones do. For tests.

chat completions (SSE, tool calls)   chat.py            speech (PCM at 24 kHz, streamed)   speech.py
transcriptions (multipart)           transcription.py   what goes wrong                    faults.py
"""
