"""The named properties of the lending machine: sentences that must hold, each with its function.

`STATES` hold of every state, `COURSES` between an earlier and a later state, `STEPS` of every single
step. A property is the function below its decorator; its docstring is the sentence that
docs/lend/properties.md prints. The long campaign asks all of them; tests see each of them fail.
"""
