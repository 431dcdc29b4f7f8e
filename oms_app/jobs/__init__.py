"""Later, durably: what runs after the answer, and on a timetable."""
