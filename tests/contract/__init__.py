"""One suite over every channel: what the port promises, each adapter keeps."""
