"""Whole calls over the file line: real engine, real models, real agent."""
