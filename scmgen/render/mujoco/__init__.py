"""The renderer ``mujoco``: stages as MuJoCo's OpenGL draws them, quickly and without grain."""
