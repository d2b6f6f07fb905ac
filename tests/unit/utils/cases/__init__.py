"""Tests of the public test inputs."""
