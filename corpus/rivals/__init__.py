"""Other ways to diagnose the same cases: rules of published tools with their constants, a forest, one answer for all.

The rules are written anew from papers, messages and settings, one tool a file with the source of each constant; none
of their code is here. They read the `Trace` of one instrumented training (`trace.py`) and answer in our codes.
"""
