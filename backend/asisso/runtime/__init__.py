"""What runs as long as the server does: a worker for each PBX, and the housekeeping."""
