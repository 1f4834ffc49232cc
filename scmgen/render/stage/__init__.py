"""The language of stages: objects with materials, lights and a camera, for every renderer in three dimensions."""
