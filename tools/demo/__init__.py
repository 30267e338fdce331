"""`make up` and `make down`: the project's main job on an emulator, everything in folders of its own."""
